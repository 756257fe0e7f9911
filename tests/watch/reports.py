"""Reports of passes: each has a default for everything, so a test names only what counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reconciler.apply.outcome import Kind, Outcome
from reconciler.plan.changes import Change
from reconciler.watch.passes import PassReport
from tests.builders import a_plan

AT = datetime(2026, 11, 29, 3, 10, tzinfo=UTC)


def a_report(result: Any = "in_sync", **values: Any) -> PassReport:  # noqa: ANN401 - whatever the report has
    """A pass that began at `AT`, took 2 s, read both sides and made a plan."""
    return PassReport(**{"result": result, "began": AT, "seconds": 2.0, "read": True, "plan": a_plan()} | values)


def an_outcome(change: Change, kind: Kind = Kind.APPLIED) -> Outcome:
    return Outcome(change, kind)
