"""What policies find, and where."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.findings import Place
from reconciler.model.policy_findings import denied, policy_of
from reconciler.model.roles import Grant
from reconciler.policy.check import Live, findings, given_back
from reconciler.policy.rules import Check
from tests.builders import a_role
from tests.policy.builders import (
    TODAY,
    a_holder,
    a_lock,
    a_policy,
    a_waiver,
    apart,
    brief,
    can,
    can_only,
    cannot,
    found,
    judged,
    keys,
    needs,
    policies,
)
from tests.sentences import Golden

SEND, APPROVE, OTHER = "campaigns.send", "campaigns.approve", "templates.approve"


def test_a_role_that_holds_codes_of_two_groups_has_one_finding_with_all_of_them() -> None:
    asked = policies(apart([SEND], [APPROVE, OTHER], ["x.y"]))
    assert found(asked, a_holder(OTHER, SEND, APPROVE, "a.b")) == [("rule", "support-lead", (APPROVE, SEND, OTHER))]
    assert found(asked, a_holder(SEND), a_holder(APPROVE, OTHER, name="other")) == []


def test_each_forbidden_code_is_a_finding() -> None:
    assert found(policies(cannot("*.delete", "a.b")), a_holder("x.delete", "y.delete", "a.b", "a.c")) == [
        ("rule", "support-lead", ("a.b",)),
        ("rule", "support-lead", ("x.delete",)),
        ("rule", "support-lead", ("y.delete",)),
    ]


def test_each_required_code_that_is_missing_is_a_finding() -> None:
    lock = a_lock("a.b", "a.c", "a.d", "x.y")
    assert found(policies(can("a.*", "x.y")), a_holder("a.b", "x.y"), lock=lock) == [
        ("rule", "support-lead", ("a.c",)),
        ("rule", "support-lead", ("a.d",)),
    ]


def test_each_code_that_is_not_allowed_is_a_finding() -> None:
    asked = policies(can_only("a.*", "x.y"))
    assert found(asked, a_holder("a.b", "x.y", "x.z")) == [("rule", "support-lead", ("x.z",))]


def test_an_empty_can_only_allows_no_code() -> None:
    assert found(policies(can_only()), a_holder("a.b")) == [("rule", "support-lead", ("a.b",))]


def test_with_a_lock_a_pattern_does_not_match_a_withdrawn_code() -> None:
    lock = a_lock("a.b", "a.c", withdrawn=["a.c"])
    assert found(policies(cannot("a.*")), a_holder("a.b", "a.c"), lock=lock) == [("rule", "support-lead", ("a.b",))]


def test_a_withdrawn_code_that_is_named_is_found() -> None:
    lock = a_lock("a.c", withdrawn=["a.c"])
    assert found(policies(cannot("a.c")), a_holder("a.c"), lock=lock) == [("rule", "support-lead", ("a.c",))]


@pytest.mark.parametrize(
    ("grant", "lacks"),
    [
        (Grant(Place("r.yaml", 2)), True),
        (Grant(Place("r.yaml", 2), reason=" "), True),
        (Grant(Place("r.yaml", 2), reason="OPS-1"), False),
        (Grant(Place("r.yaml", 2), pattern="a.*", reason="OPS-1"), True),
        (Grant(Place("r.yaml", 2), set="answering", reason="OPS-1"), False),
    ],
)
def test_a_code_may_need_a_reason_on_the_line_that_gives_it(grant: Grant, *, lacks: bool) -> None:
    role = a_holder("a.b", "x.y", grants={"a.b": grant})
    assert bool(found(policies(needs("a.b", reason=True)), role)) is lacks


@pytest.mark.parametrize(("days", "lacks"), [(None, True), (0, False), (89, False), (90, False), (91, True)])
def test_a_code_may_need_an_end_that_is_near(days: int | None, *, lacks: bool) -> None:
    until = None if days is None else TODAY + timedelta(days)
    role = a_holder("a.b", grants={"a.b": Grant(Place("r.yaml", 2), pattern="a.*", until=until)})
    assert bool(found(policies(needs("a.b", days=90)), role)) is lacks


def test_each_missing_key_is_a_finding_without_codes() -> None:
    asked = policies(keys("owner", "description"))
    assert found(asked, a_holder(description=" ", owner=[" "])) == [("rule", "support-lead", ())] * 2
    assert found(asked, a_holder(owner=["team-support"])) == []
    assert [finding.message for finding in judged(asked, a_holder(description="")).findings] == [
        "role support-lead has no description, which policy rule requires",
        "role support-lead has no owner, which policy rule requires",
    ]


def test_globs_say_whom_a_policy_is_about() -> None:
    roles = [a_holder("a.b", name=name) for name in ("tier-1", "tier-2", "clerk")]
    check = cannot("a.b")
    assert [role for _, role, _ in found(policies(a_policy(check, roles=["TIER-*", "x"])), *roles)] == [
        "tier-1",
        "tier-2",
    ]
    assert [role for _, role, _ in found(policies(a_policy(check, except_roles=["tier-*"])), *roles)] == ["clerk"]
    both = a_policy(check, roles=["tier-*"], except_roles=["*-2"])
    assert [role for _, role, _ in found(policies(both), *roles)] == ["tier-1"]


def test_findings_are_sorted_by_policy_role_and_codes() -> None:
    asked = policies(a_policy(cannot("b.b", "a.a"), "second"), a_policy(cannot("a.a"), "first"))
    assert found(asked, a_holder("a.a", "b.b", name="b"), a_holder("a.a", name="a")) == [
        ("first", "a", ("a.a",)),
        ("first", "b", ("a.a",)),
        ("second", "a", ("a.a",)),
        ("second", "b", ("a.a",)),
        ("second", "b", ("b.b",)),
    ]


def test_a_finding_is_at_the_item_that_gives_the_code() -> None:
    line = Place("roles.d/sets.yaml", 9, 3)
    role = a_holder("a.b", "a.c", grants={"a.c": Grant(line, set="answering")})
    places = [finding.place for finding in judged(policies(cannot("a.*")), role).findings]
    assert places == [Place("roles.d/support-lead.yaml", 4, 5), line]


def test_codes_that_meet_are_found_at_the_last_of_their_items() -> None:
    role = a_holder(SEND, "a.b", APPROVE)
    (finding,) = judged(policies(apart([SEND], [APPROVE])), role).findings
    assert finding.place == Place("roles.d/support-lead.yaml", 6, 5)


@pytest.mark.parametrize("check", [can("x.y"), keys("owner")])
def test_what_is_missing_is_found_at_the_name_of_the_role(check: Check) -> None:
    (finding,) = judged(policies(check), a_holder("a.b")).findings
    assert finding.place == Place("roles.d/support-lead.yaml", 1, 7)


def test_a_policy_that_warns_gives_warnings() -> None:
    asked = policies(a_policy(cannot("a.b"), level="warn"), a_policy(cannot("a.c"), "denies"))
    found_here = judged(asked, a_holder("a.b", "a.c")).findings
    assert [(policy_of(finding), finding.severity) for finding in found_here] == [
        ("denies", "error"),
        ("rule", "warning"),
    ]
    assert [policy_of(finding) for finding in denied(found_here)] == ["denies"]


# ------------------------------------------------------------------------------------------------------------ in a plan


@pytest.mark.parametrize(
    ("check", "before", "new"),
    [
        (cannot("a.b"), ["a.b"], False),
        (cannot("a.b"), ["x.y"], True),
        (can_only("x.y"), ["a.b"], False),
        (can_only("x.y"), [], True),
        (can("c.d"), ["c.d"], True),
        (can("c.d"), [], False),
        (needs("a.b", reason=True), ["a.b"], False),
        (needs("a.b", reason=True), [], True),
        (apart(["a.b"], ["x.y"]), ["a.b", "x.y"], False),
        (apart(["a.b"], ["x.y"]), ["a.b"], True),
        (apart(["a.b"], ["x.y"]), [], True),
        (keys("owner"), [], False),
    ],
)
def test_a_finding_is_new_if_the_live_role_did_not_break_the_policy_so(
    check: Check, before: list[str], *, new: bool
) -> None:
    live = Live({"support-lead": a_role("support-lead", before)})
    role = a_holder("a.b", "x.y")
    assert {finding.new for finding in findings(policies(check), [role], TODAY, None, live).findings} == {new}


def test_a_description_that_the_plan_removes_is_new() -> None:
    live = Live({"support-lead": a_role(description="Leads.")})
    (finding,) = findings(policies(keys("description")), [a_holder(description="")], TODAY, None, live).findings
    assert finding.new


@pytest.mark.parametrize("description", ["", " "])
def test_a_description_that_the_live_role_did_not_have_either_is_not_new(description: str) -> None:
    live = Live({"support-lead": a_role(description=description)})
    (finding,) = findings(policies(keys("description")), [a_holder(description="")], TODAY, None, live).findings
    assert finding.new is False


def test_what_a_role_that_the_plan_creates_breaks_is_new() -> None:
    (finding,) = findings(policies(keys("owner")), [a_holder()], TODAY, None, Live({})).findings
    assert finding.new


def test_a_role_that_is_renamed_into_a_policy_breaks_it_newly() -> None:
    asked = policies(a_policy(cannot("a.b"), roles=["support-*"]))
    live = Live({"support-lead": a_role("shift-lead", ["a.b"])})
    (finding,) = findings(asked, [a_holder("a.b")], TODAY, None, live).findings
    assert finding.new


def test_without_the_live_state_no_finding_is_new_or_old() -> None:
    (finding,) = judged(policies(cannot("a.b")), a_holder("a.b")).findings
    assert finding.new is None


def test_live_roles_that_stay_are_judged_by_what_they_hold_as_warnings_without_a_place() -> None:
    asked = policies(
        apart(["a.b"], ["x.y"]), cannot("*.b"), can_only("x.y"), can("c.d"), keys("owner"), needs("a.b", days=1)
    )
    stays = Live({}, [a_role("temp-role", ["a.b", "x.y"])])
    told = findings(asked, [], TODAY, a_lock("c.d"), stays).findings
    assert [(policy_of(f), f.severity, f.place, f.new) for f in told] == [
        (policy, "warning", None, False) for policy in ("rule", "rule-2", "rule-3")
    ]


def test_a_policy_about_other_roles_does_not_judge_a_live_role() -> None:
    asked = policies(a_policy(cannot("a.b"), roles=["support-*"]))
    assert findings(asked, [], TODAY, None, Live({}, [a_role("temp-role", ["a.b"])])).findings == ()


# ------------------------------------------------------------------------------------------------------------- an undo


def test_an_undo_is_judged_by_the_codes_that_it_gives_back() -> None:
    asked = policies(
        apart(["a.b"], ["x.y"]), cannot("a.b"), can_only("x.y"), can("c.d"), keys("owner"), needs("a.b", days=1)
    )
    role = a_role("temp-role", ["a.b", "x.y"])
    told = given_back(asked, [(role, frozenset({"a.b"}))], TODAY)
    assert [(policy_of(f), f.severity, f.place, f.new) for f in told] == [
        (policy, "error", None, True) for policy in ("rule", "rule-2", "rule-3")
    ]
    assert given_back(asked, [(role, frozenset())], TODAY) == ()


def test_the_findings_of_an_undo_are_sorted_as_those_of_a_plan() -> None:
    changes = [(a_role(name, ["a.b", "a.c"]), frozenset({"a.b", "a.c"})) for name in ("b", "a")]
    told = [brief(finding) for finding in given_back(policies(cannot("a.*")), changes, TODAY, a_lock("a.b", "a.c"))]
    assert told == [("rule", role, (code,)) for role in ("a", "b") for code in ("a.b", "a.c")]


def test_a_waiver_holds_for_an_undo_too() -> None:
    asked = policies(cannot("a.b"), waivers=[a_waiver(["a.b"])])
    (finding,) = given_back(asked, [(a_role(permissions=["a.b"]), frozenset({"a.b"}))], TODAY, a_lock("a.b"))
    assert finding.waived


# -------------------------------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize(
    ("case", "check"),
    [
        ("apart", apart([SEND], [APPROVE, OTHER])),
        ("apart, ten", apart([SEND], [f"many.c{number:02}" for number in range(9)])),
        ("apart, many", apart([SEND], [f"many.c{number:02}" for number in range(12)])),
        ("cannot", cannot(SEND)),
        ("can", can("x.y")),
        ("can_only", can_only(OTHER, APPROVE, "many.*")),
        ("keys", keys("owner")),
        ("needs a reason", needs(SEND, reason=True)),
        ("needs an end", needs(SEND, days=1)),
        ("needs both", needs(SEND, reason=True, days=90)),
        ("needs both, through a pattern", needs(APPROVE, reason=True, days=90)),
        ("needs a near end", needs(OTHER, reason=True, days=90)),
    ],
)
def test_a_finding_says_what_breaks_which_policy_and_why(case: str, check: Check, golden: Golden) -> None:
    grants = {
        APPROVE: Grant(Place("r.yaml", 2), pattern="campaigns.*", reason="OPS-1"),
        OTHER: Grant(Place("r.yaml", 2), until=TODAY + timedelta(120), reason="OPS-1"),
    }
    many = [f"many.c{number:02}" for number in range(12)]
    role = a_holder(SEND, APPROVE, OTHER, *many, grants=grants)
    (finding,) = judged(policies(a_policy(check, "four-eyes", why="Sender and\x1b releaser differ.")), role).findings
    golden.says("policy/findings", case, finding.message)
