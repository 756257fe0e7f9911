"""Which CAs to trust: the usual ones, and optionally a private one. Certificates are always verified."""

from __future__ import annotations

import os
import re
import ssl
import threading
from pathlib import Path

import httpx

from reconciler.model.errors import FileFailed
from reconciler.model.inert import visible
from reconciler.reading import MIB, given

_MOST = 32 * MIB
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]{1,4}")


class Trust:
    """The contexts of a run, each made once: reading the CAs takes a tenth of a second. Threads may share it."""

    def __init__(self, ca_file: Path | None = None) -> None:
        """Trust the usual CAs, and those of `ca_file` too. This reads nothing."""
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._made: dict[str, ssl.SSLContext] = {}

    def context(self, scheme: str) -> ssl.SSLContext:
        """Return the context for `http` or `https`. Raise what `context` raises."""
        with self._lock:
            if scheme not in self._made:
                self._made[scheme] = context(scheme, self._ca_file)
            return self._made[scheme]


def context(scheme: str, ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies the server by the CAs of httpx and of `ca_file`, a PEM file.

    The CAs of httpx are those of certifi, or of `SSL_CERT_FILE` or `SSL_CERT_DIR` if set. The context for plain http
    trusts no CA: it is not used, and reading them takes a tenth of a second. Raise `FileFailed` when `ca_file`, or the
    file of one of these variables, cannot be read or contains no certificate.
    """
    private = None if ca_file is None else _read(ca_file)
    made = _usual() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if private is not None:
        try:
            made.load_verify_locations(cadata=private)
        except (ssl.SSLError, ValueError):
            raise FileFailed(f"--ca-file {visible(str(ca_file))}: contains no PEM certificate") from None
    return made


def _usual() -> ssl.SSLContext:
    """Return the context of httpx. OpenSSL says little about a variable that names a missing file."""
    file, directory = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and directory and not any(map(_holds_certificates, directory.split(os.pathsep))):
        raise _stale("SSL_CERT_DIR", directory, "contains no certificate named by its hash (see `openssl rehash`)")
    try:
        return httpx.create_ssl_context()
    except ssl.SSLError:
        raise _stale("SSL_CERT_FILE", file, "contains no PEM certificate") from None
    except OSError as error:
        raise _stale("SSL_CERT_FILE", file, error.strerror or str(error)) from None


def _holds_certificates(directory: str) -> bool:
    """Return whether OpenSSL finds a certificate in `directory`: it looks for `HASH.N`."""
    try:
        return any(_HASHED.fullmatch(path.name) for path in Path(directory).iterdir())
    except OSError:
        return False


def _stale(variable: str, value: str | None, why: str) -> FileFailed:
    where = f" ({visible(value)})" if value else ""
    hint = "correct the variable, or unset it"
    return FileFailed(f"cannot use the environment variable {variable}{where}: {visible(why)}", hint=hint)


def _read(path: Path) -> str:
    try:
        return given(path, _MOST).decode("ascii", "ignore")  # only comments are not ASCII
    except OSError as error:
        raise FileFailed(f"--ca-file {visible(str(path))}: {visible(error.strerror or str(error))}") from None
