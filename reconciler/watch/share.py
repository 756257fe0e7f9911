"""What a tenant has of the signals, where one process watches several: each pass runs in a thread, signals do not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.model.errors import ExitCode, Interrupted
from reconciler.watch.summons import Summons

if TYPE_CHECKING:
    from collections.abc import Sequence


class Share(Summons):
    """The summons of the pass of one tenant. It is never entered: the whole one is, in the main thread.

    No signal can end a block in another thread. So a stop leaves a block that writes nothing to itself, whatever it
    waits for, and what comes after the block does not start.
    """

    def __init__(self, whole: Summons, lates: _Lates) -> None:
        """`whole` has the handlers, `lates` knows whose writes are in flight."""
        self._whole = whole
        self._lates = lates
        self._lock = threading.Lock()
        super().__init__()

    @property
    def late(self) -> ExitCode:
        """Return how this tenant would end, if the process had to be left now."""
        return self._lates.of(self)

    @late.setter
    def late(self, code: ExitCode) -> None:
        self._lates.put(self, code)

    def set(self) -> None:
        """Request a stop for all tenants."""
        self._whole.set()

    def is_set(self) -> bool:
        """Return whether a stop was requested."""
        return self._whole.is_set()

    def wait(self, seconds: float) -> bool:
        """Return whether a stop was requested. Sleep for `seconds`, or until then."""
        return self._whole.wait(seconds)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Run a block that writes nothing. Raise `Interrupted` when a stop was requested before its end."""
        self._change(interruptible=True)
        try:
            yield
        except BaseException:
            with self._lock:
                self._interruptible = False
            raise
        self._change(interruptible=False)

    def _change(self, *, interruptible: bool) -> None:
        """Enter or leave the block, as one step with the look at the flag: the end of the run then knows which."""
        with self._lock:
            self._interruptible = interruptible and not self.is_set()
            if self.is_set():
                raise Interrupted

    def can_be_left(self) -> bool:
        """Return whether the pass is in a block that writes nothing. After a stop, it then never writes again."""
        with self._lock:
            return self._interruptible


class _Lates:
    """How the process ends if it has to be left: the worst of all tenants."""

    def __init__(self, whole: Summons) -> None:
        self._whole = whole
        self._lock = threading.Lock()
        self._writing: set[int] = set()

    def of(self, share: Share) -> ExitCode:
        return ExitCode.INTERRUPTED if id(share) in self._writing else ExitCode.DONE

    def put(self, share: Share, code: ExitCode) -> None:
        """Note it. No handler takes the lock: it reads what is written here as one value."""
        with self._lock:
            (self._writing.discard if code is ExitCode.DONE else self._writing.add)(id(share))
            self._whole.late = ExitCode.INTERRUPTED if self._writing else ExitCode.DONE


def shares_of(whole: Summons, number: int) -> Sequence[Share]:
    """Return so many shares of one summons."""
    lates = _Lates(whole)
    return [Share(whole, lates) for _ in range(number)]
