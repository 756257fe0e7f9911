"""How many requests may be in flight: fewer after a 429, slowly more again after successes.

While a server asks to wait, the gate is closed, and every request waits for the same moment.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

MOST = 32
"""Above this an httpx pool slows down badly (docs/architecture.md)."""


class Gate:
    """Lets at most `limit` in at a time. A 429 halves the limit; as many successes as the limit is raise it by one.

    A limit above `MOST` counts as `MOST`, one below 1 as 1. Safe to share between threads; `limit` starts at its
    highest and never goes above that.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Start open, with the highest limit. `clock` is in seconds."""
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
        """Close the gate for so many seconds from now; a longer wait that has begun stays."""
        with self._changed:
            self._opens = max(self._opens, self._clock() + seconds)

    def closed_for(self) -> float:
        """Return for how many seconds nothing should be sent; 0 while the gate is open."""
        return max(0.0, self._opens - self._clock())

    def throttled(self, in_round: int) -> None:
        """Halve the limit after a 429 for a request of this round, and start the next round.

        Requests that were in flight together report the same overload, so they count once.
        """
        with self._changed:
            if in_round == self._round:
                self._round += 1
                self._successes = 0
                self.limit = max(1, self.limit // 2)

    def succeeded(self) -> None:
        """Count a success; raise the limit by one after as many successes as the limit."""
        with self._changed:
            self._successes += 1
            if self._successes >= self.limit:
                self._successes = 0
                self.limit = min(self._most, self.limit + 1)
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot among the requests in flight, and the round in which it was given."""

    gate: Gate
    in_round: int

    def throttled(self) -> None:
        """Note that the server answered 429."""
        self.gate.throttled(self.in_round)

    def succeeded(self) -> None:
        """Note that the server answered with success."""
        self.gate.succeeded()
