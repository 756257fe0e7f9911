"""The loop of several tenants. Its clock is a number; a pass is a function, and a test says when it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler.apply.outcome import Kind, Outcome
from reconciler.model.errors import ExitCode, Interrupted
from reconciler.watch.events import Event
from reconciler.watch.loop import Rhythm
from reconciler.watch.passes import PassReport
from reconciler.watch.schedule import Every
from reconciler.watch.several import Hall, OneOf, run_several
from reconciler.watch.share import shares_of
from reconciler.watch.telling import Telling
from reconciler.watch.words import Mode
from tests.builders import a_create
from tests.fake_time import FakeTime
from tests.watch.reports import a_report, an_outcome
from tests.watch.world import Told

Pass = Callable[[], PassReport]
Work = Callable[[], object]


def failing() -> PassReport:
    return a_report("failed", read=False, plan=None, error="down", exit_code=ExitCode.FAILED)


@dataclass
class Passing:
    """An operator whose pass is a function, and the times at which it began."""

    time: FakeTime
    act: Pass
    began: list[float] = field(default_factory=list)

    def one_pass(self) -> PassReport:
        self.began.append(self.time.seconds)
        return self.act()


class Several:
    """Some tenants by name. `started` has the passes that began, if the test ends them, with `by_hand`."""

    def __init__(self, *, by_hand: bool = False, parallel: int = 32, **acts: Pass) -> None:
        self.time = FakeTime()
        self.events: list[Event] = []
        self.started: list[Work] = []
        self.calls = 0
        self.shares = shares_of(self.time.summons, len(acts))
        self.passing = {name: Passing(self.time, act) for name, act in acts.items()}
        self.told = {name: Told() for name in acts}
        self._by_hand, self._parallel = by_hand, parallel

    def _start(self, work: Work) -> None:
        self.started.append(work)
        if not self._by_hand:
            work()

    def _called(self) -> None:
        self.calls += 1

    def run(self, rests: int, at_rest: Callable[[int], object] = lambda _: None, **hall: Any) -> ExitCode:  # noqa: ANN401 - fields of `Hall`
        """Run until so many rests have ended. `at_rest` is called at the end of each, with its number from 1."""
        time = self.time
        time.passes, time.ended_a_pass = rests, lambda: at_rest(len(time.rested))
        made: list[Any] = [
            OneOf(passing, share, Telling(Mode.REPORT, name), (self.told[name],))  # type: ignore[arg-type]  # a fake
            for (name, passing), share in zip(self.passing.items(), self.shares, strict=True)
        ]
        rhythm = Rhythm(Every("5m", 300), lambda: time.chance, time.now)
        values = Hall(rhythm, lambda: time.seconds, self.events.append, self._parallel, self._start, self._called)
        return run_several(made, values._replace(**hall), time.summons)

    def kinds(self, name: str) -> list[str]:
        return [event.kind for event in self.events if event.tenant == name]

    def began(self, name: str) -> list[float]:
        return self.passing[name].began


def test_a_tenant_that_fails_waits_longer_and_the_others_do_not() -> None:
    several = Several(down=failing, fine=a_report)
    assert several.run(10) is ExitCode.DONE
    assert several.began("down") == [0, 300, 900, 2100]
    assert several.began("fine") == [300 * number for number in range(10)]
    assert several.told["down"].waited == [300, 600, 1200, 1800]
    assert several.told["down"].began_ == len(several.told["down"].reports) == 4


def test_each_tenant_says_what_changes_and_that_it_stopped() -> None:
    several = Several(down=failing, fine=a_report)
    several.run(3)
    assert several.kinds("down") == ["failed", "stopped"]
    assert several.kinds("fine") == ["in_sync", "stopped"]


def test_an_internal_error_is_a_failed_pass_of_that_tenant_and_raised_at_the_end() -> None:
    def broken() -> PassReport:
        raise ZeroDivisionError("a\x1bb")

    several = Several(broken=broken, fine=a_report)
    with pytest.raises(ZeroDivisionError):
        several.run(3)
    assert several.kinds("broken") == ["failed", "stopped"]
    assert several.events[0].message == r"internal error in reconciler: ZeroDivisionError: a\x1bb"
    assert several.began("broken") == [0, 300]
    assert len(several.began("fine")) == 3


def test_an_internal_error_in_a_write_is_told_and_raised_at_the_end() -> None:
    defect = ZeroDivisionError()
    outcome = Outcome(a_create(), Kind.OPEN, error="internal error", defect=defect)

    def broken() -> PassReport:
        return a_report("failed", outcomes=(outcome,), error="internal error", exit_code=ExitCode.DEFECT)

    several = Several(broken=broken, fine=a_report)
    with pytest.raises(ZeroDivisionError):
        several.run(3)
    assert several.began("broken") == [0, 300]
    assert several.kinds("broken")[-1] == several.kinds("fine")[-1] == "stopped"


def test_sighup_begins_a_pass_of_each_tenant_at_once() -> None:
    several = Several(down=failing, fine=a_report)
    several.run(2, lambda number: several.time.summons.hang_up() if number == 1 else several.time.pass_by(-300))
    assert several.calls == 1
    assert several.began("down") == several.began("fine") == [0, 300]


def test_sighup_during_a_pass_begins_one_more_after_it() -> None:
    several = Several(by_hand=True, slow=a_report, fine=a_report)

    def at_rest(number: int) -> None:
        slow, *others = several.started
        if number == 1:  # fine has ended, slow goes on
            others[0]()
        if number == 2:
            several.time.summons.hang_up()
        if number == 3:
            assert len(several.started) == 3
            others[1]()
            slow()
        if number == 4:
            others[2]()

    several.run(4, at_rest, monotonic=lambda: 0.0)  # nothing is due by the clock
    assert (several.told["fine"].began_, several.told["slow"].began_) == (2, 2)


def test_a_tenant_that_hangs_keeps_one_place_and_the_others_have_the_rest() -> None:
    several = Several(by_hand=True, parallel=2, hangs=a_report, one=a_report, two=a_report)
    hanging: list[Work] = []

    def at_rest(number: int) -> None:
        if number == 1:
            hanging.append(several.started.pop(0))
        while several.started:
            several.started.pop(0)()
        if number == 6:
            threading.Timer(0.3, hanging[0]).start()

    several.run(6, at_rest)
    assert len(several.began("hangs")) == 1
    assert len(several.began("one")) + len(several.began("two")) == 6
    assert several.kinds("hangs") == ["in_sync", "stopped"]
    assert 3600 in several.time.rested  # no place is free, so only the end of a pass counts


def test_a_pass_that_only_reads_is_left_and_says_nothing_any_more() -> None:
    several = Several(by_hand=True, reads=a_report)
    with pytest.raises(Interrupted), several.shares[0].interruptible():
        assert several.run(1) is ExitCode.DONE
    several.started[0]()
    assert several.kinds("reads") == ["stopped"]


def test_a_pass_that_a_stop_ends_is_not_told() -> None:
    def ended() -> PassReport:
        several.time.summons.set()
        raise Interrupted

    several = Several(stopped=ended, fine=a_report)
    assert several.run(5) is ExitCode.DONE
    assert several.kinds("stopped") == ["stopped"]
    assert several.kinds("fine") == ["in_sync", "stopped"]


def test_a_write_that_was_not_started_is_said_by_its_tenant_and_ends_with_130() -> None:
    def cut_short() -> PassReport:
        several.time.summons.set()
        outcomes = (an_outcome(a_create(), Kind.UNTRIED),)
        return a_report("drift", outcomes=outcomes, exit_code=ExitCode.INTERRUPTED)

    several = Several(writes=cut_short, fine=a_report)
    assert several.run(5) is ExitCode.INTERRUPTED
    assert [event.message for event in several.events if event.kind == "stopped"] == [
        "by a signal; 1 change was not started",
        "by a signal",
    ]


def test_a_line_that_cannot_be_written_ends_the_run() -> None:
    def say(_event: Event) -> None:
        raise OSError

    several = Several(one=a_report, two=a_report)
    with pytest.raises(OSError, match=r"^$"):
        several.run(5, say=say)
    assert len(several.began("two")) == 1


def test_a_write_in_flight_finishes_before_a_line_that_cannot_be_written_ends_the_run() -> None:
    several = Several(by_hand=True, writes=a_report, other=a_report)

    def say(_event: Event) -> None:
        threading.Timer(0.05, several.started[0]).start()
        raise OSError

    with pytest.raises(OSError, match=r"^$"):
        several.run(5, lambda _: several.started[1](), say=say)
    assert len(several.began("writes")) == 1


def test_a_write_that_never_ends_does_not_keep_such_a_run() -> None:
    several = Several(by_hand=True, writes=a_report, other=a_report)
    several.time.summons.patience = 0.0

    def say(_event: Event) -> None:
        raise OSError

    with pytest.raises(OSError, match=r"^$"):
        several.run(5, lambda _: several.started[1](), say=say)
    assert several.began("writes") == []
