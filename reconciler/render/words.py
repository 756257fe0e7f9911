"""Words and groupings that several formats share, so that they say the same thing in the same words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from reconciler.plan import Change, Create, Delete, Origin, Refusal, Update

_TAKES_BACK = "this merge also takes back what somebody changed in OmniStream"


def counted(number: int, noun: str) -> str:
    """`1 grant`, `2 grants`, `0 grants`. Thousands are not parted: scripts read these lines."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def refusals_by_reason(refusals: Iterable[Refusal]) -> Mapping[str, list[str]]:
    """The refused names under each reason: a limit refuses many roles with one sentence, which is said once."""
    groups: dict[str, list[str]] = {}
    for refusal in refusals:
        groups.setdefault(refusal.reason, []).append(refusal.name)
    return groups


def fate(change: Change) -> str:
    """What happens to the role, in Terraform's words, on which pipelines match."""
    match change:
        case Create():
            return "will be created"
        case Delete():
            return "will be destroyed"
        case Update():
            return "will be updated in-place"


def drift_sentence(origin: Origin) -> str:
    """For people who review an edit: that a change undoes what nobody's edit asked for. Empty where none does."""
    match origin:
        case Origin.DRIFT:
            return f"No role file changed here: {_TAKES_BACK}."
        case Origin.BOTH:
            return f"Not all of this comes from the edited role files: {_TAKES_BACK}."
        case Origin.EDIT | Origin.UNKNOWN:
            return ""


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes (Unicode, UAX #11: wide and full-width characters take two)."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
