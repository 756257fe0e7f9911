"""Whom to trust: always verified, the usual authorities, and one private one where asked for."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from reconciler.errors import FileFailed
from reconciler.inert import visible


def context(scheme: str, ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies the server: by httpx's authorities and those of `ca_file`, a PEM file.

    httpx's are those of certifi, or of `SSL_CERT_FILE` or `SSL_CERT_DIR` where these are set. For plain http the
    context trusts nobody: nothing asks it, and reading the authorities takes a tenth of a second. Raises `FileFailed`
    where `ca_file` cannot be read or holds no certificate.
    """
    private = None if ca_file is None else _read(ca_file)
    made = httpx.create_ssl_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if private is not None:
        try:
            made.load_verify_locations(cadata=private)
        except (ssl.SSLError, ValueError):
            raise FileFailed(f"--ca-file {visible(str(ca_file))}: holds no certificate in PEM form") from None
    return made


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("ascii", "ignore")  # what is not ASCII stands in comments
    except OSError as error:
        raise FileFailed(f"--ca-file {visible(str(path))}: {visible(error.strerror or str(error))}") from None
