"""Requests that got no complete answer: what happened, in plain words."""

from __future__ import annotations

import socket
import ssl
from typing import TypeVar

import httpx

from reconciler.errors import Failed, NotSent, Unreachable
from reconciler.inert import visible

E = TypeVar("E", bound=BaseException)


def no_answer(error: httpx.HTTPError, *, operation: str, host: str, timeout: float) -> Failed:
    """The failure that `error` stands for; `host` is where the request went, `timeout` its bound in seconds.

    `Unreachable`, since the request may have been carried out, and `NotSent` where no connection was made. A
    certificate that is not trusted is a plain `Failed`: nothing was sent, and another try would end the same way. No
    text of httpx itself goes into the message, since it may quote what was sent.
    """
    certificate = _cause(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        return Failed(
            f"could not {operation}: the TLS certificate of {host} is not trusted "
            f"({visible(certificate.verify_message)}); a private CA goes in with --ca-file"
        )
    before = isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError)
    return (NotSent if before else Unreachable)(f"could not {operation}: {_what(error, host, timeout)}")


def _what(error: httpx.HTTPError, host: str, timeout: float) -> str:
    match error:
        case httpx.ConnectTimeout():
            return f"no connection to {host} within {timeout:g} s"
        case httpx.TimeoutException():
            return f"no complete answer from {host} within {timeout:g} s (--timeout)"
        case httpx.ConnectError():
            return _not_connected(error, host)
        case httpx.ProxyError():
            return f"the proxy on the way to {host} refused: {visible(str(error))[:200]}"
        case httpx.RemoteProtocolError():
            return f"the answer of {host} was cut off, or is not HTTP"
        case httpx.NetworkError():
            return f"the connection to {host} broke before the whole answer had come{_reason(error)}"
        case _:
            return f"the request to {host} failed ({type(error).__name__})"


def _not_connected(error: httpx.HTTPError, host: str) -> str:
    if _cause(error, socket.gaierror):
        return f"the host name of {host} cannot be resolved"
    if _cause(error, ConnectionRefusedError):
        return f"{host} refuses the connection; is the server running there?"
    tls = _cause(error, ssl.SSLError)
    if tls is not None:
        return f"no TLS connection to {host} ({visible(tls.reason or 'unknown reason')}); does it speak https?"
    return f"no connection to {host}{_reason(error)}"


def _reason(error: httpx.HTTPError) -> str:
    system = _cause(error, OSError)
    return f" ({visible(system.strerror)})" if system is not None and system.strerror else ""


def _cause(error: BaseException, kind: type[E]) -> E | None:
    found: BaseException | None = error
    while found is not None and not isinstance(found, kind):
        found = found.__cause__ or found.__context__
    return found
