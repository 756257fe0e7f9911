"""How findings of policies are worded, the same in every format for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from reconciler.model.days import days_until
from reconciler.model.inert import visible
from reconciler.model.policy_findings import RULE, denied, policies_of
from reconciler.render.annotations import Annotation
from reconciler.render.pen import Pen
from reconciler.render.words import counted, noun

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.plan.changes import Plan

_PLAIN = Pen(color=False)
REMEDY = "change the roles, or add a waiver with a reason and an end to the policy file"


def worst_first(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings that deny, then those that warn, then the waived ones, each in their order."""
    return sorted(found, key=lambda finding: (finding.waived is not None, finding.severity != "error"))


def status(finding: Finding, today: Day | None) -> str:
    """Return `denied`, `warning` or `waived until 2026-12-31 (32 days left)`, with `, new` if the plan causes it."""
    if finding.waived is None:
        word = "denied" if finding.severity == "error" else "warning"
    else:
        until = finding.waived.until
        left = f" ({counted(days_until(until, today), 'day')} left)" if today else ""
        word = f"waived until {until}{left}"
    return f"{word}, new" if finding.new else word


def sentence(finding: Finding) -> str:
    """Return what breaks which policy and, if it is waived, the reason of the waiver. The result is inert."""
    reason = f"; reason: {finding.waived.reason}" if finding.waived else ""
    return visible(f"{finding.message}{reason}")


def line(finding: Finding, today: Day | None, pen: Pen = _PLAIN) -> str:
    """Return the finding on one line: its place, its status, its sentence."""
    place = f"{visible(str(finding.place))}: " if finding.place else ""
    said = status(finding, today)
    if finding.waived is None:
        said = pen.red(said) if finding.severity == "error" else pen.yellow(said)
    return f"{place}{said}: {sentence(finding)}"


def annotated(finding: Finding, today: Day | None, what: str = "plan") -> Annotation:
    """Return the finding as an annotation: an error if it denies, a notice if it is waived. `what` may cause it."""
    if finding.waived is not None:
        return Annotation("notice", f"{status(finding, today)}: {sentence(finding)}", finding.place, finding.rule)
    said = f"new with this {what}: {sentence(finding)}" if finding.new else sentence(finding)
    return Annotation(finding.severity, said, finding.place, finding.rule)


def refused_by(found: Sequence[Finding]) -> str:
    """Return `Refused by 2 policies: four-eyes, refunds.`; empty if no policy denies anything."""
    ids = policies_of(denied(found))
    return f"Refused by {_policies(len(ids))}: {', '.join(ids)}." if ids else ""


def not_refused(found: Sequence[Finding]) -> str:
    """Return what is said instead of a plan that grants nothing: it is never refused by a policy."""
    return f"Denied by {_policies(len(policies_of(denied(found))))}, not refused: nothing is granted."


def heading(plan: Plan) -> str:
    """Return what the findings of a plan mean for it, as one sentence; empty if the plan has no findings."""
    if not plan.findings:
        return ""
    if not denied(plan.findings):
        return f"Findings of policies, none of which refuses the {noun(plan)}."
    return refused_by(plan.findings) if refuses_by_policy(plan) else not_refused(plan.findings)


def refuses_by_policy(plan: Plan) -> bool:
    """Return whether a policy refuses the plan."""
    return any(finding.rule.startswith(RULE) for finding in plan.refused)


def other_refusals(plan: Plan) -> tuple[Finding, ...]:
    """Return why roles are refused, except by policies: their findings are shown by themselves."""
    return tuple(finding for finding in plan.refused if not finding.rule.startswith(RULE))


def _policies(number: int) -> str:
    return f"{number} {'policy' if number == 1 else 'policies'}"
