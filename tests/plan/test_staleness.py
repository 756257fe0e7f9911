from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.model.days import Day
from reconciler.model.errors import InvalidInput, StalePlan
from reconciler.model.roles import DesiredRole, LiveRole, Role
from reconciler.plan.changes import Change, Create, Delete, Update
from reconciler.plan.compare import make_plan
from reconciler.plan.scope import Scope
from reconciler.plan.staleness import (
    Fit,
    check_fits,
    check_granted,
    check_in_time,
    check_made_for,
    difference,
    fit,
    left_alone,
)
from tests.apply.tenant import Tenant, live
from tests.apply.test_laws import role_files, tenants
from tests.builders import (
    TARGET,
    TODAY,
    Before,
    a_create,
    a_delete,
    a_live_role,
    a_plan,
    a_role,
    a_source,
    an_id,
    an_undo,
    an_update,
    approved,
    the_system_roles,
)

if TYPE_CHECKING:
    from tests.sentences import Golden


def fitted(*changes: Change, to: tuple[LiveRole, ...] = ()) -> Fit:
    return fit(a_plan(*changes), (*the_system_roles(), *to))


BEFORE = live([an_update().before])
AFTER = live([an_update().after])
OTHER = live([a_role(permissions=["billing.manage"])])
TEMP = live([a_delete().before])


@pytest.mark.parametrize(
    ("change", "to"),
    [(a_create(), ()), (an_update(), BEFORE), (a_delete(), TEMP)],
    ids=["create", "update", "delete"],
)
def test_a_role_that_is_as_the_plan_found_it_is_still_to_be_done(change: Change, to: tuple[LiveRole, ...]) -> None:
    assert fitted(change, to=to) == Fit(open=(change,), done=(), stale=())


@pytest.mark.parametrize(
    ("change", "to"),
    [(a_create(), AFTER), (an_update(), AFTER), (a_delete(), ())],
    ids=["create", "update", "delete"],
)
def test_a_change_whose_result_is_there_has_nothing_left_to_do(change: Change, to: tuple[LiveRole, ...]) -> None:
    assert fitted(change, to=to) == Fit(open=(), done=(change,), stale=())


@pytest.mark.parametrize(
    ("case", "change", "to", "named"),
    [
        ("created", a_create(), OTHER, "+ billing.manage, - conversations.view"),
        ("updated", an_update(), OTHER, "+ billing.manage"),
        ("updated and gone", an_update(), (), an_update().id),
        (
            "deleted",
            a_delete(),
            live([a_role("temp-role", ["contacts.view"], "Kept.")]),
            'description "For now." -> "Kept."',
        ),
    ],
)
def test_a_role_that_is_neither_makes_the_plan_stale_and_the_difference_is_shown(
    case: str, change: Change, to: tuple[LiveRole, ...], named: str, golden: Golden
) -> None:
    found = fitted(change, to=to)
    (why,) = found.stale
    assert (found.open, found.done) == ((), ())
    assert change.name in why
    assert named in why
    golden.says("plan/staleness", case, why)


def test_a_rename_to_a_name_that_another_role_has_now_is_stale(golden: Golden) -> None:
    rename = Update(an_id("old"), a_role("old"), a_role("new"))
    (why,) = fitted(rename, to=live([a_role("old"), a_role("new")])).stale
    golden.says("plan/staleness", "renamed", why)


@pytest.mark.parametrize(
    "leaving", [Update(an_id("b"), a_role("b"), a_role("c")), Delete(an_id("b"), a_role("b"))], ids=["rename", "delete"]
)
@pytest.mark.parametrize(
    "coming", [Update(an_id("a"), a_role("a"), a_role("b", [])), Create(a_role("b", []))], ids=["rename", "create"]
)
def test_a_name_that_the_plan_itself_sets_free_may_be_asked_for(leaving: Change, coming: Change) -> None:
    assert fitted(leaving, coming, to=live([a_role("a"), a_role("b")])).stale == ()


