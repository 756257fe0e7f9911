"""Findings as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urljoin

from reconciler import __version__
from reconciler.model.inert import visible
from reconciler.model.policy_findings import RULE as POLICY
from reconciler.render.findings import with_hint
from reconciler.render.json import dumped
from reconciler.render.view import as_typed

if TYPE_CHECKING:
    from reconciler.model.findings import Finding, Place

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_FINGERPRINT = "primaryLocationLineHash"
"""The only name that GitHub's code scanning reads; without it, GitHub hashes the lines around the place."""

_MOVING = re.compile(
    r"(?<=\bline )\d+|:\d+(?::\d+)?(?=\W|$)|(?<= in )\d+ days?\b|(?<= )\d+ days?(?= ago\b)|(?<=\btoday \()[\d-]+"
)
"""What a message says of where and when: `first used on line 2`, `roles.d/a.yaml:2:7`, `in 9 days`, `12 days ago`."""


class Sources(NamedTuple):
    """What findings do not say themselves: the sentence of each rule, addresses, and paths and ends of places.

    `home` is the address of the tool, `manual` that of a page of its documents; both are empty if unknown. `from_top`
    turns a path as typed into one from the repository's top. `end_of` returns the column behind what is at a place.
    """

    rules: Mapping[str, str] = MappingProxyType({})
    home: str = ""
    manual: str = ""
    from_top: Callable[[str], str] = as_typed
    end_of: Callable[[Place], int | None] = lambda _: None


def render(every: Iterable[Finding], sources: Sources) -> str:
    """Return one run, its rules, and a result for each finding that is not waived."""
    findings = [finding for finding in every if finding.waived is None]
    ids = sorted({*sources.rules, *(finding.rule for finding in findings)})
    index = {rule: number for number, rule in enumerate(ids)}
    driver = {
        "name": "reconciler",
        "version": __version__,
        "semanticVersion": __version__,
        **({"informationUri": sources.home} if sources.home else {}),
        "rules": [_rule(rule, sources) for rule in ids],
    }
    seen = Counter[str]()
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index[finding.rule], sources, seen) for finding in findings],
    }
    return dumped({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str, sources: Sources) -> dict[str, Any]:
    about = {"text": sources.rules.get(rule) or rule}
    page = "policies.md" if rule.startswith(POLICY) else "role-files.md#every-rule"
    help_uri = {"helpUri": urljoin(sources.manual, page)} if sources.manual else {}
    return {"id": rule, "shortDescription": about, "fullDescription": about, "help": about, **help_uri}


def _result(finding: Finding, index: int, sources: Sources, seen: Counter[str]) -> dict[str, Any]:
    place = finding.place
    path = "" if place is None else sources.from_top(place.path)
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": _unlinked(with_hint(finding))},
        "locations": [] if place is None else [_location(place, path, sources.end_of(place))],
        "partialFingerprints": {_FINGERPRINT: _fingerprint(finding, path, seen)},
    }


def _location(place: Place, path: str, end: int | None) -> dict[str, Any]:
    start = max(1, place.column)
    region = {"startLine": max(1, place.line), "startColumn": start}
    region |= {"endColumn": end} if end is not None and end > start else {}
    artifact = {"uri": quote(path, errors="backslashreplace")}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _fingerprint(finding: Finding, path: str, seen: Counter[str]) -> str:
    """Return a hash of the rule, the file and what is wrong, and which of several equal ones in the run this is.

    Lines are not in it, nor how many days something is away: a problem that moves, or is a day older, is the same.
    """
    wrong = _MOVING.sub("", finding.message)
    words = "\0".join([finding.rule, path, finding.role or "", *finding.codes, wrong])
    found = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    seen[found] += 1
    return f"{found}:{seen[found]}"


def _unlinked(message: str) -> str:
    """Return `message` without `[text](target)`, which a viewer shows as a link (SARIF 2.1.0, section 3.11.6)."""
    return visible(message).replace("](", "] (")
