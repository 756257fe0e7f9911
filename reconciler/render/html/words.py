"""Words that only the page uses; words that all formats share are in `reconciler.render.words`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.plan.action import Origin, Verdict
from reconciler.render.apart import apart_in_words
from reconciler.render.words import ORIGINS, compares, drift_sentence, subject

if TYPE_CHECKING:
    from reconciler.plan.changes import Change, Plan

VERDICTS = {
    Verdict.WIDENS: "Widens access",
    Verdict.NARROWS: "Narrows access",
    Verdict.MIXED: "Widens and narrows access",
    Verdict.NEUTRAL: "Leaves access unchanged",
}

_WOULD = {
    Verdict.WIDENS: "would widen access",
    Verdict.NARROWS: "would narrow access",
    Verdict.MIXED: "would widen and narrow access",
    Verdict.NEUTRAL: "would leave access unchanged",
}
"""The same of a refused plan, which cannot be applied."""

_WIDENING_FIRST = (Verdict.WIDENS, Verdict.MIXED, Verdict.NARROWS, Verdict.NEUTRAL)


def importance(verdict: Verdict) -> int:
    """Return the rank of changes with this verdict: those that widen access come first."""
    return _WIDENING_FIRST.index(verdict)


def does(verdict: Verdict, plan: Plan) -> str:
    """Return what the changes with this verdict do to access, or would do if the plan is refused."""
    if not plan.refused:
        return VERDICTS[verdict]
    would = _WOULD[verdict]
    return f"{would[0].upper()}{would[1:]}"


def verdict_in_words(plan: Plan) -> str:
    """Return what the whole plan does to access: `Widens access`, or `Refused: would widen access`."""
    verdict = plan.summary().verdict
    return f"Refused: {_WOULD[verdict]}" if plan.refused else VERDICTS[verdict]


def title(plan: Plan) -> str:
    """Return what the tab of a browser shows."""
    about = subject(plan, str)
    if plan.refused:
        return f"{verdict_in_words(plan)}. {about}"
    return f"{verdict_in_words(plan)}: {about[0].lower()}{about[1:]}"


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


def origin_sentence(origin: Origin, plan: Plan) -> str:
    """Return where a change comes from: the word of all formats and a sentence; empty when it is unknown."""
    if origin is Origin.UNKNOWN:
        return ""
    whole = {
        Origin.EDIT: "All of it comes from the edited role files.",
        Origin.ENDED: "All of it is grants whose last day is over.",
    }.get(origin, "")
    return f"{ORIGINS[origin].capitalize()}. {whole or drift_sentence(origin, would=bool(plan.refused))}"


def origins_of(plan: Plan) -> list[str]:
    """Return the sentence of each origin that a change of the plan has, each once."""
    found = {change.origin for change in plan.changes}
    return [origin_sentence(origin, plan) for origin in ORIGINS if origin in found and origin is not Origin.UNKNOWN]


def parts_of_origin(change: Change) -> list[Origin]:
    """Return the origins by which the filter finds the change: `edit and drift` is both."""
    found = [Origin.EDIT, Origin.DRIFT] if change.origin is Origin.BOTH else [change.origin]
    found += [Origin.ENDED] if change.ended and Origin.ENDED not in found else []
    return [origin for origin in found if origin is not Origin.UNKNOWN]


def filters_of_origin(plan: Plan) -> list[tuple[str, str]]:
    """Return the choices of the filter by origin, each with its label; none where there is only one to choose."""
    found = {origin for change in plan.changes for origin in parts_of_origin(change)}
    return (
        [(origin.value, ORIGINS[origin].capitalize()) for origin in ORIGINS if origin in found]
        if len(found) > 1
        else []
    )
