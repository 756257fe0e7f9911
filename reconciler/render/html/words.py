"""Words that only the page uses; words that all formats share are in `reconciler.render.words`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.plan.action import Origin, Verdict
from reconciler.render.apart import apart_in_words
from reconciler.render.words import ORIGINS, compares, drift_sentence

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan

VERDICTS = {
    Verdict.WIDENS: "Widens access",
    Verdict.NARROWS: "Narrows access",
    Verdict.MIXED: "Widens and narrows access",
    Verdict.NEUTRAL: "Leaves access unchanged",
}

_WIDENING_FIRST = (Verdict.WIDENS, Verdict.MIXED, Verdict.NARROWS, Verdict.NEUTRAL)


def importance(verdict: Verdict) -> int:
    """Return the rank of changes with this verdict: those that widen access come first."""
    return _WIDENING_FIRST.index(verdict)


def shares(plan: Plan) -> str:
    """Return what the edit does and what is drift, as the comment says it; empty without `--base`."""
    told = "" if compares(plan) or not plan.changes else apart_in_words(plan)
    return told and f"{told}."


def unknown(plan: Plan) -> str:
    """Return what takes the place of the name of a permission that the plan's catalogue does not have.

    It is empty for a comparison without a lock, where no permission has a name.
    """
    if not compares(plan):
        return "not in the catalogue"
    return "not in the lock" if plan.catalogue else ""


def origin_sentence(origin: Origin) -> str:
    """Return where a change comes from: the word of all formats and a sentence; empty when it is unknown."""
    if origin is Origin.UNKNOWN:
        return ""
    whole = {
        Origin.EDIT: "All of it comes from the edited role files.",
        Origin.ENDED: "All of it is grants whose last day is over.",
    }.get(origin, "")
    return f"{ORIGINS[origin].capitalize()}. {whole or drift_sentence(origin)}"


def origins_of(plan: Plan) -> list[str]:
    """Return the sentence of each origin that a change of the plan has, each once."""
    found = {change.origin for change in plan.changes}
    return [origin_sentence(origin) for origin in ORIGINS if origin in found and origin is not Origin.UNKNOWN]
