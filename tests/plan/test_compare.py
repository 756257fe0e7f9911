"""The planner: what becomes of desired and live roles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import InvalidInput
from reconciler.model.roles import DesiredRole, LiveRole, Role
from reconciler.plan.changes import Change, Create, Delete, Plan, Update
from reconciler.plan.compare import make_plan
from reconciler.plan.scope import Scope
from tests.builders import (
    TARGET,
    a_catalogue,
    a_comparison,
    a_desired_role,
    a_live_role,
    a_source,
    place_of,
    the_system_roles,
)

if TYPE_CHECKING:
    import random

    from reconciler.model.catalogue import Catalogue
    from tests.sentences import Golden


def plan_of(desired: list[DesiredRole], live: list[LiveRole], scope: Scope | None = None) -> Plan:
    return make_plan(desired, [*live, *the_system_roles()], target=TARGET, source=a_source(), scope=scope or Scope())


@pytest.mark.parametrize(
    ("name", "earlier"), [("b", ["a"]), ("c", ["a", "b"])], ids=["beside the own name", "two of them"]
)
def test_a_comparison_that_leaves_a_role_open_speaks_of_the_base(name: str, earlier: list[str], golden: Golden) -> None:
    there = [a_live_role("a"), a_live_role("b")]
    with pytest.raises(InvalidInput) as caught:
        make_plan([a_desired_role(name, renamed_from=earlier)], there, target="", source=a_comparison())
    (problem,) = caught.value.findings
    assert problem.rule == "renamed-from-ambiguous"
    golden.says("plan/compare", f"an earlier name at the base, {len(earlier)}", problem.message)


def kinds(plan: Plan) -> list[tuple[type[Change], str]]:
    return [(type(change), change.name) for change in plan.changes]


codes = st.sampled_from(["a.view", "a.edit", "b.view"])
contents = st.none() | st.tuples(st.sampled_from(["", "x"]), st.frozensets(codes))
tenants = st.tuples(*[contents] * 5).map(
    lambda found: tuple(Role(name, *content) for name, content in zip("abcde", found, strict=True) if content)
)


def desired_of(tenant: tuple[Role, ...]) -> list[DesiredRole]:
    return [replace(a_desired_role(role.name), role=role) for role in tenant]


def live_of(tenant: tuple[Role, ...]) -> list[LiveRole]:
    return [a_live_role(role.name)._replace(role=role) for role in tenant]


def after(plan: Plan) -> list[LiveRole]:
    """The custom roles that a tenant has once the plan was carried out."""
    changed = (change.after for change in plan.changes if change.after)
    return live_of((*plan.unchanged, *plan.unmanaged, *plan.ignored, *changed))


@given(tenants)
def test_a_plan_of_equals_is_empty(tenant: tuple[Role, ...]) -> None:
    plan = plan_of(desired_of(tenant), live_of(tenant))
    assert plan.changes == ()
    assert plan.unchanged == tuple(sorted(tenant, key=lambda role: role.name))


@given(tenants, tenants)
def test_a_plan_after_the_plan_is_empty(wanted: tuple[Role, ...], there: tuple[Role, ...]) -> None:
    first = plan_of(desired_of(wanted), live_of(there))
    assert plan_of(desired_of(wanted), after(first)).changes == ()


@given(tenants, tenants, st.randoms(use_true_random=False))
def test_the_order_of_files_and_of_answers_changes_nothing(
    wanted: tuple[Role, ...], there: tuple[Role, ...], shuffler: random.Random
) -> None:
    desired, live = desired_of(wanted), live_of(there)
    plan = plan_of(desired, live)
    shuffler.shuffle(desired)
    shuffler.shuffle(live)
    assert plan_of(desired, live) == plan


@given(tenants, tenants)
def test_the_counts_of_a_plan_add_up(wanted: tuple[Role, ...], there: tuple[Role, ...]) -> None:
    plan = plan_of(desired_of(wanted), live_of(there))
    assert plan.desired_count == len(wanted)
    assert plan.live_count == len(there) + 3
    assert len(plan.touchable) == len(there)


def test_a_desired_role_that_is_not_live_is_created() -> None:
    assert kinds(plan_of([a_desired_role("new")], [])) == [(Create, "new")]


def test_a_live_role_that_differs_is_updated() -> None:
    plan = plan_of([a_desired_role("r", ["a.view"])], [a_live_role("r", ["b.view"])])
    assert kinds(plan) == [(Update, "r")]


def test_an_unmanaged_role_is_deleted() -> None:
    assert kinds(plan_of([], [a_live_role("old")])) == [(Delete, "old")]


def test_an_unmanaged_role_stays_where_the_configuration_only_reports_it() -> None:
    plan = plan_of([], [a_live_role("old")], Scope(unmanaged="report"))
    assert (plan.changes, [role.name for role in plan.unmanaged]) == ((), ["old"])


def test_an_ignored_role_is_left_alone_and_not_reported_as_unmanaged() -> None:
    plan = plan_of([], [a_live_role("vendor-bot")], Scope(ignore=("Vendor-*",)))
    assert (plan.changes, plan.unmanaged, [role.name for role in plan.ignored]) == ((), (), ["vendor-bot"])


def test_a_desired_role_that_is_ignored_is_an_error(golden: Golden) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_of([a_desired_role("vendor-bot")], [a_live_role("vendor-bot")], Scope(ignore=("vendor-*",)))
    golden.says("plan/matching", "an ignored role, live", str(caught.value))


@pytest.mark.parametrize("catalogue", [a_catalogue("billing.view"), None])
def test_a_plan_has_the_catalogue_that_it_is_given_and_none_without(catalogue: Catalogue | None) -> None:
    assert make_plan([], [], target=TARGET, source=a_source(), catalogue=catalogue).catalogue == (catalogue or {})


def test_a_system_role_is_listed_and_never_changed() -> None:
    plan = plan_of([], [])
    assert ([role.name for role in plan.system], plan.changes) == (["admin", "agent", "supervisor"], ())


def test_a_role_named_like_a_system_role_is_one_whatever_its_flag_says() -> None:
    plan = make_plan([], [a_live_role("admin")], target=TARGET, source=a_source())
    assert plan.changes == ()


def test_a_role_that_would_be_ignored_once_it_is_live_is_an_error_before_it_is() -> None:
    with pytest.raises(InvalidInput) as error:
        plan_of([a_desired_role("vendor-bot")], [], Scope(ignore=("vendor-*",)))
    assert [problem.rule for problem in error.value.findings] == ["ignored-role"]


def test_a_rename_is_an_update_of_the_same_id() -> None:
    plan = plan_of([a_desired_role("lead", renamed_from=["chief"])], [a_live_role("chief", id_="0-1")])
    (change,) = plan.changes
    assert isinstance(change, Update)
    assert (change.id, change.renamed_from, change.name) == ("0-1", "chief", "lead")


def test_an_unmanaged_role_that_stays_has_its_id_at_hand_in_the_same_order() -> None:
    live = [a_live_role("b", id_="1-b"), a_live_role("a", id_="2-a")]
    plan = plan_of([], live, Scope(unmanaged="report"))
    assert [role.name for role in plan.unmanaged] == ["a", "b"]
    assert plan.unmanaged_ids == ("2-a", "1-b")


def test_a_role_that_goes_is_not_listed_as_staying() -> None:
    assert plan_of([], [a_live_role("a")]).unmanaged_ids == ()


def test_a_system_role_is_not_ignored_whatever_a_pattern_says() -> None:
    plan = plan_of([], [a_live_role("vendor-x")], Scope(ignore=("*",)))
    assert [role.name for role in plan.ignored] == ["vendor-x"]
    assert [role.name for role in plan.system] == ["admin", "agent", "supervisor"]


def test_ignored_roles_count_as_live() -> None:
    plan = plan_of([a_desired_role("a")], [a_live_role("a"), a_live_role("vendor-x")], Scope(ignore=("vendor-*",)))
    assert (plan.desired_count, plan.live_count) == (1, 5)


def test_two_live_roles_of_one_name_that_no_file_asks_for_both_go() -> None:
    live = [a_live_role("lead", id_="2"), a_live_role("lead", id_="1")]
    assert [(change.name, change.id) for change in plan_of([], live).changes] == [("lead", "1"), ("lead", "2")]


def test_two_live_roles_of_one_name_can_be_ignored() -> None:
    plan = plan_of([], [a_live_role("x", id_="1"), a_live_role("x", id_="2")], Scope(ignore=("x",)))
    assert (len(plan.ignored), plan.changes, plan.live_count) == (2, (), 5)


def test_a_hand_made_role_of_a_system_roles_name_is_left_alone_beside_it() -> None:
    plan = plan_of([], [a_live_role("admin", id_="1")])
    assert [role.name for role in plan.system] == ["admin", "admin", "agent", "supervisor"]
    assert plan.changes == ()


def test_a_live_role_whose_name_is_blank_can_be_ignored() -> None:
    assert plan_of([], [a_live_role("")], Scope(ignore=("",))).changes == ()
    assert plan_of([], [a_live_role("")], Scope(ignore=(" ",))).changes == ()


def test_a_live_role_that_is_not_managed_is_neither_changed_nor_reported() -> None:
    plan = plan_of(
        [a_desired_role("ours-a")], [a_live_role("ours-a"), a_live_role("theirs")], Scope(manage=("ours-*",))
    )
    assert plan.changes == ()
    assert (plan.unmanaged, plan.ignored, plan.live_count) == ((), (), 4)


def test_system_roles_are_shown_whatever_is_managed() -> None:
    assert len(plan_of([], [], Scope(manage=("ours-*",))).system) == 3


def test_a_managed_role_that_no_file_asks_for_is_unmanaged_all_the_same() -> None:
    assert kinds(plan_of([], [a_live_role("Ours-a".lower())], Scope(manage=("OURS-*",)))) == [(Delete, "ours-a")]


@pytest.mark.parametrize(
    ("desired", "case"),
    [
        (a_desired_role("theirs"), "a name that is not managed"),
        (a_desired_role("ours-a", renamed_from=["theirs"]), "an earlier name that is not managed"),
    ],
)
def test_a_role_file_about_a_name_that_is_not_managed_is_an_error_at_its_place(
    desired: DesiredRole, case: str, golden: Golden
) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_of([desired], [a_live_role("theirs")], Scope(manage=("ours-*",)))
    (problem,) = caught.value.findings
    assert (problem.rule, place_of(problem).path) == ("outside-manage", f"roles.d/{desired.role.name}.yaml")
    golden.says("plan/matching", case, problem.message)
