"""How much policies guard, in text and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.inert import first_few, visible
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.policy.coverage import Coverage, Share

_MOST_ROLES = 10


def coverage_lines(found: Coverage) -> list[str]:
    """Return the two shares, and the codes that most roles could gain unnoticed, as lines."""
    lines = [f"Policies would notice {_share(found.grants, 'grant')} and {_share(found.revokes, 'revoke')}."]
    if found.least_guarded:
        lines.append("Least guarded:")
    for code, roles in found.least_guarded:
        names = first_few(roles, _MOST_ROLES, visible)
        lines.append(f"  - {visible(code)}: {counted(len(roles), 'role')} could gain it unnoticed: {names}")
    return lines


def coverage_document(found: Coverage) -> dict[str, Any]:
    """Return the coverage as it is in JSON (docs/interface.md, "The problems in JSON")."""
    return {
        "grants": found.grants._asdict(),
        "revokes": found.revokes._asdict(),
        "least_guarded": [{"code": code, "roles": list(roles)} for code, roles in found.least_guarded],
    }


def _share(share: Share, noun: str) -> str:
    percent = f" ({share.noticed * 100 // share.of} %)" if share.of else ""
    return f"{share.noticed} of {counted(share.of, noun)}{percent}"
