"""Days as files write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.days import Day, days_until, read_day


@given(st.dates())
def test_a_day_in_the_form_of_the_interface_is_read(day: Day) -> None:
    assert read_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2026-13-01",
        "2026-2-03",
        "26-02-03",
        "2026-02-03T10:00",
        "20260203",
        "2026-W01-1",
        "",
        "end of year",
        "2026-02-03 ",
        "\u0662026-02-03",
        "0000-01-01",
    ],
)
def test_any_other_text_is_no_day(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    ("day", "days"), [("2026-11-30", 1), ("2026-11-29", 0), ("2026-11-28", -1), ("2027-11-29", 365)]
)
def test_days_are_counted_from_today(day: str, days: int) -> None:
    assert days_until(Day.fromisoformat(day), Day(2026, 11, 29)) == days
