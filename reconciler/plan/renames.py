"""Find likely renames: a delete and a create with nearly the same permissions. Find names that several roles have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from reconciler.model.inert import named, quoted, visible
from reconciler.plan.changes import Create, Delete, Plan
from reconciler.plan.sources import Compared

_LEAST_SHARED = 2
_NEARLY = 0.8
_WHOLE = 1000
_COMMON = 50
"""A code that more deletes than this have is skipped: it does not tell them apart, and it takes the most time."""


def hints(plan: Plan) -> tuple[str, ...]:
    """Return a sentence for each create that looks like a delete under another name, sorted by the create's name.

    Two roles look alike if they share at least two codes, and these are at least 80 % of the codes of both together:
    with 4 shared codes of 5 they do, with 3 of 4 they do not. The sentence names the best match. Each delete is named
    for one create only.
    """
    what = "edit" if isinstance(plan.source, Compared) else "plan"
    deletes = [change for change in plan.changes if isinstance(change, Delete)]
    holders = _holders(deletes)
    pairs = [
        (-likeness, change.name, deletes[index].name, change)
        for change in plan.changes
        if isinstance(change, Create)
        for index, likeness in _alike(change, deletes, holders)
    ]
    said: dict[str, str] = {}
    spent: set[str] = set()
    for likeness, new, old, create in sorted(pairs, key=lambda pair: pair[:3]):
        if new not in said and old not in spent:
            said[new] = _sentence(what, create, old, same=likeness == -1)
            spent.add(old)
    return tuple(said[name] for name in sorted(said))


def same_names(plan: Plan) -> tuple[str, ...]:
    """Return a sentence for each name that several deleted or unmanaged roles have, with their ids; sorted."""
    ids: dict[str, list[str]] = defaultdict(list)
    for change in plan.changes:
        if isinstance(change, Delete):
            ids[change.name].append(change.id)
    for role, role_id in zip(plan.unmanaged, plan.unmanaged_ids, strict=False):
        ids[role.name].append(role_id)
    return tuple(
        f"{len(found)} live roles have the name {quoted(name)}; their ids are {', '.join(map(visible, sorted(found)))}"
        for name, found in sorted(ids.items())
        if len(found) > 1
    )


def _holders(deletes: Sequence[Delete]) -> Mapping[str, Sequence[int]]:
    """Return for each code the indices of the deletes that have it. Only roles that share a code are compared."""
    holders: dict[str, list[int]] = defaultdict(list)
    for index, change in enumerate(deletes):
        for code in change.before.permissions:
            holders[code].append(index)
    return {code: indices for code, indices in holders.items() if len(indices) <= _COMMON}


def _alike(create: Create, deletes: Sequence[Delete], holders: Mapping[str, Sequence[int]]) -> list[tuple[int, float]]:
    """Return the indices of similar deletes, each with the share of common codes (the Jaccard index, 0 to 1)."""
    codes = create.after.permissions
    candidates = {index for code in codes for index in holders.get(code, ())}
    found = []
    for index in sorted(candidates):
        other = deletes[index].before.permissions
        shared = len(codes & other)
        likeness = shared / len(codes | other)
        if shared >= _LEAST_SHARED and likeness >= _NEARLY:
            found.append((index, likeness))
    return found


def _sentence(what: str, create: Create, old: str, *, same: bool) -> str:
    where = f"{visible(create.location.path)}:{create.location.line}: " if create.location else ""
    written = old if named(old) == old else quoted(old, _WHOLE)  # in double quotes YAML reads the escapes
    alike = "the same permissions" if same else "nearly the same permissions"
    return (
        f"{where}the {what} creates {named(create.name)} and deletes {named(old)}, which has {alike}. hint: if this is "
        f"a rename, write `renamed_from: {written}`; it keeps the id and its agents"
    )
