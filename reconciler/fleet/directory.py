"""What a directory of saved plans has to hold: one index, or those of all shards, and the plans that they list. Pure.

Everything is refused as a whole: a plan that no index lists, or a tenant that none has, may be one that was forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.fleet.index import INDEX_FILE, Index, plan_file, shard_of_file, shown
from reconciler.fleet.saved_index import AGAIN
from reconciler.model.errors import StalePlan
from reconciler.model.inert import visible
from reconciler.plan.sources import Undo

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.fleet.index import Entry
    from reconciler.plan.changes import Plan


def index_files(present: Collection[str]) -> tuple[str, ...]:
    """Return the indexes among the files of a directory: `fleet.json`, or those of all shards, in order.

    Raise `StalePlan` when there is none, when there are both, or when some of the shards are missing.
    """
    shards = sorted(shard for shard in map(shard_of_file, present) if shard is not None)
    if INDEX_FILE in present:
        # A tenant may have the name of a shard's index; then it is a plan, which the index lists.
        return (INDEX_FILE,)
    if not shards:
        raise StalePlan(f"the directory has no {INDEX_FILE}, so it has no plans of several tenants; {AGAIN}")
    counts = sorted({shard.of for shard in shards})
    if len(counts) > 1:
        raise StalePlan(f"the directory has indexes of {' and of '.join(map(str, counts))} shards; {AGAIN}")
    missing = sorted(set(range(counts[0])) - {shard.number for shard in shards})
    beyond = [shard.file for shard in shards if shard.number >= shard.of]
    if beyond:
        raise StalePlan(f"the directory has {beyond[0]}, which is the index of no shard; {AGAIN}")
    if missing:
        lacking = shown(f"{number}/{counts[0]}" for number in missing)
        raise StalePlan(f"the directory lacks the index of shard {lacking}; plan these shards into it")
    return tuple(shard.file for shard in shards)


def merged(indexes: Sequence[Index]) -> Index:
    """Return one index of the tenants of all `indexes`. Raise `StalePlan` when one tenant is in several, or in none."""
    first = indexes[0]
    if any(index.names != first.names for index in indexes):
        raise StalePlan(f"the shards were planned for different tenants; {AGAIN} for all of them")
    # A shard that planned nothing, because it has no tenant or could read none, does not know the commit.
    commits = {index.commit for index in indexes if any(entry.digest for entry in index.tenants.values())}
    if len(commits) > 1:
        raise StalePlan(f"the shards were planned at different commits; {AGAIN} for all of them")
    tenants: dict[str, Entry] = {}
    for index in indexes:
        if twice := sorted(tenants.keys() & index.tenants.keys()):
            raise StalePlan(f"several shards have a plan for {shown(twice)}; {AGAIN} for all of them")
        tenants |= index.tenants
    if missing := sorted(set(first.names) - tenants.keys()):
        raise StalePlan(f"no shard has {shown(missing)}; {AGAIN} for all of them")
    edits = {index.edited for index in indexes}
    edited = True if True in edits else None if None in edits else False
    commit = next(iter(commits), None)
    return Index(max(index.created_at for index in indexes), commit, None, tenants, first.names, edited)


def check_files(index: Index, indexes: Collection[str], present: Collection[str]) -> None:
    """Raise `StalePlan` when the directory has a `*.json` that is not listed, or lacks a plan that is."""
    plans = set(map(plan_file, index.plans))
    found = {name for name in present if name.endswith(".json")} - set(indexes)
    if strange := sorted(found - plans):
        listed = f"{shown(strange)}, which {'its index does' if len(indexes) == 1 else 'its indexes do'} not list"
        raise StalePlan(f"the directory has {listed}; remove it, or {AGAIN}")
    if missing := sorted(plans - found):
        raise StalePlan(f"the directory lacks {shown(missing)}, which its index lists; {AGAIN}")


class FoundPlan(NamedTuple):
    """A saved plan in the directory: whose it is, the plan, and its digest."""

    name: str
    plan: Plan
    digest: str


def check_plan(index: Index, found: FoundPlan) -> None:
    """Raise `StalePlan` when a plan is not the one that the index lists, or was made at another commit."""
    entry = index.tenants[found.name]
    file = visible(plan_file(found.name))
    if found.digest != entry.digest:
        raise StalePlan(f"{file} is not the plan that the index lists: its digest differs; {AGAIN}")
    if isinstance(found.plan.source, Undo) or found.plan.source.commit != index.commit:
        raise StalePlan(f"{file} was not made from the role files that the index is about; {AGAIN}")
    made = "changes" if found.plan.changes else "no_changes"
    if entry.result not in {made, "refused"}:
        raise StalePlan(f"the index says {entry.result} of {visible(found.name)}, but {file} says {made}; {AGAIN}")
