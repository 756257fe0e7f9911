"""Render findings as text, JSON, annotations for GitHub, and SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.model.findings import errors_of, warnings_of
from reconciler.model.inert import visible
from reconciler.model.policy_findings import denied, finding_document
from reconciler.render import policies
from reconciler.render.annotations import MOST, Annotation
from reconciler.render.coverage import coverage_document, coverage_lines
from reconciler.render.json import dumped
from reconciler.render.pen import Pen
from reconciler.render.view import as_typed
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.policy.coverage import Coverage
    from reconciler.render.sarif import Sources

FINDING_FORMATS = ("text", "json", "github", "sarif")
"""The formats of `validate`."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked and its findings. `files` and `roles` are None when they could not be counted.

    `policies` are the findings of policies on the day `today`. `covered` is None unless it was asked for. `unchecked`
    says, inert, why codes were not looked up in a catalogue; it is empty if they were.
    """

    findings: tuple[Finding, ...]
    files: int | None
    roles: int | None
    policies: tuple[Finding, ...] = ()
    today: Day | None = None
    covered: Coverage | None = None
    unchecked: str = ""

    @property
    def valid(self) -> bool:
        """Return whether there are no findings except warnings."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that make the input invalid."""
        return tuple(errors_of(self.findings))

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the findings that do not make it invalid."""
        return tuple(warnings_of(self.findings))


def render_findings(
    checked: Checked,
    format_: str,
    from_top: Callable[[str], str] = as_typed,
    *,
    color: bool = False,
    sources: Callable[[], Sources] | None = None,
) -> str:
    """Return the report in one of `FINDING_FORMATS`. `color` adds ANSI colours to the text.

    `from_top` turns a path as typed into a path from the repository's top, which GitHub needs. `sources` returns what
    SARIF needs besides.
    """
    renderers: Mapping[str, Callable[[], str]] = {
        "text": lambda: _text(checked, Pen(color=color)),
        "json": lambda: _json(checked),
        "github": lambda: _github(_placed(checked, from_top)),
        "sarif": lambda: _sarif(checked, sources),
    }
    return renderers[format_]()


def _placed(checked: Checked, from_top: Callable[[str], str]) -> Checked:
    findings, policies = (
        tuple(_from_top(finding, from_top) for finding in found) for found in (checked.findings, checked.policies)
    )
    return replace(checked, findings=findings, policies=policies)


def _from_top(finding: Finding, from_top: Callable[[str], str]) -> Finding:
    place = finding.place
    return finding if place is None else replace(finding, place=place._replace(path=from_top(place.path)))


def finding_lines(finding: Finding) -> list[str]:
    """Return a finding as text: `path:line:column: message`, and its hint on a separate line."""
    hint = [f"hint: {visible(finding.hint)}"] if finding.hint else []
    return [visible(str(finding)), *hint]


def _sarif(checked: Checked, sources: Callable[[], Sources] | None) -> str:
    from reconciler.render.sarif import Sources, render  # noqa: PLC0415 - one format of four

    return render([*checked.findings, *checked.policies], sources() if sources else Sources())


def _text(checked: Checked, pen: Pen) -> str:
    lines = [line for finding in checked.findings for line in finding_lines(finding)]
    lines += [policies.line(finding, checked.today, pen) for finding in policies.worst_first(checked.policies)]
    refused = policies.refused_by(checked.policies)
    end = [pen.red(refused), f"hint: {policies.REMEDY}"] if refused else []
    shares = coverage_lines(checked.covered) if checked.covered else []
    note = [checked.unchecked] if checked.unchecked else []
    return "\n".join([*lines, *shares, _conclusion(checked, pen), *note, *end]) + "\n"


def _conclusion(checked: Checked, pen: Pen) -> str:
    errors = counted(len(checked.errors), "error")
    warnings = pen.yellow(counted(len(checked.warnings), "warning"))
    if not checked.valid:
        not_valid = f"{pen.red('Not valid')}: {errors}"
        return f"{not_valid}, {warnings}." if checked.warnings else f"{not_valid}."
    what = pen.green("Valid")
    if checked.files is not None and checked.roles is not None:
        what = f"{what}: {counted(checked.roles, 'role')} in {counted(checked.files, 'file')}"
    return f"{what}, {warnings}." if checked.warnings else f"{what}."


def _json(checked: Checked) -> str:
    problems = [_problem(finding) for finding in checked.findings]
    counts = {"files": checked.files, "roles": checked.roles}
    found = list(map(finding_document, checked.policies))
    shares = {"coverage": coverage_document(checked.covered)} if checked.covered else {}
    looked_up = None if checked.files is None else not checked.unchecked
    head = {"format_version": "1.0", "valid": checked.valid, "codes_checked": looked_up, **counts}
    return dumped({**head, "problems": problems, "findings": found, **shares})


def _problem(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "path": place and place.path,
        "line": place and place.line,
        "column": place and place.column,
        "severity": finding.severity,
        "rule": finding.rule,
        "message": finding.message,
        **({"hint": finding.hint} if finding.hint else {}),
        **({"tenants": list(finding.tenants)} if finding.tenants else {}),
    }


def _github(checked: Checked) -> str:
    """Return an annotation for each finding, the worst first. GitHub shows ten; the tenth says how many more there are.

    What a policy denies comes first, what it warns of or a waiver allows comes last.
    """
    number = len(denied(checked.policies))
    ordered = policies.worst_first(checked.policies)
    found = [
        *(policies.annotated(finding, checked.today) for finding in ordered[:number]),
        *map(_annotated, (*checked.errors, *checked.warnings)),
        *(policies.annotated(finding, checked.today) for finding in ordered[number:]),
    ]
    more = len(found) - MOST
    if more > 0:
        tenth = found[MOST - 1]
        note = f" And {counted(more, 'more problem')}: see the log of this step."
        found[MOST - 1] = tenth._replace(message=tenth.message + note)
    return "".join(f"{each.line}\n" for each in found)


def _annotated(finding: Finding) -> Annotation:
    return Annotation(finding.severity, with_hint(finding), finding.place, finding.rule)


def with_hint(finding: Finding) -> str:
    """Return the message and the hint in one string, for a format that has one field for both."""
    return f"{finding.message}. Hint: {finding.hint}" if finding.hint else finding.message
