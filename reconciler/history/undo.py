"""Plan how to undo what a journal recorded: pure, over all of its runs, as the net effect on each role.

The live state decides whether a request without an answer happened. A role that changed after the journal's last entry
is left alone and named in the plan's notes, never overwritten silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.apply.order import waits
from reconciler.history.tracks import Track, entries_of, follow
from reconciler.model.inert import named, visible
from reconciler.model.roles import SYSTEM_NAMES, LiveRole, Role, id_key
from reconciler.plan.changes import Change, Create, Delete, Plan, Update
from reconciler.plan.scope import Scope, matches
from reconciler.plan.sources import Undo
from reconciler.plan.staleness import difference

if TYPE_CHECKING:
    from reconciler.apply.recorded import Entry, Recorded
    from reconciler.history.recent import Chosen
    from reconciler.model.catalogue import Catalogue


@dataclass(slots=True)
class _Draft:
    """An unfinished plan. `scope` says which roles are left alone; `catalogue` None: every code may be granted."""

    scope: Scope
    catalogue: Catalogue | None = None
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def undo_plan(
    journal: Recorded,
    live: Iterable[LiveRole],
    *,
    target: str,
    scope: Scope = Scope(),
    catalogue: Catalogue | None = None,
    form: Callable[[str], str] = str,
    chosen: Chosen | None = None,
) -> Plan:
    """Return the plan from `live` (system roles included) back to what was before the journal's first run on `target`.

    Only lines about `target` count; URLs are compared as `form` writes them. Of these, only those that `chosen` keeps
    are undone; None keeps all. `scope` says which roles are left alone;
    `unmanaged: report` keeps no role that the journal created. No code is granted that `catalogue` does not have. The
    plan's notes name what is left alone or cannot be undone. Raise `StalePlan` when the whole journal is about other
    tenants.
    """
    found_entries, skipped = entries_of(journal, target, form)
    entries = found_entries if chosen is None else chosen(found_entries)
    roles = {id_key(role.id): role for role in live}
    found = follow(entries, roles)
    draft = _Draft(scope, catalogue, notes=[*journal.notes, *skipped, *found.notes])
    for role_id, old in _adopt(found.by_id, roles).items():
        draft.notes.append(_new_id(old, roles[role_id].id))
    # In the order in which the journal first names them: what was there first comes first.
    for role_id, track in found.by_id.items():
        _take_back(track, roles.get(role_id), draft)
    _drop_what_cannot_be(draft, roles)
    draft.notes += [_new_id(change.after, None) for change in draft.changes if isinstance(change, Create)]
    if not entries:
        which = "" if chosen is None else " in the part that was chosen"
        draft.notes.append(
            f"{visible(journal.path)} contains no change that was sent{which}, so there is nothing to undo"
        )
    return _plan(draft, roles, _source(journal.path, entries), target)


def _source(path: str, entries: Sequence[Entry]) -> Undo:
    return Undo(path, entries[-1].commit, entries[-1].edited) if entries else Undo(path)


def _adopt(tracks: dict[str, Track], roles: Mapping[str, LiveRole]) -> dict[str, Role]:
    """Return the roles that the journal deleted and recreated, by new id; the new role gets the old state back."""
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


def _take_back(track: Track, live: LiveRole | None, draft: _Draft) -> None:
    """Add the change that restores one role, or a note on why it is left alone."""
    origin = track.origin
    now = live.role if live else None
    if now == origin:
        return
    known = [role for role in (now, origin) if role]
    name = named(known[0].name)
    if any(matches(role.name, draft.scope.ignore) for role in known):
        draft.notes.append(f"{name} matches a pattern under `ignore:`, so it is left alone")
    elif not all(matches(role.name, draft.scope.manage) for role in known):
        draft.notes.append(f"{name} does not match a pattern under `manage:`, so it is left alone")
    elif live and live.untouchable:
        draft.notes.append(f"{name} is now a system role; reconciler never changes system roles, so it is left alone")
    elif now not in track.states:
        draft.notes.append(f"{name} changed after the journal's last entry, so it is left alone: {_since(track, now)}")
    else:
        if track.between:
            draft.notes.append(
                f"{name} was also changed outside this journal, between its runs; the plan undoes that change too"
            )
        draft.changes += _back(live, origin, draft)


def _back(live: LiveRole | None, origin: Role | None, draft: _Draft) -> list[Change]:
    """Return the change from the live role to its origin; none if only withdrawn codes are left to restore."""
    if origin is None:
        return [Delete(live.id, live.role)] if live else []
    back = _without_withdrawn(origin, live.role if live else None, draft)
    if live is None:
        return [Create(back)]
    return [Update(live.id, live.role, back)] if back != live.role else []


def _without_withdrawn(origin: Role, now: Role | None, draft: _Draft) -> Role:
    """Return the origin without the codes that it would grant but the catalogue no longer has; a note names them."""
    if draft.catalogue is None:
        return origin
    held = now.permissions if now else frozenset()
    gone = origin.permissions - held - draft.catalogue.keys()
    if gone:
        codes = ", ".join(visible(code) for code in sorted(gone))
        draft.notes.append(
            f"{named(origin.name)} cannot be granted {codes} again, because the catalogue no longer has "
            f"{'it' if len(gone) == 1 else 'them'}"
        )
    return replace(origin, permissions=origin.permissions - gone)


def _drop_what_cannot_be(draft: _Draft, roles: Mapping[str, LiveRole]) -> None:
    """Remove the changes that need a name which stays taken, until there is none."""
    while True:
        clash = _clash(draft.changes, roles)
        circle = [] if clash else _circle(draft.changes)
        if clash:
            name, change = clash
            draft.notes.append(_taken(name, draft.changes, change, roles))
            draft.changes = [other for other in draft.changes if other is not change]
        elif circle:
            names = ", ".join(sorted(named(change.name) for change in circle))
            draft.notes.append(
                f"the undo would swap the names {names}, which needs two steps, so these roles are left alone; first "
                "rename one of them to a third name in its role file"
            )
            draft.changes = [change for change in draft.changes if change not in circle]
        else:
            return


def _taken(name: str, changes: Sequence[Change], change: Change, roles: Mapping[str, LiveRole]) -> str:
    """Return why `change` cannot restore `name`: another change or another role has it."""
    if any(other.after and other.name == name for other in changes if other is not change):
        return f"another role {named(name)} cannot be restored, because the plan already restores one of that name"
    if isinstance(change, Create) and any(role.role == change.after for role in roles.values()):
        return f"{named(name)} is live again as it was, so it is left alone"
    return (
        f"{named(name)} cannot be restored, because another role has that name; rename or delete that role, then run "
        "`reconciler undo` again"
    )


def _clash(changes: Sequence[Change], roles: Mapping[str, LiveRole]) -> tuple[str, Change] | None:
    """Return the first change that needs a name which a role keeps, or which an earlier change needs too."""
    moved = {id_key(change.id) for change in changes if change.id}
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
    """Return the changes that wait for each other's names in a circle, or for one that does."""
    before = waits(changes)
    free = {index for index in range(len(changes)) if index not in before}
    while True:
        more = {index for index, others in before.items() if free.issuperset(others)} - free
        if not more:
            return [change for index, change in enumerate(changes) if index not in free]
        free |= more


