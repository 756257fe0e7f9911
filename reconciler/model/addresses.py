"""Which hosts are this machine, and the one spelling of an address: asked by all that decides where a key may go.

Nothing is looked up: a host is this machine by its very spelling.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

_PART = r"(?:0[xX][0-9A-Fa-f]{1,8}|[0-9]{1,11})"
_NUMBERS = re.compile(rf"{_PART}(?:\.{_PART}){{0,3}}")


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """The address that `host` spells, None where it is a name.

    With or without brackets, in long and short forms. `127.1`, `0x7f.1` and `2130706433` are addresses as well, since
    the system's resolver reads them so (POSIX, `inet_addr`), and a v4 address mapped into v6 is that v4 address.
    """
    from ipaddress import IPv4Address, IPv6Address, ip_address  # noqa: PLC0415 - needed only with a URL

    text = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        found = ip_address(text)
    except ValueError:
        return IPv4Address(packed) if (packed := _packed(text)) else None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _packed(text: str) -> bytes | None:
    """The four bytes of a v4 address in one of the forms of `inet_aton`, None where it is none."""
    import socket  # noqa: PLC0415 - needed only with a URL

    if not _NUMBERS.fullmatch(text):
        return None
    try:
        return socket.inet_aton(text)
    except OSError:
        return None


def canonical(host: str) -> str:
    """`host` in one spelling: an address in its short form, without brackets; a name in lower case."""
    address = address_of(host)
    return host.lower() if address is None else str(address)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: `localhost`, 127.0.0.0/8 or ::1, however it is written."""
    address = address_of(host)
    return host.lower() in {"localhost", "localhost."} if address is None else address.is_loopback
