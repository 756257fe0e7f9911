"""The command line's outside, with no wait that takes time."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from reconciler.apply.interrupts import Stop
from reconciler.cli.outside import Outside


class HurriedStop(Stop):
    """A wait is over at once, and says whether somebody asked to stop. Only the main thread can handle signals."""

    def __enter__(self) -> Self:
        return super().__enter__() if threading.current_thread() is threading.main_thread() else self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if threading.current_thread() is threading.main_thread():
            super().__exit__(kind, error, traceback)

    def wait(self, seconds: float) -> bool:
        del seconds
        return self.is_set()


HURRIED = Outside(sleep=lambda _seconds: None, stop=HurriedStop)
