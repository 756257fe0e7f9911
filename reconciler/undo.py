"""The plan that takes back what a journal recorded: pure, over all of its runs, as the net effect on each role.

The live state has the last word: it says whether a request happened whose answer is missing, and a role that somebody
changed after the journal ends is left alone and named in the plan's notes, never overwritten silently.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import StalePlan
from reconciler.inert import visible
from reconciler.order import waits
from reconciler.plan import Change, Create, Delete, Plan, Source, Update, matches
from reconciler.promise import difference
from reconciler.roles import SYSTEM_NAMES, LiveRole, Role

if TYPE_CHECKING:
    from reconciler.journal import Entry, Reading

_UNSURE = frozenset({"not-known"})


@dataclass(slots=True)
class _Track:
    """What a journal did to one role id. `states` are those it may have left the role in; None stands for deleted."""

    origin: Role | None
    states: set[Role | None]
    names: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Draft:
    """A plan in the making. `ignore` holds the patterns of roles that are left alone."""

    ignore: tuple[str, ...]
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def undo_plan(journal: Reading, live: Iterable[LiveRole], *, target: str, ignore: tuple[str, ...] = ()) -> Plan:
    """The plan from `live` (names unique, system roles included) back to what was before the journal's first run.

    `ignore` holds the patterns of roles that are left alone. What is left alone, or cannot be taken back, is in the
    plan's notes. Raises `StalePlan` where the journal, or a part
    of it, is of another tenant than `target`.
    """
    for entry in journal.entries:
        if entry.target != target:
            message = f"{visible(journal.path)} records changes of {visible(entry.target)}, and is not undone on"
            raise StalePlan(f"{message} {visible(target)}; name the tenant that it is of")
    roles = {role.id: role for role in live}
    draft = _Draft(ignore, notes=list(journal.notes))
    tracks = _tracks(journal.entries, roles, draft)
    for role_id, old in _adopt(tracks, roles).items():
        draft.notes.append(_new_id(old, role_id))
    for role_id in tracks:  # in the order in which the journal first names them: what was there first comes first
        _take_back(role_id, tracks[role_id], roles.get(role_id), draft)
    _drop_what_cannot_be(draft, roles)
    draft.notes += [_new_id(change.after, None) for change in draft.changes if isinstance(change, Create)]
    return _plan(draft, roles, journal, target)


def _tracks(entries: Sequence[Entry], roles: Mapping[str, LiveRole], draft: _Draft) -> dict[str, _Track]:
    """Follow every role id through the requests of all runs, in their order."""
    tracks: dict[str, _Track] = {}
    for entry, unsure in _requests(entries):
        before = entry.before.role() if entry.before else None
        after = entry.after.role() if entry.after else None
        role_id = entry.id or _created(after, entries, roles, tracks)
        if role_id is None:
            if any(role.role.name == entry.name for role in roles.values()):
                draft.notes.append(_other_of_that_name(entry.name))
            continue
        if entry.id is None and unsure:
            draft.notes.append(_unsure_create(entry.name, role_id))
        track = tracks.setdefault(role_id, _Track(before, {before}))
        track.states = {before, after} if unsure else {after}
        track.names |= {role.name for role in (before, after) if role}
    return tracks


def _requests(entries: Sequence[Entry]) -> Iterable[tuple[Entry, bool]]:
    """Each request that changed something, or may have: an outcome, or an intent without one (unsure)."""
    ended = {(entry.run, entry.request) for entry in entries if entry.kind == "outcome"}
    for entry in entries:
        if entry.kind == "intent" and (entry.run, entry.request) not in ended:
            yield entry, True
        elif entry.kind == "outcome" and (entry.status == "applied" or entry.reason in _UNSURE):
            yield entry, entry.status != "applied"


def _created(
    after: Role | None, entries: Sequence[Entry], roles: Mapping[str, LiveRole], tracks: Collection[str]
) -> str | None:
    """The id that a create without an answer gave: that of a later line of just that role, or of the live role."""
    later = (entry.id for entry in entries if entry.id and entry.before and entry.before.role() == after)
    found = (role_id for role_id, role in roles.items() if role.role == after and not role.untouchable)
    return next((role_id for role_id in (*later, *found) if role_id not in tracks), None)


def _adopt(tracks: dict[str, _Track], roles: Mapping[str, LiveRole]) -> dict[str, Role]:
    """Where the journal deleted a role and made one of its name anew, the new id goes back to what the old one was."""
    heirs: dict[str, Role] = {}
    made = [role_id for role_id in tracks if tracks[role_id].origin is None and role_id in roles]
    for role_id in list(tracks):
        origin = tracks[role_id].origin
        if origin is None or role_id in roles or None not in tracks[role_id].states:
            continue
        mine = [new for new in made if origin.name in tracks[new].names and new not in heirs]
        if mine:
            heirs[mine[0]] = origin
            tracks[mine[0]].origin = origin
            del tracks[role_id]
    return heirs


def _take_back(role_id: str, track: _Track, live: LiveRole | None, draft: _Draft) -> None:
    """Add what takes one role back to its origin, or a note on why it is left alone."""
    origin = track.origin
    now = live.role if live else None
    if now == origin:
        return
    name = visible((now or origin or Role(role_id, "", frozenset())).name)
    if any(role and matches(role.name, draft.ignore) for role in (now, origin)):
        draft.notes.append(f"{name} matches a pattern of `ignore`, so it is left alone")
    elif live and live.untouchable:
        draft.notes.append(f"{name} is a system role now, which reconciler never writes to; it is left alone")
    elif now not in track.states:
        draft.notes.append(f"{name} was changed after the journal ends, so it is left alone: {_since(track, now)}")
    elif origin is None:
        draft.changes += [Delete(role_id, now)] if now else []
    else:
        draft.changes.append(Update(role_id, now, origin) if now else Create(origin))


def _drop_what_cannot_be(draft: _Draft, roles: Mapping[str, LiveRole]) -> None:
    """Leave out what would ask for a name that stays taken, until nothing does."""
    while True:
        clash = _clash(draft.changes, roles)
        circle = [] if clash else _circle(draft.changes)
        if clash:
            name, change = clash
            draft.notes.append(
                f"{visible(name)} cannot come back, since another role has that name; rename or delete that one, then "
                "undo again"
            )
            draft.changes = [other for other in draft.changes if other is not change]
        elif circle:
            names = ", ".join(sorted(visible(change.name) for change in circle))
            draft.notes.append(
                f"the names {names} would have to be swapped, which takes two steps: they are left alone; rename one "
                "of them to a third name by its role file first"
            )
            draft.changes = [change for change in draft.changes if change not in circle]
        else:
            return


def _clash(changes: Sequence[Change], roles: Mapping[str, LiveRole]) -> tuple[str, Change] | None:
    """The first change that asks for a name which a role keeps, or which an earlier change asks for too."""
    moved = {change.id for change in changes}
    taken = {role.role.name for role_id, role in roles.items() if role_id not in moved} | SYSTEM_NAMES
    taken |= {change.name for change in changes if _keeps_name(change)}
    for change in changes:
        if change.after and not _keeps_name(change):
            if change.name in taken:
                return change.name, change
            taken.add(change.name)
    return None


def _keeps_name(change: Change) -> bool:
    return change.before is not None and change.after is not None and change.before.name == change.after.name


def _circle(changes: Sequence[Change]) -> list[Change]:
    """The changes that wait for each other's names in a circle, or for one that does."""
    before = waits(changes)
    free = {index for index in range(len(changes)) if index not in before}
    while True:
        more = {index for index, other in before.items() if other in free} - free
        if not more:
            return [change for index, change in enumerate(changes) if index not in free]
        free |= more


