"""The plan in JSON: the same document that `plan --out` saves (docs/interface.md, "The plan in JSON")."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.plan import document

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from reconciler.render.view import View


def render(plan: Plan, view: View) -> str:
    """The document as text; everything in `view` but `created_at` is for people and is left aside."""
    return document.dumps(plan, view.created_at)


def dumped(value: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    """`value` as JSON for the other formats: ASCII only, and without the `##[` that a runner of GitHub would act on."""
    return json.dumps(value, indent=2).replace("##[", "#\\u0023[") + "\n"
