"""Progress on standard error, for work of more than half a second; none with `--quiet`.

There is none either where standard error goes to a file, a pipe or a terminal that cannot draw it. This is the only
module that uses rich's progress bars; it imports them when a bar is about to appear.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.apply.interrupts import to_stderr
from reconciler.cli.fitting import fitted, width_of
from reconciler.cli.streams import is_plain, is_quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 0.5
"""Seconds before anything is shown; shorter work needs no bar."""


_FRESH_LINE = "\r\x1b[2K\x1b[?25h"


def _draws() -> bool:
    """Return whether standard error is a terminal that can move its cursor, which a bar needs."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def say_past_a_bar(message: str) -> None:
    """Print a message from a signal handler, without a lock, on a line without the bar and without the `^C`.

    Show the cursor again, which a bar may have hidden. A bar that goes on is drawn again below.
    """
    shown = fitted(message, width_of(sys.stderr))
    to_stderr(f"{_FRESH_LINE}{shown}" if _draws() else shown)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show a spinner with `what` while the block runs, after `PATIENCE` seconds."""
    with counting(what, None):
        yield


@contextmanager
def counting(what: str, total: int | None) -> Iterator[Callable[[], None]]:
    """Show a bar that each call of the yielded function advances by one; `total` None is a spinner."""
    if is_quiet() or not _draws():
        yield lambda: None
        return
    bar = Bar(what, total, plain=is_plain())
    timer = threading.Timer(PATIENCE, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar.advance
    finally:
        timer.cancel()
        bar.hide()


def _write_line(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextmanager
def reporting(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar that each line given advances by one; without a terminal, print the lines themselves."""
    if is_quiet():
        yield lambda _line: None
        return
    if not _draws():
        yield _write_line
        return
    with counting(what, total) as advance:
        yield lambda _line: advance()


class Bar:
    """A progress bar that appears late. Any thread may call its methods."""

    def __init__(self, what: str, total: int | None, *, plain: bool | None = None) -> None:
        """Count up to `total` of `what`; `total` None is a spinner. This shows nothing.

        It has no colour if it is `plain`; if that is None, the environment decides.
        """
        self._plain = plain
        self._what = what
        self._total = total
        self._done = 0
        self._lock = threading.Lock()
        self._over = False
        self._advance: Callable[[int], None] | None = None
        self._stop: Callable[[], None] | None = None

    def show(self) -> None:
        """Show the bar, unless the work is finished."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        with self._lock:
            if self._over:
                return
            counted = self._total is not None
            columns = [BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True)] if counted else []
            text = TextColumn("{task.description}", markup=False)
            console = Console(stderr=True, no_color=self._plain)
            progress = Progress(SpinnerColumn(), text, *columns, console=console, transient=True)
            task = progress.add_task(self._what, total=self._total, completed=self._done)
            self._advance = lambda count: progress.advance(task, count)
            self._stop = progress.stop
            progress.start()

    def advance(self) -> None:
        """Count one more finished item."""
        with self._lock:
            self._done += 1
            if self._advance is not None:
                self._advance(1)

    def hide(self) -> None:
        """Remove the bar from the screen, permanently."""
        with self._lock:
            self._over = True
            if self._stop is not None:
                self._stop()
