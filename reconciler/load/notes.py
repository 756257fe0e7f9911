"""Add notes to a plan: warnings of its role files, likely renames, duplicate live names, names that look alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.load import lookalikes
from reconciler.plan import renames
from reconciler.plan.sources import Compared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.load.loaded import Loaded
    from reconciler.plan.changes import Plan

# White space at the ends of a description does no harm if the server keeps it. Which codes the tenant no longer has, it
# says itself, unless nothing asks it.
_OFFLINE = frozenset({"description-ends", "withdrawn"})
_COMPARED = frozenset({"description-ends"})
"""The rules whose warnings only `validate` reports: not a plan, and not a comparison."""


def with_notes(plan: Plan, desired: Loaded, more: Iterable[str] = ()) -> Plan:
    """Return `plan`, made from `desired`, with these notes and `more` added to its own, sorted."""
    looks = lookalikes.notes(desired.roles, plan)
    offline = _COMPARED if isinstance(plan.source, Compared) else _OFFLINE
    warned = (str(problem) for problem in desired.warnings if problem.rule not in offline)
    notes = sorted([*plan.notes, *more, *warned, *renames.hints(plan), *renames.same_names(plan), *looks])
    return replace(plan, notes=tuple(notes))
