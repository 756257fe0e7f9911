"""What a run takes from its process when nobody passes it anything."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.cli.outside import Outside


def test_today_is_the_date_in_utc() -> None:
    before = datetime.now(UTC).date()
    today = Outside().today()
    assert before <= today <= datetime.now(UTC).date()
