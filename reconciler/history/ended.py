"""Say which ended grants an undo gives back: the next plan of the role files revokes them again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.inert import named, visible

if TYPE_CHECKING:
    from reconciler.model.roles import DesiredRole
    from reconciler.plan.changes import Plan


def with_ended_notes(plan: Plan, desired: Iterable[DesiredRole]) -> Plan:
    """Return the plan with a note for each code that it grants and whose grant ended in the role files."""
    ended = {entry.role.name: entry.ended for entry in desired if entry.ended}
    notes = [
        f"{named(change.name)} gets back {visible(code)}, which ended on {grant.until}; the next plan revokes it again"
        for change in plan.changes
        for code, grant in sorted(ended.get(change.name, {}).items())
        if code in change.granted
    ]
    return replace(plan, notes=tuple(sorted([*plan.notes, *notes]))) if notes else plan
