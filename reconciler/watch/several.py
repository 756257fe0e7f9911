"""The loop of several tenants: each has passes, waits and lines as it would have alone, in one process.

The main thread takes the signals, tells what passes found, and begins those that are due; each pass runs in a thread.
So a tenant that fails waits longer, one that hangs keeps a place of `parallel`, and neither stops the others.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.errors import ExitCode, Interrupted
from reconciler.model.inert import visible
from reconciler.watch.loop import Rhythm, tell
from reconciler.watch.passes import PassReport
from reconciler.watch.schedule import wait_after

if TYPE_CHECKING:
    from reconciler.watch.events import Event
    from reconciler.watch.passes import Observer
    from reconciler.watch.passing import Operator
    from reconciler.watch.share import Share
    from reconciler.watch.summons import Summons
    from reconciler.watch.telling import Telling

_LONGEST = 3600.0
"""Seconds of a rest in which nothing is due: the end of a pass ends it."""

_TICK = 0.2
"""Seconds for which the main thread waits at a time for the last passes: a handler runs in between."""


class OneOf(NamedTuple):
    """One of several tenants: its operator with its share of the signals, what it said, and who is told."""

    operator: Operator
    share: Share
    telling: Telling
    observers: tuple[Observer, ...] = ()


class Hall(NamedTuple):
    """What the tenants share: at most `parallel` passes run at a time, each begun by `start`.

    `say` writes an event, in the main thread alone. `called` is told that SIGHUP came.
    """

    rhythm: Rhythm
    monotonic: Callable[[], float]
    say: Callable[[Event], object]
    parallel: int
    start: Callable[[Callable[[], object]], object]
    called: Callable[[], object] = lambda: None


@dataclass(eq=False, slots=True)
class _Turn:
    """Where one tenant is: when its next pass is due, in monotonic seconds, or that it runs."""

    tenant: OneOf
    due: float
    running: bool = False
    again: bool = False
    failures: int = 0
    not_started: int = 0


def run_several(tenants: Iterable[OneOf], hall: Hall, summons: Summons) -> ExitCode:
    """Make passes of each tenant until a signal asks to stop. `summons` is entered already.

    Return 130 if the signal kept a write of a plan from being started, otherwise 0. What `say` raises ends the loop.
    Raise the first internal error that a pass met, after the end: until then it is a failed pass.
    """
    return _Loop([_Turn(each, hall.monotonic()) for each in tenants], hall, summons).run()


class _Loop:
    def __init__(self, turns: Sequence[_Turn], hall: Hall, summons: Summons) -> None:
        self._turns = turns
        self._hall = hall
        self._summons = summons
        self._ended: queue.SimpleQueue[tuple[_Turn, PassReport | None]] = queue.SimpleQueue()
        self._defects: list[BaseException] = []
        self._lock = threading.Lock()
        self._over = False

    def run(self) -> ExitCode:
        try:
            while not self._summons.is_set():
                self._hear()
                self._tell_all()
                self._begin()
                if self._ended.empty():
                    self._summons.rest(self._seconds())
            for turn, report in self._last_passes():
                self._tell(turn, report)
        except BaseException:  # a line could not be written: writes in flight finish all the same
            self._summons.set()
            for turn, _ in self._last_passes(self._summons.patience):
                turn.running = False
            raise
        finally:
            with self._lock:  # a pass that was left must not nudge a summons that is no longer entered
                self._over = True
        for turn in self._turns:
            self._hall.say(turn.tenant.telling.stopped(self._hall.rhythm.now(), turn.not_started))
        if self._defects:
            raise self._defects[0]
        return ExitCode.INTERRUPTED if any(turn.not_started for turn in self._turns) else ExitCode.DONE

    def _hear(self) -> None:
        """Let each tenant pass at once after SIGHUP, or once more after the pass that runs."""
        if self._summons.called_again():
            self._hall.called()
            for turn in self._turns:
                turn.again = turn.running
                turn.due = self._hall.monotonic()

    def _begin(self) -> None:
        """Begin what is due, the longest due first, while there are places."""
        now = self._hall.monotonic()
        places = self._hall.parallel - sum(turn.running for turn in self._turns)
        due = sorted((turn for turn in self._turns if not turn.running and turn.due <= now), key=lambda turn: turn.due)
        for turn in due[:places]:
            turn.running = True
            for observer in turn.tenant.observers:
                observer.began(self._hall.rhythm.now())
            self._hall.start(partial(self._pass, turn))

    def _seconds(self) -> float:
        """Return how long nothing is to be done, unless a pass ends."""
        resting = [turn.due for turn in self._turns if not turn.running]
        if not resting or len(self._turns) - len(resting) >= self._hall.parallel:
            return _LONGEST
        return max(0.0, min(resting) - self._hall.monotonic())

    def _pass(self, turn: _Turn) -> None:
        """Make one pass, in its thread, and say that it ended. None is one that a stop ended."""
        began, start = self._hall.rhythm.now(), self._hall.monotonic()
        report: PassReport | None = None
        try:
            report = turn.tenant.operator.one_pass()
        except Interrupted:
            pass
        except BaseException as error:  # noqa: BLE001 - a defect that one tenant meets must not stop the others
            self._defects.append(error)
            why = f"internal error in reconciler: {type(error).__name__}: {visible(str(error))}"
            seconds = self._hall.monotonic() - start
            report = PassReport("failed", began, seconds, error=why, exit_code=ExitCode.FAILED)
        with self._lock:
            if not self._over:
                self._ended.put((turn, report))
                self._summons.nudge()

    def _tell_all(self) -> None:
        while not self._ended.empty():
            self._tell(*self._ended.get())

    def _tell(self, turn: _Turn, report: PassReport | None) -> None:
        """Tell what a pass found and did, and when the next one is due."""
        turn.running = False
        if report is None:
            return
        tenant = turn.tenant
        ended = tell(report, self._hall.rhythm.now, tenant.telling, self._hall.say, tenant.observers)
        if ended.defect is not None:
            self._defects.append(ended.defect)
            ended = ended._replace(failed=True, good=False)
        turn.failures, turn.not_started = ended.failures_after(turn.failures), ended.not_started
        rhythm = self._hall.rhythm
        seconds = wait_after(rhythm.every, turn.failures if ended.failed else 0, rhythm.random())
        for observer in tenant.observers:
            observer.waits(seconds)
        turn.due = self._hall.monotonic() + (0 if turn.again else seconds)
        turn.again = False

    def _last_passes(self, seconds: float = math.inf) -> Iterator[tuple[_Turn, PassReport | None]]:
        """Yield the passes that ended, and those that may write as they end, for so many seconds at most.

        After a signal, the alarm of the summons is the limit.
        """
        end = time.monotonic() + seconds
        while self._may_write() and time.monotonic() < end:
            with suppress(queue.Empty):
                yield self._ended.get(timeout=_TICK)

    def _may_write(self) -> bool:
        return any(turn.running and not turn.tenant.share.can_be_left() for turn in self._turns)
