"""Every fault at every operation and position: the live state is what the files say, or the report says what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.proxy import FAULTS, At, Fault, Operation, Proxy, serving
from tests.faults.world import DESIRED, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.conftest import Command, Survived

APPLY = ("apply", "--yes", "--format", "json", "--journal", "journal.jsonl", "--concurrency", "3")
PLACES = {
    Operation.LIST_ROLES: (0, 1),  # the first reading and the verification
    Operation.LIST_PERMISSIONS: (0,),
    Operation.GET_ROLE: (0, 2, 5),  # first, middle, last
    Operation.CREATE: (0, 1, 2),
    Operation.PATCH: (0, 1, 2),
    Operation.DELETE: (0, 1, 2),
}
READS = {Operation.LIST_ROLES, Operation.LIST_PERMISSIONS, Operation.GET_ROLE}


def strike(world: World, reconciler: Command, fault: Fault, at: At) -> tuple[int, int]:
    """Apply with this fault: the exit code, and how often it struck. What has to hold after every apply holds.

    Where something was left, the next apply, in which nothing goes wrong, does it.
    """
    proxy = Proxy(world.tenant.url, fault, at)
    with serving(proxy) as url:
        result = reconciler(world, url, *APPLY, "--timeout", fault.timeout)
    assert proxy.struck, "the fault never struck"
    world.check(result, proxy)
    if result.code != 0:
        calm = Proxy(world.tenant.url)
        with serving(calm) as url:
            again = reconciler(world, url, *APPLY)
        assert again.code == 0, (result, again)
        world.check(again, calm)
    assert world.live() == DESIRED
    return result.code, proxy.struck


@pytest.mark.parametrize("operation", PLACES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_fault_at_each_position_is_survived_or_told(
    fault: Fault, operation: Operation, a_world: Callable[[], World], reconciler: Command, survived: Survived
) -> None:
    code, struck = strike(a_world(), reconciler, fault, At(operation, PLACES[operation], once=True))
    done = not fault.before and operation not in READS
    if not fault.final or done:
        assert code == 0
        assert struck == len(PLACES[operation])
    survived(struck)


@pytest.mark.parametrize("operation", PLACES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_that_does_not_go_away_costs_one_change_and_is_told(
    fault: Fault, operation: Operation, a_world: Callable[[], World], reconciler: Command, survived: Survived
) -> None:
    middle = PLACES[operation][len(PLACES[operation]) // 2]
    code, struck = strike(a_world(), reconciler, fault, At(operation, (middle,), once=False))
    assert struck <= 12, "no more than five tries for each request, and another look"
    if operation is Operation.LIST_PERMISSIONS:
        assert code == 1
    survived(struck)
