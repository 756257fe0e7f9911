"""Open connections: look the name up within the time that is left, and race its addresses.

One of several addresses may be dead (a route that drops packets, a node that is down). So they are tried in parallel,
each a little after the one before, and the first that connects wins (RFC 8305, "Happy Eyeballs").
"""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

import httpcore

from reconciler.model.addresses import address_of

T = TypeVar("T")

STAGGER = 0.25
"""Seconds between the starts of two attempts: RFC 8305, section 5, "Connection Attempt Delay"."""

_MOST = 16
"""Maximum number of a name's addresses to try."""

_UNKNOWN = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class NameUnknownError(httpcore.ConnectError):
    """The host name does not exist; a retry would not help."""


class LookupFailedError(httpcore.ConnectError):
    """The host name lookup failed, or did not finish in time."""


class NoConnectionError(httpcore.ConnectTimeout):
    """No address accepted the connection in time."""


Lookup = Callable[..., Sequence[tuple[Any, ...]]]


def addresses(host: str, port: int, seconds: float, lookup: Lookup | None = None) -> list[str]:
    """Return the addresses of `host`, alternating between address families, otherwise in the order of the system.

    `lookup` is `socket.getaddrinfo` by default. It has no timeout, so it runs in a separate thread, which is abandoned
    after `seconds`. Raise `NameUnknownError` or `LookupFailedError`.
    """
    if address_of(host) is not None:
        return [host]
    answers: SimpleQueue[Sequence[tuple[Any, ...]] | OSError | UnicodeError] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put((lookup or socket.getaddrinfo)(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=look_up, daemon=True, name="reconciler-lookup").start()
    try:
        found = answers.get(timeout=min(seconds, threading.TIMEOUT_MAX))
    except Empty:
        raise LookupFailedError(f"within {seconds:g} s") from None
    if isinstance(found, socket.gaierror) and found.errno not in _UNKNOWN:
        raise LookupFailedError(str(found)) from found
    if isinstance(found, OSError | UnicodeError):
        raise NameUnknownError(str(found)) from found
    return _in_turn(found)[:_MOST]


def _in_turn(found: Sequence[tuple[Any, ...]]) -> list[str]:
    """Return the addresses without duplicates, alternating between families (RFC 8305, section 4)."""
    families: dict[object, list[str]] = {}
    for family, *_, place in found:
        known = families.setdefault(family, [])
        if place[0] not in known:
            known.append(str(place[0]))
    longest = max(map(len, families.values()), default=0)
    return [known[at] for at in range(longest) for known in families.values() if at < len(known)]


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True, name="reconciler-connect").start()


class Race(Generic[T]):
    """A race between parallel attempts: the first success wins, later ones are closed. For one use."""

    def __init__(
        self,
        attempt: Callable[[str], T],
        close: Callable[[T], None],
        *,
        stagger: float = STAGGER,
        start: Callable[[Callable[[], None]], None] = _in_a_thread,
    ) -> None:
        """Store the functions. `attempt` connects to an address, or raises `httpcore.ConnectError` or `ConnectTimeout`.

        `stagger` is in seconds; `start` runs a function in parallel with this thread.
        """
        self._attempt = attempt
        self._close = close
        self._beside = start
        self._stagger = stagger
        self._results: SimpleQueue[T | Exception] = SimpleQueue()
        self._lock = threading.Lock()
        self._is_over = False

    def run(self, candidates: Sequence[str], seconds: float) -> T:
        """Return the first connection. Raise the first address's error, or `NoConnectionError` after `seconds`."""
        if len(candidates) == 1:
            return self._attempt(candidates[0])
        ends = time.monotonic() + seconds
        waiting = list(candidates)
        running = 0
        first: Exception | None = None
        try:
            while waiting or running:
                if waiting:
                    self._start(waiting.pop(0))
                    running += 1
                result = self._next(min(ends - time.monotonic(), self._stagger if waiting else math.inf))
                if result is None and time.monotonic() >= ends:
                    break
                if isinstance(result, Exception):
                    running -= 1
                    first = first or result
                elif result is not None:
                    return result
        finally:
            self._end()
        raise first if first is not None and not running else NoConnectionError

    def _start(self, candidate: str) -> None:
        self._beside(lambda: self._one(candidate))

    def _one(self, candidate: str) -> None:
        try:
            made = self._attempt(candidate)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            self._results.put(error)
            return
        with self._lock:
            if not self._is_over:
                self._results.put(made)
                return
        self._close(made)

    def _next(self, seconds: float) -> T | Exception | None:
        try:
            return self._results.get(timeout=max(0.0, min(seconds, threading.TIMEOUT_MAX)))
        except Empty:
            return None

    def _end(self) -> None:
        """Accept no more results, and close those that arrived too late."""
        with self._lock:
            self._is_over = True
        while True:
            left = self._next(0)
            if left is None:
                return
            if not isinstance(left, Exception):
                self._close(left)
