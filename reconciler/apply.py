"""Carry out changes: in an order in which no name is asked for while another role has it, side by side where they may.

Right before each PATCH and DELETE the role is read once more, so that a role which changed since it was planned is left
alone. Every change gets an `Outcome`; no failure of one loses what is known of another.
"""

from __future__ import annotations

import re
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, assert_never

from reconciler.errors import Failed, FileFailed, NotFound, NotSent, ReconcilerError, Rejected
from reconciler.inert import visible
from reconciler.outcome import NOT_KNOWN, Kind, Outcome
from reconciler.plan import Change, Create, Delete, Update
from reconciler.promise import difference
from reconciler.roles import SYSTEM_NAMES, LiveRole, Role, normalise_name
from reconciler.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.interrupts import Stop
    from reconciler.journal import Journal

_HOLDERS = re.compile(r"(\d+)\s+agents?\b", re.IGNORECASE)
_IN_USE = re.compile(r"\bagents?\b|\bin use\b|\bassigned\b|\bstill ha(s|ve)\b", re.IGNORECASE)
_CONFLICT = 409
_NO_ACCESS = frozenset({401, 403})

_TICK = 0.2
"""Seconds. Python runs signal handlers in this thread only, and one that comes just before it blocks would wait."""

STOPPED = "an interrupt came before its turn; apply again to go on"


class CreatedRole(Protocol):
    """What a create gives back."""

    @property
    def id(self) -> str | None:
        """The id that the server gave the role; None where it did not say."""

    @property
    def attempts(self) -> int:
        """How many requests were sent."""


class Writer(Protocol):
    """The part of the API that changes roles, and the one read that stands before each change.

    Each method raises `errors.Failed` where it failed for good, after all the attempts that it makes.
    """

    def get_role(self, role_id: str, /) -> LiveRole:
        """The role of this id; raises `NotFound` where there is none."""

    def create_role(self, role: Role, /) -> CreatedRole:
        """Create it; never twice, whatever answers were lost."""

    def update_role(self, role_id: str, before: Role, after: Role, /) -> int:
        """Change it; returns how many requests were sent."""

    def delete_role(self, role_id: str, /) -> int:
        """Delete it; returns how many requests were sent."""


@dataclass(frozen=True, slots=True)
class Run:
    """With what, and how, changes are carried out.

    `concurrency` is how many changes may be under way at a time, at least 1. `progress` is given each outcome as it
    comes, in the thread that called `carry_out`.
    """

    writer: Writer
    concurrency: int
    stop: Stop
    journal: Journal | None = None
    progress: Callable[[Outcome], None] | None = None


def carry_out(changes: Sequence[Change], run: Run) -> tuple[Outcome, ...]:
    """Carry out `changes`; the outcomes stand in their order, one for each.

    Nothing is raised for what a server, a journal or an interrupt causes: the outcomes tell. An exception that nobody
    expected is in the `defect` of its outcome; no new write is started after it.
    """
    schedule = Schedule(changes, run.progress)
    hand = _Hand(run)
    flying: dict[Future[Outcome], int] = {}
    with ThreadPoolExecutor(max_workers=run.concurrency, thread_name_prefix="apply") as pool:
        while schedule.ready or flying:
            while schedule.ready and len(flying) < run.concurrency:
                index = schedule.next()
                flying[pool.submit(hand.do, changes[index])] = index
            done = wait(flying, timeout=_TICK, return_when=FIRST_COMPLETED).done
            for future in sorted(done, key=flying.__getitem__):
                hand.note(schedule.finish(flying.pop(future), future.result()))
    return schedule.outcomes()


