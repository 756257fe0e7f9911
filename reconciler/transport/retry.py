"""When to ask again, and how long to wait before: the one policy for every request, and the one home of tenacity.

Up to five tries within two minutes, waits that grow exponentially with full jitter, `Retry-After` honoured (RFC 9110,
section 10.2.3). A 429 says that nothing was done (RFC 6585), so only the time is bounded there. Everything that takes
time or chance comes in from outside, so tests are instant.
"""

from __future__ import annotations

import logging
import random as chance
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

from reconciler.model.errors import ApiFailed, Failed, Overloaded, Unreachable

if TYPE_CHECKING:
    import tenacity

T = TypeVar("T")

_log = logging.getLogger("reconciler.http")
_TOO_MANY_REQUESTS = 429
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long to try; all times in seconds.

    `tries` does not count those that were answered with 429, as long as there is a wait before the next one.
    `budget` counts from the first try: no try starts after it. The wait before try n + 1 is drawn between 0 and
    `base * 2 ** (n - 1)`, at most `cap`, and never shorter than the server asks for. `sleep` is given each wait and
    answers true to say that no further try is wanted: `threading.Event.wait` is such a sleep that can be interrupted.
    `stopped` says that nothing new is wanted at all: from then on the client sends no write.
    """

    tries: int = 5
    budget: float = 120.0
    base: float = 0.5
    cap: float = 30.0
    sleep: Callable[[float], object] = time.sleep
    stopped: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = chance.random

    def call(self, fn: Callable[[], T], *, on: tuple[type[Failed], ...] = (Overloaded, Unreachable)) -> tuple[T, int]:
        """What `fn` returns and the number of tries that it took.

        Raises what the last try raised, with `attempts` set on it; where it was one of `on`, its message also says
        why there was no further try. Anything that is not one of `on` is raised at once.
        """
        run = _Run(self)
        try:
            return run.counted(fn), run.tries
        except on as error:
            return self._again(run, error, fn, on)

    def _again(self, run: _Run, first: Failed, fn: Callable[[], T], on: tuple[type[Failed], ...]) -> tuple[T, int]:
        """Go on after a first try that failed. Only now is tenacity loaded: most requests do without."""
        import tenacity  # noqa: PLC0415

        failed = [first]

        def once() -> T:
            if failed:
                raise failed.pop()
            return run.counted(fn)

        retrying = tenacity.Retrying(
            sleep=run.nap,
            stop=run.is_over,
            wait=run.wait,
            retry=tenacity.retry_if_exception_type(on),
            reraise=True,
        )
        try:
            return retrying(once), run.tries
        except _Stopped as stopped:
            error: Failed = stopped.error
        except Failed as last:
            error = last
        error.attempts = run.tries
        if run.why:
            error.args = (f"{error}; {run.why}", *error.args[1:])
        raise error


def seconds_of(retry_after: str | None, now: Callable[[], float] = time.time) -> float | None:
    """A `Retry-After` header as seconds from now, never below 0; None where it is absent or makes no sense.

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
    """An HTTP-date (RFC 9110, section 5.6.7) in seconds since the epoch, None where it makes no sense."""
    if not http_date:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to load and rarely needed

    try:
        date = parsedate_to_datetime(http_date.strip())
        return date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


class _Stopped(Exception):
    """The sleep said that no further try is wanted; carries what the last try raised."""

    def __init__(self, error: Failed) -> None:
        super().__init__()
        self.error = error


class _Run:
    """One call under a policy: what tenacity asks while it runs."""

    def __init__(self, policy: Retry) -> None:
        self.policy = policy
        self.started = policy.clock()
        self.tries = 0
        self.turned_away = 0
        self.waited = 0.0
        self.why = ""
        self.error = Failed()

    def counted(self, fn: Callable[[], T]) -> T:
        self.tries += 1
        return fn()

    def wait(self, state: tenacity.RetryCallState) -> float:
        self.error = _error_of(state)
        backoff = self.policy.random() * min(self.policy.cap, self.policy.base * 2.0 ** (self.tries - 1))
        return max(backoff, _asked(self.error) or 0.0)

    def is_over(self, state: tenacity.RetryCallState) -> bool:
        # What was waited is counted too, for a sleep that takes no time: without it a 429 would have no bound there.
        left = self.policy.budget - max(self.policy.clock() - self.started, self.waited)
        asked = _asked(self.error)
        if _is_turned_away(self.error) and (self.policy.base > 0 or (asked or 0) > 0):
            self.turned_away += 1
        if self.tries - self.turned_away >= self.policy.tries:
            self.why = f"given up after {self.tries} tries"
        elif asked is not None and asked > left:
            self.why = f"the server asks to wait {asked:.0f} s, but only {max(left, 0):.0f} s are left: not tried again"
        elif state.upcoming_sleep > left:
            self.why = f"given up after {self.policy.budget:.0f} s and {_times(self.tries)}"
        return bool(self.why)

    def nap(self, seconds: float) -> None:
        _log.info("try %d failed, next one in %.1f s: %s", self.tries, seconds, self.error)
        self.waited += seconds
        if self.policy.sleep(seconds):
            self.why = f"interrupted after {_times(self.tries)}"
            raise _Stopped(self.error)


def _error_of(state: tenacity.RetryCallState) -> Failed:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Failed):  # pragma: no cover - tenacity waits only after one of `on`
        raise TypeError
    return error


def _asked(error: Failed) -> float | None:
    return error.retry_after if isinstance(error, ApiFailed) else None


def _is_turned_away(error: Failed) -> bool:
    return isinstance(error, Overloaded) and error.status == _TOO_MANY_REQUESTS


def _times(tries: int) -> str:
    return "1 try" if tries == 1 else f"{tries} tries"