@pytest.mark.parametrize(
    ("change", "to"),
    [
        (Create(a_role("admin")), ()),
        (Update(an_id("x"), a_role("x"), a_role("agent")), live([a_role("x")])),
        (Delete(an_id("x"), a_role("supervisor")), ()),
        (an_update(), (a_live_role(permissions=[], is_system=True),)),
    ],
    ids=["create", "rename", "delete", "flag"],
)
def test_a_change_of_a_system_role_makes_the_plan_stale(
    change: Change, to: tuple[LiveRole, ...], golden: Golden
) -> None:
    (why,) = fitted(change, to=to).stale
    assert why.startswith(f"{change.name} is a system role")
    golden.says("plan/staleness", f"a system role: {change.name}", why)


def test_two_equal_roles_have_no_difference() -> None:
    assert difference(a_role(), a_role()) == "no difference"


def test_a_difference_names_fields_then_codes_sorted_and_inert() -> None:
    then, now = a_role("a", ["x.b", "x.a"], "Old"), a_role("b", ["x.d", "x.c"], "New\x1b")
    assert difference(then, now) == ('name "a" -> "b", description "Old" -> "New\\x1b", + x.c, + x.d, - x.a, - x.b')


ROLES = st.builds(a_role, st.sampled_from(["a", "b", "admin"]), st.sets(st.sampled_from(["x.a", "x.b"])), st.just(""))
CHANGES = st.one_of(
    st.builds(Create, ROLES),
    st.builds(Update, st.sampled_from([an_id("a"), an_id("b")]), ROLES, ROLES),
    st.builds(Delete, st.sampled_from([an_id("a"), an_id("b")]), ROLES),
)
LIVE = st.lists(
    st.builds(LiveRole, st.sampled_from([an_id("a"), an_id("b")]), ROLES, st.booleans()),
    max_size=2,
    unique_by=(lambda one: one.id, lambda one: one.role.name),
)


@given(st.lists(CHANGES, max_size=3), LIVE)
def test_every_change_is_open_done_or_makes_the_plan_stale(changes: list[Change], to: list[LiveRole]) -> None:
    found = fit(a_plan(*changes), to)
    assert len(found.open) + len(found.done) + len(found.stale) == len(changes)


@given(st.lists(CHANGES, max_size=3), LIVE)
def test_no_open_change_is_of_a_system_role(changes: list[Change], to: list[LiveRole]) -> None:
    untouchable = {role.id for role in to if role.untouchable}
    for change in fit(a_plan(*changes), to).open:
        assert change.id not in untouchable
        assert "admin" not in {role.name for role in (change.before, change.after) if role}


def test_a_delete_whose_name_another_role_has_now_is_stale(golden: Golden) -> None:
    found = fit(a_plan(a_delete("temp-role")), (a_live_role("temp-role", id_=an_id("another")), *the_system_roles()))
    (why,) = found.stale
    assert an_id("another") in why
    golden.says("plan/staleness", "deleted, and another role has the name", why)


# --- what the plan itself does is no witness against it


@pytest.mark.parametrize(
    "leaving", [Update(an_id("a"), a_role("a"), a_role("b")), Delete(an_id("a"), a_role("a"))], ids=["rename", "delete"]
)
def test_a_role_that_the_plan_itself_moves_away_is_no_witness_for_a_create_of_its_old_name(leaving: Change) -> None:
    plan = a_plan(leaving, Create(a_role("a")))
    assert fit(plan, live([a_role("a")])) == Fit(open=plan.changes, done=(), stale=())


def test_a_create_whose_result_is_there_by_another_role_is_done() -> None:
    rename, create = Update(an_id("a"), a_role("a"), a_role("b")), Create(a_role("a"))
    witness = a_live_role("a", id_=an_id("another"))
    assert fit(a_plan(rename, create), (*live([a_role("a")]), witness)) == Fit((rename,), (create,), ())


def test_a_deleted_role_whose_name_the_plan_gives_to_a_new_one_is_done() -> None:
    plan = a_plan(Delete(an_id("a"), a_role("a")), Create(a_role("a", [])))
    assert fit(plan, (a_live_role("a", [], id_=an_id("new")),)) == Fit((), plan.changes, ())


