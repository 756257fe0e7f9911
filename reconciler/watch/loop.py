"""The loop of the operator: a pass, its lines, a wait, and again, until a signal ends it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from reconciler.apply.outcome import Kind, defect_in
from reconciler.model.errors import ExitCode, Interrupted
from reconciler.watch.schedule import Every, wait_after

if TYPE_CHECKING:
    from reconciler.watch.events import Event
    from reconciler.watch.passes import Observer, PassReport
    from reconciler.watch.summons import Summons
    from reconciler.watch.telling import Telling

_FAILED = frozenset({ExitCode.FAILED, ExitCode.PARTLY_APPLIED})
"""The exit codes after which the operator waits longer: what is wrong is not about the files."""


class Rhythm(NamedTuple):
    """When passes begin: the interval, and chance as a number from 0 to 1. `now` is the time in UTC."""

    every: Every
    random: Callable[[], float]
    now: Callable[[], datetime]


def run(
    one_pass: Callable[[], PassReport],
    rhythm: Rhythm,
    summons: Summons,
    telling: Telling,
    say: Callable[[Event], object],
    observers: Iterable[Observer] = (),
) -> ExitCode:
    """Make one pass after another until a signal asks to stop. `summons` is entered already.

    Return 130 if the signal kept a write of the plan from being started, otherwise 0. `say` writes an event; what it
    raises ends the loop. Raise the internal error that a pass met, after its lines.
    """
    failures = 0
    ended = Ended()
    frozen = False
    while not summons.is_set():
        summons.begin()
        for observer in observers:
            observer.began(rhythm.now())
        try:
            ended = tell(one_pass(), rhythm.now, telling, say, observers)
        except Interrupted:
            ended = Ended()
            break
        if ended.defect is not None:
            raise ended.defect
        failures = ended.failures_after(failures)
        seconds = wait_after(rhythm.every, failures if ended.failed else 0, rhythm.random())
        if not frozen:  # the objects of modules live as long as the loop: looking at them is 5 % of an idle pass
            gc.freeze()
            frozen = True
        for observer in observers:
            observer.waits(seconds)
        summons.rest(seconds)
    say(telling.stopped(rhythm.now(), ended.not_started))
    return ExitCode.INTERRUPTED if ended.not_started else ExitCode.DONE


class Ended(NamedTuple):
    """What the loop keeps of a pass: its report, with the whole plan, is not needed while it rests.

    `defect` is the internal error that a write met.
    """

    failed: bool = False
    good: bool = False
    not_started: int = 0
    defect: BaseException | None = None

    def failures_after(self, failures: int) -> int:
        """Return how many passes have failed since the last good one, which were `failures` before this pass."""
        return failures + 1 if self.failed else 0 if self.good else failures


def tell(
    report: PassReport,
    now: Callable[[], datetime],
    telling: Telling,
    say: Callable[[Event], object],
    observers: Iterable[Observer],
) -> Ended:
    """Tell what a pass found and did. What `say` raises is raised."""
    for event in telling.of(report, now()):
        say(event)
    for observer in observers:
        observer.ended(report)
    cut_short = report.exit_code is ExitCode.INTERRUPTED
    untried = sum(1 for outcome in report.outcomes if outcome.kind is Kind.UNTRIED)
    not_started = untried if cut_short else 0
    return Ended(report.exit_code in _FAILED, report.good, not_started, defect_in(report.outcomes))
