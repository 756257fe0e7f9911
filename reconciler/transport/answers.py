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
