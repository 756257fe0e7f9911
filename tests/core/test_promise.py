from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.plan import Change, Create, Delete, Update
from reconciler.promise import Fit, difference, fit
from reconciler.roles import LiveRole
from tests.apply.tenant import live
from tests.builders import a_create, a_delete, a_live_role, a_plan, a_role, an_id, an_update, the_system_roles


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
    ("change", "to", "why"),
    [
        (a_create(), OTHER, "support-lead was to be created, and is live now: + billing.manage, - conversations.view"),
        (an_update(), OTHER, "support-lead changed since the plan was made: + billing.manage"),
        (an_update(), (), f"support-lead was to be updated, and is gone (id {an_update().id})"),
        (
            a_delete(),
            live([a_role("temp-role", ["contacts.view"], "Kept.")]),
            'temp-role was to be deleted, and changed since: description "For now." -> "Kept."',
        ),
    ],
    ids=["create", "update", "update gone", "delete"],
)
def test_a_role_that_is_neither_makes_the_plan_stale_and_the_difference_is_shown(
    change: Change, to: tuple[LiveRole, ...], why: str
) -> None:
    assert fitted(change, to=to) == Fit(open=(), done=(), stale=(why,))


def test_a_rename_to_a_name_that_another_role_has_now_is_stale() -> None:
    rename = Update(an_id("old"), a_role("old"), a_role("new"))
    assert fitted(rename, to=live([a_role("old"), a_role("new")])).stale == (
        "old was to become new, and another role has that name now",
    )


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
def test_a_change_of_a_system_role_makes_the_plan_stale(change: Change, to: tuple[LiveRole, ...]) -> None:
    (why,) = fitted(change, to=to).stale
    assert why.endswith("is a system role, which reconciler never writes to")


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


def test_a_delete_whose_name_another_role_has_now_is_stale() -> None:
    found = fit(a_plan(a_delete("temp-role")), (a_live_role("temp-role", id_=an_id("another")), *the_system_roles()))
    (why,) = found.stale
    assert why.startswith("temp-role was to be deleted and is gone, and another role has that name now")
