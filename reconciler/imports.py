"""Load a library without the modules that nobody here uses: small commands spend most of their time on loading."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str, threads: Callable[[], int] = threading.active_count) -> Iterator[None]:
    """Make an import of these modules fail, unless they are loaded already, and leave no trace of it.

    Use it for modules that a library can do without. It does nothing while other threads run: they share `sys.modules`
    and may be importing one of these modules. The library then loads whole, which is slower and otherwise the same.
    """
    hidden = [name for name in names if name not in sys.modules] if threads() == 1 else []
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None says: there is no such module
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
