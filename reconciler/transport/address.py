"""The base URL and the headers, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx

from reconciler.model.errors import CommandLineError
from reconciler.model.inert import visible

_SCHEMES = frozenset({"http", "https"})
_VALUE = re.compile(r"[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*")


def base_url(text: str) -> httpx.URL:
    """Return `text` as a base URL: http(s), a host, optionally a path. Raise `CommandLineError` when it is not."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise CommandLineError("invalid base URL: expected https://host") from None
    if url.userinfo:
        raise CommandLineError("the base URL contains credentials; remove them and pass the API key separately")
    if url.scheme not in _SCHEMES or not url.host:
        raise CommandLineError("the base URL must start with https:// and a host name")
    if url.query or url.fragment:
        raise CommandLineError("the base URL contains a query or fragment; remove all that follows the path")
    return url


def checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers`. Raise `CommandLineError` with the name, never the value, when HTTP cannot carry a value."""
    for name, value in headers.items():
        if not _VALUE.fullmatch(value):
            raise CommandLineError(
                f"the value of the header {visible(name)} is empty or contains characters that HTTP cannot carry; "
                "remove line breaks, and spaces at its start and end"
            )
    return dict(headers)