def _plan(draft: _Draft, roles: Mapping[str, LiveRole], source: Undo, target: str) -> Plan:
    changed = {change.id for change in draft.changes}
    rest = [
        live.role
        for live in roles.values()
        if live.id not in changed and not live.untouchable and matches(live.role.name, draft.scope.manage)
    ]
    return Plan(
        target=target,
        source=source,
        changes=tuple(sorted(draft.changes, key=lambda change: (change.name, change.id or ""))),
        unchanged=_sorted(role for role in rest if not matches(role.name, draft.scope.ignore)),
        ignored=_sorted(role for role in rest if matches(role.name, draft.scope.ignore)),
        system=_sorted(live.role for live in roles.values() if live.untouchable),
        notes=tuple(sorted(draft.notes)),
        catalogue=draft.catalogue or {},
    )


def _sorted(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(sorted(roles, key=lambda role: role.name))


def _by_fields(role: Role) -> tuple[str, str, list[str]]:
    return role.name, role.description, sorted(role.permissions)


def _since(track: Track, now: Role | None) -> str:
    left = sorted((role for role in track.states if role), key=_by_fields)
    if now is None:
        return "it no longer exists in OmniStream"
    return difference(left[-1], now) if left else "the journal deleted it, but it is live"


def _new_id(origin: Role, heir: str | None) -> str:
    name = named(origin.name)
    if heir is None:
        return f"{name} was deleted and is recreated with a new id; the old id and its assignments to agents are lost"
    return f"{name} was deleted and recreated with a new id ({visible(heir)}); the old id cannot be restored"
