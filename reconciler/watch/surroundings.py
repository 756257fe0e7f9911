"""What the operator takes from its process: clocks, chance and signals. A test passes its own."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from reconciler.watch.summons import Summons


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def in_a_thread(work: Callable[[], object]) -> None:
    """Start `work` in a thread that the end of the process does not wait for."""
    threading.Thread(target=work, daemon=True, name="tenant").start()


class Surroundings(NamedTuple):
    """Clocks, chance and signals: `now` is in UTC, `monotonic` in seconds, `chance` a number from 0 to 1.

    `start` starts the pass of one of several tenants.
    """

    summons: Callable[[], Summons] = Summons
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    start: Callable[[Callable[[], object]], object] = in_a_thread
