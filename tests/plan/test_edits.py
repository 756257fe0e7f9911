"""What is said of role files that are not those a saved plan was made from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.model.errors import StalePlan
from reconciler.plan.staleness import check_made_for, edits
from tests.builders import (
    TARGET,
    a_create,
    a_delete,
    a_desired_role,
    a_location,
    a_plan,
    a_role,
    an_update,
)

if TYPE_CHECKING:
    from tests.sentences import Golden

PLAN = a_plan(a_create("lead"), an_update("clerk", ["b.view"]), a_delete("temp"), unchanged=(a_role("same"),))
AS_PLANNED = (a_desired_role("lead"), a_desired_role("clerk", ["b.view"]), a_desired_role("same"))


def test_where_every_role_is_as_it_was_it_is_what_a_plan_does_not_keep() -> None:
    (found,) = edits(PLAN, AS_PLANNED)
    assert "the end of a grant or a `renamed_from`" in found


def test_each_role_that_was_edited_is_named_with_its_file_and_what_differs() -> None:
    lead = a_desired_role("lead", description="Leads.", location=a_location("roles.d/leads.yaml", 3))
    same = a_desired_role("same", ["contacts.export"])
    assert edits(PLAN, (lead, AS_PLANNED[1], same)) == (
        'roles.d/leads.yaml:3: lead: description "Leads support." -> "Leads."',
        "roles.d/same.yaml:1: same: + contacts.export, - conversations.view",
    )


def test_a_role_that_was_added_and_one_that_was_removed_are_named() -> None:
    assert edits(PLAN, (*AS_PLANNED[:2], a_desired_role("new"))) == (
        "roles.d/new.yaml:1: new was added",
        "same is in no role file now",
    )


def test_a_plan_that_only_revokes_does_not_say_what_the_files_asked_for() -> None:
    assert edits(replace(PLAN, only="revokes"), ()) == ()


def test_names_and_paths_are_inert() -> None:
    place = a_location("roles.d/a\nb.yaml", 1)
    assert edits(a_plan(unchanged=()), [a_desired_role("x\x1b[31m", location=place)]) == (
        "roles.d/a\\nb.yaml:1: x\\x1b[31m was added",
    )


def test_the_roles_that_were_edited_are_named_in_place_of_digests(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_made_for(PLAN, TARGET, "sha256:1", edits(PLAN, (*AS_PLANNED[:2], a_desired_role("new"))))
    assert "sha256:" not in str(caught.value)
    golden.says("plan/staleness", "other role files, with their roles", str(caught.value))


def test_of_many_roles_that_were_edited_the_first_are_named_and_the_rest_counted() -> None:
    many = [a_desired_role(f"new-{number}") for number in range(9)]
    with pytest.raises(StalePlan) as caught:
        check_made_for(PLAN, TARGET, "sha256:1", edits(PLAN, (*AS_PLANNED, *many)))
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines[1:-1]] == [f"  roles.d/new-{number}.yaml" for number in range(5)]
    assert lines[-1] == "  and 4 more"
