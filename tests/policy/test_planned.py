"""What policies find in a plan, and what refuses it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import Refused
from reconciler.model.findings import Place
from reconciler.model.policy_findings import denied
from reconciler.model.roles import DesiredRole, Grant, LiveRole, Role
from reconciler.plan.changes import Plan
from reconciler.plan.compare import make_plan
from reconciler.plan.only import only_revokes
from reconciler.plan.scope import Scope
from reconciler.policy.judge import approve, judge
from reconciler.policy.limits import Limit, Limits, objections
from reconciler.policy.planned import on_a_later_day, with_findings, with_given_back
from reconciler.policy.rules import Policies
from tests.builders import (
    TARGET,
    Before,
    a_comparison,
    a_create,
    a_delete,
    a_live_role,
    a_plan,
    a_role,
    a_source,
    an_update,
    the_system_roles,
)
from tests.policy.builders import (
    TODAY,
    a_holder,
    a_policy,
    a_waiver,
    apart,
    brief,
    can_only,
    cannot,
    keys,
    needs,
    policies,
)
from tests.policy.generated import CODES, NAMES, some_policies, some_roles
from tests.sentences import Golden

NO_LIMITS = Limits(Limit(999), Limit(999))
WIDE = a_plan(a_create("support-lead", ["a.b"]))
NARROW = a_plan(an_update("support-lead", ["a.b"], before=Before(["a.b", "c.d"])))
DENY = policies(cannot("a.b"))


def found(plan: Plan, asked: Policies = DENY, *more: DesiredRole) -> Plan:
    return with_findings(plan, [a_holder("a.b"), *more], asked, TODAY)


def news(asked: Policies, now: DesiredRole, base: DesiredRole) -> list[bool | None]:
    """Whether each finding in a role is new in a comparison with its earlier state."""
    live = LiveRole(base.role.name, base.role, is_system=False)
    plan = make_plan([now], [live], target="", source=a_comparison())
    return [each.new for each in with_findings(plan, [now], asked, TODAY, None, {base.role.name: base}).findings]


REASON = {"a.b": Grant(Place("roles.d/a.yaml", 4), reason="OPS-1")}


@pytest.mark.parametrize(
    ("asked", "now", "base", "new"),
    [
        (policies(cannot("a.b")), a_holder("a.b"), a_holder("a.b"), False),
        (policies(cannot("a.b")), a_holder("a.b"), a_holder("c.d"), True),
        (policies(can_only("c.d")), a_holder("a.b"), a_holder("a.b"), False),
        (policies(apart(["a.b"], ["c.d", "e.f"])), a_holder("a.b", "c.d"), a_holder("a.b", "c.d", "e.f"), False),
        (policies(apart(["a.b"], ["c.d", "e.f"])), a_holder("a.b", "c.d", "e.f"), a_holder("a.b", "c.d"), True),
        (policies(needs("a.b", reason=True)), a_holder("a.b"), a_holder("a.b"), False),
        (policies(needs("a.b", reason=True)), a_holder("a.b"), a_holder("a.b", grants=REASON), True),
        (policies(keys("owner")), a_holder("a.b"), a_holder("a.b"), False),
        (policies(keys("owner")), a_holder("a.b"), a_holder("a.b", owner=["a team"]), True),
        (policies(keys("description")), a_holder(description=""), a_holder(description="", owner=["a team"]), False),
        (policies(a_policy(cannot("a.b"), roles=["now-*"])), a_holder("a.b", name="now-a"), a_holder("a.b"), True),
    ],
)
def test_in_a_comparison_a_finding_is_new_if_the_base_did_not_have_it(
    asked: Policies, now: DesiredRole, base: DesiredRole, *, new: bool
) -> None:
    after = replace(now, renamed_from=() if now.role.name == base.role.name else (base.role.name,))
    assert news(asked, after, base) == [new]


def test_in_a_comparison_one_missing_key_says_nothing_of_another() -> None:
    asked = policies(keys("owner", "description"))
    assert sorted(map(bool, news(asked, a_holder(description=""), a_holder()))) == [False, True]


def refused(plan: Plan) -> bool:
    return bool(judge(plan, NO_LIMITS).reasons)


def test_a_plan_that_creates_what_a_policy_denies_is_refused() -> None:
    plan = found(WIDE)
    judged = judge(plan, NO_LIMITS)
    assert [(reason.rule, reason.role) for reason in judged.reasons] == [("policy/rule", "support-lead")]
    assert judged.plan.refused == plan.findings
    assert [finding.new for finding in plan.findings] == [True]


def test_a_plan_that_creates_a_role_without_permissions_is_refused_too() -> None:
    plan = with_findings(a_plan(a_create("support-lead", [])), [a_holder()], policies(keys("owner")), TODAY)
    assert refused(plan)


def test_a_plan_of_revokes_causes_no_finding() -> None:
    assert [finding.new for finding in found(only_revokes(WIDE)).findings] == [False]
    assert not refused(found(only_revokes(WIDE)))


def test_a_plan_that_grants_nothing_is_not_refused() -> None:
    plan = found(NARROW)
    assert denied(plan.findings)
    assert not refused(plan)
    assert not refused(found(a_plan(a_delete("other"), unchanged=(a_role("support-lead", ["a.b"]),))))


def test_a_grant_to_any_role_is_enough() -> None:
    grant = a_create("other", ["x.y"])
    plan = found(a_plan(grant, unchanged=(a_role("support-lead", ["a.b"]),)), DENY, a_holder("x.y", name="other"))
    assert refused(plan)
    assert [(finding.role, finding.new) for finding in plan.findings] == [("support-lead", False)]


def test_what_is_waived_or_only_warned_of_refuses_nothing() -> None:
    assert not refused(found(WIDE, policies(cannot("a.b"), waivers=[a_waiver(["a.b"])])))
    assert not refused(found(WIDE, policies(a_policy(cannot("a.b"), level="warn"))))


def test_roles_that_stay_are_judged_as_warnings() -> None:
    staying = {"unmanaged": (a_role("temp", ["a.b"]),), "ignored": (a_role("vendor", ["a.b"]),)}
    plan = with_findings(replace(WIDE, **staying), [], DENY, TODAY)  # type: ignore[arg-type] # roles by key
    assert [(finding.role, finding.severity) for finding in plan.findings] == [
        ("temp", "warning"),
        ("vendor", "warning"),
    ]


def test_the_codes_that_need_a_reason_are_sensitive() -> None:
    asked = policies(needs("a.*", "z.z", reason=True), cannot("c.d"))
    plan = with_findings(replace(WIDE, unmanaged=(a_role("temp", ["a.x", "c.d"]),)), [a_holder("a.b")], asked, TODAY)
    assert plan.sensitive == {"a.b", "a.x"}
    assert with_given_back(WIDE, asked, TODAY).sensitive == {"a.b"}
    assert found(WIDE).sensitive == frozenset()


def test_a_renamed_role_is_compared_with_the_role_that_it_was() -> None:
    rename = an_update("support-lead", ["a.b"], before=Before(["a.b"], name="shift-lead"))
    assert [finding.new for finding in found(a_plan(rename)).findings] == [False]


def test_an_idle_waiver_is_a_note() -> None:
    plan = found(replace(WIDE, notes=("z",)), policies(cannot("c.d"), waivers=[a_waiver(["c.d"])]))
    assert len(plan.notes) == 2
    assert list(plan.notes) == sorted(plan.notes)


def test_the_reasons_name_each_policy_once(golden: Golden) -> None:
    asked = policies(cannot("a.b", "c.d", "e.f"), can_only("a.b", "c.d"))
    plan = with_findings(WIDE, [a_holder("a.b", "c.d", "e.f")], asked, TODAY)
    with pytest.raises(Refused) as caught:
        approve(judge(plan, NO_LIMITS))
    golden.says("policy/judge", "a policy refuses", str(caught.value))


@pytest.mark.parametrize(
    ("codes", "more"), [(1, ""), (2, " (and 1 more finding of this policy)"), (3, "2 more findings")]
)
def test_a_reason_counts_the_other_findings_of_its_policy(codes: int, more: str) -> None:
    held = ["a.a", "a.b", "a.c"][:codes]
    plan = with_findings(WIDE, [a_holder(*held)], policies(cannot("a.*")), TODAY)
    (reason,) = judge(plan, NO_LIMITS).reasons
    assert more in reason.message
    assert ("more finding" in reason.message) is bool(more)


def test_an_undo_is_judged_by_what_it_gives_back() -> None:
    plan = a_plan(a_create("support-lead", ["a.b"]), a_delete("other", ["c.d"]))
    judged = with_given_back(plan, policies(cannot("a.b", "c.d"), keys("owner")), TODAY)
    assert [brief(finding) for finding in judged.findings] == [("rule", "support-lead", ("a.b",))]
    assert refused(judged)


# -------------------------------------------------------------------------------------------------------- a saved plan


def test_a_saved_plan_stays_refused_though_only_narrowing_is_left() -> None:
    plan = found(WIDE)
    left = replace(plan, changes=())
    assert judge(left, NO_LIMITS, asked=plan).reasons
    assert not judge(left, NO_LIMITS).reasons


@pytest.mark.parametrize(("days", "stays"), [(0, False), (1, False), (2, True)])
def test_a_saved_plan_is_refused_once_a_waiver_that_it_relied_on_has_ended(days: int, *, stays: bool) -> None:
    waiver = a_waiver(["a.b"], until=TODAY + timedelta(1))
    plan = found(WIDE, policies(cannot("a.b"), waivers=[waiver]))
    later = on_a_later_day(plan, TODAY + timedelta(days), ())
    assert refused(later) is stays
    assert ("waiver ended on 2026-11-30" in later.findings[0].message) is stays


def test_what_the_files_at_hand_deny_is_denied_too() -> None:
    here = found(WIDE).findings
    assert on_a_later_day(WIDE, TODAY, here).findings == here
    waived = found(WIDE, policies(cannot("a.b"), waivers=[a_waiver(["a.b"])]))
    assert on_a_later_day(waived, TODAY, here).findings == here
    assert on_a_later_day(found(WIDE), TODAY, here).findings == here


def test_a_finding_whose_policy_has_another_why_at_hand_is_not_told_twice() -> None:
    saved = found(WIDE)
    here = found(WIDE, policies(a_policy(cannot("a.b"), why="Refunds move money."))).findings
    assert on_a_later_day(saved, TODAY, here).findings == saved.findings


def test_what_the_files_at_hand_deny_is_sorted_in() -> None:
    here = found(WIDE, policies(a_policy(cannot("a.b"), "earlier"))).findings
    assert [brief(each)[0] for each in on_a_later_day(found(WIDE), TODAY, here).findings] == ["earlier", "rule"]


def test_what_the_files_at_hand_allow_does_not_lift_a_refusal() -> None:
    waived = found(WIDE, policies(cannot("a.b"), waivers=[a_waiver(["a.b"])])).findings
    assert refused(on_a_later_day(found(WIDE), TODAY, waived))


def test_two_keys_of_one_role_are_two_findings_of_a_saved_plan() -> None:
    plan = with_findings(WIDE, [a_holder(description="")], policies(keys("owner", "description")), TODAY)
    assert len(on_a_later_day(plan, TODAY, plan.findings).findings) == 2


# ----------------------------------------------------------------------------------------------------------------- laws

LIVE = st.lists(
    st.builds(a_live_role, st.sampled_from((*NAMES, "other")), st.lists(st.sampled_from(CODES), unique=True)),
    max_size=4,
    unique_by=lambda role: role.role.name,
)


@given(some_policies(), some_roles(), LIVE, st.sampled_from(["delete", "report"]), st.integers(0, 9))
def test_a_plan_is_refused_exactly_when_a_limit_exists_or_it_gives_something_and_something_is_denied(
    asked: Policies, roles: list[DesiredRole], live: list[object], unmanaged: object, most: int
) -> None:
    scope = Scope(unmanaged)  # type: ignore[arg-type] # one of the two words
    every = [*the_system_roles(), *live]
    plan = make_plan(roles, every, target=TARGET, source=a_source(), scope=scope)  # type: ignore[arg-type]
    plan = with_findings(plan, roles, asked, TODAY)
    limits = Limits(Limit(most), Limit(most))
    gives = any(change.action.value == "create" or change.granted for change in plan.changes)
    judged = judge(plan, limits)
    expected = bool(objections(plan, limits).plan) or (gives and bool(denied(plan.findings)))
    assert bool(judged.reasons) is expected
    assert bool(judged.plan.refused) is expected


def _apart_after(role: Role) -> bool:
    return {"a.a", "b.b"} <= role.permissions


@given(st.lists(st.sampled_from(CODES), unique=True), st.lists(st.sampled_from(CODES), unique=True))
def test_an_undo_is_denied_exactly_when_a_code_that_it_gives_back_meets_another(
    before: list[str], after: list[str]
) -> None:
    plan = a_plan(an_update("lead", after, before=Before(before)))
    judged = with_given_back(plan, policies(apart(["a.a"], ["b.b"])), TODAY)
    gives = {"a.a", "b.b"} & (set(after) - set(before))
    assert bool(judged.findings) is (_apart_after(a_role("lead", after)) and bool(gives))
