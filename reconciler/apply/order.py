"""In which order changes may run: no name is asked for while another role still has it.

A name is asked for by a create and by a rename, and set free by a rename and by a delete. Independent changes have no
order among them and may run side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from reconciler.plan.changes import Change, Create, Delete, Update

Waits = Mapping[int, Sequence[int]]
"""For the index of a change, the indices of those that must be done before it; never empty. Others are not in it."""


def waits(changes: Sequence[Change]) -> Waits:
    """Who waits for whom, by index into `changes`: each for all that free its name, since several roles may have it.

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
