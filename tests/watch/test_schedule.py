from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.watch.schedule import Every, read_every, wait_after

MINUTES = Every("5m", 300)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("90s", 90), ("5m", 300), ("05m", 300), ("24h", 86400), ("86400s", 86400)]
)
def test_an_interval_is_a_whole_number_and_a_unit(text: str, seconds: int) -> None:
    assert read_every(text) == Every(text, seconds)


@pytest.mark.parametrize(
    "text",
    [
        *("", "5", "s", "0s", "0m", "25h", "86401s", "1441m", "1.5h", "1h30m", "-5m", "+5m", "5M", "5 m", " 5m", "5m "),
        *("5d", "5ms", "\u0665m", "5m\n", "1e3s", "9999999999s"),
    ],
)
def test_anything_else_is_not_an_interval(text: str) -> None:
    assert read_every(text) is None


@given(st.integers(1, 86400), st.floats(0, 1))
def test_a_wait_is_between_0_9_and_1_1_of_the_interval(seconds: int, chance: float) -> None:
    assert 0.9 * seconds - 1e-6 <= wait_after(Every("", seconds), 0, chance) <= 1.1 * seconds + 1e-6


@pytest.mark.parametrize(("failures", "intervals"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 6), (5, 6), (500, 6)])
def test_after_failed_passes_the_waits_are_1_2_4_then_6_intervals(failures: int, intervals: int) -> None:
    assert wait_after(MINUTES, failures, 0.5) == pytest.approx(300 * intervals)