class _Hand:
    """What one thread does for one change. Shared by all threads; `halted` says why nothing new is started."""

    def __init__(self, run: Run) -> None:
        self._writer = run.writer
        self._stop = run.stop
        self._journal = run.journal
        self._halted: str | None = None

    def do(self, change: Change) -> Outcome:
        """Make one change, or say why not. Never raises."""
        try:
            return self._not_now(change) or self._looked_at(change) or self._not_now(change) or self._recorded(change)
        except Exception as error:  # noqa: BLE001 - what other threads did must not be lost to it
            return self.note(_defect(change, error, Kind.FAILED))

    def note(self, outcome: Outcome) -> Outcome:
        """Start nothing new after a defect: what it broke is not known."""
        if outcome.defect is not None:
            self._halted = "a defect in reconciler stopped the apply; what it met is reported below"
        return outcome

    def _not_now(self, change: Change) -> Outcome | None:
        why = STOPPED if self._stop.is_set() else self._halted
        return Outcome(change, Kind.UNTRIED, why) if why else None

    def _looked_at(self, change: Change) -> Outcome | None:
        """Read the role once more; an outcome where there is nothing to write, None where there is."""
        if {normalise_name(role.name) for role in (change.before, change.after) if role} & SYSTEM_NAMES:
            return _system(change)
        if isinstance(change, Create):
            return None
        try:
            live = self._writer.get_role(change.id)
        except NotFound:
            gone = "it is gone from OmniStream since the plan was made; plan again"
            return Outcome(change, Kind.ALREADY) if isinstance(change, Delete) else Outcome(change, Kind.CHANGED, gone)
        except ReconcilerError as error:
            return Outcome(change, Kind.FAILED, f"{error} (read before the change; nothing was sent to change it)")
        if live.untouchable:
            return _system(change)
        if live.role == change.after:
            return Outcome(change, Kind.ALREADY)
        if live.role != change.before:
            what = difference(change.before, live.role)
            return Outcome(change, Kind.CHANGED, f"it changed since the plan was made, so it was left alone: {what}")
        return None

    def _recorded(self, change: Change) -> Outcome:
        """Send the change, between two lines of the journal."""
        if self._journal is None:
            return self.note(self._sent(change))
        try:
            request = self._journal.intent(change)
        except FileFailed as error:
            self._halted = f"{error}; without a journal nothing is sent"
            return Outcome(change, Kind.FAILED, self._halted)
        outcome = self.note(self._sent(change))
        try:
            self._journal.outcome(request, outcome)
        except FileFailed as error:
            self._halted = f"{error}; without a journal nothing is sent"
            parts = (outcome.error, f"the journal does not tell how this ended: {error}")
            return replace(outcome, error="; ".join(part for part in parts if part))
        return outcome

    def _sent(self, change: Change) -> Outcome:
        """Send the change. Never raises: what is to be recorded is an outcome."""
        try:
            match change:
                case Create():
                    made = self._writer.create_role(change.after)
                    return Outcome(change, Kind.APPLIED, attempts=made.attempts, id=made.id)
                case Update():
                    return Outcome(change, Kind.APPLIED, attempts=self._writer.update_role(*_patch(change)))
                case Delete():
                    return Outcome(change, Kind.APPLIED, attempts=self._writer.delete_role(change.id))
                case _:  # pragma: no cover - mypy proves that there is no fourth kind
                    assert_never(change)
        except Rejected as error:
            return _rejected(change, error)
        except ReconcilerError as error:
            if isinstance(error, NotSent) and error.attempts == 1 and self._stop.is_set():
                return Outcome(change, Kind.UNTRIED, STOPPED)
            return self._left_open(change, error)
        except Exception as error:  # noqa: BLE001 - the journal still has to say that this was tried
            return _defect(change, error, Kind.OPEN)

    def _left_open(self, change: Change, error: ReconcilerError) -> Outcome:
        """No usable answer came, and the server may have done its work: look at the role, which decides."""
        attempts = _attempts(error)
        unknown = Outcome(change, Kind.OPEN, f"{error}{NOT_KNOWN}", attempts)
        if isinstance(change, Create):
            return unknown
        try:
            live = self._writer.get_role(change.id)
        except NotFound:
            return Outcome(change, Kind.APPLIED, attempts=attempts) if isinstance(change, Delete) else unknown
        except ReconcilerError:
            return unknown
        if live.role == change.after:
            return Outcome(change, Kind.APPLIED, attempts=attempts)
        if live.role == change.before:
            return Outcome(change, Kind.FAILED, f"{error}; it is as it was", attempts)
        return unknown


def _patch(change: Update) -> tuple[str, Role, Role]:
    return change.id, change.before, change.after


def _system(change: Change) -> Outcome:
    return Outcome(change, Kind.FAILED, "it is a system role, which reconciler never writes to; nothing was sent")


def _defect(change: Change, error: Exception, kind: Kind) -> Outcome:
    what = f"a defect in reconciler: {type(error).__name__}: {visible(str(error))}"
    return Outcome(change, kind, what, attempts=1 if kind is Kind.OPEN else 0, defect=error)


def _rejected(change: Change, error: Rejected) -> Outcome:
    attempts = _attempts(error)
    if isinstance(change, Delete):
        if isinstance(error, NotFound):
            ours = attempts > 1  # an earlier attempt did it, and its answer was lost
            return Outcome(change, Kind.APPLIED if ours else Kind.ALREADY, attempts=attempts)
        holders = _holders(error)
        if holders:
            what = f"{holders} it: give them another role in OmniStream, then apply again ({error})"
            return Outcome(change, Kind.FAILED, what, attempts)
    return Outcome(change, Kind.FAILED, str(error), attempts)


def _holders(error: Rejected) -> str | None:
    """`N agents still hold` where that is why the server would not delete; status and words are assumed."""
    count = _HOLDERS.search(error.detail)
    if error.status in _NO_ACCESS or not (count or error.status == _CONFLICT or _IN_USE.search(error.detail)):
        return None
    if count is None:
        return "agents still hold"
    return "1 agent still holds" if count[1] == "1" else f"{count[1]} agents still hold"


def _attempts(error: ReconcilerError) -> int:
    """How many requests were sent before this was raised; the API client says so where it was more than one."""
    return error.attempts if isinstance(error, Failed) else 1
