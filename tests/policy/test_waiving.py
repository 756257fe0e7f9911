"""Which findings waivers allow, and which waivers allow nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.findings import Finding, Waived
from reconciler.policy.rules import Waiver
from reconciler.policy.waiving import Waiving
from tests.policy.builders import TODAY, a_holder, a_waiver, apart, cannot, judged, keys, policies
from tests.sentences import Golden

TOMORROW, YESTERDAY = TODAY + timedelta(1), TODAY - timedelta(1)


def broken(*codes: str, role: str = "support-lead") -> Finding:
    return Finding("policy/rule", f"role {role} holds {codes}, which policy rule forbids", role=role, codes=codes)


@pytest.mark.parametrize(("until", "waived"), [(YESTERDAY, False), (TODAY, True), (TOMORROW, True)])
def test_a_waiver_holds_up_to_and_on_its_last_day(until: date, *, waived: bool) -> None:
    finding = Waiving([a_waiver(until=until)], TODAY).judged(broken("billing.refund"))
    assert finding.waived == (Waived(until, "FIN-212") if waived else None)
    assert ("waiver ended on 2026-11-28" in finding.message) is not waived


@pytest.mark.parametrize(
    "waiver", [a_waiver(policy="other"), a_waiver(role="other"), a_waiver(["other.code"]), a_waiver(["a.b"])]
)
def test_a_waiver_of_something_else_waives_nothing(waiver: Waiver) -> None:
    assert Waiving([waiver], TODAY).judged(broken("a.b", "billing.refund")).waived is None


def test_waivers_together_list_all_codes_and_the_first_end_counts() -> None:
    both = [a_waiver(["a.b"], reason="one", until=TOMORROW), a_waiver(["c.d"], reason="two")]
    assert Waiving(both, TODAY).judged(broken("a.b", "c.d")).waived == Waived(TODAY, "one; two")


def test_of_two_waivers_of_a_code_the_later_end_counts() -> None:
    both = [a_waiver(until=TODAY, reason="short"), a_waiver(until=TOMORROW, reason="long"), a_waiver(until=TODAY)]
    assert Waiving(both, TODAY).judged(broken("billing.refund")).waived == Waived(TOMORROW, "long")


def test_of_two_waivers_of_a_code_with_one_end_the_first_counts() -> None:
    both = [a_waiver(reason="first"), a_waiver(reason="second")]
    assert Waiving(both, TODAY).judged(broken("billing.refund")).waived == Waived(TODAY, "first")


def test_idle_waivers_are_sorted_by_place() -> None:
    idle = Waiving([a_waiver(line=9), a_waiver(line=2)], TODAY).idle()
    assert [each.place and each.place.line for each in idle] == [2, 9]


def test_a_waiver_in_force_outweighs_one_that_ended() -> None:
    both = [a_waiver(["a.b"], until=YESTERDAY), a_waiver(["a.b"], until=TOMORROW)]
    assert "ended" not in Waiving(both, TODAY).judged(broken("a.b", "c.d")).message


def test_the_last_day_on_which_a_waiver_held_is_named() -> None:
    ended = [a_waiver(until=YESTERDAY), a_waiver(until=YESTERDAY - timedelta(9))]
    assert Waiving(ended, TODAY).judged(broken("billing.refund")).message.endswith("; waiver ended on 2026-11-28")


def test_a_waiver_of_keys_has_no_codes() -> None:
    asked = policies(keys("owner", "description"), waivers=[a_waiver([])])
    judgement = judged(asked, a_holder(description=""))
    assert all(finding.waived for finding in judgement.findings)
    assert judgement.idle == ()


def test_a_waiver_that_waives_nothing_or_has_ended_is_idle(golden: Golden) -> None:
    waivers = [
        a_waiver(["a.b"], until=YESTERDAY, line=1),
        a_waiver(["a.b"], until=date(2026, 1, 1), line=2),
        a_waiver(["c.d"], line=3),
        a_waiver(["a.b"], line=4),
        a_waiver(["a.b", "z.z"], line=5),
        a_waiver(["a.b"], role="other\nrole", line=6),
    ]
    idle = judged(policies(cannot("a.b"), waivers=waivers), a_holder("a.b")).idle
    assert [(f.rule, f.severity, f.place and f.place.line) for f in idle] == [
        ("idle-waiver", "warning", line) for line in (1, 2, 3, 6)
    ]
    golden.says("policy/waivers", "idle", "\n".join(map(str, idle)))


def test_a_waiver_for_a_part_of_the_codes_that_meet_is_idle_and_says_what_is_missing(golden: Golden) -> None:
    asked = policies(apart(["a.b"], ["c.d"]), waivers=[a_waiver(["a.b"])])
    (idle,) = judged(asked, a_holder("a.b", "c.d")).idle
    golden.says("policy/waivers", "part of the codes", str(idle))


CODES = ("a.a", "a.b", "b.a", "b.b")
NAMES = ("clerk", "lead")
DAYS = st.integers(-2, 2).map(lambda days: TODAY + timedelta(days))
WAIVERS = st.builds(
    a_waiver,
    st.lists(st.sampled_from(CODES), min_size=1, max_size=3),
    policy=st.sampled_from(("rule", "rule-2")),
    role=st.sampled_from(NAMES),
    until=DAYS,
)
HELD = st.lists(st.sampled_from(CODES), unique=True)


@given(st.lists(WAIVERS, max_size=6), WAIVERS, HELD, HELD)
def test_adding_a_waiver_changes_no_finding_of_another_policy_or_role(
    waivers: list[Waiver], more: Waiver, clerk: list[str], lead: list[str]
) -> None:
    roles = [a_holder(*clerk, name="clerk"), a_holder(*lead, name="lead")]
    checks = (cannot("a.*"), apart(["a.a"], ["b.*"]))
    before = judged(policies(*checks, waivers=waivers), *roles).findings
    after = judged(policies(*checks, waivers=[*waivers, more]), *roles).findings
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert (one.rule, one.role, one.codes, one.place) == (other.rule, other.role, other.codes, other.place)
        if (one.rule, one.role) != (f"policy/{more.policy}", more.role):
            assert one == other
        assert one.waived is None or other.waived is not None
