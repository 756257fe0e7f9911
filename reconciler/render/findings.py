"""Render findings as text, JSON, annotations for GitHub, and SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.model.findings import errors_of, warnings_of
from reconciler.model.inert import visible
from reconciler.render.annotations import MOST, annotation
from reconciler.render.json import dumped
from reconciler.render.view import as_typed
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.model.findings import Finding, Place

FINDING_FORMATS = ("text", "json", "github", "sarif")
"""The formats of `validate`."""

_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked and its findings. `files` and `roles` are None when they could not be counted."""

    findings: tuple[Finding, ...]
    files: int | None
    roles: int | None

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
) -> str:
    """Return the report in one of `FINDING_FORMATS`. `rules` are ids, each with a sentence that explains it, for SARIF.

    `from_top` turns a path as typed into a path from the repository's top, which GitHub and code scanning need.
    """
    renderers: Mapping[str, Callable[[], str]] = {
        "text": lambda: _text(checked),
        "json": lambda: _json(checked),
        "github": lambda: _github(_placed(checked, from_top)),
        "sarif": lambda: _sarif(_placed(checked, from_top), dict(rules)),
    }
    return renderers[format_]()


def _placed(checked: Checked, from_top: Callable[[str], str]) -> Checked:
    return replace(checked, findings=tuple(_from_top(finding, from_top) for finding in checked.findings))


def _from_top(finding: Finding, from_top: Callable[[str], str]) -> Finding:
    place = finding.place
    return finding if place is None else replace(finding, place=place._replace(path=from_top(place.path)))


def finding_lines(finding: Finding) -> list[str]:
    """Return a finding as text: `path:line:column: message`, and its hint on a separate line."""
    hint = [f"hint: {visible(finding.hint)}"] if finding.hint else []
    return [visible(str(finding)), *hint]


def _text(checked: Checked) -> str:
    lines = [line for finding in checked.findings for line in finding_lines(finding)]
    return "\n".join([*lines, _conclusion(checked)]) + "\n"


def _conclusion(checked: Checked) -> str:
    errors = counted(len(checked.errors), "error")
    warnings = counted(len(checked.warnings), "warning")
    if not checked.valid:
        return f"Not valid: {errors}, {warnings}." if checked.warnings else f"Not valid: {errors}."
    what = "Valid"
    if checked.files is not None and checked.roles is not None:
        what = f"Valid: {counted(checked.roles, 'role')} in {counted(checked.files, 'file')}"
    return f"{what}, {warnings}." if checked.warnings else f"{what}."


def _json(checked: Checked) -> str:
    problems = [_problem(finding) for finding in checked.findings]
    counts = {"files": checked.files, "roles": checked.roles}
    return dumped({"format_version": "1.0", "valid": checked.valid, **counts, "problems": problems})


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
    }


def _github(checked: Checked) -> str:
    """Return an annotation for each finding, errors first. GitHub shows ten; the tenth says how many more there are."""
    findings = [*checked.errors, *checked.warnings]
    more = len(findings) - MOST
    note = f" And {counted(more, 'more problem')}: see the log of this step." if more > 0 else ""
    lines = (_annotation(finding, note if number == MOST else "") for number, finding in enumerate(findings, 1))
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, note: str) -> str:
    place = finding.place
    where: dict[str, str | int] = {} if place is None else {"file": place.path, "line": place.line, "col": place.column}
    return annotation(finding.severity, _with_hint(finding) + note, {**where, "title": finding.rule})


def _with_hint(finding: Finding) -> str:
    """Return the message and the hint in one string, for a format that has one field for both."""
    return f"{finding.message}. Hint: {finding.hint}" if finding.hint else finding.message


def _sarif(checked: Checked, rules: Mapping[str, str]) -> str:
    """Return SARIF 2.1.0 (OASIS): one run, its rules, and a result for each finding."""
    ids = sorted({*rules, *(finding.rule for finding in checked.findings)})
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
        "results": [_result(finding, index[finding.rule]) for finding in checked.findings],
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
