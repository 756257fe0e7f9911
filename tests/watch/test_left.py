from __future__ import annotations

from dataclasses import replace

from reconciler.apply.outcome import Kind, Outcome
from reconciler.watch.left import left_of
from tests.builders import Before, a_create, a_delete, a_role, an_update

WIDE_AND_POOR = an_update("lead", ["a.view", "b.view"], before=Before(["a.view", "a.edit", "b.edit"]))
HEALED = replace(WIDE_AND_POOR, after=a_role("lead", ["a.view"]))
"""What a narrowed plan makes of it."""


def test_what_was_not_made_is_left_as_it_is() -> None:
    changes = (a_create("fresh", ["c.view"]), WIDE_AND_POOR, a_delete("temp", ["c.view", "b.view"]))
    left = left_of(changes, [Outcome(WIDE_AND_POOR, Kind.FAILED, "no"), Outcome(changes[0], Kind.UNTRIED, "stopped")])
    assert (left.changes, left.wider, left.narrower) == (changes, 4, 2)


def test_what_was_made_is_not_left() -> None:
    changes = (a_create("fresh"), WIDE_AND_POOR, a_delete("temp"))
    left = left_of(changes, [Outcome(change, Kind.APPLIED) for change in changes])
    assert left == left_of(())


def test_what_was_so_already_is_not_left() -> None:
    assert left_of([WIDE_AND_POOR], [Outcome(WIDE_AND_POOR, Kind.ALREADY)]).changes == ()


def test_of_a_change_that_was_made_in_part_the_rest_is_left() -> None:
    left = left_of([WIDE_AND_POOR], [Outcome(HEALED, Kind.APPLIED)])
    assert left.changes == (replace(WIDE_AND_POOR, before=HEALED.after),)
    assert (left.wider, left.narrower) == (0, 1)


def test_what_the_server_stores_instead_is_where_the_rest_begins() -> None:
    stored = a_role("lead", ["a.view", "b.view", "c.view"])
    left = left_of([WIDE_AND_POOR], [Outcome(WIDE_AND_POOR, Kind.APPLIED, stored=stored)])
    assert left.changes == (replace(WIDE_AND_POOR, before=stored),)
    assert (left.wider, left.narrower) == (1, 0)


def test_a_rename_that_was_made_in_part_is_the_same_change_by_its_id() -> None:
    renamed = an_update("new", ["a.view"], before=Before(["a.view", "a.edit"], name="old"))
    healed = replace(renamed, id=renamed.id.upper(), after=a_role("old", ["a.view"]))
    left = left_of([renamed], [Outcome(healed, Kind.APPLIED)])
    assert left.changes == (replace(renamed, before=healed.after),)


def test_roles_of_one_name_are_told_apart_by_their_ids() -> None:
    one, other = a_delete("temp"), replace(a_delete("temp"), id="another")
    assert left_of([one, other], [Outcome(one, Kind.APPLIED)]).changes == (other,)


def test_an_unmanaged_role_that_is_kept_counts_as_wider_with_its_codes() -> None:
    role = a_role("temp", ["a.view", "b.view"])
    left = left_of([WIDE_AND_POOR], (), (role,))
    assert (left.wider, left.narrower, left.unmanaged) == (4, 1, (role,))
