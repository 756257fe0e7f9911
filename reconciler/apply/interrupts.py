"""Ctrl-C, SIGTERM and SIGHUP: the first one asks to start nothing new, the second one stops at once.

Nothing here takes a lock: a signal handler runs in the main thread between any two of its instructions, also while that
thread holds the lock of a `threading.Event` that it waits for, and would then wait for itself.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Self

from reconciler.model.errors import ExitCode, Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

FIRST = "interrupted: no new writes; those in flight finish. Ctrl-C again stops at once"
ENDS = "interrupted: the run ends. Ctrl-C again stops at once"
"""In place of `FIRST`, for a run that never writes."""
TOLD = "interrupted: nothing is left to write; the report follows. Ctrl-C again stops at once"
"""In place of `FIRST`, while a run reports what it wrote."""
SECOND = "interrupted again: stopped at once; run `reconciler plan` to see what is done"

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SLICE = 0.05  # seconds; how long a wait may go on after the flag was set


def to_stderr(message: str) -> None:
    """Write one line to standard error past its buffer, which the main thread may just be filling."""
    with suppress(OSError):  # standard error is closed; writes in flight still finish
        os.write(2, f"{message}\n".encode())


def heeded() -> list[signal.Signals]:
    """The signals that end a run, without those that were ignored when it started, as `nohup` and a shell's `&` ask."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def is_interrupt(error: BaseException | None) -> bool:
    """Return whether `error` is an interrupt, or took the place of one while that was on its way.

    A wait for a condition, as that for a thread that starts, raises a `RuntimeError` where an interrupt breaks it just
    after it released its lock: the block around it cannot release the lock again.
    """
    while error is not None and not isinstance(error, (KeyboardInterrupt, Interrupted)):
        error = error.__context__
    return error is not None


class Stop:
    """A flag that the signals of `heeded` set while it is entered, which only the main thread can do.

    Every thread may ask it. Not entered, it is a flag that `set` alone sets. `left` says whether this process has
    entered and left one.
    """

    left: ClassVar[bool] = False

    def __init__(self, say: Callable[[str], object] = to_stderr, leave: Callable[[int], object] = os._exit) -> None:
        """`say` is given `first` or `SECOND` from inside the signal handler, and must take no lock.

        `leave` ends the process with an exit code, without waiting for any thread.
        """
        self.first = FIRST
        self._say = say
        self._leave = leave
        self._set = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Install the handlers. SIGALRM is an interrupt that the command line lost before; it raises it again so."""
        self._before = {number: signal.signal(number, self._handle) for number in (*heeded(), signal.SIGALRM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Put back the handlers that were there before, which can ask whether the run is over."""
        Stop.left = True
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def set(self) -> None:
        """Request a stop: nothing new starts."""
        self._set = True

    def is_set(self) -> bool:
        """Return whether a stop was requested."""
        return self._set

    def wait(self, seconds: float) -> bool:
        """Return whether a stop was requested. Sleep for `seconds`, or until then: the pause between two attempts."""
        end = time.monotonic() + seconds
        while not self._set and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE))
        return self._set

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._set:
            self._say(SECOND)
            self._leave(ExitCode.INTERRUPTED)
        else:
            self._set = True
            self._say(self.first)
