"""What became of each change in the light of a second reading of the live state.

The list may be some seconds behind. The answer of a write and the role read by its id are better witnesses, so the list
is read again, a few times, before it is believed against them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from reconciler.apply import attempts
from reconciler.apply.outcome import NOT_KNOWN, NOT_SHOWN, Kind, Outcome
from reconciler.model.errors import Failed, Rejected
from reconciler.model.roles import LiveRole, id_key
from reconciler.plan.changes import Create, Delete, Update
from reconciler.plan.staleness import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reconciler.apply.writing import Writer

UNREADABLE = "the server answers 404, but the list shows the role; the API key may lack a right to it"
_MISSING = frozenset({404, 410})


def verified(
    outcomes: Sequence[Outcome], writer: Writer, read: Callable[[], Sequence[LiveRole]]
) -> tuple[tuple[Outcome, ...], tuple[LiveRole, ...]]:
    """The settled outcomes, and the live state that settled them. Raises `Failed` where no list can be read.

    An interrupt ends the waiting: the writer's `sleep` says so. Where the waiting ends early, what only the list speaks
    against stays as it was told.
    """
    live, unread = _witnessed(outcomes, tuple(read()), writer)
    for wait in attempts.LOOKS[1:]:
        if not any(_doubtful(outcome, live) for outcome in outcomes) or writer.retry.sleep(wait):
            break
        try:
            live, unread = _witnessed(outcomes, tuple(read()), writer)
        except Failed:
            break
    else:
        unread = frozenset()
    pairs = zip(outcomes, settle(outcomes, live), strict=True)
    return tuple(told if number in unread else settled for number, (told, settled) in enumerate(pairs)), live


def settle(outcomes: Iterable[Outcome], live: Sequence[LiveRole]) -> tuple[Outcome, ...]:
    """The outcomes in the light of `live`, which decides what an answer had left open, or told wrongly.

    What is as asked was applied where a request of this run may have done it, and was so already otherwise. What is not
    as asked although the server said so is stored differently, or not known. Several live roles may have one name.
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
        case Kind.ALREADY if isinstance(outcome.change, Delete):
            return replace(outcome, kind=Kind.FAILED, error=UNREADABLE)
        case Kind.CHANGED if outcome.error == attempts.GONE and found is not None:
            undone = not outcome.ours or found.role == outcome.change.before
            return replace(outcome, kind=Kind.FAILED if undone else Kind.OPEN, error=UNREADABLE)
        case _:
            return outcome


def _found(outcome: Outcome, live: Sequence[LiveRole]) -> LiveRole | None:
    """The live role that a change is about: by its id, else of its name, if possible as asked."""
    change = outcome.change
    role_id = outcome.id or change.id
    if role_id is not None:
        same = next((role for role in live if id_key(role.id) == id_key(role_id)), None)
        if same is not None or not isinstance(change, Create):
            return same
    named = [role for role in live if role.role.name == change.name]
    return next((role for role in named if role.role == change.after), named[0] if named else None)


def _is_there(outcome: Outcome, found: LiveRole | None) -> bool:
    """Whether the live state is as the change wants it."""
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
    """The result is there; the report must not say otherwise."""
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
    """The server said that it is done, and the live state shows something else."""
    untouched = found is not None and found.role == outcome.change.before and not outcome.shown
    if found is None or found.untouchable or untouched or isinstance(outcome.change, Delete):
        return replace(outcome, kind=Kind.OPEN, error=NOT_SHOWN)
    return replace(outcome, id=outcome.id or (found.id if outcome.change.id is None else None), stored=found.role)


def _still_open(outcome: Outcome, found: LiveRole | None) -> Outcome:
    """No usable answer came, and the result is not there."""
    change = outcome.change
    why = (outcome.error or "").removesuffix(NOT_KNOWN)
    if isinstance(change, Update) and (found is None or found.role != change.before):
        return outcome
    if isinstance(change, Create) and (found is not None or outcome.refused is not None):
        now = difference(change.after, found.role) if found else ""
        return outcome if now in why else replace(outcome, error=f"{why}; the live role of this name differs: {now}")
    return replace(outcome, kind=Kind.FAILED, error=why)


def _doubtful(outcome: Outcome, live: Sequence[LiveRole]) -> bool:
    """Whether the live state contradicts what an answer said, or may yet show what it left open."""
    found = _found(outcome, live)
    if _is_there(outcome, found) or outcome.kind not in {Kind.APPLIED, Kind.ALREADY, Kind.OPEN}:
        return False
    return found is None or found.role != outcome.stored


def _witnessed(
    outcomes: Sequence[Outcome], live: tuple[LiveRole, ...], writer: Writer
) -> tuple[tuple[LiveRole, ...], frozenset[int]]:
    """The list, corrected by reading each role by its id of which it does not show what the server said was done.

    The numbers are of the outcomes whose role could not be read.
    """
    unread = set()
    for number, outcome in enumerate(outcomes):
        if outcome.kind not in {Kind.APPLIED, Kind.OPEN} or _is_there(outcome, _found(outcome, live)):
            continue
        witness = _by_id(outcome, writer)
        if witness is None:
            unread.add(number)
        else:
            role_id, shown = witness
            live = (*(role for role in live if id_key(role.id) != id_key(role_id)), *shown)
    return live, frozenset(unread)


def _by_id(outcome: Outcome, writer: Writer) -> tuple[str, tuple[LiveRole, ...]] | None:
    """The id of a role, and the role if it is live; None where that cannot be read."""
    role_id = outcome.id or outcome.change.id
    if role_id is None:
        return None
    try:
        return role_id, (writer.get_role(role_id),)
    except Failed as error:
        gone = isinstance(error, Rejected) and error.status in _MISSING
        return (role_id, ()) if gone and isinstance(outcome.change, Delete) else None