def _plan(draft: _Draft, roles: Mapping[str, LiveRole], journal: Reading, target: str) -> Plan:
    changed = {change.id for change in draft.changes}
    rest = [role.role for role in roles.values() if role.id not in changed and not role.untouchable]
    commit = journal.entries[-1].commit if journal.entries else None
    if not journal.entries:
        draft.notes.append(f"{visible(journal.path)} records nothing that was sent")
    return Plan(
        target=target,
        source=Source(journal.path, None, commit),
        changes=tuple(sorted(draft.changes, key=lambda change: (change.name, change.id or ""))),
        unchanged=_sorted(role for role in rest if not matches(role.name, draft.ignore)),
        ignored=_sorted(role for role in rest if matches(role.name, draft.ignore)),
        system=_sorted(r.role for r in roles.values() if r.untouchable),
        notes=tuple(sorted(draft.notes)),
    )


def _sorted(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(sorted(roles, key=lambda role: role.name))


def _since(track: _Track, now: Role | None) -> str:
    left = sorted((role for role in track.states if role), key=lambda role: (role.name, role.description))
    if now is None:
        return "it is gone from OmniStream"
    return difference(left[-1], now) if left else "the journal deleted it, and it is live"


def _new_id(origin: Role, heir: str | None) -> str:
    name = visible(origin.name)
    if heir is None:
        return f"{name} was deleted and is created anew: its old id, and so the agents that had it, cannot come back"
    return f"{name} was deleted and made anew with the id {visible(heir)}: its old id cannot come back"


def _other_of_that_name(name: str) -> str:
    return (
        f"the journal does not tell whether the create of {visible(name)} happened; the live role of that name is "
        "taken to be another one"
    )


def _unsure_create(name: str, role_id: str) -> str:
    return (
        f"the journal does not tell whether the create of {visible(name)} happened; a role just like it is live "
        f"(id {visible(role_id)}), so it is taken to be that one"
    )
