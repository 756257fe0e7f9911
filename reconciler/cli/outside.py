"""What a run of the command line takes from its process; a test passes its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.apply.interrupts import Stop

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.watch.surroundings import Surroundings


def utc_day() -> Day:
    """Return the date in UTC, whatever the time zone of this machine is."""
    return datetime.now(UTC).date()


_DAY = "reconciler.day"
"""The key under which click keeps the day of a run."""


class Outside(NamedTuple):
    """How a run waits between two attempts of a read, the flag that interrupts an apply, and what day it is.

    `stop` creates the flag from a function that reports an interrupt. Between two attempts, an apply uses its `wait`.
    `this_day` asks `today` once, so a run that passes midnight has one day. `watch` has further surroundings; None
    means those of the process.
    """

    sleep: Callable[[float], object] = time.sleep
    stop: Callable[[Callable[[str], object]], Stop] = Stop
    today: Callable[[], Day] = utc_day
    watch: Surroundings | None = None


def this_day() -> Day:
    """Return the day of the current run: the same one each time, so no run has two days."""
    run = click.get_current_context().find_root().meta
    if _DAY not in run:
        run[_DAY] = outside().today()
    day: Day = run[_DAY]
    return day


def next_day() -> None:
    """Forget the day of the current run: each pass of `watch` has its day."""
    click.get_current_context().find_root().meta.pop(_DAY, None)


def outside() -> Outside:
    """Return the values of the current run."""
    return click.get_current_context().find_object(Outside) or Outside()
