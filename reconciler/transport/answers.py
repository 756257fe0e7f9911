"""An answer of the server, whatever it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_NO_HEADERS: Mapping[str, str] = {}


class Answer(NamedTuple):
    """An answer. `headers` has lower-case names, `body` is decoded, `attempts` counts the attempts it took."""

    status: int
    headers: Mapping[str, str] = _NO_HEADERS
    body: bytes = b""
    attempts: int = 1

    @property
    def is_success(self) -> bool:
        """Return whether the status is 2xx: any of these is success (the contract, "assumed")."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, section 15.3
