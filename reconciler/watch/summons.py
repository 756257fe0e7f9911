"""The signals of the operator: SIGHUP asks for a pass at once, SIGTERM and Ctrl-C for an orderly end.

As in `reconciler.apply.interrupts`, nothing here takes a lock: a handler runs between any two instructions of the main
thread. It writes to a pipe instead, which ends the rest between two passes at once, without polling.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Self

from reconciler.apply.interrupts import SIGNALS, Stop, is_interrupt, to_stderr
from reconciler.model.errors import ExitCode, Interrupted

PATIENCE = 10.0
"""Seconds that writes in flight have after the first signal."""

_SHORTEST = 0.001
"""Seconds. An alarm in 0 seconds never comes."""

LATE = (
    "stopped: a write in flight did not finish within 10 s, and its result is unknown. Run `reconciler plan` to check"
)
UNREAD = "stopped: a request or standard output hung for 10 s. No write was in flight; the journal has what was written"


class Summons(Stop):
    """A stop flag that only SIGTERM and Ctrl-C set, and another flag for SIGHUP.

    `late` is the exit code if the process does not end within `patience` seconds of the first signal.
    """

    def __init__(
        self,
        say: Callable[[str], object] = to_stderr,
        leave: Callable[[int], object] = os._exit,
        patience: float = PATIENCE,
    ) -> None:
        """`say` and `leave` are as in `Stop`."""
        super().__init__(say, leave)
        self.late = ExitCode.DONE
        self.patience = patience
        self._again = False
        self._nudged = False
        self._interruptible = False
        self._pipe: tuple[int, int] | None = None
        self._end = 0.0
        self._woken = -1

    def __enter__(self) -> Self:
        """Install the handlers, and take the signals that the command line held back until now."""
        ends = os.pipe()
        for end in ends:
            os.set_blocking(end, False)
        self._pipe = ends
        # Python's handler runs between instructions: for a signal just before the rest blocks, C code must wake it.
        self._woken = signal.set_wakeup_fd(ends[1], warn_on_full_buffer=False)
        super().__enter__()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Put back the handlers that were there before, and forget the alarm."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        super().__exit__(kind, error, traceback)
        signal.set_wakeup_fd(self._woken)
        ends, self._pipe = self._pipe, None
        for end in ends or ():
            os.close(end)

    def rest(self, seconds: float) -> None:
        """Sleep for `seconds`, or until a stop, another pass or a nudge. Only the main thread may call this."""
        end = time.monotonic() + seconds
        while not (self._set or self._again or self._nudged) and (left := end - time.monotonic()) > 0:
            reading = [self._pipe[0]] if self._pipe else []
            select.select(reading, [], [], left)
            for pipe in reading:
                with suppress(BlockingIOError):
                    os.read(pipe, 64)
        self._nudged = False

    def nudge(self) -> None:
        """End the rest that goes on, or the next one. Any thread may call this while the summons is entered."""
        self._nudged = True
        self._wake()

    def called_again(self) -> bool:
        """Return whether SIGHUP came since this was asked last."""
        if not self._again:
            return False
        self._again = False  # one that comes from here on asks for another pass
        return True

    def begin(self) -> None:
        """Note that a pass begins: what SIGHUP asked for until now is done by it."""
        self._again = False

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Run a block that writes nothing, so a stop ends it at once. Raise `Interrupted` when one is requested."""
        self._interruptible = True
        if self._set:
            self._interruptible = False
            raise Interrupted
        try:
            yield
        except Exception as error:
            if is_interrupt(error):
                raise Interrupted from None
            raise
        finally:
            self._interruptible = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._again = True
            self._wake()
            return
        if number != signal.SIGALRM or not self._set:
            super()._handle(number, frame)
            self._end = time.monotonic() + self.patience
        self._await_end()
        self._wake()
        if self._interruptible:
            raise Interrupted

    def _wake(self) -> None:
        if self._pipe is not None:
            with suppress(BlockingIOError):  # the pipe is full, so the wait wakes up anyway
                os.write(self._pipe[1], b"!")

    def _await_end(self) -> None:
        """Set the alarm for the end of the patience, or leave when that is now.

        The alarm comes before that end where the command line saw that an `Interrupted` was lost.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            self._say(UNREAD if self.late is ExitCode.DONE else LATE)
            self._leave(self.late)
        signal.setitimer(signal.ITIMER_REAL, max(left, _SHORTEST))
