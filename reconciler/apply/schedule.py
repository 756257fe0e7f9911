"""Which changes of an apply are ready to run, and which wait, in the order in which names become free (see `order`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING
from unicodedata import normalize

from reconciler.apply.order import Waits, waits
from reconciler.apply.outcome import Kind, Outcome
from reconciler.model.inert import named
from reconciler.plan.changes import Create, Delete

if TYPE_CHECKING:
    from reconciler.plan.changes import Change


class Schedule:
    """The changes that are ready, and those that wait. Ready ones are sorted by action rank, then by name.

    `deleted` is how many roles were deleted so far, by this run or by others.
    """

    def __init__(self, changes: Sequence[Change], progress: Callable[[Outcome], None] | None) -> None:
        """Make each change ready that waits for nothing. `progress` gets each outcome when it is known."""
        self._changes = changes
        self._progress = progress
        self._outcomes: dict[int, Outcome] = {}
        self._followers: dict[int, list[int]] = {}
        self.ready: list[tuple[int, str, int]] = []
        self.deleted = 0
        before = waits(changes)
        before = {**_twins(changes, before), **before}
        self._waiting = {index: set(others) for index, others in before.items()}
        for index in range(len(changes)):
            for other in before.get(index, ()):
                self._followers.setdefault(other, []).append(index)
            if index not in before:
                self._push(index)

    def next(self) -> int:
        """Return the first ready change, and remove it."""
        return heappop(self.ready)[2]

    def finish(self, index: int, outcome: Outcome) -> Outcome:
        """Record and return an outcome. Changes that waited for it become ready, or are skipped with the reason."""
        first = self._tell(outcome)
        queue = deque([(index, first)])
        while queue:
            index, outcome = queue.popleft()
            self._outcomes[index] = outcome
            change = outcome.change
            self.deleted += isinstance(change, Delete) and outcome.made
            for follower in self._followers.get(index, ()):
                if follower not in self._waiting:  # skipped already, for another change that it waited for
                    continue
                other = self._changes[follower]
                why = _respelt(outcome, other) if isinstance(other, Delete) else _waited(outcome)
                self._waiting[follower].discard(index)
                if why is not None:
                    del self._waiting[follower]
                    queue.append((follower, self._tell(Outcome(other, Kind.UNTRIED, why))))
                elif not self._waiting[follower]:
                    self._push(follower)
        return first

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return all outcomes, in the order of the changes. Changes that wait in a circle never became ready."""
        circle = "it swaps names with another role; do it in two steps, with a third name in between"
        return tuple(
            self._outcomes.get(index) or Outcome(change, Kind.UNTRIED, circle)
            for index, change in enumerate(self._changes)
        )

    def deletes_left(self) -> bool:
        """Return whether a delete that waits for no create is not finished yet."""
        held = {follower for followers in self._followers.values() for follower in followers}
        return any(
            isinstance(change, Delete) and index not in self._outcomes and index not in held
            for index, change in enumerate(self._changes)
        )

    def _push(self, index: int) -> None:
        change = self._changes[index]
        heappush(self.ready, (change.action.rank, change.name, index))

    def _tell(self, outcome: Outcome) -> Outcome:
        """Return the outcome after reporting it. An exception in that becomes its `defect`."""
        try:
            if self._progress is not None:
                self._progress(outcome)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other outcomes are worth more
            return replace(outcome, defect=error)
        return outcome


def _waited(outcome: Outcome) -> str | None:
    """Return why a change that waits for this one is not tried; None if it is."""
    other = outcome.change
    if outcome.made:
        return None
    return f"it waited for the {other.action} of {named(other.name)}, which was not done"


def _twins(changes: Sequence[Change], before: Waits) -> dict[int, list[int]]:
    """Return, for each delete, the create of a name that a server may store as the name of the role to delete.

    A create of the very name waits for the delete itself, so it is not among those that are free.
    """
    free = [index for index in range(len(changes)) if index not in before]
    created = {_letters(changes[index].name): index for index in free if isinstance(changes[index], Create)}
    twins = {}
    for index, change in enumerate(changes):
        twin = created.get(_letters(change.name)) if isinstance(change, Delete) else None
        if twin is not None:
            twins[index] = [twin]
    return twins


def _letters(name: str) -> str:
    """Return the letters and digits of a name; the name itself if it has none."""
    plain = "".join(letter for letter in normalize("NFKD", name).casefold() if letter.isalnum())
    return plain or name


def _respelt(created: Outcome, delete: Delete) -> str | None:
    """Return why a delete must not run: the server stores the created role under this name; None if it may."""
    if created.made and (created.stored is None or created.stored.name != delete.name):
        return None
    name = named(delete.name)
    return f"the server may store {named(created.change.name)} under this name; write the name {name} in the role file"
