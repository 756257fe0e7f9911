"""Loads a library without what nobody here uses of it, since small commands spend most of their time on loading."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Make an import of these modules fail, unless they are loaded already, and leave no trace of it.

    For modules that a library does without where they are not installed: for the moment of loading they are not.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None says: there is no such module
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
