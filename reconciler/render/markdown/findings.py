"""The findings of policies in Markdown: what is denied comes first and is never folded or cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from reconciler.model.policy_findings import denied, policy_of
from reconciler.render.code_spans import code, size
from reconciler.render.policies import REMEDY, heading, status, worst_first
from reconciler.render.rules_changed import rule_sections
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.plan.changes import Plan

_PATH = 200
_WHOLE = 1 << 31
_REASON = 1_000
_RULE = 200


def denials(plan: Plan) -> list[list[str]]:
    """Return what policies deny in three forms, each as paragraphs: whole, by role and codes, only counted.

    There is one form, without paragraphs, if nothing is denied.
    """
    found = denied(plan.findings)
    if not found:
        return [[]]
    whole = [_line(finding, plan.today) for finding in found]
    forms = [["\n".join(whole)], ["\n".join(_short(found))], [_TOO_MANY, "\n".join(_counts(found))]]
    return [[denial_heading(plan), *form, _remedy(plan)] for form in forms]


def denial_chunks(plan: Plan, room: int) -> Iterator[str]:
    """Yield every denial in several blocks, each with a `size` of about `room` at most."""
    lines: list[str] = []
    taken = 0
    for line in (_line(finding, plan.today) for finding in denied(plan.findings)):
        if lines and taken + size(line) + 1 > room:
            yield "\n".join(lines)
            lines, taken = [], 0
        lines.append(line)
        taken += size(line) + 1
    if lines:
        yield "\n".join(lines)


def denial_heading(plan: Plan) -> str:
    """Return the heading of what is denied: `### Refused by 2 policies: four-eyes, refunds.`."""
    return f"### {heading(plan)}"


def other_lines(plan: Plan) -> list[str]:
    """Return the warnings of policies and what waivers allow as list items, warnings first."""
    others = worst_first(plan.findings)[len(denied(plan.findings)) :]
    return [_line(finding, plan.today) for finding in others]


def rules(plan: Plan) -> list[str]:
    """Return which rules differ from the base, and what the rules there say, as paragraphs."""
    return [
        f"### {title}\n\n" + "\n".join(f"- {code(line, _RULE)}" for line in lines)
        for title, lines in rule_sections(plan)
    ]


_TOO_MANY = (
    "> [!WARNING]\n> **What policies deny does not fit into one comment, so it is only counted here.** "
    "`reconciler show` shows it whole."
)


def _remedy(plan: Plan) -> str:
    return f"To go on, {REMEDY}." if plan.gives else "Narrowing is never refused by a policy."


def _line(finding: Finding, today: Day | None) -> str:
    place = f"{code(f'{finding.place.path}:{finding.place.line}', _PATH)} " if finding.place else ""
    reason = ""
    if finding.waived is not None:
        reason = f", reason: {code(finding.waived.reason, _REASON)}"
    return f"- {place}({status(finding, today)}) {code(finding.message, _WHOLE)}{reason}"


def _short(found: Sequence[Finding]) -> Iterator[str]:
    for policy, group in _by_policy(found):
        listed = ", ".join(code(" ".join([finding.role or "", *finding.codes]), _WHOLE) for finding in group)
        yield f"- {policy}: {listed}"


def _counts(found: Sequence[Finding]) -> Iterator[str]:
    yield from (f"- {policy}: {counted(len(group), 'finding')}" for policy, group in _by_policy(found))


def _by_policy(found: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    groups: dict[str, list[Finding]] = {}
    for finding in found:
        groups.setdefault(policy_of(finding), []).append(finding)
    return list(groups.items())
