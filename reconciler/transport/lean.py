"""Loads httpx without what nobody here uses, since `plan` spends most of its time on loading.

httpx loads rich and pygments for a command line of its own, and httpcore loads trio for its asynchronous half, wherever
these happen to be installed. Both do without where they are not, so for the moment of loading they are not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Make an import of these modules fail, unless they are loaded already, and leave no trace of it."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None says: there is no such module
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with without("httpx._main", "trio"):
    import httpcore  # noqa: F401 - loaded for those who import it next
    import httpx  # noqa: F401
