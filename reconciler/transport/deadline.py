"""A time limit for a whole request.

httpx limits only each read, so a server that sends a byte now and then would hold a request open for ever. httpx does
its input and output through a network backend of httpcore, in the thread of the request. The backend here gives each of
these operations the time left for the request, the look-up of a host name included.
"""

from __future__ import annotations

import math
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import httpcore

from reconciler.transport.connecting import NoConnectionError, Race, addresses

_LEAST = 0.001
"""Seconds: a timeout of 0 would mean no wait at all."""


_TICK = 0.2
"""Seconds for which a read waits at a time: in between it looks whether a stop cuts the time of its request short."""


class Cut(NamedTuple):
    """What cuts the time of a request short: once `stopped` returns true, it has `seconds` more at most."""

    stopped: Callable[[], bool]
    seconds: float


class _Current(threading.local):
    ends = math.inf
    cut: Cut | None = None
    short: float | None = None  # the seconds that a cut has left to it
    unhurried = False


class CutShortError(httpcore.ReadTimeout):
    """A stop cut the time for the answer short: to `seconds`."""

    def __init__(self, seconds: float) -> None:
        """Keep the seconds."""
        super().__init__()
        self.seconds = seconds


_current = _Current()


@contextmanager
def within(seconds: float, cut: Cut | None = None) -> Iterator[None]:
    """Limit all network operations of this thread, together, to `seconds` from now, or to what `cut` leaves of them."""
    cut = None if _current.unhurried else cut
    _current.ends, _current.cut, _current.short = time.monotonic() + seconds, cut, None
    try:
        yield
    finally:
        _current.ends, _current.cut = math.inf, None


@contextmanager
def unhurried() -> Iterator[None]:
    """Let no stop cut the requests of this thread short: they decide what a write that was sent has done."""
    _current.unhurried = True
    try:
        yield
    finally:
        _current.unhurried = False


def _left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    cut = _current.cut
    if cut is not None and cut.stopped():
        end = time.monotonic() + cut.seconds
        if end < _current.ends:
            _current.ends, _current.short = end, cut.seconds
        _current.cut = None
    left = _current.ends - time.monotonic()
    if left <= 0:
        raise error if _current.short is None else CutShortError(_current.short)
    return min(left, timeout or left)


class BoundedBackend(httpcore.NetworkBackend):
    """Opens connections whose operations keep to the deadline of `within`."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        """Use `inner` for the operations themselves."""
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Look the name up and connect to the first of its addresses that answers, all within what is left."""
        ends = time.monotonic() + _left(timeout, NoConnectionError)
        candidates = addresses(host, port, ends - time.monotonic())

        def connect(address: str) -> httpcore.NetworkStream:
            left = max(_LEAST, ends - time.monotonic())
            return self._inner.connect_tcp(address, port, left, local_address, socket_options)

        race = Race(connect, httpcore.NetworkStream.close)
        return _BoundedStream(race.run(candidates, ends - time.monotonic()))


class HandshakeFailedError(httpcore.ConnectError):
    """The TLS handshake failed. `inside` says that it ran inside a connection that already has TLS."""

    def __init__(self, *, inside: bool) -> None:
        """Keep where it failed; the reason is in `__cause__`."""
        super().__init__()
        self.inside = inside


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, *, encrypted: bool = False) -> None:
        self._inner = inner
        self._encrypted = encrypted

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            left = _left(timeout, httpcore.ReadTimeout)
            with suppress(httpcore.ReadTimeout):
                return self._inner.read(max_bytes, min(left, _TICK))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        try:
            return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left), encrypted=True)
        except httpcore.ConnectError as error:
            raise HandshakeFailedError(inside=self._encrypted) from error

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        return self._inner.get_extra_info(info)
