"""The base URL, the headers and the proxy: what has to be right before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.request import getproxies, proxy_bypass

import httpx

from reconciler.errors import CommandLineError
from reconciler.inert import quoted, visible

_SCHEMES = frozenset({"http", "https"})
_VALUE = re.compile(r"[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*")


def base_url(text: str) -> httpx.URL:
    """`text` as a base URL: http or https, a host, perhaps a path. Raises `CommandLineError` for anything else."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise CommandLineError(f"the base URL {quoted(text)} is not a URL") from None
    if url.userinfo:
        raise CommandLineError("the base URL holds a user name or a password; take it out, the API key is all it takes")
    if url.scheme not in _SCHEMES or not url.host:
        raise CommandLineError(f"the base URL {quoted(text)} must start with https:// and a host name")
    if url.query or url.fragment:
        raise CommandLineError(f"the base URL {quoted(text)} must end before its '?' or '#'")
    return url


def checked(headers: Mapping[str, str]) -> dict[str, str]:
    """`headers`, each value one that HTTP can carry. Raises `CommandLineError` with the name, never with the value."""
    for name, value in headers.items():
        if not _VALUE.fullmatch(value):
            raise CommandLineError(
                f"the value for the header {visible(name)} is empty or has characters that HTTP cannot carry; "
                "look for a line break or a space at its ends"
            )
    return dict(headers)


def is_loopback(url: httpx.URL) -> bool:
    """Whether `url` names this machine: localhost, 127.0.0.0/8 or ::1."""
    return url.host in {"localhost", "::1"} or re.fullmatch(r"127(\.\d{1,3}){3}", url.host) is not None


def proxy_for(url: httpx.URL) -> httpx.Proxy | None:
    """The proxy that the environment sets for `url`: `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`, unless `NO_PROXY`.

    A loopback address is always reached directly. Raises `CommandLineError` where the proxy's URL makes no sense.
    """
    if is_loopback(url):
        return None
    proxies = getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    if not found or proxy_bypass(f"{url.host}:{url.port}" if url.port else url.host):
        return None
    try:
        proxy = httpx.Proxy(found if "://" in found else f"http://{found}")
    except (httpx.InvalidURL, ValueError):
        proxy = None
    if proxy is None or proxy.url.scheme not in _SCHEMES or not proxy.url.host:  # SOCKS needs one more library
        raise CommandLineError(f"the proxy that the environment sets for {url.scheme} is not an http or https URL")
    return proxy
