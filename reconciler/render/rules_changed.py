"""The section "Rules changed here": which rules a pull request changes, and what the old ones say of the roles now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.inert import visible
from reconciler.model.policy_findings import order
from reconciler.render.policies import line, worst_first

if TYPE_CHECKING:
    from reconciler.model.findings import Finding
    from reconciler.plan.changes import Plan
    from reconciler.plan.rules_changed import RuleChange

TITLE = "Rules changed here"
OLD_TITLE = "The policies of the base say of the roles now"
MOST = 50
"""How many lines of each list are shown for people; the plan in JSON has all."""


def rule_sections(plan: Plan) -> list[tuple[str, list[str]]]:
    """Return each section that has lines: its title, and its lines."""
    sections = [(TITLE, rule_lines(plan)), (OLD_TITLE, old_lines(plan))]
    return [(title, lines) for title, lines in sections if lines]


def rule_lines(plan: Plan) -> list[str]:
    """Return one line for each rule that differs from the base: `policy refunds was removed`. The lines are inert."""
    return _cut([_line(change) for change in plan.rules_changed or ()])


def _line(change: RuleChange) -> str:
    """Return what changes: the two values where they are known, otherwise that a rule or a file was added or so."""
    match change.kind:
        case "lock":
            return f"{visible(change.after or change.before or 'the catalogue lock')} was {change.change}"
        case "limit" | "unmanaged":
            name = f"limits.{visible(change.name)}" if change.kind == "limit" else change.kind
            if change.before is None or change.after is None:  # new, gone, or saved by an earlier version
                return f"{name} was {change.change}"
            return f"{name}: {visible(change.before)} becomes {visible(change.after)}"
        case "protect" | "ignore":
            return f"{change.kind}: the pattern {visible(change.name)} was {change.change}"
        case _:
            return f"{change.kind} {visible(change.name)} was {change.change}"


def old_lines(plan: Plan) -> list[str]:
    """Return what the policies of the base find and those here do not, one line for each finding."""
    if not plan.rules_changed:
        return []
    here = {_key(finding) for finding in plan.findings}
    others = [finding for finding in plan.base_findings or () if _key(finding) not in here]
    return _cut([line(finding, plan.today) for finding in worst_first(others)])


def _key(finding: Finding) -> tuple[object, ...]:
    return *order(finding), finding.severity, finding.waived


def _cut(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MOST else [*lines[:MOST], f"and {len(lines) - MOST} more"]
