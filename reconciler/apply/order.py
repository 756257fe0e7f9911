"""The order in which changes may run: no name is requested while another role still has it.

A create and a rename request a name; a rename and a delete free one. Changes that share no name have no order and may
run in parallel.

For example, `a`, `b`, `c` and `d` are live, and a plan has five changes, with these indices:

0. Create `a`. It waits for 1, which frees `a`.
1. Rename `a` to `b`. It waits for 2, which frees `b`.
2. Rename `b` to `c`. It waits for 3, which frees `c`.
3. Delete `c`. It waits for nothing.
4. Update `d`, which keeps its name. It waits for nothing.

So 3 and 4 start at once, and 2, 1 and 0 follow 3, one after the other: `waits` returns `{0: [1], 1: [2], 2: [3]}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from reconciler.plan.changes import Change, Create, Delete, Update

Waits = Mapping[int, Sequence[int]]
"""For the index of a change, the indices of those that must be done before it; never empty. Others are not in it."""


def waits(changes: Sequence[Change]) -> Waits:
    """Return which changes must wait for which others: each for all that free its name, which several roles may have.

    A circle would be a swap of names, which `validate` refuses (the interface, `renamed_from`) and the contract cannot
    carry out in one step.
    """
    frees: dict[str, list[int]] = {}
    for index, change in enumerate(changes):
        if (name := _freed(change)) is not None:
            frees.setdefault(name, []).append(index)
    return {
        index: frees[name]
        for index, change in enumerate(changes)
        if (name := _asked(change)) is not None and name in frees
    }


def _freed(change: Change) -> str | None:
    match change:
        case Update():
            return change.renamed_from
        case Delete():
            return change.name
        case Create():
            return None
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)


def _asked(change: Change) -> str | None:
    match change:
        case Create():
            return change.name
        case Update():
            return change.name if change.renamed_from else None
        case Delete():
            return None
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)
