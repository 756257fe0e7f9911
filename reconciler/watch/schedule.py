"""How long the operator waits between two passes. Pure: chance comes in as a number."""

from __future__ import annotations

import re
from typing import NamedTuple

_EVERY = re.compile(r"([0-9]{1,9})([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LONGEST = 24 * 3600

_AFTER_FAILURES = (1, 1, 2, 4, 6)
"""In intervals, by the number of failed passes in a row; the last one holds for all that follow."""


class Every(NamedTuple):
    """The interval between two passes: as written, and in seconds."""

    text: str
    seconds: int


def read_every(text: str) -> Every | None:
    """Return the interval that `text` writes, or None if it is not one whole number and `s`, `m` or `h`, 1 s to 24 h.

    For example, `5m` is 300 seconds and `90s` is 90. `0s`, `25h`, `1.5h`, `1h30m` and `300` are not intervals.
    """
    found = _EVERY.fullmatch(text)
    if found is None:
        return None
    seconds = int(found[1]) * _SECONDS[found[2]]
    return Every(text, seconds) if 1 <= seconds <= _LONGEST else None


def wait_after(every: Every, failures: int, chance: float) -> float:
    """Return the seconds until the next pass, after so many failed passes in a row; `chance` is from 0 to 1.

    Without failures, that is 0.9 to 1.1 of the interval: operators that start together drift apart. For example, with
    `5m`, three failures and a `chance` of 0.5, it is 4 intervals, 1,200 seconds.
    """
    intervals = _AFTER_FAILURES[min(failures, len(_AFTER_FAILURES) - 1)]
    return every.seconds * intervals * (0.9 + 0.2 * chance)
