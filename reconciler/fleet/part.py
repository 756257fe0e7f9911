"""Which part of several tenants a run is about. The command line loads this module to read `--shard`."""

from __future__ import annotations

from typing import NamedTuple


class ShardOf(NamedTuple):
    """Which part of all tenants an index has: number `number`, from 0, of `of`."""

    number: int
    of: int

    def __str__(self) -> str:
        """Return `3/8`, as `--shard` takes it."""
        return f"{self.number}/{self.of}"

    @property
    def file(self) -> str:
        """Return the name of the index of this shard."""
        return f"fleet-{self.number}-of-{self.of}.json"


class Part(NamedTuple):
    """The tenants of a run about several: `names` are those of this shard, `every` those of all shards."""

    names: tuple[str, ...]
    every: tuple[str, ...]
    shard: ShardOf | None = None
