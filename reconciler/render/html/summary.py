"""The head of the page: the verdict in one line, the counts, and what refuses the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render import policies
from reconciler.render.html.words import verdict_in_words
from reconciler.render.policies import other_refusals, status, worst_first
from reconciler.render.words import counted, no_changes, nothing_to_do, roles_by_reason, said

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan


def headline(plan: Plan) -> str:
    """Return what the plan does to access, in about three words."""
    if plan.changes:
        return verdict_in_words(plan)
    return f"Refused: {no_changes(plan).lower()}" if plan.refused else no_changes(plan)


def sentence(plan: Plan) -> str:
    """Return the same, with the counts."""
    counts = plan.summary()
    if not plan.changes:
        return nothing_to_do(plan, str)
    if not counts.roles:
        granted, changed = ("would be", "would be changed") if plan.refused else ("is", "changed")
        return f"No permission {granted} granted or revoked; {counted(len(plan.changes), 'role')} {changed} otherwise."
    grants, revokes = counted(counts.grants, "grant"), counted(counts.revokes, "revoke")
    return f"{grants} and {revokes} in {counted(counts.roles, 'role')}: {counts.verdict}."


def not_touched(plan: Plan) -> list[tuple[str, str, int]]:
    """Return the live roles that the plan never changes: a key, a label and a number, system roles always."""
    found = [("system", "System roles, never changed", len(plan.system))]
    found += [("unmanaged", "Unmanaged", len(plan.unmanaged)), ("ignored", "Ignored", len(plan.ignored))]
    return [entry for entry in found if entry[0] == "system" or entry[2]]


def refusals(plan: Plan) -> list[tuple[list[str], str]]:
    """Return each reason that refuses the plan, except policies, after the names of the roles that it affects."""
    return [([said(name) for name in names], reason) for reason, names in roles_by_reason(other_refusals(plan)).items()]


def findings(plan: Plan) -> list[tuple[str, str, str]]:
    """Return the findings of policies, the worst first: the status, the place (empty for a live role), the sentence."""
    return [
        (status(finding, plan.today), str(finding.place or ""), policies.sentence(finding))
        for finding in worst_first(plan.findings)
    ]