def test_a_deleted_role_of_whose_name_the_plan_kept_another_is_done() -> None:
    plan = a_plan(Delete(an_id("a"), a_role("a")), unchanged=(a_role("a", []),))
    assert fit(plan, (a_live_role("a", [], id_=an_id("other")),)) == Fit((), plan.changes, ())


@given(tenants(), role_files())
def test_with_nobody_else_around_every_change_of_a_plan_is_open_and_once_done_all_are_done(
    roles: list[Role], desired: list[DesiredRole]
) -> None:
    tenant = Tenant(*live(roles))
    try:
        plan = make_plan(desired, tenant.list_roles(), target=TARGET, source=a_source())
    except InvalidInput:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
        raise
    assert fit(plan, tenant.list_roles()) == Fit(plan.changes, (), ())
    carry_out(approved(*plan.changes), Run(tenant, 2, Stop()))
    assert fit(plan, tenant.list_roles()) == Fit((), plan.changes, ())


# --- ids compare without case


@pytest.mark.parametrize("change", [an_update(), a_delete()], ids=["update", "delete"])
def test_ids_compare_without_case_and_a_change_goes_by_the_one_that_is_live(change: Update | Delete) -> None:
    assert change.before is not None
    found = fit(a_plan(change), [LiveRole(change.id.upper(), change.before, is_system=False)])
    assert [each.id for each in found.open] == [change.id.upper()]
    assert (found.done, found.stale) == ((), ())


def test_a_done_update_is_done_whatever_the_case_of_its_id() -> None:
    found = fit(a_plan(an_update()), [LiveRole(an_update().id.upper(), an_update().after, is_system=False)])
    assert found == Fit((), (an_update(),), ())


# --- several live roles of one name


def test_of_two_roles_of_one_name_the_id_says_which_one_is_meant() -> None:
    twins = (a_live_role("a", id_=an_id("first")), a_live_role("a", [], id_=an_id("second")))
    delete = Delete(an_id("first"), a_role("a"))
    assert fit(a_plan(delete), twins) == Fit((delete,), (), ())
    assert fit(a_plan(delete), twins[::-1]) == Fit((delete,), (), ())


@pytest.mark.parametrize("order", [1, -1])
def test_a_create_beside_two_roles_of_its_name_is_stale_where_one_of_them_is_another(order: int) -> None:
    twins = (a_live_role("a", id_=an_id("first")), a_live_role("a", [], id_=an_id("second")))[::order]
    (why,) = fit(a_plan(Create(a_role("a"))), twins).stale
    assert why.endswith(": - conversations.view")


def test_a_create_of_what_is_a_system_role_by_now_makes_the_plan_stale() -> None:
    (why,) = fit(a_plan(a_create()), (a_live_role(is_system=True),)).stale
    assert why.startswith("support-lead is a system role")


# --- what the plan was made for


