"""Check what a plan grants against the tenant's catalogue: a plan of role files, and a saved plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.consistency import NONE_MOVED, check_codes
from reconciler.model.catalogue import meanings, parts_of_meaning
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import errors_of
from reconciler.model.inert import named, quoted, visible
from reconciler.model.suggestions import Suggester
from reconciler.plan.changes import Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reconciler.load.consistency import Moved
    from reconciler.model.catalogue import Catalogue
    from reconciler.model.findings import Finding
    from reconciler.model.roles import DesiredRole, LiveRole
    from reconciler.plan.changes import Change, Plan


def notes(
    desired: Sequence[DesiredRole], plan: Plan, moved: Mapping[str, Moved] = NONE_MOVED, *, grants: bool = True
) -> tuple[str, ...]:
    """Return a sentence for each code that is not in the plan's catalogue and that live roles already have.

    `moved` has the new code of each code that was renamed. Raise `InvalidInput` when the plan grants a code that is
    not in the catalogue. If not `grants`, return a sentence for it instead: the plan is narrowed
    to changes that grant nothing.
    """
    held = {role.name: role.permissions for role in plan.unchanged}
    held |= {change.name: change.before.permissions for change in plan.changes if isinstance(change, Update)}
    found = check_codes(desired, plan.catalogue, held, moved)
    if grants and errors_of(found):
        raise InvalidInput(found)
    return tuple(str(replace(finding, severity="warning")) for finding in found)


def errors_unmatched(
    desired: Sequence[DesiredRole],
    live: Iterable[LiveRole],
    catalogue: Catalogue,
    moved: Mapping[str, Moved] = NONE_MOVED,
) -> list[Finding]:
    """Return an error for each unknown code that is granted, for role files that cannot be matched with live roles.

    A code is not an error if any live role that the desired role may match already has it.
    """
    return errors_of(check_codes(desired, catalogue, _perhaps(desired, live), moved))


def _perhaps(desired: Iterable[DesiredRole], live: Iterable[LiveRole]) -> Mapping[str, frozenset[str]]:
    """Return for each desired name the codes of all live roles with that name or one of its earlier names."""
    codes: dict[str, frozenset[str]] = {}
    for role in live:
        codes[role.role.name] = codes.get(role.role.name, frozenset()) | role.role.permissions
    return {
        entry.role.name: frozenset().union(*(codes.get(n, ()) for n in (entry.role.name, *entry.renamed_from)))
        for entry in desired
    }


class Stale(NamedTuple):
    """What a plan grants and the catalogue no longer has, and what has another meaning: a line for each code."""

    gone: list[str]
    changed: list[str]


def stale_grants(plan: Plan, changes: Sequence[Change], list_permissions: Callable[[], Catalogue]) -> Stale:
    """Return the codes that `changes` of the plan grant and that are no longer what the plan showed.

    The catalogue is only read if something is granted.
    """
    roles: dict[str, list[str]] = {}
    for change in changes:
        for code in change.granted:
            roles.setdefault(code, []).append(named(change.name))
    if not roles:
        return Stale([], [])
    catalogue = list_permissions()
    gone = sorted(roles.keys() - catalogue.keys())
    suggester = Suggester(catalogue)
    changed = []
    for code in sorted(roles.keys() & catalogue.keys() & plan.catalogue.keys()):
        parts = parts_of_meaning(*meanings(plan.catalogue[code], catalogue[code]))
        if parts:
            differs = ", ".join(f"{part} {quoted(then)} -> {quoted(now)}" for part, then, now in parts)
            changed.append(f"{visible(code)} (granted to {', '.join(roles[code])}): {differs}")
    lost = [f"{visible(code)} (granted to {', '.join(roles[code])}){suggester.did_you_mean(code)}" for code in gone]
    return Stale(lost, changed)
