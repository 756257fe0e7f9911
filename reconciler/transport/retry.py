"""When to retry, and how long to wait first: the one policy for every request.

A request gets up to five attempts within two minutes. Waits grow exponentially with full jitter and respect
`Retry-After` (RFC 9110, section 10.2.3). A 429 says that nothing was done (RFC 6585), so it is bounded by time alone.
Clock, sleep and chance are parameters, so tests are instant.
"""

from __future__ import annotations

import logging
import random as chance
import re
import time
from collections.abc import Callable
from datetime import UTC
from typing import NamedTuple, TypeVar

from reconciler.model.errors import ApiFailed, Failed, Overloaded, Unreachable

T = TypeVar("T")

_log = logging.getLogger("reconciler.http")
_TOO_MANY_REQUESTS = 429
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


class Retry(NamedTuple):
    """How often and how long to retry; all times in seconds.

    `tries` does not count attempts that were answered with 429, as long as there is a wait before the next one.
    `budget` counts from the first attempt: no attempt starts after it. The wait before attempt n + 1 is drawn between
    0 and `base * 2 ** (n - 1)`, at most `cap`, and is never shorter than the server asks for. For example, with `base`
    1 and `cap` 30 the longest waits are 1, 2, 4, 8, 16, 30 and 30. `sleep` gets each wait and returns true to end the
    retries, as `threading.Event.wait` does. Once `stopped` returns true, the client sends no more writes, and what it
    reads has `patience` more at most.
    """

    tries: int = 5
    budget: float = 120.0
    base: float = 0.5
    cap: float = 30.0
    sleep: Callable[[float], object] = time.sleep
    stopped: Callable[[], bool] = lambda: False
    patience: float = 5.0
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = chance.random

    def call(self, fn: Callable[[], T]) -> tuple[T, int]:
        """Return what `fn` returns and the number of tries that it took.

        Raise what the last attempt raised, with `attempts` set on it. Only `Overloaded` and `Unreachable` are retried;
        the message of the last one also says why there was no further attempt.
        """
        run = _Run(self)
        while True:
            run.tries += 1
            try:
                return fn(), run.tries
            except (Overloaded, Unreachable) as error:
                failed = error
            except Failed as error:
                if run.tries > 1:  # on a first attempt, the error may have counted attempts within it
                    error.attempts = run.tries
                raise
            over = run.rest(failed)
            if over:
                failed.attempts = run.tries
                failed.add(over)
                raise failed


def seconds_of(retry_after: str | None, now: Callable[[], float] = time.time) -> float | None:
    """Return a `Retry-After` header as seconds from now, never below 0; None if it is absent or not valid.

    It is a number of seconds or an HTTP-date (RFC 9110, section 10.2.3). `now` is in seconds since the epoch.
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    moment = moment_of(text)
    return None if moment is None else max(0.0, moment - now())


def moment_of(http_date: str) -> float | None:
    """Return an HTTP-date (RFC 9110, section 5.6.7) in seconds since the epoch, None if it is not valid."""
    if not http_date:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to load and rarely needed

    try:
        date = parsedate_to_datetime(http_date.strip())
        return date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


class _Run:
    """One call under a policy: its attempts so far, and how long it has waited."""

    def __init__(self, policy: Retry) -> None:
        self.policy = policy
        self.started = policy.clock()
        self.tries = 0
        self.turned_away = 0
        self.waited = 0.0

    def rest(self, error: Failed) -> str:
        """Wait for the next attempt. Return why there is none, empty if there is one."""
        backoff = self.policy.random() * min(self.policy.cap, self.policy.base * 2.0 ** (self.tries - 1))
        seconds = max(backoff, _asked(error) or 0.0)
        over = self._over(error, seconds)
        if over:
            return over
        _log.info("attempt %d failed, the next one is in %.1f s: %s", self.tries, seconds, error)
        self.waited += seconds
        return f"interrupted after {_times(self.tries)}" if self.policy.sleep(seconds) else ""

    def _over(self, error: Failed, seconds: float) -> str:
        """Return why there is no attempt after a wait of `seconds`, empty if there is one."""
        # What was waited is counted too, for a sleep that takes no time: without it a 429 would have no bound there.
        left = self.policy.budget - max(self.policy.clock() - self.started, self.waited)
        asked = _asked(error)
        if _is_turned_away(error) and (self.policy.base > 0 or (asked or 0) > 0):
            self.turned_away += 1
        if self.tries - self.turned_away >= self.policy.tries:
            return f"gave up after {_times(self.tries)}"
        if asked is not None and asked > left:
            return f"not retried: the server asks to wait {asked:.0f} s, and only {max(left, 0):.0f} s are left"
        return f"gave up after {self.policy.budget:.0f} s and {_times(self.tries)}" if seconds > left else ""


def _asked(error: Failed) -> float | None:
    return error.retry_after if isinstance(error, ApiFailed) else None


def _is_turned_away(error: Failed) -> bool:
    return isinstance(error, Overloaded) and error.status == _TOO_MANY_REQUESTS


def _times(tries: int) -> str:
    return "1 attempt" if tries == 1 else f"{tries} attempts"
