"""Words and groupings that several formats share, so that they say the same thing in the same words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import assert_never

from reconciler.plan import Change, Create, Delete, Origin, Plan, Refusal, Update

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
        case _:  # pragma: no cover - mypy proves that there is no other kind
            assert_never(change)


def no_place(plan: Plan) -> str:
    """What stands where a change that no role file asks for would have its place."""
    return "not in roles.d" if _of_role_files(plan) else "from the journal"


def nothing_to_do(plan: Plan) -> str:
    """What follows on `No changes.`; for a plan of role files in Terraform's manner, on which pipelines match."""
    return "Live roles match roles.d." if _of_role_files(plan) else "Nothing is left to take back."


def _of_role_files(plan: Plan) -> bool:
    return plan.source.digest is not None


def drift_sentence(origin: Origin) -> str:
    """For people who review an edit: that a change undoes what nobody's edit asked for. Empty where none does."""
    match origin:
        case Origin.DRIFT:
            return f"No role file changed here: {_TAKES_BACK}."
        case Origin.BOTH:
            return f"Not all of this comes from the edited role files: {_TAKES_BACK}."
        case Origin.EDIT | Origin.UNKNOWN:
            return ""
        case _:  # pragma: no cover - mypy proves that there is no other kind
            assert_never(origin)


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes (Unicode, UAX #11: wide and full-width characters take two)."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
