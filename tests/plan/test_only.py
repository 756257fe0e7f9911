"""`--only revokes`: what stays of a plan, what is left alone, and that it only narrows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.model.days import Day
from reconciler.model.errors import StalePlan
from reconciler.model.findings import Place
from reconciler.model.roles import Grant
from reconciler.plan.action import Action, Origin
from reconciler.plan.changes import Plan, Update
from reconciler.plan.compare import make_plan
from reconciler.plan.document import digest, dumps, to_document
from reconciler.plan.fields import FieldChange
from reconciler.plan.only import LeftAlone, only_revokes
from reconciler.plan.remaining import as_live, remaining_of_files
from reconciler.plan.saved import loads
from reconciler.plan.scope import Scope
from reconciler.plan.staleness import check_made_for
from tests.builders import (
    TARGET,
    Before,
    a_create,
    a_delete,
    a_desired_role,
    a_live_role,
    a_plan,
    a_role,
    a_source,
    an_id,
    an_update,
    the_system_roles,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.roles import DesiredRole, LiveRole
    from tests.sentences import Golden

MADE_AT = "2026-11-29T10:00:00Z"
MANY = tuple(f"{letter}.edit" for letter in "abcdefgh")
"""Codes in order; a set of as many has another order of its own in nearly every run."""


def narrowed(desired: Sequence[DesiredRole], live: Sequence[LiveRole], scope: Scope = Scope()) -> Plan:
    whole = make_plan(desired, [*live, *the_system_roles()], target=TARGET, source=a_source(), scope=scope)
    return only_revokes(whole)


def effects(plan: Plan) -> list[tuple[str, list[str], list[str]]]:
    return [(change.name, sorted(change.granted), sorted(change.revoked)) for change in plan.changes]


def test_of_a_mixed_change_the_revokes_stay_and_the_rest_is_left_alone() -> None:
    plan = narrowed([a_desired_role("r", ["a.view", "c.view"], "New")], [a_live_role("r", ["a.view", "b.view"], "Old")])
    (change,) = plan.changes
    assert change.after == a_role("r", ["a.view"], "Old")
    assert plan.left_alone == (
        LeftAlone("r", Action.UPDATE, ("c.view",), (FieldChange("description", "Old", "New"),), None),
    )


def test_a_change_that_only_revokes_leaves_nothing_alone() -> None:
    plan = narrowed([a_desired_role("r", ["a.view"])], [a_live_role("r", ["a.view", "b.view"])])
    assert effects(plan) == [("r", [], ["b.view"])]
    assert (plan.only, plan.left_alone, plan.kept) == ("revokes", (), ())


def test_a_live_role_that_is_to_be_renamed_loses_codes_under_its_own_name() -> None:
    desired = a_desired_role("new", ["a.view", "c.view"], renamed_from=["old"])
    plan = narrowed([desired], [a_live_role("old", ["a.view", "b.view"])])
    (change,) = plan.changes
    assert isinstance(change, Update)
    assert (change.id, change.name, change.renamed_from, change.location) == (
        an_id("old"),
        "old",
        None,
        desired.location,
    )
    assert plan.left_alone == (
        LeftAlone("new", Action.UPDATE, ("c.view",), (FieldChange("name", "old", "new"),), "old"),
    )


def test_a_role_to_create_is_left_alone_with_all_its_codes() -> None:
    plan = narrowed([a_desired_role("new", MANY)], [])
    assert plan.changes == ()
    assert plan.left_alone == (LeftAlone("new", Action.CREATE, MANY),)


def test_a_change_that_only_grants_is_left_alone_with_all_its_codes() -> None:
    plan = narrowed([a_desired_role("r", [*MANY, "b.view"])], [a_live_role("r", ["b.view"])])
    assert plan.changes == ()
    assert plan.left_alone == (LeftAlone("r", Action.UPDATE, MANY),)


def test_an_unmanaged_role_that_a_whole_plan_deletes_is_left_alone_and_stays() -> None:
    plan = narrowed([], [a_live_role("b-old", ["a.view"]), a_live_role("a-old", ["a.view"])])
    assert plan.changes == ()
    assert plan.left_alone == (LeftAlone("a-old", Action.DELETE), LeftAlone("b-old", Action.DELETE))
    assert [(role.name, role_id) for role, role_id in plan.unmanaged_with_ids()] == [
        ("a-old", an_id("a-old")),
        ("b-old", an_id("b-old")),
    ]


def test_an_unmanaged_role_that_the_configuration_reports_is_no_change_that_is_left_alone() -> None:
    plan = narrowed([], [a_live_role("old")], Scope(unmanaged="report"))
    assert (plan.left_alone, [role.name for role in plan.unmanaged]) == ((), ["old"])


def test_a_code_whose_grant_ended_is_revoked() -> None:
    ended = {"b.view": Grant(Place("roles.d/r.yaml", 4), until=Day(2026, 11, 27))}
    desired = replace(a_desired_role("r", ["a.view", "c.view"]), ended=ended)
    plan = narrowed([desired], [a_live_role("r", ["a.view", "b.view"])])
    assert effects(plan) == [("r", [], ["b.view"])]
    assert plan.changes[0].ended == ended


def test_revokes_are_sorted_by_the_names_that_live_roles_have() -> None:
    desired = [a_desired_role("a", [], renamed_from=["z"]), a_desired_role("m", [])]
    plan = narrowed(desired, [a_live_role("z", ["a.view"]), a_live_role("m", ["a.view"])])
    assert [change.name for change in plan.changes] == ["m", "z"]


def test_roles_of_which_all_is_left_alone_are_sorted_by_the_names_that_they_have() -> None:
    desired = [a_desired_role("a", renamed_from=["z"]), a_desired_role("m", description="New")]
    plan = narrowed(desired, [a_live_role("z"), a_live_role("m")])
    assert [role.name for role in plan.kept] == ["m", "z"]
    assert [change.name for change in plan.left_alone] == ["a", "m"]


def test_a_live_role_of_which_all_is_left_alone_is_kept_and_not_called_unchanged() -> None:
    plan = narrowed([a_desired_role("r", ["a.view", "b.view"])], [a_live_role("r", ["a.view"])])
    assert (plan.changes, plan.unchanged, plan.kept) == ((), (), (a_role("r", ["a.view"]),))


@pytest.mark.parametrize(
    ("drifted", "ended", "origin"),
    [
        ([], [], Origin.EDIT),
        (["b.view", "c.view"], [], Origin.DRIFT),
        (["b.view"], [], Origin.BOTH),
        (["b.view"], ["c.view"], Origin.DRIFT),
        ([], ["b.view"], Origin.EDIT),
        ([], ["b.view", "c.view"], Origin.ENDED),
    ],
)
def test_the_origin_is_that_of_the_revokes_alone(drifted: list[str], ended: list[str], origin: Origin) -> None:
    update = replace(
        an_update("r", ["a.view", "d.view"], before=Before(["a.view", "b.view", "c.view"]), origin=Origin.BOTH),
        drifted=frozenset([*drifted, "d.view"]),
        ended={code: Grant(Place("r.yaml")) for code in ended},
    )
    (change,) = only_revokes(a_plan(update, compared=True)).changes
    assert (change.origin, change.drifted) == (origin, frozenset(drifted))


def test_without_a_base_the_origin_stays_unknown() -> None:
    (change,) = only_revokes(a_plan(an_update("r", [], before=Before(["a.view"])))).changes
    assert change.origin is Origin.UNKNOWN


def the_plan() -> Plan:
    """A plan that revokes, and leaves alone something of each kind."""
    mixed = an_update("mixed", ["b.view"], "New", before=Before(["a.view"], "Old"))
    renamed = an_update("new-name", ["a.view"], before=Before(["a.view"], name="old-name"))
    return only_revokes(a_plan(mixed, renamed, a_create("created"), a_delete("deleted"), unchanged=(a_role("same"),)))


def test_the_document_says_what_the_plan_is_narrowed_to_and_what_is_left_alone() -> None:
    document = to_document(the_plan(), MADE_AT)
    assert document["only"] == "revokes"
    assert document["left_alone"] == [
        {
            "name": "created",
            "action": "create",
            "granted": ["conversations.view"],
            "fields": [],
            "renamed_from": None,
        },
        {"name": "deleted", "action": "delete", "granted": [], "fields": [], "renamed_from": None},
        {
            "name": "mixed",
            "action": "update",
            "granted": ["b.view"],
            "fields": [{"path": "description", "before": "Old", "after": "New"}],
            "renamed_from": None,
        },
        {
            "name": "new-name",
            "action": "update",
            "granted": [],
            "fields": [{"path": "name", "before": "old-name", "after": "new-name"}],
            "renamed_from": "old-name",
        },
    ]
    assert (document["unchanged"], document["unmanaged"]) == (["same"], ["deleted"])


def test_a_whole_plan_says_that_it_leaves_nothing_alone() -> None:
    document = to_document(a_plan(a_create()), MADE_AT)
    assert (document["only"], document["left_alone"]) == (None, [])


def test_a_narrowed_plan_reads_back_as_it_was() -> None:
    text = dumps(the_plan(), MADE_AT)
    saved, _ = loads(text, "plan.json")
    assert (saved.only, saved.left_alone, saved.kept) == ("revokes", the_plan().left_alone, the_plan().kept)
    assert dumps(saved, MADE_AT) == text


def test_two_plans_that_do_the_same_have_different_digests_if_one_of_them_is_narrowed() -> None:
    whole = a_plan(an_update("r", [], before=Before(["a.view"])))
    assert only_revokes(whole).changes == whole.changes
    assert digest(only_revokes(whole)) != digest(whole)


@pytest.mark.parametrize("value", [None, "grants"])
def test_a_plan_that_is_no_longer_said_to_be_narrowed_is_not_believed(value: str | None) -> None:
    document = {**to_document(the_plan(), MADE_AT), "only": value}
    with pytest.raises(StalePlan):
        loads(json.dumps(document), "plan.json")


@pytest.mark.parametrize(
    "change",
    [
        a_create("r"),
        a_delete("r"),
        an_update("r", ["a.view"], before=Before(["b.view"])),
        an_update("r", [], "New", before=Before(["b.view"], "Old")),
        an_update("r", [], before=Before(["b.view"], name="q")),
        an_update("r", ["a.view"], before=Before(["a.view"])),
    ],
)
def test_a_forged_plan_that_does_more_than_it_says_is_not_believed(change: Update, golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(dumps(a_plan(change, only="revokes"), MADE_AT), "plan.json")
    golden.says("plan/saved", "a narrowed plan that does more", str(caught.value))


def test_a_stale_plan_says_how_to_make_one_of_its_kind_again(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_made_for(the_plan(), TARGET, "sha256:other")
    golden.says("plan/staleness", "a narrowed plan of other role files", str(caught.value))


def test_a_second_reading_names_only_the_revokes_that_are_left() -> None:
    remaining = remaining_of_files([a_desired_role("r", ["a.view"], "New"), a_desired_role("s")], Scope(), "revokes")
    assert remaining([a_live_role("r", ["b.view"], "Old"), a_live_role("stray")]) == ["r is still to be updated"]
    assert remaining([a_live_role("r", [], "Old"), a_live_role("stray")]) == []


def test_the_limits_of_a_saved_plan_count_each_live_role_once() -> None:
    plan = the_plan()
    custom = [a_live_role(name, ["a.view"]) for name in ("old-name", "same", "deleted")]
    left = as_live(plan, plan.changes, [*custom, *the_system_roles()], Scope())
    assert sorted(role.name for role in left.touchable) == ["deleted", "mixed", "old-name", "same"]
