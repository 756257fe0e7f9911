"""Whether a saved plan still fits the live state: "a saved plan is a promise" (the interface).

A change whose result is already there has nothing left to do. A role that is neither as the plan found it nor as the
plan wants it makes the whole plan stale.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from reconciler.inert import quoted, visible
from reconciler.plan import Change, Create, Delete, Plan, Update
from reconciler.roles import SYSTEM_NAMES, LiveRole, Role, normalise_name


@dataclass(frozen=True, slots=True)
class Fit:
    """What became of a plan's changes: still to be done, already so, and why the plan is stale (empty: it is not)."""

    open: tuple[Change, ...]
    done: tuple[Change, ...]
    stale: tuple[str, ...]


def fit(plan: Plan, live: Iterable[LiveRole]) -> Fit:
    """Hold every change of a saved plan against the live state."""
    roles = tuple(live)
    by_id = {role.id: role for role in roles}
    by_name = {role.role.name: role for role in roles}
    moving = {change.id for change in plan.changes if isinstance(change, Delete) or _renames(change)}
    open_, done, stale = [], [], []
    for change in plan.changes:
        why = _touches_system(change, by_id) or _stale(change, by_id, by_name, moving)
        if why:
            stale.append(why)
        elif _is_done(change, by_id, by_name):
            done.append(change)
        else:
            open_.append(change)
    return Fit(tuple(open_), tuple(done), tuple(stale))


def _renames(change: Change) -> bool:
    return isinstance(change, Update) and change.renamed_from is not None


def _touches_system(change: Change, by_id: Mapping[str, LiveRole]) -> str | None:
    live = by_id.get(change.id or "")
    names = {normalise_name(role.name) for role in (change.before, change.after) if role}
    if names & SYSTEM_NAMES or (live is not None and live.untouchable):
        return f"{visible(change.name)} is a system role, which reconciler never writes to"
    return None


def _is_done(change: Change, by_id: Mapping[str, LiveRole], by_name: Mapping[str, LiveRole]) -> bool:
    match change:
        case Create():
            return change.after.name in by_name and by_name[change.after.name].role == change.after
        case Update():
            return by_id[change.id].role == change.after
        case Delete():
            return change.id not in by_id
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)


def _stale(
    change: Change, by_id: Mapping[str, LiveRole], by_name: Mapping[str, LiveRole], moving: Collection[str | None]
) -> str | None:
    """Why the change no longer applies, as a sentence that shows the difference; None where it does."""
    name = visible(change.name)
    live = by_id.get(change.id) if change.id else None
    match change:
        case Create():
            other = by_name.get(change.after.name)
            if other is None or other.role == change.after or other.id in moving:
                return None
            return f"{name} was to be created, and is live now: {difference(change.after, other.role)}"
        case Update():
            if live is None:
                return f"{name} was to be updated, and is gone (id {visible(change.id)})"
            if live.role not in (change.before, change.after):
                return f"{name} changed since the plan was made: {difference(change.before, live.role)}"
            other = by_name.get(change.after.name)
            if other is not None and other.id != change.id and other.id not in moving:
                return f"{visible(change.before.name)} was to become {name}, and another role has that name now"
            return None
        case Delete():
            return _undeletable(change, live, by_name.get(change.before.name), moving)
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)


def _undeletable(
    change: Delete, live: LiveRole | None, other: LiveRole | None, moving: Collection[str | None]
) -> str | None:
    """Likewise for a delete; `live` has its id now, `other` its name."""
    name = visible(change.name)
    if live is not None and live.role != change.before:
        return f"{name} was to be deleted, and changed since: {difference(change.before, live.role)}"
    if live is None and other is not None and other.id not in moving:
        return f"{name} was to be deleted and is gone, and another role has that name now (id {visible(other.id)})"
    return None


def difference(then: Role, now: Role) -> str:
    """What differs between two states of a role, for a message: fields, then codes, sorted."""
    parts = [
        f"{field} {quoted(before)} -> {quoted(after)}"
        for field, before, after in (("name", then.name, now.name), ("description", then.description, now.description))
        if before != after
    ]
    parts += [f"+ {visible(code)}" for code in sorted(now.permissions - then.permissions)]
    parts += [f"- {visible(code)}" for code in sorted(then.permissions - now.permissions)]
    return ", ".join(parts) or "no difference"
