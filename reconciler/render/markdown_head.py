"""The head of a Markdown review: its first line, why it is refused, how much of it is drift, and what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.inert import first_few
from reconciler.render.code_spans import code
from reconciler.render.grants import as_of
from reconciler.render.left_alone import narrowed
from reconciler.render.policies import other_refusals
from reconciler.render.words import (
    counted,
    no_changes,
    nothing_to_do,
    opening,
    refusal,
    roles_by_reason,
    split,
    takes_back,
    totals,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.plan.changes import Plan

_NAME = 200  # characters shown of a name or a path
_REASONS = 4
_NAMES = 5


def title(plan: Plan, part: str = "") -> str:
    """Return the first line: the verdict and the counts."""
    if not plan.changes:
        return f"## {no_changes(plan)}. {nothing_to_do(plan, _short)}"
    summary = plan.summary()
    access = f"{counted(summary.grants, 'grant')}, {counted(summary.revokes, 'revoke')}"
    return f"## {summary.verdict.upper()}: {access} in {counted(summary.roles, 'role')} ({totals(summary)}){part}"


def head(plan: Plan, part: str = "") -> str:
    """Return the first line, whether the plan only revokes, its refusal, how much is drift, and its purpose."""
    first = filter(None, [as_of(plan), title(plan, part), narrowed(plan)])
    return "\n\n".join([*first, *_refusals(plan), *_origins(plan), f"{opening(plan, _short)}."])


def _origins(plan: Plan) -> Iterator[str]:
    """Yield how much comes from the edit, and, once for all changes, that drift is undone too."""
    if shares := split(plan):
        yield shares
    if sentence := takes_back(plan):
        yield f"**{sentence}**"


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
