"""Render findings as text, JSON, annotations for GitHub, and SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler import __version__
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
    from reconciler.model.findings import Finding, Place
    from reconciler.policy.coverage import Coverage

FINDING_FORMATS = ("text", "json", "github", "sarif")
"""The formats of `validate`."""

_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked and its findings. `files` and `roles` are None when they could not be counted.

    `policies` are the findings of policies on the day `today`. `covered` is None unless it was asked for.
    """

    findings: tuple[Finding, ...]
    files: int | None
    roles: int | None
    policies: tuple[Finding, ...] = ()
    today: Day | None = None
    covered: Coverage | None = None

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
    rules: Iterable[tuple[str, str]] = (),
    from_top: Callable[[str], str] = as_typed,
    *,
    color: bool = False,
) -> str:
    """Return the report in one of `FINDING_FORMATS`. `rules` are ids, each with a sentence that explains it, for SARIF.

    `from_top` turns a path as typed into a path from the repository's top, which GitHub and code scanning need.
    `color` adds ANSI colours to the text.
    """
    renderers: Mapping[str, Callable[[], str]] = {
        "text": lambda: _text(checked, Pen(color=color)),
        "json": lambda: _json(checked),
        "github": lambda: _github(_placed(checked, from_top)),
        "sarif": lambda: _sarif(_placed(checked, from_top), dict(rules)),
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


def _text(checked: Checked, pen: Pen) -> str:
    lines = [line for finding in checked.findings for line in finding_lines(finding)]
    lines += [policies.line(finding, checked.today, pen) for finding in policies.worst_first(checked.policies)]
    refused = policies.refused_by(checked.policies)
    end = [pen.red(refused), f"hint: {policies.REMEDY}"] if refused else []
    shares = coverage_lines(checked.covered) if checked.covered else []
    return "\n".join([*lines, *shares, _conclusion(checked, pen), *end]) + "\n"


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
    head = {"format_version": "1.0", "valid": checked.valid, **counts}
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
    return Annotation(finding.severity, _with_hint(finding), finding.place, finding.rule)


def _with_hint(finding: Finding) -> str:
    """Return the message and the hint in one string, for a format that has one field for both."""
    return f"{finding.message}. Hint: {finding.hint}" if finding.hint else finding.message


def _sarif(checked: Checked, rules: Mapping[str, str]) -> str:
    """Return SARIF 2.1.0 (OASIS): one run, its rules, and a result for each finding."""
    findings = [*checked.findings, *(finding for finding in checked.policies if finding.waived is None)]
    ids = sorted({*rules, *(finding.rule for finding in findings)})
    index = {rule: number for number, rule in enumerate(ids)}
    driver = {
        "name": "reconciler",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule, rules.get(rule)) for rule in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index[finding.rule]) for finding in findings],
    }
    return dumped({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str, about: str | None) -> dict[str, Any]:
    return {"id": rule, "shortDescription": {"text": about or rule}}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": _unlinked(_with_hint(finding))},
        "locations": [] if finding.place is None else [_location(finding.place)],
    }


def _location(place: Place) -> dict[str, Any]:
    region = {"startLine": max(1, place.line), "startColumn": max(1, place.column)}
    artifact = {"uri": quote(place.path, errors="backslashreplace")}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _unlinked(message: str) -> str:
    """Return `message` without `[text](target)`, which a viewer shows as a link (SARIF 2.1.0, section 3.11.6)."""
    return visible(message).replace("](", "] (")
