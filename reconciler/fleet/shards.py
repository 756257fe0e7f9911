"""Which shard each tenant is in. Pure.

It is rendezvous hashing: a further shard only moves the tenants that go to it.
"""

from __future__ import annotations

import re
from hashlib import sha256

MOST = 9_999
"""The maximum number of shards: each is weighed for each tenant."""

_SHARD = re.compile(r"(0|[1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


def shard_of(tenant: str, of: int) -> int:
    """Return the shard of a tenant among `of`, from 0: the one with the highest weight for its name.

    The weight of shard i is the SHA-256 of `<tenant>/<i>` in UTF-8, as a big-endian number.
    """
    return max(range(of), key=lambda number: sha256(f"{tenant}/{number}".encode()).digest())


def read_shard(text: str) -> tuple[int, int] | None:
    """Return the number of a shard, from 0, and of how many it is, from `3/8`; None for any other text."""
    found = _SHARD.fullmatch(text)
    if found is None:
        return None
    number, of = int(found[1]), int(found[2])
    return (number, of) if number < of else None
