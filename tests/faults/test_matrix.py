"""Every fault at every operation and position: the live state is what the files say, or the report says what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.proxy import FAULTS, At, Fault, Operation, Proxy, serving
from tests.faults.world import DESIRED, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.faults.conftest import Command

APPLY = ("apply", "--yes", "--format", "json", "--journal", "journal.jsonl", "--timeout", "0.25", "--concurrency", "3")
PLACES = {
    Operation.LIST_ROLES: (0, 1),  # the first reading and the verification
    Operation.LIST_PERMISSIONS: (0,),
    Operation.GET_ROLE: (0, 2, 5),  # first, middle, last
    Operation.CREATE: (0, 1, 2),
    Operation.PATCH: (0, 1, 2),
    Operation.DELETE: (0, 1, 2),
}
READS = {Operation.LIST_ROLES, Operation.LIST_PERMISSIONS, Operation.GET_ROLE}


def strike(
    make: Callable[[], World], reconciler: Command, fault: Fault, places: Sequence[At]
) -> list[tuple[At, int, World, Proxy]]:
    """Apply once for each place; what has to hold after every apply holds after each of them."""
    found = []
    for at in places:
        world = make()
        proxy = Proxy(world.tenant.url, fault, at)
        with serving(proxy) as url:
            result = reconciler(world, url, *APPLY)
        assert proxy.struck, f"the fault never struck at {at}"
        world.check(result, proxy)
        if result.code != 0:
            calm = Proxy(world.tenant.url)
            with serving(calm) as url:
                again = reconciler(world, url, *APPLY)
            assert again.code == 0, (at, result, again)
            world.check(again, calm)
        found.append((at, result.code, world, proxy))
    return found


@pytest.mark.parametrize("operation", PLACES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_fault_at_each_position_is_survived_or_told(
    fault: Fault,
    operation: Operation,
    a_world: Callable[[], World],
    reconciler: Command,
    survived: Callable[[int], None],
) -> None:
    places = [At(operation, position, once=True) for position in PLACES[operation]]
    for at, code, _, proxy in strike(a_world, reconciler, fault, places):
        done = not fault.before and operation not in READS
        if not fault.final or done:
            assert code == 0, f"{fault.name} at {at}"
        assert proxy.struck == 1
    survived(len(places))


@pytest.mark.parametrize("operation", PLACES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_that_does_not_go_away_costs_one_change_and_is_told(
    fault: Fault,
    operation: Operation,
    a_world: Callable[[], World],
    reconciler: Command,
    survived: Callable[[int], None],
) -> None:
    places = [At(operation, position, once=False) for position in PLACES[operation][:2][-1:]]
    for at, code, world, proxy in strike(a_world, reconciler, fault, places):
        assert proxy.struck <= 12, f"{at}: no more than five tries for each request"
        assert world.live() == DESIRED, "the apply after it converged"
        if operation is Operation.LIST_PERMISSIONS:
            assert code == 1
        survived(proxy.struck)
