"""Settle what became of each change by a second reading of the live state.

The list may be some seconds behind. The answer of a write and the role read by its id are more reliable, so the list is
read again, a few times, before it overrules them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from reconciler.apply import attempts
from reconciler.apply.looks import LOOKS, UNREADABLE
from reconciler.apply.outcome import NOT_KNOWN, NOT_SHOWN, Kind, Outcome
from reconciler.model.errors import Failed, Rejected
from reconciler.model.roles import LiveRole, id_key
from reconciler.plan.changes import Create, Delete, Update
from reconciler.plan.staleness import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reconciler.apply.writing import RolesApi

_MISSING = frozenset({404, 410})


def verified(
    outcomes: Sequence[Outcome], writer: RolesApi, read: Callable[[], Sequence[LiveRole]]
) -> tuple[tuple[Outcome, ...], tuple[LiveRole, ...]]:
    """Return the settled outcomes and the live state. Raise `Failed` when no list can be read.

    An interrupt ends the waiting (the writer's `sleep` reports it). If the waiting ends early, an outcome that only the
    list contradicts stays as it is.
    """
    reading = _SecondReading(outcomes, writer)
    reading.look(read())
    for wait in LOOKS[1:]:
        if not reading.doubtful or writer.retry.sleep(wait):
            break
        try:
            reading.look(read())
        except Failed:
            reading.outcomes = unverified(outcomes)
            break
    else:
        reading.end()
    return reading.settled(), reading.live


def unverified(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return the outcomes when no list can be read: a refused create that may be done anyway is unknown."""
    return tuple(replace(outcome, kind=Kind.OPEN) if outcome.perhaps else outcome for outcome in outcomes)


def settle(outcomes: Iterable[Outcome], live: Sequence[LiveRole]) -> tuple[Outcome, ...]:
    """Return the outcomes settled by `live`, which decides what an answer left open or reported wrongly.

    A role as requested was applied if a request of this run may have done it, else it was already so. One not as
    requested, although the server confirmed it, is stored differently or unknown. Several live roles may have one name.
    """
    return tuple(_settled(outcome, live) for outcome in outcomes)


def _settled(outcome: Outcome, live: Sequence[LiveRole]) -> Outcome:
    found = _found(outcome, live)
    if _is_there(outcome, found):
        return _shown(outcome, found)
    match outcome.kind:
        case Kind.APPLIED:
            return _not_as_asked(outcome, found)
        case Kind.OPEN:
            return _still_open(outcome, found)
        case Kind.FAILED if outcome.perhaps and found is not None:
            return _still_open(replace(outcome, kind=Kind.OPEN), found)
        case Kind.ALREADY if isinstance(outcome.change, Delete):
            return replace(outcome, kind=Kind.FAILED, error=UNREADABLE)
        case Kind.CHANGED if outcome.error == attempts.GONE and found is not None:
            undone = not outcome.ours or found.role == outcome.change.before
            return replace(outcome, kind=Kind.FAILED if undone else Kind.OPEN, error=UNREADABLE)
        case _:
            return outcome


def _found(outcome: Outcome, live: Sequence[LiveRole]) -> LiveRole | None:
    """Return the live role of a change: by its id, else by its name, if possible one as requested."""
    change = outcome.change
    role_id = outcome.id or change.id
    if role_id is not None:
        same = next((role for role in live if id_key(role.id) == id_key(role_id)), None)
        if same is not None or not isinstance(change, Create):
            return same
    named = [role for role in live if role.role.name == change.name]
    return next((role for role in named if role.role == change.after), named[0] if named else None)


def _is_there(outcome: Outcome, found: LiveRole | None) -> bool:
    """Return whether the live state is as the change wants it."""
    match outcome.change:
        case Create(after=after):
            return found is not None and found.role == after and not found.untouchable
        case Update(after=after):
            return found is not None and found.role == after
        case Delete():
            return found is None
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(outcome.change)


def _shown(outcome: Outcome, found: LiveRole | None) -> Outcome:
    """Return the outcome of a change whose result is live."""
    role_id = found.id if found is not None and isinstance(outcome.change, Create) else outcome.id
    match outcome.kind:
        case Kind.APPLIED:
            return replace(outcome, id=role_id, stored=None)
        case Kind.ALREADY:
            return replace(outcome, id=role_id)
        case _ if outcome.defect is not None:
            return outcome
        case Kind.OPEN:
            return replace(outcome, kind=Kind.APPLIED, error=None, id=role_id)
        case _ if outcome.ours:
            return replace(outcome, kind=Kind.APPLIED, error=None, id=role_id, note=attempts.ANYWAY)
        case _:
            return replace(outcome, kind=Kind.ALREADY, error=None, id=role_id)


def _not_as_asked(outcome: Outcome, found: LiveRole | None) -> Outcome:
    """Return the outcome of a change that the server confirmed and the live state contradicts."""
    untouched = found is not None and found.role == outcome.change.before and not outcome.shown
    if found is None or found.untouchable or untouched or isinstance(outcome.change, Delete):
        return replace(outcome, kind=Kind.OPEN, error=NOT_SHOWN)
    return replace(outcome, id=outcome.id or (found.id if outcome.change.id is None else None), stored=found.role)


def _still_open(outcome: Outcome, found: LiveRole | None) -> Outcome:
    """Return the outcome of a change without a usable answer whose result is not live."""
    change = outcome.change
    why = (outcome.error or "").removesuffix(NOT_KNOWN)
    if isinstance(change, Update) and (found is None or found.role != change.before):
        return outcome
    if isinstance(change, Create) and (found is not None or outcome.refused is not None):
        now = difference(change.after, found.role) if found else ""
        return outcome if now in why else replace(outcome, error=f"{why}; the live role of this name differs: {now}")
    return replace(outcome, kind=Kind.FAILED, error=why)


def _doubtful(outcome: Outcome, live: Sequence[LiveRole]) -> bool:
    """Return whether the live state contradicts an answer, or may yet show what it left open."""
    found = _found(outcome, live)
    if outcome.perhaps:
        return found is None
    if _is_there(outcome, found) or outcome.kind not in {Kind.APPLIED, Kind.ALREADY, Kind.OPEN}:
        return False
    return found is None or found.role != outcome.stored


class _SecondReading:
    """The live state as the list shows it, corrected by roles that are read by id if the list contradicts an answer.

    If the list shows a deleted role whose address answers 404, a confirmed delete is trusted after a second look.
    """

    def __init__(self, outcomes: Sequence[Outcome], writer: RolesApi) -> None:
        """Prepare only; nothing is read."""
        self.outcomes = outcomes
        self.live: tuple[LiveRole, ...] = ()
        self._writer = writer
        self._unread: set[int] = set()  # outcomes against which only the list speaks
        self._denied: set[int] = set()  # deletes whose role only the list shows

    @property
    def doubtful(self) -> bool:
        """Return whether a later look may show more."""
        return any(_doubtful(outcome, self.live) for outcome in self.outcomes)

    def look(self, listed: Sequence[LiveRole]) -> None:
        """Take the list, and read what it contradicts."""
        self.live = tuple(listed)
        self._unread.clear()
        denied, self._denied = self._denied, set()
        for number, outcome in enumerate(self.outcomes):
            if outcome.kind in {Kind.APPLIED, Kind.OPEN} and not _is_there(outcome, _found(outcome, self.live)):
                self._ask(number, outcome, again=number in denied)

    def _ask(self, number: int, outcome: Outcome, *, again: bool) -> None:
        """Read the role by its id. `again`: the look before also got a 404."""
        role_id = outcome.id or outcome.change.id
        if role_id is None:
            self._unread.add(number)
            return
        shown: list[LiveRole] | None = None
        try:
            shown = [self._writer.get_role(role_id)]
        except Failed as error:
            if isinstance(error, Rejected) and error.status in _MISSING and isinstance(outcome.change, Delete):
                self._denied.add(number)
                shown = [] if again and outcome.kind is Kind.APPLIED else None
        if shown is None:
            self._unread.add(number)
        else:
            self.live = (*(role for role in self.live if id_key(role.id) != id_key(role_id)), *shown)

    def end(self) -> None:
        """Trust the list, except for a role whose own address still answers 404."""
        self._unread = {number for number in self._denied if self.outcomes[number].kind is Kind.OPEN}

    def settled(self) -> tuple[Outcome, ...]:
        """Return the outcomes, settled by all that was read."""
        pairs = zip(self.outcomes, settle(self.outcomes, self.live), strict=True)
        return tuple(told if number in self._unread else found for number, (told, found) in enumerate(pairs))
