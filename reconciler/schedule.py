"""What of an apply is ready to run, and what waits for it, in the order in which names become free (see `order`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from reconciler.document import action_of
from reconciler.inert import visible
from reconciler.order import waits
from reconciler.outcome import Kind, Outcome

if TYPE_CHECKING:
    from reconciler.plan import Change

_RANK = {"create": 0, "update": 1, "delete": 2}


class Schedule:
    """What is ready to run, and what waits for it. Ready work goes by kind (create, update, delete), then by name."""

    def __init__(self, changes: Sequence[Change], progress: Callable[[Outcome], None] | None) -> None:
        """Everything that waits for nothing is ready. `progress` is given each outcome as it comes."""
        self._changes = changes
        self._progress = progress
        self._outcomes: dict[int, Outcome] = {}
        self._followers: dict[int, list[int]] = {}
        self.ready: list[tuple[int, str, int]] = []
        before = waits(changes)
        for index in range(len(changes)):
            if index in before:
                self._followers.setdefault(before[index], []).append(index)
            else:
                self._push(index)

    def next(self) -> int:
        """Take the first of what is ready."""
        return heappop(self.ready)[2]

    def finish(self, index: int, outcome: Outcome) -> Outcome:
        """Note an outcome; what waited for it becomes ready, or is skipped and says on what it waited."""
        first = self._tell(outcome)
        queue = deque([(index, first)])
        while queue:
            index, outcome = queue.popleft()
            self._outcomes[index] = outcome
            for follower in self._followers.get(index, ()):
                if outcome.made:
                    self._push(follower)
                else:
                    skipped = Outcome(self._changes[follower], Kind.UNTRIED, _waited(outcome.change))
                    queue.append((follower, self._tell(skipped)))
        return first

    def outcomes(self) -> tuple[Outcome, ...]:
        """All outcomes, in the order of the changes. Who waits in a circle never became ready."""
        circle = "its name and that of another role go round in a circle; do it in two steps, over a third name"
        return tuple(
            self._outcomes.get(index) or Outcome(change, Kind.UNTRIED, circle)
            for index, change in enumerate(self._changes)
        )

    def _push(self, index: int) -> None:
        change = self._changes[index]
        heappush(self.ready, (_RANK[action_of(change)], change.name, index))

    def _tell(self, outcome: Outcome) -> Outcome:
        """Report progress; a defect in showing it is kept like any other, so that no outcome is lost to it."""
        try:
            if self._progress is not None:
                self._progress(outcome)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other outcomes are worth more
            return replace(outcome, defect=error)
        return outcome


def _waited(other: Change) -> str:
    return f"it waited for the {action_of(other)} of {visible(other.name)}, which was not made"
