"""Findings as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.model.inert import visible
from reconciler.render.findings import with_hint
from reconciler.render.json import dumped

if TYPE_CHECKING:
    from reconciler.model.findings import Finding, Place

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(every: Iterable[Finding], rules: Mapping[str, str]) -> str:
    """Return one run, its rules, and a result for each finding that is not waived."""
    findings = [finding for finding in every if finding.waived is None]
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
    return dumped({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str, about: str | None) -> dict[str, Any]:
    return {"id": rule, "shortDescription": {"text": about or rule}}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": _unlinked(with_hint(finding))},
        "locations": [] if finding.place is None else [_location(finding.place)],
    }


def _location(place: Place) -> dict[str, Any]:
    region = {"startLine": max(1, place.line), "startColumn": max(1, place.column)}
    artifact = {"uri": quote(place.path, errors="backslashreplace")}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _unlinked(message: str) -> str:
    """Return `message` without `[text](target)`, which a viewer shows as a link (SARIF 2.1.0, section 3.11.6)."""
    return visible(message).replace("](", "] (")
