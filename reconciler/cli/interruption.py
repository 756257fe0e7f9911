"""Ctrl-C, SIGTERM and SIGHUP outside of an apply, when there is nothing to finish: the command stops at once.

After an apply they have nothing to stop: what was written is told, so the exit code is that of the run.

The handler raises in the main thread, between any two of its instructions. Where that is inside a callback of the
interpreter (a finalizer, a weak reference), Python prints the exception and goes on: the signal would be lost. Some C
code even drops it without a word. So it is raised again, until the command line has told that it was interrupted.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler.apply.interrupts import Stop, heeded
from reconciler.model.errors import ExitCode, Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_SOON = 0.005
"""Seconds until a lost interrupt is raised again. A callback of the interpreter is over by then, or the next time."""
_LATER = 1.0
"""Seconds until an interrupt that nothing told of is raised again: C code may have dropped it, as `input` does."""


class ControlC(KeyboardInterrupt):
    """Ctrl-C. Python ends by SIGINT if a plain `KeyboardInterrupt` left an `exec`, though it was caught, under `-m`."""


def heeding(work: Callable[[], int]) -> int:
    """Return the exit code of `work`, which the signals of `heeded` end.

    It is 130, without a word, where `work` has no answer to an interrupt: while it reports an error.
    """
    code: int = ExitCode.INTERRUPTED
    with suppress(KeyboardInterrupt, Interrupted):
        heed()
        code = work()
        over()
    return code


def heed() -> None:
    """Let the signals of `heeded` end what the main thread does. The second one ends the process, without a word."""
    for number in heeded():
        signal.signal(number, _stop)
    signal.signal(signal.SIGALRM, _stop)
    sys.unraisablehook = _again_if_lost


def told() -> None:
    """Raise no more: the interrupt was not lost."""
    if signal.getsignal(signal.SIGALRM) is _stop:
        signal.setitimer(signal.ITIMER_REAL, 0)


def over() -> None:
    """Let no signal change the exit code from here on: the work is done and told.

    A handler would not do: Python removes it while it ends. After an interrupt, the next signal still ends the process.
    """
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    for number in heeded():
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_IGN)


def _stop(number: int, _frame: FrameType | None) -> None:
    for each in heeded():
        signal.signal(each, signal.SIG_DFL)
    if Stop.left:
        return
    signal.setitimer(signal.ITIMER_REAL, _LATER)
    if number == signal.SIGINT:
        raise ControlC  # the terminal shows ^C: click begins a new line
    raise Interrupted


def _again_if_lost(lost: sys.UnraisableHookArgs) -> None:
    """Raise a lost interrupt again, from a signal that comes after the callback. Others are Python's to print."""
    if issubclass(lost.exc_type, (KeyboardInterrupt, Interrupted)):
        signal.setitimer(signal.ITIMER_REAL, _SOON)
    else:
        sys.__unraisablehook__(lost)
