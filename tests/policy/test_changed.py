"""Which rules differ between two commits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from reconciler.plan.rules_changed import RuleChange
from reconciler.plan.scope import Scope
from reconciler.policy.changed import Rules, rules_changed
from reconciler.policy.limits import Limit, Limits
from reconciler.policy.rules import Keys, Policies
from tests.policy.builders import TODAY, a_lock, a_policy, a_waiver, apart, can_only, cannot, keys, policies
from tests.policy.generated import some_policies

NOTHING = Rules()


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (NOTHING, Rules(policies=policies(cannot("a.b"))), ("policy", "rule", "added")),
        (Rules(policies=policies(cannot("a.b"))), NOTHING, ("policy", "rule", "removed")),
        (
            Rules(policies=policies(cannot("a.b"))),
            Rules(policies=policies(cannot("a.c"))),
            ("policy", "rule", "changed"),
        ),
        (
            Rules(policies=policies(apart(["a.b"], ["c.d"]))),
            Rules(policies=policies(apart(["a.b"], ["c.e"]))),
            ("policy", "rule", "changed"),
        ),
        (
            Rules(policies=policies(keys("owner"))),
            Rules(policies=policies(keys("owner", "description"))),
            ("policy", "rule", "changed"),
        ),
        (
            Rules(policies=policies(a_policy(can_only()))),
            Rules(policies=policies(a_policy(can_only(), roles=["x"]))),
            ("policy", "rule", "changed"),
        ),
        (NOTHING, Rules(policies=policies(waivers=[a_waiver()])), ("waiver", "rule/support-lead", "added")),
        (
            Rules(policies=policies(waivers=[a_waiver()])),
            Rules(policies=policies(waivers=[a_waiver(until=TODAY + timedelta(1))])),
            ("waiver", "rule/support-lead", "changed"),
        ),
        (NOTHING, Rules(limits=Limits(Limit(9))), ("limit", "max_deletes", "changed")),
        (NOTHING, Rules(max_tenants=Limit(5)), ("limit", "max_tenants", "added")),
        (Rules(max_tenants=Limit(5)), NOTHING, ("limit", "max_tenants", "removed")),
        (NOTHING, Rules(limits=Limits(protect=("vip",))), ("protect", "vip", "added")),
        (Rules(Scope(ignore=("v-*",))), NOTHING, ("ignore", "v-*", "removed")),
        (NOTHING, Rules(Scope("report")), ("unmanaged", "unmanaged", "changed")),
        (NOTHING, Rules(lock=a_lock("a.b")), ("lock", "lock", "added")),
        (Rules(lock=a_lock("a.b")), Rules(lock=a_lock("a.c")), ("lock", "lock", "changed")),
    ],
)
def test_each_kind_of_rule_that_differs_is_named(before: Rules, now: Rules, change: tuple[str, str, str]) -> None:
    assert [found[:3] for found in rules_changed(before, now)] == [change]


@pytest.mark.parametrize(
    ("before", "now", "values"),
    [
        (NOTHING, Rules(limits=Limits(Limit(9))), ("3 roles and 25 %", "9 roles")),
        (NOTHING, Rules(limits=Limits(max_revokes=Limit(1, 5))), ("20 revokes and 25 %", "1 revoke and 5 %")),
        (NOTHING, Rules(max_tenants=Limit(5, 10)), (None, "5 tenants and 10 %")),
        (Rules(max_tenants=Limit(1)), Rules(max_tenants=Limit(2)), ("1 tenant", "2 tenants")),
        (NOTHING, Rules(Scope("report")), ("delete", "report")),
        (NOTHING, Rules(lock=a_lock("a.b")), (None, "permissions.lock.yaml")),
        (Rules(lock=a_lock("a.b")), NOTHING, ("permissions.lock.yaml", None)),
        (NOTHING, Rules(policies=policies(cannot("a.b"))), (None, None)),
    ],
)
def test_what_is_short_to_read_is_there_before_and_after(
    before: Rules, now: Rules, values: tuple[str | None, str | None]
) -> None:
    assert [found[3:] for found in rules_changed(before, now)] == [values]


def test_places_and_orders_are_no_difference() -> None:
    before = policies(
        apart(["a.b"], ["c.d", "e.f"]), Keys(("owner", "description")), waivers=[a_waiver(["a.b", "c.d"])]
    )
    now = policies(
        apart(["e.f", "c.d"], ["a.b"]), Keys(("description", "owner")), waivers=[a_waiver(["c.d", "a.b"], line=9)]
    )
    assert rules_changed(Rules(policies=before), Rules(policies=now)) == ()


def test_changes_are_sorted_by_kind_and_name() -> None:
    now = Rules(Scope("report", ignore=("b", "a")), policies=policies(cannot("a.b")))
    assert rules_changed(NOTHING, now) == (
        RuleChange("ignore", "a", "added"),
        RuleChange("ignore", "b", "added"),
        RuleChange("policy", "rule", "added"),
        RuleChange("unmanaged", "unmanaged", "changed", "delete", "report"),
    )


@given(some_policies(), some_policies())
def test_a_comparison_the_other_way_says_the_opposite(one: Policies, other: Policies) -> None:
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    there = rules_changed(Rules(policies=one), Rules(policies=other))
    back = rules_changed(Rules(policies=other), Rules(policies=one))
    assert [(found.kind, found.name, opposite[found.change]) for found in there] == [found[:3] for found in back]
    assert rules_changed(Rules(policies=one), Rules(policies=one)) == ()
