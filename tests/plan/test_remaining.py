"""What is left to be done, as a second reading tells it."""

from __future__ import annotations

from reconciler.plan.remaining import as_live, remaining_of_files, remaining_of_plan
from reconciler.plan.scope import Scope
from tests.builders import a_create, a_delete, a_desired_role, a_live_role, a_plan, a_role, the_system_roles


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


def test_the_limits_of_what_is_left_count_the_custom_roles_that_are_live_and_managed() -> None:
    delete = a_delete("our-old")
    plan = a_plan(delete, a_create("our-new"), unchanged=(a_role("our-gone"),), unmanaged=(a_role("our-gone-too"),))
    custom = [a_live_role(name) for name in ("our-old", "our-other", "our-vendor", "theirs")]
    scope = Scope(ignore=("*-vendor",), manage=("our-*",))
    left = as_live(plan, [delete], [*custom, *the_system_roles()], scope)
    assert left.changes == (delete,)
    assert left.unchanged == (a_role("our-other"),)
    assert (left.unmanaged, left.ignored) == ((), (a_role("our-vendor"),))
    assert left.system == tuple(role.role for role in the_system_roles())


def test_no_system_role_counts_for_the_limits_of_what_is_left() -> None:
    left = as_live(a_plan(), [], [a_live_role("mine"), *the_system_roles()], Scope())
    assert left.touchable == (a_role("mine"),)
