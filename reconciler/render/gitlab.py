"""GitLab's report for merge requests (`artifacts:reports:terraform`): three counts that the merge request shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from reconciler.render.view import View


def render(plan: Plan, view: View) -> str:  # noqa: ARG001 - all renderers have the same parameters
    """Return `{"create": n, "update": n, "delete": n}` on one line."""
    summary = plan.summary()
    return json.dumps({"create": summary.create, "update": summary.update, "delete": summary.delete}) + "\n"
