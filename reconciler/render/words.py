"""Words and groupings that several formats share, so that they say the same thing in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from reconciler.plan import Origin

if TYPE_CHECKING:
    from reconciler.plan import Refusal

_ORIGINS = {
    Origin.EDIT: "All of it comes from the edited role files.",
    Origin.DRIFT: "No role file changed here: this merge only takes back what somebody changed in OmniStream.",
    Origin.BOTH: "Beside the edit, this merge also takes back what somebody changed in OmniStream.",
    Origin.UNKNOWN: "",
}


def counted(number: int, noun: str) -> str:
    """`1 grant`, `2 grants`, `0 grants`. Thousands are not parted: scripts read these lines."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def refusals_by_reason(refusals: Iterable[Refusal]) -> Mapping[str, list[str]]:
    """The refused names under each reason: a limit refuses many roles with one sentence, which is said once."""
    groups: dict[str, list[str]] = {}
    for refusal in refusals:
        groups.setdefault(refusal.reason, []).append(refusal.name)
    return groups


def origin_sentence(origin: Origin) -> str:
    """Where a change comes from, as a sentence for people; empty where nobody looked."""
    return _ORIGINS[origin]
