"""What is left to be done, as a second reading tells it."""

from __future__ import annotations

from reconciler.plan.remaining import remaining_of_files, remaining_of_plan
from reconciler.plan.scope import Scope
from tests.builders import a_create, a_desired_role, a_live_role, a_plan, the_system_roles


def test_a_second_reading_names_what_is_left_of_the_files() -> None:
    remaining = remaining_of_files([a_desired_role("new")], Scope())
    assert remaining([*the_system_roles(), a_live_role("old")]) == [
        "new is still to be created",
        "old is still to be deleted",
    ]


def test_a_second_reading_that_cannot_be_matched_says_why() -> None:
    remaining = remaining_of_files([a_desired_role("owner")], Scope())
    (problem,) = remaining([a_live_role("owner", is_system=True)])
    assert "role owner is a live system role" in problem


def test_a_second_reading_names_what_is_left_of_a_saved_plan() -> None:
    remaining = remaining_of_plan(a_plan(a_create("new")))
    assert remaining(the_system_roles()) == ["new is still to be created"]
    assert "creates new, but a role of this name is live now" in remaining([a_live_role("new", ["other.code"])])[0]
    assert remaining([a_live_role("new")]) == []
