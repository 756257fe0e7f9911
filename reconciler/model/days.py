"""Days, as role files, policies and options write them: `YYYY-MM-DD`, in UTC.

Nothing here asks what day it is: `today` is read once in a pass, by the command line, and passed on.
"""

from __future__ import annotations

import re
from datetime import date

Day = date
"""A day in UTC, without a time."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_day(text: str) -> Day | None:
    """Return the day that `text` writes as `YYYY-MM-DD`, or None if it is another form or no day of the calendar.

    For example, `2028-02-29` is a day. `2026-02-30`, `2026-2-3` and `2026-11-29T10:00` are not.
    """
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def days_until(day: Day, today: Day) -> int:
    """Return how many days after `today` the day is: 1 for tomorrow, 0 for today, -1 for yesterday."""
    return (day - today).days
