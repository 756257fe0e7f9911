"""A directory of saved plans on the command line: its index and every plan in it, checked as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.files import read_text
from reconciler.fleet.directory import FoundPlan, check_files, check_plan, index_files, merged
from reconciler.fleet.effects import effects
from reconciler.fleet.index import plan_file
from reconciler.fleet.saved_index import loads
from reconciler.model.errors import CommandLineError, FileFailed
from reconciler.model.inert import visible
from reconciler.plan.document import digest
from reconciler.plan.saved import loads as loads_plan
from reconciler.render.fleet import FLEET_FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.fleet.effects import Effect
    from reconciler.fleet.index import Index
    from reconciler.plan.changes import Change, Plan


class SavedFleet(NamedTuple):
    """What the index of a directory lists, of all shards together, and the effects of its plans, derived again."""

    listed: Index
    effects: Sequence[Effect]


def read_fleet(directory: Path) -> SavedFleet:
    """Read the index and every plan. Raise `StalePlan` when something is missing, not listed or changed."""
    present = _files(directory)
    names = index_files(present)
    indexes = [
        loads(read_text(directory / name, "index of saved plans"), name, str(directory / name)) for name in names
    ]
    index = merged(indexes)
    check_files(index, names, present)
    changes: list[tuple[str, tuple[Change, ...]]] = []
    for name in index.plans:
        plan = read_plan(directory, name, index)
        changes.append((name, plan.changes))  # not the plan: two thousand of them need not be kept
    return SavedFleet(index, effects(changes))


def read_plan(directory: Path, tenant: str, index: Index) -> Plan:
    """Read the plan of one tenant of the index. Raise `StalePlan` when it is not the one that the index lists."""
    path = directory / plan_file(tenant)
    plan, _ = loads_plan(read_text(path, "saved plan"), str(path))
    check_plan(index, FoundPlan(tenant, plan, digest(plan)))
    return plan


def check_format(form: str) -> None:
    """Raise `CommandLineError` when a format is only for the plan of one tenant."""
    if form not in FLEET_FORMATS:
        known = ", ".join(FLEET_FORMATS)
        raise CommandLineError(f"--format {form} shows the plan of one tenant; for several, use one of {known}")


def _files(directory: Path) -> set[str]:
    try:
        return {path.name for path in directory.iterdir()}
    except OSError as error:
        raise FileFailed(f"cannot read the directory {visible(str(directory))}: {error.strerror}") from None
