from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.policy.limits import NO_SYSTEM_ROLE, Limit, Limits, Objections, objections
from tests.builders import Before, a_comparison, a_create, a_delete, a_plan, a_role, a_source, an_undo, an_update

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from tests.sentences import Golden

NONE = Limit(0)


def deleting(deletes: int, of: int, codes: int = 0) -> Plan:
    """A plan that deletes so many of so many live custom roles, each with so many codes."""
    permissions = [f"area.code-{number}" for number in range(codes)]
    return a_plan(
        *(a_delete(f"old-{number}", permissions) for number in range(deletes)),
        unchanged=tuple(a_role(f"kept-{number}", permissions) for number in range(of - deletes)),
    )


def reasons(plan: Plan, limits: Limits = Limits()) -> str:
    return "\n".join(finding.sentence for finding in objections(plan, limits).plan)


# --- comparisons


def compared(deletes: int, of: int, codes: int = 0) -> Plan:
    """A comparison of role files, which has no system role and no tenant."""
    return replace(deleting(deletes, of, codes), target="", source=a_comparison(), system=())


def test_a_comparison_without_a_system_role_may_pass() -> None:
    assert objections(compared(1, 10), Limits()) == Objections((), ())


def test_a_comparison_beyond_a_limit_names_the_roles_then_and_no_live_ones(golden: Golden) -> None:
    said = reasons(compared(6, 10, 4))
    assert "live" not in said
    golden.says("policy/limits", "6 of 10 roles left the files", said)


# --- deletes


def test_a_plan_without_changes_may_run() -> None:
    assert objections(a_plan(), Limits()).plan == ()


@pytest.mark.parametrize(("deletes", "of"), [(3, 3), (4, 16), (25, 100), (3, 4)])
def test_deletes_within_the_count_or_the_percentage_may_run(deletes: int, of: int) -> None:
    assert not reasons(deleting(deletes, of))


@pytest.mark.parametrize(("deletes", "of"), [(4, 15), (4, 4), (26, 100), (501, 2000)])
def test_deletes_above_both_are_refused(deletes: int, of: int) -> None:
    assert "max_deletes" in reasons(deleting(deletes, of))


def test_a_refusal_names_its_numbers_the_flag_the_configuration_and_the_roles(golden: Golden) -> None:
    said = reasons(deleting(4, 10))
    for named in ("4 of 10", "40 %", "25 %", "--max-deletes 4", "limits.max_deletes", "old-0, old-1, old-2, old-3"):
        assert named in said
    golden.says("policy/limits", "4 of 10 roles are deleted", said)


def test_a_refusal_names_ten_roles_and_counts_the_rest() -> None:
    assert "old-0, old-1, old-10, old-11, old-2, old-3, old-4, old-5, old-6, old-7 and 2 more. hint:" in reasons(
        deleting(12, 40)
    )


def test_a_refusal_of_ten_roles_names_them_all() -> None:
    assert "old-8, old-9. hint:" in reasons(deleting(10, 30))


@pytest.mark.parametrize(
    ("limits", "said"), [(Limits(max_deletes=NONE), "1 delete"), (Limits(max_revokes=NONE), "1 revoke")]
)
def test_one_that_is_too_many_is_told_in_the_singular(limits: Limits, said: str) -> None:
    assert re.search(rf"^{said} \(1 of 2 live .*, 50 %\) exceeds ", reasons(deleting(1, 2, codes=1), limits))


@pytest.mark.parametrize(
    ("number", "of", "percent", "share"),
    [
        (4, 15, 25, "27 %"),
        (21, 83, 25, "25.3 %"),
        (2_501, 10_000, 25, "25.01 %"),
        (1, 2, None, "50 %"),
        (1, 400, 0, "0.2 %"),
        (1, 10**15, 0, "1e-13 %"),
    ],
)
def test_a_share_has_as_many_digits_as_show_that_it_is_above_the_limit(
    number: int, of: int, percent: float | None, share: str
) -> None:
    assert Limit(0, percent).share(number, of) == share


def test_where_most_of_what_is_live_would_go_the_refusal_proposes_export() -> None:
    assert "reconciler export --dir roles.d" in reasons(deleting(6, 10))
    assert "export" not in reasons(deleting(5, 10))


def test_the_proposal_names_the_directory_of_this_plan(golden: Golden) -> None:
    plan = replace(deleting(4, 4), source=a_source("teams/access/"))
    assert "reconciler export --dir teams/access`" in reasons(plan)
    golden.says("policy/limits", "most live roles were never adopted", reasons(plan))


def test_no_export_is_proposed_for_a_plan_that_no_role_files_are_behind() -> None:
    assert "export" not in reasons(replace(deleting(4, 4), source=an_undo()))


def test_a_role_without_a_visible_name_is_quoted() -> None:
    assert '; roles: "". hint:' in reasons(a_plan(a_delete("")), Limits(NONE))


