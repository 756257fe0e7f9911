"""What a plan that is narrowed to revokes leaves alone: the words of all formats.

Nothing here is inert yet, except descriptions in quotes: each format makes it so in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.inert import quoted
from reconciler.plan.action import Action
from reconciler.render.words import said, were_left_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.plan.changes import Plan
    from reconciler.plan.only import LeftAlone

_WHOLE = 1 << 31  # a description is shown whole, because a reviewer must see all of it


def narrowed(plan: Plan) -> str:
    """Return `Only revokes: 3 changes were left alone.` for a narrowed plan with changes, otherwise an empty string."""
    if plan.only is None or not plan.changes:
        return ""
    return f"Only revokes: {were_left_alone(plan) or 'nothing else differs'}."


def title(plan: Plan) -> str:
    """Return the title of the list of what is left alone."""
    return f"Left alone, because this plan only revokes (`--only {plan.only}`)"


def items(plan: Plan) -> list[str]:
    """Return one line for each change: `billing-clerk: update, + billing.view, description "Old" -> "New"`."""
    return [f"{said(change.name)}: {', '.join([change.action, *_parts(change)])}" for change in plan.left_alone]


def why_unmanaged_stay(plan: Plan) -> str:
    """Return what keeps unmanaged roles: the option if a whole plan would delete them, otherwise the configuration."""
    deletes = any(change.action is Action.DELETE for change in plan.left_alone)
    return f"--only {plan.only}" if deletes else "unmanaged: report"


def _parts(change: LeftAlone) -> Iterator[str]:
    if change.renamed_from is not None:
        yield f"renamed from {said(change.renamed_from)}"
    for field in change.fields:
        if field.path != "name":
            yield f"{field.path} {quoted(field.before, _WHOLE)} -> {quoted(field.after, _WHOLE)}"
    yield from (f"+ {code}" for code in change.granted)
