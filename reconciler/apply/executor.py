"""Carry out changes, in parallel where possible; no name is requested while another role has it.

How one change is sent is in `attempts`. Every change gets an `Outcome`; no failure of one loses what is known of
another.
"""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.apply.attempts import Sending
from reconciler.apply.outcome import STOPPED, Kind, Outcome
from reconciler.apply.schedule import Schedule
from reconciler.model.errors import FileFailed
from reconciler.model.inert import visible
from reconciler.plan.changes import Create

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from reconciler.apply.interrupts import Stop
    from reconciler.apply.journal import Journal
    from reconciler.apply.writing import RolesApi
    from reconciler.plan.changes import Change
    from reconciler.policy.judge import Approved

_UNAUTHORISED = 401
_FORBIDDEN = 403
_HALTED = "no further change was started"

_TICK = 0.2
"""Seconds. Python runs signal handlers in this thread only, and one that comes just before it blocks would wait."""


def some_done(flying: Collection[Future[Outcome]]) -> Collection[Future[Outcome]]:
    """Wait for the first of these to end, at most for `_TICK`; return those that did."""
    return wait(flying, timeout=_TICK, return_when=FIRST_COMPLETED).done


@dataclass(frozen=True, slots=True)
class Run:
    """What changes are carried out with.

    `concurrency` is how many changes may be under way at a time, at least 1. `progress` is given each outcome as it
    comes, in the thread that called `carry_out`. `some_done` waits for changes under way and returns those that ended.
    """

    writer: RolesApi
    concurrency: int
    stop: Stop
    journal: Journal | None = None
    progress: Callable[[Outcome], None] | None = None
    some_done: Callable[[Collection[Future[Outcome]]], Collection[Future[Outcome]]] = some_done


def carry_out(approved: Approved, run: Run) -> tuple[Outcome, ...]:
    """Return an outcome for each approved change, in their order.

    Nothing is raised for what a server, a journal or an interrupt causes: the outcomes say so. An unexpected exception
    is in the `defect` of its outcome; no new write starts after it.
    """
    changes = approved.changes
    schedule = Schedule(changes, run.progress)
    hand = _Hand(run)
    flying: dict[Future[Outcome], int] = {}
    refused: dict[int, Outcome] = {}
    deleted: dict[int, int] = {}  # how many deletes were through when a change was started
    with ThreadPoolExecutor(max_workers=run.concurrency, thread_name_prefix="apply") as pool:
        while schedule.ready or flying or refused:
            while schedule.ready and len(flying) < run.concurrency:
                index = schedule.next()
                deleted[index] = schedule.deleted
                flying[pool.submit(hand.do, changes[index])] = index
            if not flying:  # the deletes are through: what found no room may find some now
                index, first = refused.popitem()
                room = schedule.deleted > deleted.pop(index)
                flying[pool.submit(hand.once_more, first, room=room)] = index
            for future in sorted(run.some_done(flying), key=flying.__getitem__):
                index, outcome = flying.pop(future), future.result()
                more = schedule.deletes_left() or schedule.deleted > deleted.get(index, schedule.deleted)
                if index in deleted and more and _for_want_of_room(outcome):
                    refused[index] = outcome
                else:
                    hand.note(schedule.finish(index, outcome))
    return schedule.outcomes()


def _for_want_of_room(outcome: Outcome) -> bool:
    """Return whether a create was refused for what may be a limit on the number of roles.

    Servers do not agree on how they say so: some answer 403.
    """
    refused = outcome.refused is not None and outcome.refused != _UNAUTHORISED
    return isinstance(outcome.change, Create) and outcome.kind is Kind.FAILED and refused


def amended(before: Sequence[Outcome], after: Sequence[Outcome], run: Run) -> tuple[Outcome, ...]:
    """Return the outcomes `after` a second reading; the journal records each that it changed."""
    return tuple(_amended(now, run.journal) if now != was else now for was, now in zip(before, after, strict=True))


