"""Add notes to a plan: warnings of its role files, likely renames, duplicate live names, names that look alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.load import lookalikes
from reconciler.plan import renames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.load.loaded import Loaded
    from reconciler.plan.changes import Plan

# White space at the ends of a description does no harm if the server keeps it. Which codes the tenant no longer has, it
# says itself.
_OFFLINE = frozenset({"description-ends", "withdrawn"})
"""The rules whose warnings only `validate` reports."""


def with_notes(plan: Plan, desired: Loaded, more: Iterable[str] = ()) -> Plan:
    """Return `plan`, made from `desired`, with these notes and `more` added to its own, sorted."""
    looks = lookalikes.notes(desired.roles, plan)
    warned = (str(problem) for problem in desired.warnings if problem.rule not in _OFFLINE)
    notes = sorted([*plan.notes, *more, *warned, *renames.hints(plan), *renames.same_names(plan), *looks])
    return replace(plan, notes=tuple(notes))
