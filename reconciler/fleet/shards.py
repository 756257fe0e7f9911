"""Which shard a tenant is in: rendezvous hashing, so one shard more moves as few tenants as possible. Pure."""

from __future__ import annotations

import hashlib


def shard_of(tenant: str, count: int) -> int:
    """Return the shard, from 0 to `count` - 1, with the highest sha256 of `<tenant>/<shard>`."""
    return max(range(count), key=lambda shard: hashlib.sha256(f"{tenant}/{shard}".encode()).digest())
