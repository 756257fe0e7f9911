"""Check the base URL and the headers before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx

from reconciler.model.errors import CommandLineError
from reconciler.model.inert import visible

_SCHEMES = frozenset({"http", "https"})
_VALUE = re.compile(r"[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*")


def base_url(text: str) -> httpx.URL:
    """Return `text` as a base URL: http or https, a host, optionally a path. Raise `CommandLineError` otherwise."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise CommandLineError("the base URL is not a URL") from None
    if url.userinfo:
        raise CommandLineError("the base URL holds a user name or a password; take it out, the API key is all it takes")
    if url.scheme not in _SCHEMES or not url.host:
        raise CommandLineError("the base URL must start with https:// and a host name")
    if url.query or url.fragment:
        raise CommandLineError("the base URL must end before its '?' or '#'")
    return url


def checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers` after checking that HTTP can carry each value.

    Raise `CommandLineError` when it cannot; the message has the name of the header, never its value.
    """
    for name, value in headers.items():
        if not _VALUE.fullmatch(value):
            raise CommandLineError(
                f"the value for the header {visible(name)} is empty or has characters that HTTP cannot carry; "
                "look for a line break or a space at its ends"
            )
    return dict(headers)
