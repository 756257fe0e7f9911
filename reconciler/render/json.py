"""The plan in JSON: the same document that `plan --out` saves (docs/interface.md, "The plan in JSON")."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.plan import document

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from reconciler.render.view import View


def render(plan: Plan, view: View) -> str:
    """Return the document as text. Of `view`, it uses only `created_at`; the rest is for people."""
    return document.dumps(plan, view.created_at)


def dumped(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return `value` as JSON for the other formats: ASCII only, and without `##[`, which GitHub's runner executes."""
    return inert(json.dumps(value, indent=2)) + "\n"


def inert(text: str) -> str:
    """Return JSON, which means the same, without `##[` in it."""
    return text.replace("##[", "#\\u0023[")
