"""Find the line of a role's own file that a grant through a set comes from, if the set itself did not change. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.roles import DesiredRole
    from reconciler.plan.changes import Change, Plan


def with_marks(plan: Plan, sets: Mapping[str, frozenset[str]], desired: Sequence[DesiredRole]) -> Plan:
    """Return the plan with a mark at the `include` item for each code that a set gives now and gave at the base.

    `sets` has the codes of each set at the base. A code without a mark is at the item that gives it.
    """
    if not sets:
        return plan
    entries = {entry.role.name: entry for entry in desired if entry.includes}
    return replace(plan, changes=tuple(_marked(change, sets, entries.get(change.name)) for change in plan.changes))


def _marked(change: Change, sets: Mapping[str, frozenset[str]], entry: DesiredRole | None) -> Change:
    if entry is None or change.after is None or change.location is None:
        return change
    marks = {}
    for code in change.granted & change.grants.keys():
        name = change.grants[code].set
        if name is not None and code in sets.get(name, ()):
            place = entry.includes[name]
            marks[code] = place.line, place.column
    return replace(change, location=replace(change.location, marks={**change.location.marks, **marks}))
