from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply import order
from reconciler.apply.order import waits
from tests.builders import Before, a_create, a_delete, an_update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.plan.changes import Change


def a_rename(old: str, new: str) -> Change:
    return an_update(new, before=Before(name=old))


def test_independent_changes_wait_for_nothing() -> None:
    assert waits([a_create("a"), an_update("b"), a_delete("c")]) == {}


def test_a_create_waits_for_the_delete_that_sets_its_name_free() -> None:
    assert waits([a_create("a"), a_delete("a")]) == {0: [1]}


def test_a_create_waits_for_the_rename_that_sets_its_name_free() -> None:
    assert waits([a_rename("a", "b"), a_create("a")]) == {1: [0]}


def test_a_create_waits_for_all_that_set_its_name_free_where_several_roles_have_it() -> None:
    one, other = a_delete("a"), replace(a_delete("a"), id="other")
    assert waits([a_create("a"), one, other, a_rename("a", "b")]) == {0: [1, 2, 3]}


def test_a_rename_waits_for_the_rename_and_the_delete_that_set_its_name_free() -> None:
    assert waits([a_rename("a", "b"), a_rename("b", "c"), a_delete("c")]) == {0: [1], 1: [2]}


def test_the_example_of_the_module_holds() -> None:
    changes = [a_create("a"), a_rename("a", "b"), a_rename("b", "c"), a_delete("c"), an_update("d")]
    assert str(waits(changes)) in (order.__doc__ or "")


def test_an_update_that_keeps_its_name_waits_for_nothing() -> None:
    assert waits([an_update("a"), a_rename("b", "c")]) == {}


def test_of_two_live_roles_of_one_name_the_update_of_one_does_not_wait_for_the_delete_of_the_other() -> None:
    assert waits([an_update("a"), a_delete("a")]) == {}


@st.composite
def shuffled_chains(draw: st.DrawFn) -> tuple[set[str], list[Change]]:
    """Live names, and changes in any order: chains of renames that end in a free name or push a role out."""
    changes: list[Change] = []
    live: set[str] = set()
    for chain in range(draw(st.integers(1, 4))):
        names = [f"{chain}-{step}" for step in range(draw(st.integers(2, 6)))]
        live |= set(names[:-1])
        changes += [a_rename(old, new) for old, new in pairwise(names)]
        if draw(st.booleans()):
            live.add(names[-1])
            changes.append(a_delete(names[-1]))
        if draw(st.booleans()):
            changes.append(a_create(names[0]))
    return live, draw(st.permutations(changes))


def carried_out(live: set[str], changes: Sequence[Change], seed: Sequence[int]) -> set[str]:
    """The names after each change was made as soon as what it waits for was: any order that `waits` leaves open."""
    names, before = set(live), waits(changes)
    open_ = list(range(len(changes)))
    done: set[int] = set()
    for turn in seed:
        ready = [index for index in open_ if done.issuperset(before.get(index, ()))]
        index = ready[turn % len(ready)]
        change = changes[index]
        if change.before:
            names.remove(change.before.name)
        if change.after:
            assert change.after.name not in names, "a name was asked for while another role had it"
            names.add(change.after.name)
        open_.remove(index)
        done.add(index)
    return names


@given(shuffled_chains(), st.data())
def test_in_every_order_that_is_left_open_no_name_is_asked_for_while_another_role_has_it(
    chains: tuple[set[str], list[Change]], data: st.DataObject
) -> None:
    live, changes = chains
    seed = data.draw(st.lists(st.integers(0, 99), min_size=len(changes), max_size=len(changes)))
    gone = {change.before.name for change in changes if change.before}
    come = {change.after.name for change in changes if change.after}
    assert carried_out(live, changes, seed) == (live - gone) | come
