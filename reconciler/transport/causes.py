"""The likeliest cause of a failure where it is known, as a hint: mostly a base URL that is almost right."""

from __future__ import annotations

import re
import time

_CERTIFICATE_EARLY, _CERTIFICATE_EXPIRED = 9, 10
_ANOTHER_HOST = frozenset({62, 64})
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
"""OpenSSL, X509_V_ERR_*: the issuer is unknown or not trusted. A CA file helps with no other error."""

_OF_API = re.compile(r"/api(?:/(?:roles|permissions))?$")
_HTTPS_PORT = re.compile(r"(?i)\bhttps\b|\btls\b|\bssl\b")
_LOGIN = re.compile(r"(?i)log-?_?in|sign-?_?in|sso|oauth|saml|/auth")

_ORIGIN = re.compile(r"(https?)://(?P<host>\[[^\]]*\]|[^/:]*)")

WRITE_HTTPS = "write https:// in the base URL"


def of_not_found(base: str) -> str:
    """Return why a list is not found below `base`, a URL: every tenant has both lists, so the base URL is wrong."""
    found = _OF_API.search(base)
    if found is None:
        return "check the base URL: the API is not there"
    return f"the base URL must not end in {found[0]}; write {base[: found.start()]}"


def of_certificate(code: int, now: float | None = None) -> str:
    """Return what to do about a certificate with the verification error `code` of OpenSSL. `now` is Unix time."""
    if code in _UNKNOWN_ISSUER:
        return "pass --ca-file to trust a private CA"
    if code in _ANOTHER_HOST:
        return "check the host name: the certificate is for another one"
    today = time.strftime("%Y-%m-%d", time.gmtime(now))
    if code == _CERTIFICATE_EXPIRED:
        return f"it must be renewed, unless the clock of this machine is wrong (it says {today})"
    if code == _CERTIFICATE_EARLY:
        return f"check the clock of this machine (it says {today})"
    return ""


def of_bad_request(base: str, said: str) -> str:
    """Return why a server answers 400 to a request over http and says that it expects https; empty if it does not."""
    return WRITE_HTTPS if base.startswith("http://") and _HTTPS_PORT.search(said) else ""


def of_redirect(base: str, target: str) -> str:
    """Return why the server redirects to `target`."""
    here, there = _ORIGIN.match(base), _ORIGIN.match(target)
    if here and there and here["host"] == there["host"] and (here[1], there[1]) == ("http", "https"):
        return WRITE_HTTPS
    if _LOGIN.search(target):
        return "check the base URL: it leads to a login page, and not to the API"
    return "check the base URL"


def of_silence(base: str) -> str:
    """Return why a server ends the connection without a word: over http, its port may expect https."""
    return f"if this port expects https, {WRITE_HTTPS}" if base.startswith("http://") else ""
