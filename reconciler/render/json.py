"""The plan in JSON: the same document that `plan --out` saves (the interface, "The plan in JSON")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import document

if TYPE_CHECKING:
    from reconciler.plan import Plan
    from reconciler.render.view import View


def render(plan: Plan, view: View) -> str:
    """The document as text; everything in `view` but `created_at` is for people and is left aside."""
    return document.dumps(plan, view.created_at)
