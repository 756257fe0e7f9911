"""What a plan says beside its changes: warnings of its files, likely renames, and names that look alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.load import lookalikes
from reconciler.plan import renames

if TYPE_CHECKING:
    from reconciler.load.loaded import Loaded
    from reconciler.plan.changes import Plan


def with_notes(plan: Plan, desired: Loaded) -> Plan:
    """Return the plan of `desired` with its own notes and these, sorted."""
    looks = lookalikes.notes(desired.roles, plan)
    # How a description ends matters to nobody while the server keeps it so: `validate` says it, not each plan.
    warned = (str(problem) for problem in desired.warnings if problem.rule != "description-ends")
    notes = sorted([*plan.notes, *warned, *renames.hints(plan), *renames.same_names(plan), *looks])
    return replace(plan, notes=tuple(notes))
