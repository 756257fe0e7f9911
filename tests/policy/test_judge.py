"""From a plan to the permission to carry it out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.errors import Refused
from reconciler.model.findings import Finding
from reconciler.policy.judge import Approved, Judged, approve, judge
from reconciler.policy.limits import Limit, Limits
from tests.builders import a_create, a_delete, a_plan, a_role

PROTECTED = Limits(protect=("temp-*",))


def test_an_approved_plan_has_the_changes_of_its_plan_in_their_order() -> None:
    plan = a_plan(a_create("b"), a_create("a"))
    assert approve(judge(plan, Limits())).changes == plan.changes


def test_a_plan_that_a_policy_refuses_is_not_approved() -> None:
    with pytest.raises(Refused, match="temp-role would be deleted"):
        approve(judge(a_plan(a_delete("temp-role")), PROTECTED))


def test_a_refusal_has_every_reason_a_line_each() -> None:
    judged = judge(a_plan(a_delete("temp-role")), replace(PROTECTED, max_deletes=Limit(0)))
    with pytest.raises(Refused) as caught:
        approve(judged)
    head, *lines = str(caught.value).splitlines()
    assert head == "refused, nothing was written:"
    assert tuple(line.strip() for line in lines) == tuple(reason.sentence for reason in judged.reasons)
    assert len(judged.reasons) == len(("protect", "max_deletes"))


def test_a_judged_plan_marks_the_refused_roles_and_keeps_all_else() -> None:
    plan = a_plan(a_create("new"), a_delete("temp-role"), unchanged=(a_role("kept"),))
    judged = judge(plan, PROTECTED)
    assert [refusal.role for refusal in judged.plan.refused] == ["temp-role"]
    assert replace(judged.plan, refused=()) == plan


def test_refused_roles_are_sorted_by_name_and_then_by_why() -> None:
    denied = [Finding("policy/rule", why, role=role) for role, why in (("b", "1"), ("a", "3"), ("a", "2"))]
    judged = judge(replace(a_plan(a_create("a"), a_create("b")), findings=tuple(denied)), Limits())
    assert [(refusal.role, refusal.message) for refusal in judged.plan.refused] == [("a", "2"), ("a", "3"), ("b", "1")]


def test_nobody_else_makes_an_approved() -> None:
    with pytest.raises(TypeError, match=r"only approve\(judged\) makes this"):
        Approved((a_delete(),), object())


def test_nobody_else_makes_a_judged() -> None:
    with pytest.raises(TypeError, match=r"only judge\(plan, limits\) makes this"):
        Judged(a_plan(a_delete()), (), object())


def test_an_approved_is_not_changed_into_another_one() -> None:
    approved, other = approve(judge(a_plan(), Limits())), {"changes": (a_delete(),)}
    with pytest.raises(ValueError, match="seal"):
        replace(approved, **other)
