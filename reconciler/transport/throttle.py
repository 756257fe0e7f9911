"""The limit on concurrent requests: it falls when the server answers 429, and rises slowly again afterwards.

While the server asks for a pause, the throttle is closed, and all threads wait until the same moment.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

MOST = 32
"""Above this limit an httpx pool becomes slow (docs/architecture.md)."""


class Throttle:
    """Lets at most `limit` requests in at a time. A 429 halves the limit; `limit` successes raise it by one.

    A limit above `MOST` counts as `MOST`, one below 1 as 1. Threads can share it. `limit` starts at its maximum and
    never goes above that.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Start open, with the full limit. `clock` is in seconds."""
        self._clock = clock
        self._opens = -math.inf
        self._most = max(1, min(limit, MOST))
        self.limit = self._most
        self.in_flight = 0
        self._round = 0
        self._successes = 0
        self._changed = threading.Condition()

    @contextmanager
    def slot(self) -> Iterator[Slot]:
        """Wait for a slot, and hold it."""
        with self._changed:
            self._changed.wait_for(lambda: self.in_flight < self.limit)
            self.in_flight += 1
            slot = Slot(self, self._round)
        try:
            yield slot
        finally:
            with self._changed:
                self.in_flight -= 1
                self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """Make all threads wait for `seconds` from now; a longer wait that is in progress continues."""
        with self._changed:
            self._opens = max(self._opens, self._clock() + seconds)

    def closed_for(self) -> float:
        """Return for how many seconds nothing should be sent; 0 while it is open."""
        return max(0.0, self._opens - self._clock())

    def throttled(self, in_round: int) -> None:
        """Record a 429 for a request that started in this round: halve the limit, and start the next round.

        Requests that were in flight together report one overload together, so they count once.
        """
        with self._changed:
            if in_round == self._round:
                self._round += 1
                self._successes = 0
                self.limit = max(1, self.limit // 2)

    def succeeded(self) -> None:
        """Record a success: after `limit` of these, raise the limit by one."""
        with self._changed:
            self._successes += 1
            if self._successes >= self.limit:
                self._successes = 0
                self.limit = min(self._most, self.limit + 1)
                self._changed.notify_all()


class Slot(NamedTuple):
    """A slot for one request in flight, and the round in which it was given."""

    throttle: Throttle
    in_round: int

    def throttled(self) -> None:
        """Record that the server answered 429."""
        self.throttle.throttled(self.in_round)

    def succeeded(self) -> None:
        """Record that the server answered with success."""
        self.throttle.succeeded()