def _amended(outcome: Outcome, journal: Journal | None) -> Outcome:
    try:
        if journal is not None:
            journal.amend(outcome)
    except FileFailed as error:
        return untold(outcome, error)
    return outcome


class _Hand:
    """What one thread does for one change. Shared by all threads; `halted` says why nothing new starts."""

    def __init__(self, run: Run) -> None:
        self._writer = run.writer
        self._stop = run.stop
        self._journal = run.journal
        self._halted: str | None = None
        self._forbidden = 0
        self._lock = threading.Lock()

    def do(self, change: Change, *, perhaps: bool = False) -> Outcome:
        """Return the outcome of one change. `perhaps`: an earlier request may have made it. Never raises."""
        try:
            sending = Sending(change, self._writer, self._stop, perhaps=perhaps)
            return self._watched(
                self._not_now(change) or sending.look() or self._not_now(change) or self._recorded(change, sending)
            )
        except Exception as error:  # noqa: BLE001 - what other threads did must not be lost to it
            return self.note(_defect(change, error, Kind.FAILED))

    def once_more(self, first: Outcome, *, room: bool) -> Outcome:
        """Return the outcome of another attempt if there is `room` now and new writes may start, else the refusal."""
        if not room:
            return first
        again = self.do(first.change, perhaps=first.perhaps)
        if again.kind is Kind.UNTRIED:
            return first
        return replace(again, attempts=first.attempts + again.attempts)

    def note(self, outcome: Outcome) -> Outcome:
        """Return the outcome. After a defect, start nothing new: what it broke is unknown."""
        if outcome.defect is not None:
            self._halted = "an internal error in reconciler stopped the apply; it is reported below"
        return outcome

    def _watched(self, outcome: Outcome) -> Outcome:
        """Return the outcome. Once the server refuses the key, start nothing new: more requests could lock it."""
        with self._lock:
            if outcome.refused == _FORBIDDEN:
                self._forbidden += 1
            elif outcome.attempts:
                self._forbidden = 0
            if outcome.refused == _UNAUTHORISED:
                self._halted = self._halted or f"the server no longer accepts the API key (401); {_HALTED}"
            elif self._forbidden >= 2:  # noqa: PLR2004 - one may be about that role alone (the interface)
                self._halted = self._halted or f"the server refused two writes in a row (403); {_HALTED}"
        return outcome

    def _not_now(self, change: Change) -> Outcome | None:
        why = STOPPED if self._stop.is_set() else self._halted
        return Outcome(change, Kind.UNTRIED, why) if why else None

    def _recorded(self, change: Change, sending: Sending) -> Outcome:
        """Return the outcome of the change, sent between two lines of the journal."""
        if self._journal is None:
            return self.note(_sent(change, sending))
        try:
            request = self._journal.intent(change)
        except FileFailed as error:
            self._halted = f"{error}; nothing is sent without a journal"
            return Outcome(change, Kind.FAILED, self._halted)
        outcome = self.note(_sent(change, sending))
        try:
            self._journal.outcome(request, outcome)
        except FileFailed as error:
            self._halted = f"{error}; nothing is sent without a journal"
            return untold(outcome, error)
        return outcome


def untold(outcome: Outcome, error: FileFailed) -> Outcome:
    """Return the outcome, with a word on the journal that could not record it."""
    parts = (outcome.error, f"the journal does not record the result: {error}")
    return replace(outcome, error="; ".join(part for part in parts if part))


def _sent(change: Change, sending: Sending) -> Outcome:
    """Return the outcome of sending the change. Never raises: the journal records an outcome."""
    try:
        return sending.outcome()
    except Exception as error:  # noqa: BLE001 - the journal still has to say that this was tried
        return _defect(change, error, Kind.OPEN)


def _defect(change: Change, error: Exception, kind: Kind) -> Outcome:
    what = f"internal error in reconciler: {type(error).__name__}: {visible(str(error))}"
    return Outcome(change, kind, what, attempts=1 if kind is Kind.OPEN else 0, defect=error)
