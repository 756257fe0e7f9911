"""Send httpx's requests over httpcore's connections, through public names only.

`httpx.HTTPTransport` cannot choose the network backend of its pool, and the backend is what bounds a request as a whole
(`deadline`). httpcore's pools accept one as an argument.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore
import httpx

_KEPT_ALIVE = 5.0
"""In seconds: how long an idle connection stays open. This is httpx's default."""

_IN_HTTPX: dict[type[BaseException], type[httpx.TransportError]] = {
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ProtocolError: httpx.ProtocolError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.WriteError: httpx.WriteError,
    httpcore.WriteTimeout: httpx.WriteTimeout,
}


class PooledTransport(httpx.BaseTransport):
    """Sends requests over a pool of HTTP/1.1 connections that `backend` opens. Threads can share it.

    It is used without `httpx.Client`, which adds redirects, cookies and netrc files. Their code cannot fail on an
    answer when it does not run (`Location: http:...` breaks a client even if it does not follow redirects).
    """

    def __init__(
        self,
        backend: httpcore.NetworkBackend,
        *,
        trust: ssl.SSLContext,
        connections: int,
        proxy: httpx.Proxy | None = None,
    ) -> None:
        """Create the pool; this opens nothing. `trust` verifies servers; at most `connections` are open."""
        self.closed = False
        self._in_flight = 0
        self._lock = threading.Lock()
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=trust,
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=_KEPT_ALIVE,
                network_backend=backend,
            )
        else:
            self._pool = httpcore.HTTPProxy(
                _url(proxy.url),
                proxy_auth=proxy.raw_auth,
                proxy_headers=proxy.headers.raw,
                ssl_context=trust,
                proxy_ssl_context=proxy.ssl_context,
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=_KEPT_ALIVE,
                network_backend=backend,
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return its answer, with its body unread. Raise `httpx.TransportError` when it fails."""
        sent = httpcore.Request(
            request.method,
            _url(request.url),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        with self._lock:
            self._in_flight += 1
        try:
            with _errors_of_httpx():
                answer = self._pool.handle_request(sent)
        except BaseException:
            self._ended()
            raise
        body = _Body(answer, self._ended)
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        """Close every connection: at once, or when the last request in flight ends.

        A thread may still read an answer that is not waited for. Closed under it, the number of its socket could soon
        be that of another one.
        """
        with self._lock:
            self.closed = True
            idle = not self._in_flight
        if idle:
            self._pool.close()

    def _ended(self) -> None:
        with self._lock:
            self._in_flight -= 1
            last = self.closed and not self._in_flight
        if last:
            self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, ended: Callable[[], None]) -> None:
        self._answer = answer
        self._ended = ended

    def __iter__(self) -> Iterator[bytes]:
        with _errors_of_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        try:
            self._answer.close()
        finally:
            self._ended()


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """Translate each httpcore error to httpx's error of the same name, with the original as its cause."""
    try:
        yield
    except tuple(_IN_HTTPX) as error:
        kind = next(_IN_HTTPX[base] for base in type(error).__mro__ if base in _IN_HTTPX)
        raise kind(str(error)) from error
