"""A bound on a whole request, where httpx has only one on each read: a server that sends a byte now and then would
otherwise hold a request open for ever.

httpx does its input and output through a network backend of httpcore, in the thread that asked. The backend here gives
each of these operations what is left until the deadline of the thread's request. Only the look-up of a host's name is
not bounded by it; the system's resolver has its own limits.
"""  # noqa: D205 - the first sentence takes two lines

from __future__ import annotations

import math
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore


class _Current(threading.local):
    ends = math.inf


_current = _Current()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound all network operations of this thread, together, to `seconds` from now."""
    _current.ends = time.monotonic() + seconds
    try:
        yield
    finally:
        _current.ends = math.inf


def _left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    left = _current.ends - time.monotonic()
    if left <= 0:
        raise error
    return min(left, timeout or left)


class BoundedBackend(httpcore.NetworkBackend):
    """Opens connections whose operations keep to the deadline of `within`."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        """Do the work itself through `inner`."""
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect within what is left."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        return self._inner.get_extra_info(info)
