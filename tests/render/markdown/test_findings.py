"""What policies deny in a comment: it comes first, and is never folded or cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciler.model.findings import Finding, Place
from reconciler.plan.changes import Plan
from reconciler.plan.ends import EndChanged
from reconciler.plan.rules_changed import RuleChange
from reconciler.policy.judge import judge
from reconciler.policy.limits import Limits
from reconciler.render.code_spans import size
from reconciler.render.markdown import LEAST, parts, render
from reconciler.render.view import View
from tests.builders import a_catalogue, a_create, a_plan, a_role


def denied(number: int, policy: str = "four-eyes", length: int = 20) -> Finding:
    role = f"role-{number:04}"
    message = f"role {role} holds {'x' * length}, which policy {policy} forbids"
    return Finding(f"policy/{policy}", message, Place("r.yaml", 2), role=role, codes=(f"a.c{number}",), new=True)


def refused(*findings: Finding) -> Plan:
    return judge(replace(a_plan(a_create("role-0001", ["a.b"])), findings=findings), Limits()).plan


def test_what_is_denied_is_above_what_widens() -> None:
    text = render(refused(denied(1)), View())
    assert text.index("### Refused by 1 policy: four-eyes.") < text.index("### Widens access")


def test_what_is_denied_is_above_everything_that_changed() -> None:
    ends = (EndChanged("role-0001", "a.b", None, date(2027, 1, 1), Place("r.yaml", 2)),)
    plan = replace(refused(denied(1)), ends_changed=ends, rules_changed=(RuleChange("policy", "p", "added"),))
    text = render(plan, View())
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings[:3] == ["### Refused by 1 policy: four-eyes.", "### Rules changed here", "### Ends changed"]


def test_what_is_denied_is_whole_where_there_is_room_for_it() -> None:
    text = render(refused(*(denied(number, length=200) for number in range(30))), View(most=LEAST))
    assert size(text) <= LEAST
    assert text.count("xxx, which policy") == 30


def test_what_widens_is_counted_before_what_is_denied_is() -> None:
    plan = refused(*(denied(number, length=10) for number in range(100)))
    codes = [f"a.c{number:04}" for number in range(2000)]
    text = render(replace(plan, changes=(a_create("role-0001", codes),)), View(most=LEAST))
    assert size(text) <= LEAST
    assert text.count("xxx, which policy") == 100
    assert "here roles are only counted" in text


def test_what_does_not_fit_with_its_sentences_is_listed_by_role_and_codes() -> None:
    plan = refused(*(denied(number, length=200) for number in range(60)), denied(60, "refunds"))
    text = render(plan, View(most=LEAST))
    assert size(text) <= LEAST
    assert "xxx" not in text
    assert "- four-eyes: `role-0000 a.c0`, `role-0001 a.c1`" in text
    assert "- refunds: `role-0060 a.c60`" in text


def test_what_does_not_fit_even_so_is_counted_and_the_text_says_so() -> None:
    plan = refused(*(denied(number) for number in range(2000)), denied(2000, "refunds"))
    text = render(plan, View(most=LEAST))
    assert size(text) <= LEAST
    assert "does not fit into one comment" in text
    assert "- four-eyes: 2000 findings\n- refunds: 1 finding" in text


@pytest.mark.parametrize("number", [1, 100, 2000])
def test_the_parts_together_have_every_denial_whole(number: int) -> None:
    plan = refused(*(denied(each) for each in range(number)))
    texts = parts(plan, View(most=LEAST))
    assert all(size(text) <= LEAST for text in texts)
    assert (len(texts) > 1) is (number > 100)
    whole = "\n".join(texts)
    assert all(f"role role-{each:04} holds" in whole for each in range(number))
    assert whole.count("### Widens access") == 1


def test_many_rules_that_differ_are_counted() -> None:
    changed = tuple(RuleChange("policy", f"p{number:03}", "added") for number in range(60))
    text = render(replace(a_plan(a_create()), rules_changed=changed), View())
    assert "- `policy p049 was added`\n- `and 10 more`" in text


def test_a_sensitive_code_is_marked_by_sign_and_word_wherever_it_is_shown() -> None:
    role = a_role("temp", ["a.export", "a.view"])
    plan = a_plan(a_create("lead", ["a.export", "a.view"]), unmanaged=(role,))
    text = render(replace(plan, sensitive=frozenset({"a.export"})), View())
    assert "+ a.export \u26a0 sensitive\n+ a.view\n" in text
    assert "`a.export` \u26a0 sensitive, `a.view`" in text
    assert "sensitive" not in render(plan, View())


def test_a_sensitive_code_is_marked_where_the_names_do_not_fit() -> None:
    codes = [f"a.c{number:04}" for number in range(900)]
    plan = replace(a_plan(a_create("lead", codes)), catalogue=a_catalogue(*codes), sensitive=frozenset(codes[:1]))
    text = render(plan, View(most=26_000))
    assert "without them" in text
    assert "`a.c0000` \u26a0 sensitive, `a.c0001`, " in text
