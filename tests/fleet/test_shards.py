"""Each tenant is in exactly one shard, and more shards move only what they must."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.shards import MOST, read_shard, shard_of

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
COUNTS = st.integers(1, 40)


@given(tenant=NAMES, of=COUNTS)
def test_a_tenant_is_in_the_shard_with_the_highest_number_of_its_hashes(tenant: str, of: int) -> None:
    numbers = [int.from_bytes(sha256(f"{tenant}/{i}".encode()).digest(), "big") for i in range(of)]
    assert shard_of(tenant, of) == numbers.index(max(numbers))


@given(tenants=st.sets(NAMES), of=COUNTS)
def test_each_tenant_is_in_exactly_one_shard(tenants: set[str], of: int) -> None:
    shards = [{tenant for tenant in tenants if shard_of(tenant, of) == number} for number in range(of)]
    assert sorted(name for shard in shards for name in shard) == sorted(tenants)


@given(tenant=NAMES, of=COUNTS)
def test_one_shard_more_moves_only_what_goes_to_it(tenant: str, of: int) -> None:
    assert shard_of(tenant, of + 1) in {shard_of(tenant, of), of}


def test_tenants_are_spread_evenly() -> None:
    counts = [0] * 8
    for number in range(2000):
        counts[shard_of(f"tenant-{number}", 8)] += 1
    assert min(counts) > 200


@pytest.mark.parametrize(
    ("text", "expected"), [("0/1", (0, 1)), ("3/8", (3, 8)), (f"{MOST - 1}/{MOST}", (MOST - 1, MOST))]
)
def test_a_shard_is_written_with_a_slash(text: str, expected: tuple[int, int]) -> None:
    assert read_shard(text) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "8/8", "0/0", "1/0", "-1/8", "01/8", "1/08", "1/10000", " 1/8", "1/8\n", "a/b", "1/²"]
)
def test_any_other_text_is_no_shard(text: str) -> None:
    assert read_shard(text) is None
