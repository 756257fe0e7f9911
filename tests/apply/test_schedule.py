from __future__ import annotations

import pytest

from reconciler.apply.outcome import Kind, Outcome
from reconciler.apply.schedule import Schedule
from reconciler.plan.changes import Change, Create, Delete
from tests.builders import a_create, a_delete, a_role, an_update


def a_schedule(*changes: Change) -> Schedule:
    return Schedule(changes, None)


def ready(schedule: Schedule) -> list[int]:
    return sorted(index for _rank, _name, index in schedule.ready)


@pytest.mark.parametrize(
    ("created", "deleted"), [("support lead", "support-lead"), ("strasse", "stra\u00dfe"), ("cafe", "caf\u00e9")]
)
def test_a_delete_waits_for_the_create_of_a_name_that_may_be_stored_as_its_own(created: str, deleted: str) -> None:
    assert ready(a_schedule(a_create(created), a_delete(deleted))) == [0]


def test_names_of_which_nothing_is_left_without_their_spelling_are_not_alike() -> None:
    assert ready(a_schedule(a_create("--"), a_delete("++"))) == [0, 1]


def test_an_update_of_nearly_the_name_of_a_create_does_not_wait() -> None:
    assert ready(a_schedule(a_create("support lead"), an_update("support-lead"))) == [0, 1]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_delete_of_nearly_its_name_goes_on_once_the_create_is_made_and_not_otherwise(kind: Kind) -> None:
    create = a_create("support lead")
    schedule = a_schedule(create, a_delete("support-lead"))
    schedule.next()
    schedule.finish(0, Outcome(create, kind, None if kind in {Kind.APPLIED, Kind.ALREADY} else "no"))
    assert ready(schedule) == ([1] if kind in {Kind.APPLIED, Kind.ALREADY} else [])


@pytest.mark.parametrize(("kept", "then"), [("support-lead", []), ("support_lead", [1])])
def test_a_delete_goes_on_where_the_new_role_is_kept_under_another_name_than_its_own(
    kept: str, then: list[int]
) -> None:
    create = a_create("support lead")
    schedule = a_schedule(create, a_delete("support-lead"))
    schedule.next()
    schedule.finish(0, Outcome(create, Kind.APPLIED, stored=a_role(kept)))
    assert ready(schedule) == then


def test_a_delete_that_was_applied_makes_room_and_nothing_else_does() -> None:
    changes = (a_create("a"), an_update("b"), a_delete("c"), a_delete("d"), a_delete("e"))
    schedule = a_schedule(*changes)
    room = []
    for index, kind in enumerate([Kind.APPLIED, Kind.APPLIED, Kind.FAILED, Kind.APPLIED, Kind.FAILED]):
        schedule.finish(index, Outcome(changes[index], kind))
        room.append(schedule.deleted)
    assert room == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ((a_create("a"), an_update("b")), False),
        ((a_create("a"), a_delete("b")), True),
        ((a_create("support lead"), a_delete("support-lead")), False),
    ],
)
def test_a_delete_is_still_to_come_unless_it_waits_for_a_create(changes: tuple[Change, ...], left: bool) -> None:  # noqa: FBT001 - a table
    assert a_schedule(*changes).deletes_left() is left


def test_a_delete_that_is_through_is_not_still_to_come() -> None:
    changes: tuple[Create, Delete] = (a_create("a"), a_delete("b"))
    schedule = a_schedule(*changes)
    schedule.finish(1, Outcome(changes[1], Kind.APPLIED))
    assert not schedule.deletes_left()
