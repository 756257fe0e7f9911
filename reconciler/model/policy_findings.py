"""What a finding of a policy has besides other findings: the policy's id in its rule, a level, an order, JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.model.findings import Finding

RULE = "policy/"
"""What the rule of a policy's finding begins with; the policy's id follows."""


def policy_of(finding: Finding) -> str:
    """Return the id of the policy that the finding is about."""
    return finding.rule.removeprefix(RULE)


def order(finding: Finding) -> tuple[str, str, tuple[str, ...], str]:
    """Return the key that sorts findings of policies: by policy, role and codes."""
    return policy_of(finding), finding.role or "", finding.codes, finding.message


def denied(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of `deny` policies that no waiver allows, in the same order."""
    return tuple(finding for finding in found if finding.severity == "error" and finding.waived is None)


def policies_of(found: Iterable[Finding]) -> list[str]:
    """Return the ids of the policies that the findings are about, each once, sorted."""
    return sorted({policy_of(finding) for finding in found})


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return the finding as it is under `findings` in the JSON of plans and reports."""
    place, waived = finding.place, finding.waived
    return {
        "policy": policy_of(finding),
        "level": "deny" if finding.severity == "error" else "warn",
        "role": finding.role,
        "codes": list(finding.codes),
        "message": finding.message,
        "location": place and {"path": place.path, "line": place.line, "column": place.column},
        "new": finding.new,
        "waived": waived and {"until": waived.until.isoformat(), "reason": waived.reason},
        **({"tenants": list(finding.tenants)} if finding.tenants else {}),
    }
