"""Tell whether a host is this machine, and write an address in one spelling, to decide where a key may be sent.

Only the spelling of the host decides, without a DNS lookup.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

_PART = r"(?:0[xX][0-9A-Fa-f]{1,8}|[0-9]{1,11})"
_NUMBERS = re.compile(rf"{_PART}(?:\.{_PART}){{0,3}}")


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that `host` spells, or None if `host` is a name.

    Brackets are optional; long and short forms are read. `127.1`, `0x7f.1` and `2130706433` are addresses too, because
    the system's resolver reads them as addresses (POSIX, `inet_addr`). An IPv4-mapped IPv6 address is returned as IPv4.
    """
    from ipaddress import IPv4Address, IPv6Address, ip_address  # noqa: PLC0415 - needed only with a URL

    text = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        found = ip_address(text)
    except ValueError:
        return IPv4Address(packed) if (packed := _packed(text)) else None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _packed(text: str) -> bytes | None:
    """Return the four bytes of an IPv4 address in a form that `inet_aton` reads, or None if it reads none."""
    import socket  # noqa: PLC0415 - needed only with a URL

    if not _NUMBERS.fullmatch(text):
        return None
    try:
        return socket.inet_aton(text)
    except OSError:
        return None


def canonical(host: str) -> str:
    """Return `host` in one spelling: an address in its short form, without brackets; a name in lower case."""
    address = address_of(host)
    return host.lower() if address is None else str(address)


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine: `localhost`, 127.0.0.0/8 or ::1, in any spelling."""
    address = address_of(host)
    return host.lower() in {"localhost", "localhost."} if address is None else address.is_loopback
