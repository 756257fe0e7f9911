"""The surroundings of an operator whose clock is a number: weeks pass in milliseconds, signals are calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from reconciler.model.days import Day
from reconciler.watch.summons import Summons
from reconciler.watch.surroundings import Surroundings

START = datetime(2026, 11, 29, 3, 10, tzinfo=UTC)


class FakeSummons(Summons):
    """No signal handler and no pipe: a rest moves the clock, and says what happened meanwhile."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__(say=lambda _: None, leave=lambda _: None)
        self._time = time

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def wait(self, seconds: float) -> bool:
        """A wait between two attempts of a request."""
        self._time.pass_by(seconds)
        return self.is_set()

    def rest(self, seconds: float) -> None:
        """A rest between two passes."""
        self._time.rested.append(seconds)
        self._time.pass_by(0 if self.asked_again or self.is_set() else seconds)
        self._time.ended_a_pass()
        if self._time.passes is not None and len(self._time.rested) >= self._time.passes:
            self.set()

    def clear(self) -> None:
        """No signal came yet."""
        self._set = self._again = False

    def hang_up(self) -> None:
        """SIGHUP."""
        self._again = True

    @property
    def asked_again(self) -> bool:
        """Whether SIGHUP came since the last pass began."""
        return self._again


@dataclass
class FakeTime:
    """A clock. After `passes` passes SIGTERM comes. `ended_a_pass` is called after each: it may change the world."""

    passes: int | None = 1
    seconds: float = 0.0
    jump: float = 0.0
    chance: float = 0.5
    rested: list[float] = field(default_factory=list)
    ended_a_pass: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        self.summons = FakeSummons(self)

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> datetime:
        """The wall clock; `jump` is how far it was set wrong, in seconds."""
        return START + timedelta(seconds=self.seconds + self.jump)

    def today(self) -> Day:
        return self.now().date()

    @property
    def surroundings(self) -> Surroundings:
        """Where one process watches several tenants, each pass ends before the next one begins."""
        return Surroundings(
            lambda: self.summons, self.now, lambda: self.seconds, lambda: self.chance, lambda work: work()
        )
