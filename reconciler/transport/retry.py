"""When to retry, and how long to wait first: the one policy for every request.

A request has up to five tries within two minutes. Waits grow exponentially with full jitter, and `Retry-After` is
respected (RFC 9110, section 10.2.3). A 429 means that nothing was done (RFC 6585), so only the time is bounded there.
The clock, the sleep and the random numbers are parameters, so tests are instant.
"""

from __future__ import annotations

import logging
import random as chance
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import TypeVar

from reconciler.model.errors import ApiFailed, Failed, Overloaded, Unreachable

T = TypeVar("T")

_log = logging.getLogger("reconciler.http")
_TOO_MANY_REQUESTS = 429
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long to retry; all times in seconds.

    `tries` does not count tries answered with 429, as long as there is a wait before the next one.
    `budget` counts from the first try: no try starts after it. The wait before try n + 1 is random between 0 and
    `base * 2 ** (n - 1)`, at most `cap`, and never shorter than the server asks for. `sleep` gets each wait and returns
    true to prevent the next try: `threading.Event.wait` is such an interruptible sleep.
    `stopped` returns true when nothing new must start: from then on the client sends no write.
    """

    tries: int = 5
    budget: float = 120.0
    base: float = 0.5
    cap: float = 30.0
    sleep: Callable[[float], object] = time.sleep
    stopped: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = chance.random

    def call(self, fn: Callable[[], T]) -> tuple[T, int]:
        """Return what `fn` returns and the number of tries that it took.

        Raise the error of the last try, with `attempts` set on it. Only `Overloaded` and `Unreachable` are retried; the
        message of the last error also says why there was no further try.
        """
        run = _Run(self)
        while True:
            run.tries += 1
            try:
                return fn(), run.tries
            except (Overloaded, Unreachable) as error:
                failed = error
            except Failed as error:
                if run.tries > 1:  # on a first try, the error may have counted the tries made inside it
                    error.attempts = run.tries
                raise
            over = run.rest(failed)
            if over:
                failed.attempts = run.tries
                failed.args = (f"{failed}; {over}", *failed.args[1:])
                raise failed


def seconds_of(retry_after: str | None, now: Callable[[], float] = time.time) -> float | None:
    """Return a `Retry-After` header as seconds from now, at least 0; None when it is absent or invalid.

    The header is a number of seconds or an HTTP-date (RFC 9110, section 10.2.3). `now` is in seconds since the epoch.
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    moment = moment_of(text)
    return None if moment is None else max(0.0, moment - now())


def moment_of(http_date: str) -> float | None:
    """Return an HTTP-date (RFC 9110, section 5.6.7) in seconds since the epoch, None when it is invalid."""
    if not http_date:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to load and rarely needed

    try:
        date = parsedate_to_datetime(http_date.strip())
        return date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


class _Run:
    """One call under a policy: its number of tries, and its total wait."""

    def __init__(self, policy: Retry) -> None:
        self.policy = policy
        self.started = policy.clock()
        self.tries = 0
        self.turned_away = 0
        self.waited = 0.0

    def rest(self, error: Failed) -> str:
        """Wait for the next try. Return why there is none, empty when there is one."""
        backoff = self.policy.random() * min(self.policy.cap, self.policy.base * 2.0 ** (self.tries - 1))
        seconds = max(backoff, _asked(error) or 0.0)
        over = self._over(error, seconds)
        if over:
            return over
        _log.info("try %d failed, next one in %.1f s: %s", self.tries, seconds, error)
        self.waited += seconds
        return f"interrupted after {_times(self.tries)}" if self.policy.sleep(seconds) else ""

    def _over(self, error: Failed, seconds: float) -> str:
        """Return why no try follows a wait of `seconds`, empty when one does."""
        # The waits count too, for a sleep that takes no time: otherwise a 429 would have no bound there.
        left = self.policy.budget - max(self.policy.clock() - self.started, self.waited)
        asked = _asked(error)
        if _is_turned_away(error) and (self.policy.base > 0 or (asked or 0) > 0):
            self.turned_away += 1
        if self.tries - self.turned_away >= self.policy.tries:
            return f"given up after {self.tries} tries"
        if asked is not None and asked > left:
            return f"the server asks to wait {asked:.0f} s, but only {max(left, 0):.0f} s are left: not tried again"
        return f"given up after {self.policy.budget:.0f} s and {_times(self.tries)}" if seconds > left else ""


def _asked(error: Failed) -> float | None:
    return error.retry_after if isinstance(error, ApiFailed) else None


def _is_turned_away(error: Failed) -> bool:
    return isinstance(error, Overloaded) and error.status == _TOO_MANY_REQUESTS


def _times(tries: int) -> str:
    return "1 try" if tries == 1 else f"{tries} tries"