def test_it_proposes_export_whichever_limit_it_is_and_once() -> None:
    assert reasons(deleting(2, 2, codes=30)).count("reconciler export --dir roles.d") == 1
    assert reasons(deleting(6, 10, codes=30)).count("reconciler export --dir roles.d") == 1


def test_a_raised_limit_is_exactly_the_number() -> None:
    assert not reasons(deleting(4, 4), Limits(max_deletes=Limit(4)))
    assert "max_deletes (limit: 4 roles)" in reasons(deleting(5, 100), Limits(max_deletes=Limit(4)))


def test_a_raised_limit_of_one_is_told_in_the_singular() -> None:
    assert "max_deletes (limit: 1 role)" in reasons(deleting(2, 100), Limits(max_deletes=Limit(1)))


def test_a_limit_of_none_refuses_the_first_delete() -> None:
    assert reasons(deleting(1, 100), Limits(max_deletes=NONE))


def test_each_deleted_role_is_refused() -> None:
    assert [refusal.role for refusal in objections(deleting(4, 4), Limits()).roles] == [
        "old-0",
        "old-1",
        "old-2",
        "old-3",
    ]


# --- revokes


def test_the_codes_of_deleted_roles_count_as_revoked() -> None:
    assert "21 revokes (21 of 21 live (role, permission) pairs, 100 %)" in reasons(deleting(3, 3, codes=7))


def test_twenty_revokes_are_within_the_count() -> None:
    assert not reasons(deleting(2, 2, codes=10))


def test_revokes_within_the_percentage_may_run() -> None:
    assert not reasons(deleting(3, 12, codes=10))
    assert "max_revokes" in reasons(deleting(3, 11, codes=10))


def test_revokes_of_an_update_are_counted_and_its_grants_are_not() -> None:
    codes = [f"area.code-{number}" for number in range(21)]
    assert "21 revokes" in reasons(a_plan(an_update("x", ["new.code"], before=Before(permissions=codes))))
    assert not reasons(a_plan(an_update("x", codes), a_create("y", codes)))


# --- protect and system roles


def test_a_protected_role_is_not_deleted(golden: Golden) -> None:
    found = objections(a_plan(a_delete("billing-admin")), Limits(protect=("Billing-*",)))
    (finding,) = found.plan
    assert "role billing-admin " in finding.sentence
    golden.says("policy/limits", "a protected role is deleted", finding.sentence)
    assert [refusal.role for refusal in found.roles] == ["billing-admin"]


def test_a_protected_role_may_be_updated() -> None:
    assert not reasons(a_plan(an_update("billing-admin")), Limits(protect=("billing-admin",)))


def test_the_pattern_that_matches_is_the_one_that_is_named() -> None:
    assert "matches b* under" in reasons(a_plan(a_delete("billing")), Limits(protect=("a*", "b*")))


def test_a_live_state_without_any_system_role_is_refused_and_no_flag_allows_it(golden: Golden) -> None:
    plan = replace(a_plan(a_create("x")), system=())
    assert objections(plan, Limits()).plan == (NO_SYSTEM_ROLE,)
    golden.says("policy/limits", "no system role is live", NO_SYSTEM_ROLE.sentence)
    assert [refusal.role for refusal in objections(plan, Limits()).roles] == ["x"]


# --- the law


@given(
    deletes=st.integers(0, 60),
    kept=st.integers(0, 60),
    codes=st.integers(0, 5),
    count=st.integers(0, 40),
    percent=st.none() | st.integers(0, 100),
)
def test_a_plan_is_refused_just_where_the_arithmetic_of_the_interface_says_so(
    deletes: int, kept: int, codes: int, count: int, percent: int | None
) -> None:
    limit = Limit(count, percent)
    found = objections(deleting(deletes, deletes + kept, codes), Limits(limit, limit))
    share_of_roles = deletes / (deletes + kept) * 100 if deletes else 0.0
    too_many_roles = deletes > count and (percent is None or share_of_roles > percent + 1e-9)
    too_many_pairs = deletes * codes > count and (percent is None or share_of_roles > percent + 1e-9)
    assert [finding.rule for finding in found.plan] == [
        *(["max-deletes"] if too_many_roles else []),
        *(["max-revokes"] if too_many_pairs else []),
    ]


def test_refused_roles_are_sorted_and_each_protected_one_has_its_own_reason() -> None:
    plan = a_plan(a_delete("a", ["x.y"]), a_delete("b", ["x.y"]))
    found = objections(plan, Limits(NONE, NONE, ("a", "b")))
    assert [finding.role for finding in found.roles] == ["a", "a", "a", "b", "b", "b"]
    assert "role a would be deleted: it matches a under" in found.plan[0].sentence
    assert "role b would be deleted: it matches b under" in found.plan[1].sentence


def test_where_both_limits_refuse_the_proposal_of_export_comes_last() -> None:
    first, second = objections(a_plan(a_delete("a", ["x.y"])), Limits(NONE, NONE)).plan
    assert ("reconciler export" in first.hint, "reconciler export" in second.hint) == (False, True)
