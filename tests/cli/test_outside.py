"""What a run takes from its process when nobody passes it anything."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from reconciler.cli.outside import Outside

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


def test_today_is_the_date_in_utc() -> None:
    before = datetime.now(UTC).date()
    today = Outside().today()
    assert before <= today <= datetime.now(UTC).date()


def test_a_run_that_passes_midnight_has_one_day(workspace: Workspace) -> None:
    days = iter((date(2026, 12, 31), date(2027, 1, 1)))
    workspace.write("policies.yaml", "policies: [{id: owned, level: warn, keys: [owner]}]\n")
    result = workspace.run("plan", "--format", "json", outside=Outside(today=lambda: next(days)))
    assert (result.code, json.loads(result.out)["today"]) == (0, "2026-12-31")
    assert list(days) == [date(2027, 1, 1)]
