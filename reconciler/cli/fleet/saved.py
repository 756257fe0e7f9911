"""A directory of saved plans on the command line: its index and every plan in it, checked as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.files import read_text
from reconciler.fleet.directory import FoundPlan, check_files, check_plan, index_files, merged
from reconciler.fleet.effects import effects
from reconciler.fleet.index import plan_file
from reconciler.fleet.saved_index import loads
from reconciler.plan.document import digest
from reconciler.plan.saved import loads as loads_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from reconciler.fleet.effects import Effect
    from reconciler.fleet.index import Index
    from reconciler.plan.changes import Change, Plan


class SavedFleet(NamedTuple):
    """What the index of a directory lists, of all shards together, and the effects of its plans, derived again."""

    listed: Index
    effects: Sequence[Effect]


def _fits(_name: str, _plan: Plan) -> None:
    """Accept every plan: what is only shown is held against nothing."""


def read_fleet(directory: Path, check: Callable[[str, Plan], object] = _fits) -> SavedFleet:
    """Read the index and every plan; `check` is given each of them, and raises when it does not fit what is here.

    Raise `StalePlan` when something is missing, not listed or changed.
    """
    present = {path.name for path in directory.iterdir()}
    names = index_files(present)
    indexes = [
        loads(read_text(directory / name, "index of saved plans"), name, str(directory / name)) for name in names
    ]
    index = merged(indexes)
    check_files(index, names, present)
    changes: list[tuple[str, tuple[Change, ...]]] = []
    for name in index.plans:
        plan, _ = read_plan(directory, name, index)
        check(name, plan)
        changes.append((name, plan.changes))  # not the plan: two thousand of them need not be kept
    return SavedFleet(index, effects(changes))


def read_plan(directory: Path, tenant: str, index: Index) -> tuple[Plan, str]:
    """Read the plan of one tenant of the index, and its time.

    Raise `StalePlan` when it is not the one that the index lists.
    """
    path = directory / plan_file(tenant)
    plan, created_at = loads_plan(read_text(path, "saved plan"), str(path))
    check_plan(index, FoundPlan(tenant, plan, digest(plan)))
    return plan, created_at
