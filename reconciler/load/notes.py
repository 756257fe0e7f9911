"""What a plan says beside its changes: warnings of its files, likely renames, and names that look alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.load import lookalikes
from reconciler.plan import renames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.load.loaded import Loaded
    from reconciler.plan.changes import Plan


def with_notes(plan: Plan, desired: Loaded, more: Iterable[str] = ()) -> Plan:
    """Return the plan of `desired` with its own notes, these and `more`, sorted."""
    looks = lookalikes.notes(desired.roles, plan)
    # How a description ends matters to nobody while the server keeps it so: `validate` says it, not each plan.
    warned = (str(problem) for problem in desired.warnings if problem.rule != "description-ends")
    notes = sorted([*plan.notes, *more, *warned, *renames.hints(plan), *renames.same_names(plan), *looks])
    return replace(plan, notes=tuple(notes))
