"""Compare desired and live roles, and make a plan. Pure: no I/O, clock or configuration files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.errors import InvalidInput
from reconciler.plan.changes import Change, Create, Delete, Plan, Update
from reconciler.plan.matching import LIVE, Where, by_name, match, not_managed
from reconciler.plan.scope import Scope, matches
from reconciler.plan.sources import Compared, Source

if TYPE_CHECKING:
    from reconciler.model.catalogue import Catalogue
    from reconciler.model.roles import DesiredRole, LiveRole, Role


class Comparison(NamedTuple):
    """What differs between desired and live roles, and what is left alone. Every tuple is sorted by name.

    `unmanaged` holds the unmanaged roles that are kept (`unmanaged: report`); the others are deletes.
    """

    changes: tuple[Change, ...]
    unchanged: tuple[Role, ...]
    unmanaged: tuple[LiveRole, ...]
    ignored: tuple[Role, ...]
    system: tuple[Role, ...]


def compare(desired: Sequence[DesiredRole], live: Iterable[LiveRole], scope: Scope, where: Where = LIVE) -> Comparison:
    """Return what differs between `desired` (unique names) and `live` (unique ids, including system roles).

    Raise `InvalidInput` when the name of a desired role is that of a system role, an ignored role or several live
    roles, when no pattern of `manage` matches it, or when `renamed_from` does not say which live role is meant.
    """
    live = [role for role in live if role.untouchable or matches(role.role.name, scope.manage)]
    ignored = {name for role in live if not role.untouchable and matches(name := role.role.name, scope.ignore)}
    # A role that is not live counts too: once created, it would be ignored, and its file would be an error.
    asked = {entry.role.name for entry in desired if matches(entry.role.name, scope.ignore)}
    matched, problems = match(desired, by_name(live), ignored | asked, where)
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
    """Return the plan that changes `live` into `desired`. Raise `InvalidInput` when `compare` does."""
    where = Where(f"in the role files at {source.since}", "deleted", "") if isinstance(source, Compared) else LIVE
    found = compare(desired, live, scope, where)
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
            changes.append(Create(entry.role, entry.location, grants=entry.grants))
        elif live.role == entry.role:
            unchanged.append(entry.role)
        else:
            ended = {code: grant for code, grant in entry.ended.items() if code in live.role.permissions}
            changes.append(Update(live.id, live.role, entry.role, entry.location, grants=entry.grants, ended=ended))
    return changes, unchanged


def _by_name_and_id(change: Change) -> tuple[str, str]:
    return change.name, change.id or ""


def _sorted(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(sorted(roles, key=lambda role: role.name))
