from __future__ import annotations

from email.utils import formatdate

import pytest

from reconciler.transport.waits import asked_wait

NOW = 1_800_000_000.0
AHEAD = {"date": formatdate(NOW + 600, usegmt=True)}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": formatdate(NOW + 9, usegmt=True)}, 9),
        ({"retry-after": formatdate(NOW + 601, usegmt=True), **AHEAD}, 1),
        ({"retry-after": formatdate(NOW + 5, usegmt=True), "date": formatdate(NOW - 600, usegmt=True)}, 605),
        ({"retry-after": formatdate(NOW + 9, usegmt=True), "date": "now"}, 9),
        (
            {
                "retry-after": formatdate(NOW + 601, usegmt=True),
                "date": f"{formatdate(NOW, usegmt=True)}, {AHEAD['date']}",
            },
            1,
        ),
        ({"ratelimit-reset": "30"}, 30),
        ({"x-ratelimit-reset": "3"}, 3),
        ({"x-rate-limit-reset": "3.5"}, 3.5),
        ({"x-ratelimit-reset": f"{NOW + 4:.0f}"}, 4),
        ({"x-ratelimit-reset": f"{NOW + 4:.0f}000"}, 4),
        ({"x-ratelimit-reset": f"{NOW + 604:.0f}", **AHEAD}, 4),
        ({"x-ratelimit-reset": formatdate(NOW + 8, usegmt=True)}, 8),
        ({"ratelimit": "limit=20, remaining=0, reset=12"}, 12),
        ({"ratelimit": '"default";r=0;t=12'}, 12),
        ({"ratelimit-reset": "30", "retry-after": "7"}, 7),
        ({"ratelimit-reset": "30", "ratelimit-remaining": "4"}, None),
        ({"ratelimit": "limit=20, remaining=3, reset=12"}, None),
        ({"ratelimit-reset": "soon"}, None),
        ({}, None),
    ],
)
def test_a_429_says_in_many_ways_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(429, headers, lambda: NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"ratelimit-reset": "30", "ratelimit-remaining": "0"}, 30), ({"ratelimit-reset": "30"}, None)],
)
def test_another_status_is_a_limit_only_where_nothing_remains(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(403, headers, lambda: NOW) == seconds
