"""The head of a Markdown review: its first line, why it is refused, and what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reconciler.model.inert import first_few
from reconciler.plan.action import Origin
from reconciler.render.apart import apart, apart_in_words, grants_of, revokes_of, tally
from reconciler.render.code_spans import code
from reconciler.render.grants import as_of
from reconciler.render.left_alone import narrowed
from reconciler.render.policies import other_refusals
from reconciler.render.words import (
    counted,
    drift_sentence,
    no_changes,
    nothing_to_do,
    opening,
    refusal,
    roles_by_reason,
    totals,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.plan.changes import Change, Plan

_NAME = 200  # characters shown of a name or a path
_REASONS = 4
_NAMES = 5


def title(plan: Plan, part: str = "") -> str:
    """Return the first line: the verdict, then what the edit does and what is drift, or the counts without `--base`."""
    if not plan.changes:
        return f"## {no_changes(plan)}. {nothing_to_do(plan, _short)}"
    verdict = plan.summary().verdict.upper()
    if told := apart_in_words(plan):
        return f"## {verdict}. {told}{part or '.'}"
    return f"## {verdict}: {tally(plan.changes)} ({totals(plan.summary())}){part}"


def head(plan: Plan, part: str = "") -> str:
    """Return the first line, whether the plan only revokes, its refusal, and what it is about."""
    first = filter(None, [as_of(plan), title(plan, part), narrowed(plan)])
    return "\n\n".join([*first, *_refusals(plan), f"{opening(plan, _short)}.{_in_all(plan)}"])


def _in_all(plan: Plan) -> str:
    """Return the counts that the first line does not have."""
    if not plan.changes or not apart_in_words(plan):
        return ""
    lists = apart(plan)
    of_all = f"In all {tally(plan.changes)}" if lists.drift or lists.ended else "Roles"
    return f" {of_all}: {totals(plan.summary())}."


def edit_heading(plan: Plan, does: Literal["widens", "narrows"], changes: Sequence[Change]) -> str:
    """Return `This edit widens access: 7 grants in 2 roles`; without `--base`, it is not said whose change it is."""
    who = f"This edit {does}" if plan.compared else does.capitalize()
    return f"{who} access: {grants_of(changes) if does == 'widens' else revokes_of(changes)}"


def drift_heading(plan: Plan) -> str:
    """Return the heading of all drift, and below it the sentence that it is not from the branch."""
    sentence = drift_sentence(Origin.DRIFT, would=bool(plan.refused))
    return f"Drift: {tally(apart(plan).drift)}\n\n{sentence}"


def without_effect(changes: Sequence[Change]) -> str:
    """Return the summary of a folded list: `2 changes without effect on access`."""
    return f"{counted(len(changes), 'change')} without effect on access"


def _refusals(plan: Plan) -> Iterator[str]:
    groups = roles_by_reason(other_refusals(plan))
    if not groups:
        return
    lines = ["> [!CAUTION]", f"> **Refused: {refusal(plan)}.**", ">"]
    for reason, names in list(groups.items())[:_REASONS]:
        lines.append(f"> - {code(reason)}: {first_few(names, _NAMES, _brief)}")
    if len(groups) > _REASONS:
        lines.append(f"> - and {counted(len(groups) - _REASONS, 'more reason')}")
    yield "\n".join(lines)


def _brief(name: str) -> str:
    return code(name, 60)


def _short(text: str) -> str:
    return code(text, _NAME)
