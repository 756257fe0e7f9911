"""From desired and live roles to what differs, and to a plan: pure, without I/O, clock or configuration files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.model.errors import InvalidInput
from reconciler.plan.changes import Change, Create, Delete, Plan, Source, Update
from reconciler.plan.matching import by_name, match, not_managed
from reconciler.plan.scope import Scope, matches

if TYPE_CHECKING:
    from reconciler.model.roles import Catalogue, DesiredRole, LiveRole, Role


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between desired and live roles, and what is left alone. Every tuple is sorted by name.

    `unmanaged` holds the unmanaged roles that stay (`unmanaged: report`); those that go are deletes.
    """

    changes: tuple[Change, ...]
    unchanged: tuple[Role, ...]
    unmanaged: tuple[LiveRole, ...]
    ignored: tuple[Role, ...]
    system: tuple[Role, ...]


def compare(desired: Sequence[DesiredRole], live: Iterable[LiveRole], scope: Scope) -> Comparison:
    """Return how `desired` (names unique) and `live` (ids unique, system roles included) differ.

    Raise `InvalidInput` where a desired role has the name of a system role, of an ignored one or of several live ones,
    or one that is not managed here, or where `renamed_from` leaves open which live role is meant.
    """
    live = [role for role in live if role.untouchable or matches(role.role.name, scope.manage)]
    ignored = {name for role in live if not role.untouchable and matches(name := role.role.name, scope.ignore)}
    # One that is not live yet too: created, it would be ignored from then on, and its file wrong.
    asked = {entry.role.name for entry in desired if matches(entry.role.name, scope.ignore)}
    matched, problems = match(desired, by_name(live), ignored | asked)
    problems += not_managed(desired, lambda name: matches(name, scope.manage))
    if problems:
        raise InvalidInput(tuple(problems))
    used = {role.id for role in matched.values()}
    custom = [role for role in live if not role.untouchable]
    rest = [role for role in custom if role.role.name not in ignored and role.id not in used]
    deletes = [Delete(role.id, role.role) for role in rest] if scope.unmanaged == "delete" else []
    changes, unchanged = _changed(desired, matched)
    stay = sorted(rest, key=lambda role: (role.role.name, role.id)) if scope.unmanaged == "report" else []
    return Comparison(
        changes=tuple(sorted([*changes, *deletes], key=_by_name_and_id)),
        unchanged=_sorted(unchanged),
        unmanaged=tuple(stay),
        ignored=_sorted(role.role for role in custom if role.role.name in ignored),
        system=_sorted(role.role for role in live if role.untouchable),
    )


def make_plan(
    desired: Sequence[DesiredRole],
    live: Iterable[LiveRole],
    *,
    target: str,
    source: Source,
    scope: Scope = Scope(),
    catalogue: Catalogue | None = None,
) -> Plan:
    """Return the plan that leads from `live` to `desired`. Raise what `compare` raises."""
    found = compare(desired, live, scope)
    return Plan(
        target=target,
        source=source,
        changes=found.changes,
        unchanged=found.unchanged,
        unmanaged=tuple(role.role for role in found.unmanaged),
        unmanaged_ids=tuple(role.id for role in found.unmanaged),
        ignored=found.ignored,
        system=found.system,
        catalogue=catalogue or {},
    )


def _changed(desired: Sequence[DesiredRole], matched: Mapping[str, LiveRole]) -> tuple[list[Change], list[Role]]:
    changes: list[Change] = []
    unchanged = []
    for entry in desired:
        live = matched.get(entry.role.name)
        if live is None:
            changes.append(Create(entry.role, entry.location))
        elif live.role == entry.role:
            unchanged.append(entry.role)
        else:
            changes.append(Update(live.id, live.role, entry.role, entry.location))
    return changes, unchanged


def _by_name_and_id(change: Change) -> tuple[str, str]:
    return change.name, change.id or ""


def _sorted(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(sorted(roles, key=lambda role: role.name))
