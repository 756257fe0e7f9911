"""Who fights with the operator: what its journal says it did again and again. Pure.

A fight is a (role, code) that was taken back three times within 24 h. A truce is what gives access, was made three
times within 24 h, and is left alone until the file of the role changes. Both follow from the journal alone, so a
restart forgets neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, assert_never

from reconciler.model.roles import id_key
from reconciler.plan.changes import Change, Create, Delete, Update

if TYPE_CHECKING:
    from reconciler.apply.recorded import Entry

WINDOW = timedelta(hours=24)
OFTEN = 3


class Key(NamedTuple):
    """What is fought over: a code of a role, by the role's id as `id_key` writes it; or a role that is created again.

    The latter has the name alone, since its id is another one each time.
    """

    role_id: str
    code: str
    name: str = ""


class Fight(NamedTuple):
    """A code that a role got back `times` times within 24 h, and that was taken back each time."""

    role: str
    code: str
    times: int


class Truce(NamedTuple):
    """What would give access and is left alone: the codes of a role, or its creation if there are none.

    `path` is the role's file, which ends the truce when it changes.
    """

    role: str
    codes: tuple[str, ...]
    path: str


class Deed(NamedTuple):
    """One time that something was done. `role` is the name that the role had then, `file` the hash of its file."""

    at: datetime
    role: str
    file: str | None = None


class Deeds(NamedTuple):
    """What a journal says was taken back, and what was given, in the order of its lines."""

    taken: Mapping[Key, Sequence[Deed]] = {}
    given: Mapping[Key, Sequence[Deed]] = {}


def deeds_of(entries: Iterable[Entry]) -> Deeds:
    """Return what was done by the requests that were applied; the last outcome of a request counts."""
    last = {(entry.run, entry.request): entry for entry in entries if entry.kind == "outcome"}
    taken: dict[Key, list[Deed]] = {}
    given: dict[Key, list[Deed]] = {}
    for entry in last.values():
        at = _time(entry.time)
        if entry.status != "applied" or entry.after is None or at is None:
            continue
        deed = Deed(at, entry.name, entry.file)
        if entry.before is None:
            given.setdefault(Key("", "", entry.name), []).append(deed)
            continue
        before, after = frozenset(entry.before.permissions), frozenset(entry.after.permissions)
        kept = frozenset(entry.stored.permissions) if entry.stored else after
        role_id = id_key(entry.id or "")
        for code in before - after - kept:
            taken.setdefault(Key(role_id, code), []).append(deed)
        for code in after - before:
            given.setdefault(Key(role_id, code), []).append(deed)
    return Deeds(taken, given)


def fights_at(deeds: Deeds, now: datetime) -> Mapping[Key, Fight]:
    """Return the fights that go on at `now`. A time that is more than 24 h ahead, by a wrong clock, does not count."""
    found = {}
    for key, times in deeds.taken.items():
        recent = [deed for deed in times if abs(now - deed.at) <= WINDOW]
        if len(recent) >= OFTEN:
            found[key] = Fight(recent[-1].role, key.code, len(recent))
    return found


def fought_grants(deeds: Deeds, file_of: Callable[[str], str | None]) -> frozenset[Key]:
    """Return what was given three times within 24 h since the role's file is as it is now.

    `file_of` returns the hash of the file that defines a role now, None if none does or it is unknown.
    """
    return frozenset(key for key, times in deeds.given.items() if len(times) >= OFTEN and _often(times, file_of))


def _often(times: Sequence[Deed], file_of: Callable[[str], str | None]) -> bool:
    file = file_of(times[-1].role)
    if file is None:
        return False
    since = next((at + 1 for at in range(len(times) - 1, -1, -1) if times[at].file != file), 0)
    same = times[since:]
    return any(abs(last.at - first.at) <= WINDOW for first, last in zip(same, same[OFTEN - 1 :], strict=False))


def without(change: Change, fought: frozenset[Key]) -> Change | None:
    """Return what is done of a change when what is fought over is left alone; None if nothing is."""
    match change:
        case Create():
            return None if Key("", "", change.name) in fought else change
        case Update():
            left = _codes(change, fought)
            if not left:
                return change
            after = replace(change.after, permissions=change.after.permissions - left)
            return None if after == change.before else replace(change, after=after)
        case Delete():
            return change
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)


def _codes(change: Update, fought: frozenset[Key]) -> frozenset[str]:
    role_id = id_key(change.id)
    return frozenset(code for code in change.granted if Key(role_id, code) in fought)


def truces_of(changes: Iterable[Change], fought: frozenset[Key]) -> tuple[Truce, ...]:
    """Return what of these changes is left alone, in their order."""
    found = []
    for change in changes:
        path = change.location.path if change.location else ""
        if isinstance(change, Create) and without(change, fought) is None:
            found.append(Truce(change.name, (), path))
        elif isinstance(change, Update) and (left := _codes(change, fought)):
            found.append(Truce(change.name, tuple(sorted(left)), path))
    return tuple(found)


def _time(text: str) -> datetime | None:
    """Return the time of a line; None for one that was edited into something else, or has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
