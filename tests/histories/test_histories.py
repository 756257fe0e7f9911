"""The package agrees with the statement of its interface, in whatever happens to a tenant and its role files.

`make test` plays the same few hundred histories each time, `make test-long` tens of thousands from `MODEL_SEED` on.
What disagrees is shown with the smallest history that still shows it. To play one again, alone:

    MODEL_SEED=4711 MODEL_HISTORIES=1 .venv/bin/pytest tests/histories -m long
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.histories.histories import made
from tests.histories.playing import disagreements
from tests.histories.shrinking import fact_of, smallest, told
from tests.histories.world import World

CHUNK = 25
FEW = 100
MANY = int(os.environ.get("MODEL_HISTORIES", "20000"))
START = int(os.environ.get("MODEL_SEED", "1000000"))


@pytest.fixture
def world() -> Iterator[World]:
    with World() as found:
        yield found


def _play(seeds: range, world: World, record: Callable[[str, object], None]) -> None:
    steps = 0
    broken: dict[str, int] = {}
    for seed in seeds:
        history = made(seed)
        steps += len(history.steps)
        for line in disagreements(history, world):
            broken.setdefault(fact_of(line), seed)
    record("histories", len(seeds))
    record("steps", steps)
    record("disagreements", len(broken))
    shown = []
    for fact, seed in broken.items():
        found = smallest(made(seed), fact, world)
        shown.append(f"{fact} (seed {seed})\n{told(found)}\n" + "\n".join(disagreements(found, world)))
    if shown:
        pytest.fail("\n\n".join(shown), pytrace=False)


@pytest.mark.parametrize("start", range(0, FEW, CHUNK))
def test_a_few_hundred_histories_agree_with_the_statement(
    start: int, world: World, record_property: Callable[[str, object], None]
) -> None:
    _play(range(start, start + CHUNK), world, record_property)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("start", range(START, START + MANY, 10 * CHUNK))
def test_tens_of_thousands_of_histories_agree_with_the_statement(
    start: int, world: World, record_property: Callable[[str, object], None]
) -> None:
    _play(range(start, min(start + 10 * CHUNK, START + MANY)), world, record_property)
