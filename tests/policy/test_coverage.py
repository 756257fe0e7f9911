"""How much policies guard, against trying every pair."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from reconciler.model.catalogue import Lock
from reconciler.model.roles import DesiredRole, Grant
from reconciler.policy.coverage import Coverage, Share, Unguarded, coverage
from reconciler.policy.rules import Apart, Check, Policies, Policy
from tests.policy import oracle
from tests.policy.builders import (
    TODAY,
    a_holder,
    a_lock,
    a_policy,
    apart,
    can,
    can_only,
    cannot,
    keys,
    needs,
    policies,
)
from tests.policy.generated import CODES, LOCKS, some_policies, some_roles

LOCK = a_lock("a.a", "a.b", "c.c")


@pytest.mark.parametrize(
    ("check", "grants", "revokes"),
    [
        (cannot("a.b"), 1, 0),
        (can("a.a"), 0, 1),
        (can_only("a.*"), 1, 0),
        (needs("a.*", reason=True), 1, 0),
        (apart(["a.a"], ["c.c"]), 1, 0),
        (apart(["a.b"], ["c.c"]), 0, 0),
        (keys("owner"), 0, 0),
    ],
)
def test_what_each_check_would_notice(check: Check, grants: int, revokes: int) -> None:
    found = coverage(policies(check), [a_holder("a.a")], LOCK)
    assert (found.grants, found.revokes) == (Share(grants, 2), Share(revokes, 1))


def test_a_policy_guards_only_the_roles_that_it_is_about() -> None:
    roles = [a_holder(name=name) for name in ("a", "b")]
    found = coverage(policies(a_policy(cannot("a.a", "a.b", "c.c"), roles=["a"])), roles, LOCK)
    assert found.grants == Share(3, 6)
    assert found.least_guarded == tuple(Unguarded(code, ("b",)) for code in ("a.a", "a.b", "c.c"))


def test_the_codes_that_most_roles_could_gain_come_first_and_ten_are_named() -> None:
    lock = a_lock(*(f"a.c{number:02}" for number in range(12)))
    roles = [a_holder("a.c00", name="b"), a_holder("a.c00", "a.c01", name="a")]
    least = coverage(policies(), roles, lock).least_guarded
    assert [each.code for each in least] == [f"a.c{number:02}" for number in range(2, 12)]
    assert least[0].roles == ("a", "b")


def test_the_least_guarded_codes_are_sorted_by_the_number_of_roles() -> None:
    roles = [a_holder("a.a", name="x"), a_holder("a.a", "a.b", name="y"), a_holder(name="z")]
    least = coverage(policies(), roles, LOCK).least_guarded
    assert [(each.code, each.roles) for each in least] == [
        ("c.c", ("x", "y", "z")),
        ("a.b", ("x", "z")),
        ("a.a", ("z",)),
    ]


def _tried(asked: Policies, roles: list[DesiredRole], lock: Lock) -> Coverage:
    """The same by asking the oracle for the findings of each role with and without each code."""
    counts = {"grants": [0, 0], "revokes": [0, 0]}
    gaps: dict[str, list[str]] = {}
    for entry in roles:
        before = oracle.findings(asked, [entry], TODAY, lock)
        for code in lock.permissions:
            role = entry.role
            holds = code in role.permissions
            changed = role.permissions - {code} if holds else role.permissions | {code}
            grants = {**entry.grants, **({} if holds else {code: Grant(entry.location.place)})}
            other = replace(entry, role=replace(role, permissions=changed), grants=grants)
            after = oracle.findings(asked, [other], TODAY, lock)
            noticed = any(
                not any(
                    policy == old_policy and (set(codes) <= set(old) if codes else not old)
                    for old_policy, _, old in before
                )
                for policy, _, codes in after
            )
            share = counts["revokes" if holds else "grants"]
            share[0] += noticed
            share[1] += 1
            if not holds and not noticed:
                gaps.setdefault(code, []).append(role.name)
    least = sorted(gaps.items(), key=lambda item: (-len(item[1]), item[0]))[:10]
    named = tuple(Unguarded(code, tuple(names)) for code, names in least)
    return Coverage(Share(*counts["grants"]), Share(*counts["revokes"]), named)


def _can_be(policy: Policy, lock: Lock) -> bool:
    """Whether no code is in two groups of the policy, which is an error."""
    groups = policy.check.groups if isinstance(policy.check, Apart) else ()
    return all(sum(oracle.listed(group, code, set(lock.permissions)) for group in groups) < 2 for code in CODES)


@given(some_policies(), some_roles(), LOCKS)
def test_the_counts_are_those_of_trying_every_pair(asked: Policies, roles: list[DesiredRole], lock: Lock) -> None:
    asked = Policies(tuple(policy for policy in asked.policies if _can_be(policy, lock)))
    assert coverage(asked, roles, lock) == _tried(asked, roles, lock)
