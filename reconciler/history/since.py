"""Add to a plan since when, and by which change, roles had the codes that it revokes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.history.events import History
    from reconciler.plan.changes import Change, Plan


def with_since(plan: Plan, read: Callable[[], History | None]) -> Plan:
    """Return the plan with the revision that last granted each revoked code, as far as the history knows.

    `read` returns the history of the role files, None if it cannot be read. It is called only for a plan that revokes
    something, and names of roles in the plan are those that the files give them now.
    """
    if not any(change.revoked for change in plan.changes):
        return plan
    history = read()
    if history is None:
        return plan
    return replace(plan, changes=tuple(_with_since(change, history) for change in plan.changes))


def _with_since(change: Change, history: History) -> Change:
    life = history.life(change.name)
    if (
        life is None or life.name != change.name
    ):  # a role that had the name once has another one now: it is not this one
        return change
    found = ((code, history.since(change.name, code)) for code in change.revoked)
    return replace(change, since={code: revision for code, revision in found if revision is not None})
