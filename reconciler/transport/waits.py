"""How long a server asks the client to wait, by the headers in common use."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

from reconciler.transport.retry import moment_of, seconds_of

_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?", re.ASCII)
_DATE = re.compile(r"[A-Za-z]{3}, \d\d [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)
_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_REMAINING = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
_IN_ONE = re.compile(r"[,;]\s*(?:reset|t)\s*=\s*([0-9]{1,9})\b", re.ASCII | re.IGNORECASE)
_LEFT_IN_ONE = re.compile(r"[,;]\s*(?:remaining|r)\s*=\s*([0-9]{1,9})\b", re.ASCII | re.IGNORECASE)
_EPOCH = 1_000_000_000
_EPOCH_IN_MILLISECONDS = 1_000_000_000_000


def asked_wait(status: int, headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """Return for how many seconds from now the server asks the client to wait, None when it does not say.

    `Retry-After` (RFC 9110, section 10.2.3) comes first. Otherwise it is `RateLimit-Reset`, `X-RateLimit-Reset` or
    `RateLimit` (the drafts of "RateLimit header fields for HTTP", in seconds; GitHub, in seconds since the epoch), when
    the answer is a 429 that names no other limit, or says that nothing remains. A moment counts from the answer's own
    `Date`, because the clocks of server and client may differ. `now` is in seconds since the epoch.
    """
    dates = [moment for text in _DATE.findall(headers.get("date", "")) if (moment := moment_of(text)) is not None]
    served = max(dates, default=None)  # a server framework and the application behind it may each add one

    def here() -> float:
        return now() if served is None else served

    asked = seconds_of(headers.get("retry-after"), here)
    if asked is not None:
        return asked
    in_one = f",{headers.get('ratelimit', '')}"
    left = [headers[name].strip() for name in _REMAINING if name in headers] + _LEFT_IN_ONE.findall(in_one)
    if any(value != "0" for value in left) or (not left and status != HTTPStatus.TOO_MANY_REQUESTS):
        return None
    resets = [headers[name].strip() for name in _RESETS if name in headers] + _IN_ONE.findall(in_one)
    waits = [wait for wait in (_reset(value, here) for value in resets) if wait is not None]
    return max(waits, default=None)


def _reset(value: str, here: Callable[[], float]) -> float | None:
    """Return seconds from now, for a number, a moment since the epoch in seconds or milliseconds, or an HTTP date."""
    if not _NUMBER.fullmatch(value):
        return seconds_of(value, here)
    number = float(value)
    if number >= _EPOCH_IN_MILLISECONDS:
        number /= 1000
    return max(0.0, number - here()) if number >= _EPOCH else number
