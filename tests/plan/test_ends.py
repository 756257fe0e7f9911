"""What the ends of grants mean for a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.roles import DesiredRole, Grant
from reconciler.plan.action import Origin
from reconciler.plan.changes import Plan, Update, source_of
from reconciler.plan.compare import make_plan
from reconciler.plan.ends import EndChanged, ends_changed, recently_ended, valid_until
from reconciler.plan.marks import with_marks
from reconciler.plan.origin import Share, Shares, by_origin, with_origins
from reconciler.policy.limits import Limit, Limits, objections
from tests.builders import TARGET, TODAY, a_live_role, a_location, a_role, a_source, an_update, the_system_roles

ITEM = Place("roles.d/clerk.yaml", 7, 5)


def after(days: int) -> Day:
    return TODAY + timedelta(days)


def clerk(
    *codes: str,
    ends: Mapping[str, Day | None] | None = None,
    ended: Mapping[str, Day] | None = None,
    name: str = "clerk",
) -> DesiredRole:
    """A role with these codes; those of `ends` come from an item of their own, those of `ended` are gone."""
    grants = {code: Grant(ITEM, until=end) for code, end in (ends or {}).items()}
    past = {code: Grant(ITEM, until=end) for code, end in (ended or {}).items()}
    return DesiredRole(a_role(name, [*codes, *grants]), a_location(), grants=grants, ended=past)


def plan_of(entry: DesiredRole, *live: str) -> Plan:
    roles = [a_live_role(entry.role.name, live), *the_system_roles()]
    return make_plan([entry], roles, target=TARGET, source=a_source())


def test_a_plan_is_valid_until_the_first_end_of_a_grant_that_is_held() -> None:
    roles = [clerk("a.view"), clerk(ends={"a.edit": after(9), "b.edit": after(3), "c.edit": None}), clerk("b.view")]
    assert valid_until(roles) == after(3)
    assert valid_until([clerk(ended={"a.view": after(-1)})]) is None


def test_a_revoke_of_a_code_whose_grant_ended_says_so() -> None:
    (change,) = plan_of(clerk("a.view", ended={"a.edit": after(-3), "b.edit": after(-3)}), "a.view", "a.edit").changes
    assert {code: grant.until for code, grant in change.ended.items()} == {"a.edit": after(-3)}


@pytest.mark.parametrize(("days", "counted"), [(0, 0), (1, 1), (7, 1), (8, 0), (3650, 0)])
def test_a_revoke_by_an_end_of_the_last_seven_days_is_recent(days: int, counted: int) -> None:
    (change,) = plan_of(clerk("a.view", ended={"a.edit": after(-days)}), "a.view", "a.edit").changes
    assert len(recently_ended(change, TODAY)) == counted
    assert recently_ended(change, None) == frozenset()


@pytest.mark.parametrize(("days", "reasons"), [(1, 0), (7, 0), (8, 1)])
def test_a_recent_end_does_not_count_towards_the_limit_of_revokes(days: int, reasons: int) -> None:
    plan = replace(plan_of(clerk("a.view", ended={"a.edit": after(-days)}), "a.view", "a.edit"), today=TODAY)
    assert len(objections(plan, Limits(max_revokes=Limit(0))).plan) == reasons
    assert plan.summary().revokes == 1
    assert plan.summary().revokes_ended == 1 - reasons


def with_base(entry: DesiredRole, base: DesiredRole, *live: str) -> Plan:
    return with_origins(plan_of(entry, *live), {base.role.name: base}, [entry])


def test_a_change_that_only_follows_an_end_has_the_origin_ended() -> None:
    entry = clerk("a.view", ended={"a.edit": after(-3)})
    plan = with_base(entry, entry, "a.view", "a.edit")
    assert [change.origin for change in plan.changes] == [Origin.ENDED]
    assert by_origin(plan) == Shares(Share(0, 0), Share(0, 0))


def test_the_rest_of_a_change_is_an_edit_or_drift_as_if_nothing_had_ended() -> None:
    ended = {"a.edit": after(-3)}
    edited = with_base(clerk("a.view", "b.view", ended=ended), clerk("a.view", ended=ended), "a.view", "a.edit")
    assert [change.origin for change in edited.changes] == [Origin.EDIT]
    assert by_origin(edited) == Shares(Share(1, 0), Share(0, 0))
    same = clerk("a.view", ended=ended)
    drifted = with_base(same, same, "a.view", "a.edit", "b.view")
    assert [(change.origin, set(change.drifted)) for change in drifted.changes] == [(Origin.DRIFT, {"b.view"})]
    assert by_origin(drifted) == Shares(Share(0, 0), Share(0, 1))


def test_a_role_that_is_new_in_the_files_may_have_a_grant_that_ended() -> None:
    entry = clerk("a.view", ended={"a.edit": after(-3)})
    plan = with_origins(plan_of(entry, "a.view", "a.edit", "b.view"), {}, [entry])
    assert [change.origin for change in plan.changes] == [Origin.BOTH]


def test_a_grant_that_ended_and_was_not_revoked_yet_is_no_drift() -> None:
    base = clerk("a.view", ended={"a.edit": after(-3)})
    longer = with_base(clerk("a.view", "b.view", ends={"a.edit": after(9)}), base, "a.view", "a.edit")
    assert [(change.origin, set(change.drifted)) for change in longer.changes] == [(Origin.EDIT, set())]
    removed = with_base(clerk("a.view"), base, "a.view", "a.edit")
    assert [(change.origin, set(change.drifted)) for change in removed.changes] == [(Origin.EDIT, set())]
    again = with_base(clerk("a.view", ends={"a.edit": after(9)}), base, "a.view")
    assert [(change.origin, set(change.drifted)) for change in again.changes] == [(Origin.EDIT, set())]


def test_an_end_that_an_edit_moved_into_the_past_is_ended_and_changed() -> None:
    base = clerk("a.view", ends={"a.edit": after(30)})
    plan = with_base(clerk("a.view", ended={"a.edit": after(-3)}), base, "a.view", "a.edit")
    assert [change.origin for change in plan.changes] == [Origin.ENDED]
    assert plan.ends_changed == (EndChanged("clerk", "a.edit", after(30), after(-3), ITEM),)


@pytest.mark.parametrize(
    ("before", "now"), [(after(3), after(9)), (after(9), after(3)), (None, after(3)), (after(3), None)]
)
def test_an_end_that_differs_from_the_base_is_listed(before: Day | None, now: Day | None) -> None:
    base, entry = clerk(ends={"a.edit": before}), clerk(ends={"a.edit": now})
    assert ends_changed({"clerk": base}, {"clerk": "clerk"}, [entry]) == (
        EndChanged("clerk", "a.edit", before, now, ITEM),
    )


@pytest.mark.parametrize(
    ("base", "entry", "before", "now"),
    [
        (clerk("a.edit"), clerk(ends={"a.edit": after(3)}), None, after(3)),
        (clerk("a.edit"), clerk(ended={"a.edit": after(-3)}), None, after(-3)),
        (clerk(ended={"a.edit": after(-3)}), clerk("a.edit"), after(-3), None),
    ],
)
def test_a_code_alone_has_no_end(base: DesiredRole, entry: DesiredRole, before: Day | None, now: Day | None) -> None:
    (changed,) = ends_changed({"clerk": base}, {"clerk": "clerk"}, [entry])
    assert (changed.before, changed.after) == (before, now)


def test_changed_ends_are_sorted_by_role_and_code() -> None:
    codes, names = [f"a.{letter}" for letter in "hgfedcba"], ("lead", "clerk")
    base = {name: clerk(*codes, name=name) for name in names}
    entries = [clerk(ends=dict.fromkeys(codes, after(3)), name=name) for name in names]
    found = ends_changed(base, {name: name for name in names}, entries)
    assert [(each.role, each.code) for each in found] == [
        (name, code) for name in sorted(names) for code in sorted(codes)
    ]


def test_an_end_that_is_taken_away_stands_at_the_plain_code() -> None:
    (changed,) = ends_changed({"clerk": clerk(ends={"a.edit": after(3)})}, {"clerk": "clerk"}, [clerk("a.edit")])
    assert (changed.after, changed.place) == (None, a_location().place)


def test_a_code_that_is_new_or_gone_has_no_changed_end() -> None:
    base, entry = clerk("b.view", ends={"a.edit": after(3)}), clerk("b.view", ends={"c.edit": after(3)})
    assert ends_changed({"clerk": base}, {"clerk": "clerk"}, [entry]) == ()
    assert ends_changed({}, {}, [entry]) == ()
    assert ends_changed({"clerk": clerk("a.view")}, {"clerk": "clerk"}, [clerk("a.view")]) == ()


def test_ends_are_compared_with_the_role_that_is_continued() -> None:
    base = clerk(ends={"a.edit": after(3)}, name="chief")
    entry = replace(clerk(ends={"a.edit": after(9)}), renamed_from=("chief",))
    assert [each.role for each in with_base(entry, base).ends_changed or ()] == ["clerk"]


def test_a_plan_without_a_base_knows_of_no_changed_end() -> None:
    assert plan_of(clerk("a.view")).ends_changed is None


SET_LINE = Place("roles.d/sets.yaml", 2, 5)


def including(name: str = "clerk") -> DesiredRole:
    """A role that has `a.edit` through the set that it includes in line 4, and `a.view` from its own pattern."""
    grants = {"a.edit": Grant(SET_LINE, "answering"), "a.view": Grant(ITEM, pattern="*.view")}
    return DesiredRole(
        a_role(name, grants), a_location(), grants=grants, includes={"answering": Place("roles.d/clerk.yaml", 4, 11)}
    )


def marks_of(plan: Plan) -> Mapping[str, tuple[int, int]]:
    (change,) = plan.changes
    assert change.location
    return change.location.marks


def test_a_code_of_a_set_that_did_not_change_is_marked_at_the_include() -> None:
    plan = plan_of(including(), "x.y")
    assert marks_of(with_marks(plan, {"answering": frozenset({"a.edit"})}, [including()])) == {"a.edit": (4, 11)}


@pytest.mark.parametrize("sets", [{}, {"answering": frozenset({"b.edit"})}, {"other": frozenset({"a.edit"})}])
def test_a_code_that_is_new_in_its_set_has_no_mark(sets: Mapping[str, frozenset[str]]) -> None:
    assert marks_of(with_marks(plan_of(including(), "x.y"), sets, [including()])) == {}


def test_roles_that_include_nothing_and_deletes_keep_their_marks() -> None:
    sets = {"answering": frozenset({"a.edit"})}
    plan = make_plan([clerk("a.view")], [a_live_role("other"), *the_system_roles()], target=TARGET, source=a_source())
    assert with_marks(plan, sets, [clerk("a.view")]) == plan


def test_the_source_of_a_code_is_its_item_or_the_line_of_the_role() -> None:
    (change,) = plan_of(including(), "x.y").changes
    assert source_of(change, "a.edit") == Grant(SET_LINE, "answering")
    (plain,) = plan_of(clerk("a.view"), "x.y").changes
    assert source_of(plain, "a.view") == Grant(a_location().place)
    assert isinstance(change, Update)
    assert source_of(replace(an_update(), location=None), "a.view") is None
