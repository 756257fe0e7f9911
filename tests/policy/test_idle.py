"""Policies that cannot fire."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from reconciler.model.catalogue import Lock
from reconciler.model.findings import Finding
from reconciler.model.roles import DesiredRole
from reconciler.policy.idle import idle_parts
from reconciler.policy.rules import Check, Policies, Policy
from tests.policy.builders import a_holder, a_lock, a_policy, apart, can, cannot, keys, needs, policies
from tests.sentences import Golden

LOCK = a_lock("a.view", "a.edit", "b.view", "old.view", withdrawn=["old.view"])
HOLDER = a_holder("a.view", "a.edit", "b.view")


def idle_policies(policies: Policies, desired: list[DesiredRole], lock: Lock | None) -> list[Finding]:
    """Both parts as one list, as a configuration without tenants has them."""
    return sorted(each for part in idle_parts(policies, desired, lock) for each in part)


def rules(*policy: Check | Policy, lock: bool = True) -> list[tuple[str, int]]:
    """Rule and line of each problem."""
    found = idle_policies(policies(*policy), [HOLDER], LOCK if lock else None)
    return [(finding.rule, finding.place.line) for finding in found if finding.place]


@pytest.mark.parametrize(
    "check",
    [cannot("a.view", "old.view", "a.*", "*.edit"), apart(["a.*"], ["b.view"]), needs("*.view", days=1), keys("owner")],
)
def test_a_policy_of_what_the_lock_has_is_not_idle(check: Check) -> None:
    assert rules(check) == []


def test_a_code_or_pattern_that_the_lock_does_not_have_is_idle() -> None:
    assert rules(cannot("a.vew", "a.view", "old.*", "*.delete")) == [("idle-policy", line) for line in (1, 3, 4)]


def test_a_glob_that_matches_no_desired_role_is_idle() -> None:
    policy = a_policy(cannot("a.view"), roles=["support-*", "sales-*"], except_roles=["x", "Support-Lead"])
    assert sorted(rules(policy)) == [("idle-policy", 1), ("idle-policy", 2)]


@pytest.mark.parametrize("lock", [True, False])
@pytest.mark.parametrize(
    "groups",
    [
        (["a.view"], ["a.view"]),
        (["a.view"], ["a.*"]),
        (["a.*"], ["a.view"]),
        (["a.*"], ["b.view"], ["*.view"]),
        (["a.*"], ["a.*"]),
    ],
)
def test_a_code_of_two_groups_is_idle(groups: tuple[list[str], ...], *, lock: bool) -> None:
    assert {rule for rule, _ in rules(apart(*groups), lock=lock)} == {"idle-policy"}


@pytest.mark.parametrize("groups", [(["x.y"], ["x.y"]), (["x.y"], ["x.*"]), (["x.*"], ["x.y"])])
def test_a_code_of_two_groups_is_idle_also_where_nothing_has_it(groups: tuple[list[str], ...]) -> None:
    assert rules(apart(*groups), lock=False) == [("idle-policy", 1)]


def test_with_a_lock_a_pattern_matches_its_codes_and_not_those_of_roles() -> None:
    found = idle_policies(policies(cannot("a.*")), [a_holder("a.view")], a_lock("b.view"))
    assert [finding.rule for finding in found] == ["idle-policy"]


def test_without_a_lock_the_same_pattern_in_two_groups_is_idle_though_no_role_holds_its_codes() -> None:
    assert rules(apart(["z.*"], ["z.*"]), lock=False) == [("idle-policy", 1)]


def test_a_code_twice_in_one_group_by_name_and_pattern_is_fine() -> None:
    assert rules(apart(["a.view", "a.*"], ["b.view"])) == []


def test_without_a_lock_any_code_may_exist_and_a_pattern_of_can_needs_one() -> None:
    assert rules(cannot("z.z", "*.z"), lock=False) == []
    assert rules(can("a.view", "a.*"), lock=False) == [("pattern-needs-lock", 2)]


def test_every_kind_says_what_to_do(golden: Golden) -> None:
    asked = policies(
        a_policy(apart(["a.view"], ["a.*"], ["z.*"], ["z.*"]), "groups"),
        a_policy(cannot("a.vew", "*.delete"), "codes", roles=["support-leed"]),
        a_policy(can("a.*"), "facts"),
    )
    for case, lock in (("with a lock", LOCK), ("without a lock", None)):
        said = "\n".join(map(str, idle_policies(asked, [HOLDER], lock)))
        golden.says("policy/idle", case, said)


def test_only_the_first_hundred_unknown_codes_get_a_suggestion() -> None:
    codes = [f"a.view{number}" for number in range(101)]
    found = idle_policies(policies(cannot(*codes)), [HOLDER], LOCK)
    assert sum("did you mean" in finding.message for finding in found) == 100


def test_only_the_first_hundred_globs_without_a_role_get_a_suggestion() -> None:
    policy = a_policy(cannot("a.view"), except_roles=[f"{HOLDER.role.name}{number}" for number in range(101)])
    found = idle_policies(policies(policy), [HOLDER], LOCK)
    assert sum("did you mean" in finding.message for finding in found) == 100


def test_a_pattern_in_very_many_groups_is_named_with_the_first_of_them() -> None:
    found = idle_policies(policies(apart(["b.view"], ["*.view"], *[["a.*"]] * 3)), [HOLDER], LOCK)
    named = Counter(re.findall(r'"([^"]+)" is also in group (\d+)', "\n".join(map(str, found))))
    assert named == {("b.view", "1"): 1, ("a.view", "2"): 3}


def test_an_unknown_code_of_two_policies_is_named_at_both() -> None:
    assert rules(cannot("z.z"), needs("z.z", days=1)) == [("idle-policy", 1), ("idle-policy", 1)]
