"""Requests without a complete answer: what happened, and what to do."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import httpx

from reconciler.model.errors import Failed, NotSent, Unreachable
from reconciler.model.inert import visible
from reconciler.transport import causes
from reconciler.transport.connecting import LookupFailedError, NameUnknownError, NoConnectionError
from reconciler.transport.deadline import CutShortError, HandshakeFailedError

if TYPE_CHECKING:
    from reconciler.transport.redaction import Redaction

_TLS_RECORD = r"bytearray(b'\x15\x03"
"""How an alert of TLS begins, as h11 quotes it: the server answers plain http so."""

_NO_BYTE = "without sending a response"
_SPEAKS_NO_TLS = "WRONG_VERSION_NUMBER"
_PROXY_AGAIN = frozenset({"408", "429"})
PROXY_LOGIN = "put user and password into the URL of the proxy, percent-encoded: http://USER:PASSWORD@HOST:PORT"
"""The hint for a 407."""

E = TypeVar("E", bound=BaseException)

_Told = tuple[str, str]
"""What happened, and a hint, which may be empty."""


class Way(NamedTuple):
    """Where a request goes: the host as it is shown, `timeout` in seconds, the proxy as it is shown if there is one.

    `base` is the base URL as it is shown.
    """

    host: str
    timeout: float
    redaction: Redaction
    proxy: str | None = None
    tls_proxy: bool = False
    base: str = ""

    @property
    def nearest(self) -> str:
        """Return the proxy if there is one, else the host: the peer of the connection."""
        return self.proxy or self.host

    @property
    def by_way(self) -> str:
        """Return the host, and the proxy on the way to it."""
        return f"{self.host} through {self.proxy}" if self.proxy else self.host


def no_answer(error: httpx.HTTPError, *, operation: str, way: Way) -> Failed:
    """Return the failure for `error`.

    It is `NotSent` if no connection was made, else `Unreachable`, since the request may have been carried out. It is a
    plain `Failed`, and nothing was sent, if a retry cannot help: an untrusted certificate, a port without TLS, a host
    name that does not exist, a proxy that forbids. The message has no text of httpx itself, which may quote what was
    sent.
    """
    final = _final(error, way)
    if final is not None:
        why, hint = final
        return Failed(f"could not {operation}: {why}", hint=hint)
    before = isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol)
    why, hint = _what(error, way)
    return (NotSent if before else Unreachable)(f"could not {operation}: {why}", hint=hint)


def _final(error: httpx.HTTPError, way: Way) -> _Told | None:
    """Return what a retry cannot change, None if a retry may help."""
    certificate = _cause(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        why = visible(certificate.verify_message)
        hint = causes.of_certificate(certificate.verify_code)
        return f"the TLS certificate of {_handshake_with(error, way)} is not trusted ({why})", hint
    tls = _cause(error, ssl.SSLError)
    if tls is not None and tls.reason == _SPEAKS_NO_TLS:
        whom = _handshake_with(error, way)
        where = "the base URL" if whom == way.by_way else "the URL of the proxy"
        return f"{whom} does not use TLS", f"check the port; if it expects http, write http:// in {where}"
    if _cause(error, NameUnknownError):
        elsewhere = "" if way.proxy else ", or set HTTPS_PROXY if this network needs a proxy"
        return f"the host name of {way.nearest} does not exist", f"check the spelling{elsewhere}"
    if isinstance(error, httpx.ProxyError):
        status = str(error).partition(" ")[0]
        if status.startswith("4") and status not in _PROXY_AGAIN:
            return _forbidden(error, way)
    return None


def _forbidden(error: httpx.ProxyError, way: Way) -> _Told:
    words = visible(way.redaction(str(error)))[:200]
    hint = PROXY_LOGIN if words.startswith("407") else ""
    return f"{way.proxy} did not connect to {way.host}: {words}", hint


def _what(error: httpx.HTTPError, way: Way) -> _Told:
    """Return what happened, and a hint."""
    match error:
        case httpx.ConnectTimeout():
            return f"no connection to {_dialled(error, way)} within {way.timeout:g} s (--timeout)", ""
        case httpx.TimeoutException() if cut := _cause(error, CutShortError):
            return f"no complete answer from {way.by_way} within {cut.seconds:g} s after the interrupt", ""
        case httpx.TimeoutException():
            return f"no complete answer from {way.by_way} within {way.timeout:g} s (--timeout)", ""
        case httpx.ConnectError():
            return _not_connected(error, way)
        case httpx.ProxyError():
            return _forbidden(error, way)
        case httpx.RemoteProtocolError():
            return _not_http(str(error), way)
        case httpx.NetworkError():
            return f"the connection to {way.by_way} broke before the answer was complete{_reason(error)}", ""
        case _:
            return f"the request to {way.by_way} failed ({type(error).__name__})", ""


def _not_http(words: str, way: Way) -> _Told:
    if _TLS_RECORD in words:
        return f"{way.by_way} answers with TLS", causes.WRITE_HTTPS
    if _NO_BYTE in words:
        return f"{way.by_way} ended the connection without an HTTP answer", causes.of_silence(way.base)
    return f"the answer from {way.by_way} was cut off or is not HTTP", ""


def _not_connected(error: httpx.HTTPError, way: Way) -> _Told:
    if _cause(error, LookupFailedError):
        return f"the host name of {way.nearest} cannot be resolved", ""
    if _cause(error, ConnectionRefusedError):
        peer = "proxy" if way.proxy else "server"
        return f"connection refused by {way.nearest}", f"check that the {peer} is running"
    tls = _cause(error, ssl.SSLError)
    if tls is not None:
        whom = _handshake_with(error, way)
        why = visible(tls.reason or "unknown reason")
        return f"no TLS connection to {whom} ({why})", "check that this port accepts https"
    return f"no connection to {_dialled(error, way)}{_reason(error)}", ""


def _dialled(error: httpx.HTTPError, way: Way) -> str:
    """Return the peer that could not be reached: the nearest one, or the host behind its proxy."""
    return way.nearest if _cause(error, NoConnectionError) or not way.proxy else way.by_way


def _handshake_with(error: httpx.HTTPError, way: Way) -> str:
    """Return the peer whose TLS failed: the proxy's TLS, if it has any, comes before the host's."""
    failed = _cause(error, HandshakeFailedError)
    return way.nearest if way.tls_proxy and failed is not None and not failed.inside else way.by_way


def _reason(error: httpx.HTTPError) -> str:
    system = _cause(error, OSError)
    return f" ({visible(system.strerror)})" if system is not None and system.strerror else ""


def _cause(error: BaseException, kind: type[E]) -> E | None:
    found: BaseException | None = error
    while found is not None and not isinstance(found, kind):
        found = found.__cause__ or found.__context__
    return found
