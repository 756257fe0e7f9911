"""The proxy that the environment sets, and the hosts that `NO_PROXY` excludes."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import getproxies, proxy_bypass

import httpx

from reconciler.model.addresses import address_of, canonical, is_loopback
from reconciler.model.errors import CommandLineError
from reconciler.model.inert import visible

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from ipaddress import IPv4Address, IPv6Address

_PORTS = {"http": 80, "https": 443}
_SHORTEST_PASSWORD = 4
"""A shorter one would be hidden in every message that has its letters."""

_WITH_PORT = re.compile(r"(\[[^\]]*\]|[^:]*):([0-9]{1,5})")


class ProxyChoice(NamedTuple):
    """A proxy: its URL with user and password, and where it was set (`HTTPS_PROXY`)."""

    url: httpx.URL
    variable: str

    @property
    def shown(self) -> str:
        """Return `the proxy HOST:PORT (HTTPS_PROXY)`, without user and password."""
        host = f"[{self.url.host}]" if ":" in self.url.host else self.url.host
        return f"the proxy {visible(host)}:{self.url.port or _PORTS[self.url.scheme]} ({self.variable})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the password, which no message may show."""
        password = self.url.password
        return (password,) if len(password) >= _SHORTEST_PASSWORD and password.isascii() else ()

    def for_httpx(self, trust: Callable[[], ssl.SSLContext]) -> httpx.Proxy:
        """Return the proxy for httpx; `trust` makes the context for a proxy that is reached over TLS."""
        return httpx.Proxy(self.url, ssl_context=trust() if self.url.scheme == "https" else None)


def proxy_for(url: httpx.URL) -> ProxyChoice | None:
    """Return the proxy that the environment sets for `url`: `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`.

    Return None for a host that `NO_PROXY` excludes, and for a loopback address. Raise `CommandLineError` when the
    proxy's URL is not valid.
    """
    if is_loopback(url.host):
        return None
    proxies = getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    if not found or _is_excluded(url, proxies.get("no")):
        return None
    try:
        proxy = httpx.URL(found if "://" in found else f"http://{found}")
    except (httpx.InvalidURL, ValueError):
        proxy = httpx.URL("")
    if proxy.scheme not in _PORTS or not proxy.host:  # SOCKS needs one more library
        raise CommandLineError(
            f"the proxy for {url.scheme} in the environment is not an http:// or https:// URL; "
            "correct its variable, or unset it"
        )
    return ProxyChoice(proxy, _variable(url.scheme, found))


def _variable(scheme: str, value: str) -> str:
    """Return the name of the variable that holds `value`; lower case comes first, as in urllib."""
    for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"):
        if os.environ.get(name) == value:
            return name
    return "set by the system"


def _is_excluded(url: httpx.URL, no_proxy: str | None) -> bool:
    port = url.port or _PORTS[url.scheme]
    if no_proxy is None:  # on some systems, settings elsewhere have a separate list
        return bool(proxy_bypass(f"{url.host}:{port}"))
    return is_excluded(url.host, port, no_proxy)


def is_excluded(host: str, port: int, no_proxy: str) -> bool:
    """Return whether the list `no_proxy` excludes `host`: as curl, Go or urllib read it.

    Its entries are separated by commas or spaces: `*`; a domain, which includes its subdomains, with or without
    a `.` or `*.` before it; an address in any spelling; a network (`10.0.0.0/8`) for hosts that are addresses; another
    pattern with `*`. Each may end in `:PORT`.
    """
    name = canonical(host).rstrip(".")
    address = address_of(host)
    return any(_covers(entry.lower(), name, address, port) for entry in re.split(r"[\s,;]+", no_proxy) if entry)


def _covers(entry: str, name: str, address: IPv4Address | IPv6Address | None, port: int) -> bool:
    with_port = _WITH_PORT.fullmatch(entry)
    if with_port:
        if int(with_port[2]) != port:
            return False
        entry = with_port[1]
    if address is not None:
        return _holds(entry, address) or fnmatchcase(name, entry)
    domain = entry.removeprefix("*").strip(".")
    return name == domain or (domain != "" and name.endswith(f".{domain}")) or fnmatchcase(name, entry)


def _holds(entry: str, address: IPv4Address | IPv6Address) -> bool:
    single = address_of(entry)
    if single is not None:
        return single == address
    try:
        network = ip_network(entry.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False
    return network.version == address.version and address in network
