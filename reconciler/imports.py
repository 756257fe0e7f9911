"""Load a library without modules that reconciler does not need: small commands spend most of their time on loading."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str, threads: Callable[[], int] = threading.active_count) -> Iterator[None]:
    """Make imports of these modules fail, except those that are loaded already, and restore `sys.modules` afterwards.

    Use it for modules that a library can work without. It does nothing while other threads run: they share
    `sys.modules` and may be importing one of these modules. The library then loads completely, which is only slower.
    """
    hidden = [name for name in names if name not in sys.modules] if threads() == 1 else []
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None means: there is no such module
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