def test_a_plan_for_another_tenant_is_stale_and_both_are_named(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_made_for(a_plan(a_create()), "https://other.example.org", None)
    assert TARGET in str(caught.value)
    assert "https://other.example.org" in str(caught.value)
    golden.says("plan/staleness", "another tenant", str(caught.value))


def test_a_plan_from_other_role_files_is_stale_and_both_digests_are_named(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_made_for(a_plan(a_create()), TARGET, "sha256:1")
    assert a_source().digest in str(caught.value)
    assert "sha256:1" in str(caught.value)
    golden.says("plan/staleness", "other role files", str(caught.value))


# --- the day


@pytest.mark.parametrize("valid_until", [None, TODAY, TODAY + timedelta(1)])
def test_a_plan_is_in_time_up_to_the_last_day_of_the_first_grant_that_ends(valid_until: Day | None) -> None:
    check_in_time(replace(a_plan(a_create()), valid_until=valid_until), TODAY)


def test_a_plan_is_stale_on_the_day_after_a_grant_of_its_roles_ended(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_in_time(replace(a_plan(a_create()), valid_until=TODAY), TODAY + timedelta(1))
    golden.says("plan/staleness", "a grant ended", str(caught.value))


# --- the catalogue


def test_a_plan_whose_grants_are_in_the_catalogue_as_they_were_is_not_stale() -> None:
    check_granted(a_plan(a_create()), [], [])


def test_a_plan_whose_grants_have_another_meaning_is_stale(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_granted(a_plan(a_create()), [], ["a.view (granted to clerk): name", "b.view (granted to lead): name"])
    golden.says("plan/staleness", "another meaning", str(caught.value))


def test_that_permissions_are_gone_is_told_first() -> None:
    with pytest.raises(StalePlan, match="no longer has permissions that the plan grants") as caught:
        check_granted(a_plan(a_create()), ["a.view"], ["b.view"])
    assert "b.view" not in str(caught.value)


# --- the configuration at hand


def test_a_plan_that_changes_what_the_configuration_now_excludes_is_stale(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_fits(a_plan(a_create("vendor-x")), the_system_roles(), Scope(ignore=("vendor-*",)))
    assert "vendor-x" in str(caught.value)
    golden.says("plan/staleness", "the configuration excludes a role", str(caught.value))


@pytest.mark.parametrize(
    ("case", "change", "scope", "named"),
    [
        ("ignored", a_delete("vendor-x"), Scope(ignore=("x", "Vendor-*")), ("vendor-x ", " Vendor-* ")),
        (
            "ignored before a rename",
            Update(an_id("a"), a_role("vendor-a"), a_role("a")),
            Scope(ignore=("vendor-*",)),
            ("a ", " vendor-* "),
        ),
        ("not managed", a_create("a"), Scope(manage=("b*",)), ("a ", "`manage:`")),
        (
            "not managed before a rename",
            Update(an_id("a"), a_role("a"), a_role("b")),
            Scope(manage=("b*",)),
            ("b ", "`manage:`"),
        ),
        ("reported", a_delete("a"), Scope("report"), (" a,", "`unmanaged: report`")),
    ],
)
def test_a_newer_configuration_that_leaves_a_changed_role_alone_is_told(
    case: str, change: Change, scope: Scope, named: tuple[str, ...], golden: Golden
) -> None:
    (why,) = left_alone(a_plan(change), [change], scope)
    assert [part for part in named if part not in why] == []
    golden.says("plan/staleness", f"left alone: {case}", why)


def test_a_configuration_that_speaks_of_other_roles_leaves_nothing_alone() -> None:
    changes = (a_create("a"), an_update("b"))
    assert left_alone(a_plan(*changes), changes, Scope("report", ("c",), ("a", "b"))) == []


def test_a_configuration_that_deletes_unmanaged_roles_leaves_no_delete_alone() -> None:
    assert left_alone(a_plan(a_delete()), [a_delete()], Scope("delete")) == []


def test_an_undo_deletes_what_its_journal_made_also_where_unmanaged_roles_are_reported() -> None:
    plan = a_plan(a_delete(), source=an_undo())
    assert left_alone(plan, plan.changes, Scope("report")) == []
    assert left_alone(plan, plan.changes, Scope("report", ignore=("temp-*",))) != []


def test_the_codes_of_a_difference_are_sorted_however_many() -> None:
    codes = [f"x.{letter}" for letter in "hgfedcba"]
    found = difference(a_role("a", codes), a_role("a", [code.upper() for code in codes]))
    assert found == ", ".join(
        [*(f"+ X.{letter}" for letter in "ABCDEFGH"), *(f"- x.{letter}" for letter in "abcdefgh")]
    )


def test_an_update_that_keeps_its_name_goes_on_beside_another_live_role_of_that_name() -> None:
    twin = LiveRole(an_id("twin"), a_role(permissions=["x.y"]), is_system=False)
    assert fitted(an_update(), to=(*BEFORE, twin)) == Fit(open=(an_update(),), done=(), stale=())


def test_a_rename_that_is_done_stays_done_beside_another_live_role_of_its_name() -> None:
    rename = an_update("new", before=Before(name="old"))
    there = LiveRole(rename.id, rename.after, is_system=False)
    twin = LiveRole(an_id("twin"), a_role("new", ["x.y"]), is_system=False)
    assert fitted(rename, to=(there, twin)) == Fit(open=(), done=(rename,), stale=())
