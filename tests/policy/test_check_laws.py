"""Findings against an oracle that looks at each role and each code."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.catalogue import Lock
from reconciler.model.roles import DesiredRole
from reconciler.policy.check import findings
from reconciler.policy.rules import Policies
from tests.policy import oracle
from tests.policy.builders import TODAY, brief
from tests.policy.generated import LOCKS, some_policies, some_roles


@given(some_policies(), some_roles(), st.none() | LOCKS, st.integers(-2, 2))
def test_the_findings_and_what_waives_them_are_those_of_the_oracle(
    policies: Policies, roles: list[DesiredRole], lock: Lock | None, days: int
) -> None:
    today = TODAY + timedelta(days)
    judgement = findings(policies, roles, today, lock)
    assert [brief(finding) for finding in judgement.findings] == oracle.findings(policies, roles, today, lock)
    for finding in judgement.findings:
        assert (finding.waived is not None) is oracle.waived(brief(finding), policies.waivers, today)


@given(some_policies(), some_roles(), st.none() | LOCKS)
def test_a_waiver_is_idle_exactly_when_no_finding_goes_without_it_or_it_has_ended(
    policies: Policies, roles: list[DesiredRole], lock: Lock | None
) -> None:
    told = findings(policies, roles, TODAY, lock)
    waived = [brief(finding) for finding in told.findings if finding.waived]
    expected = [
        waiver
        for waiver in policies.waivers
        if waiver.until < TODAY
        or not any(
            (policy, role) == (waiver.policy, waiver.role) and (not codes or set(codes) & set(waiver.codes))
            for policy, role, codes in waived
        )
    ]
    assert len(told.idle) == len(expected)
