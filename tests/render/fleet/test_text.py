"""What the plans of several tenants do, in text: the example of the interface, and what it leaves open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reconciler.fleet.effects import effects
from reconciler.fleet.planned import TenantPlan, unplanned
from reconciler.model.errors import InvalidInput, Unreachable
from reconciler.model.findings import Finding
from reconciler.render.fleet.text import render
from reconciler.render.view import View
from tests.builders import Before, a_create, a_delete, an_update
from tests.fleet.plans import a_tenant_plan, an_index, some_plans, unreadable

if TYPE_CHECKING:
    from tests.sentences import Golden

EXAMPLE = """\
2 effects in 200 tenants (commit 3f2a9c1d0b4e): 12 without changes, 1 could not be read: acme (401 Unauthorized)
  1 tenant      globex: support-tier-2 + contacts.merge - contacts.export          MIXED
  186 tenants   support-tier-2 + contacts.merge                                    WIDENS
"""


def shown(*plans: TenantPlan, color: bool = False) -> str:
    found = effects((plan.name, plan.changes) for plan in plans)
    return render(an_index(*plans), found, View(color=color))


def test_the_example_of_the_interface_to_the_byte() -> None:
    merge = an_update("support-tier-2", ["contacts.merge"])
    export = an_update("support-tier-2", ["contacts.merge"], before=Before(["contacts.export"]))
    many = [a_tenant_plan(f"t{number:03}", merge) for number in range(186)]
    same = [a_tenant_plan(f"u{number:02}") for number in range(12)]
    text = shown(a_tenant_plan("globex", export), *many, *same, unreadable())
    assert text.partition("\n\n")[0] + "\n" == EXAMPLE


@pytest.mark.parametrize(
    ("case", "plans"),
    [
        ("a tenant of each kind", some_plans()),
        ("nothing to do", (a_tenant_plan("a"), a_tenant_plan("b"))),
        ("without a commit", (a_tenant_plan("a", a_delete("temp"), commit=None),)),
        (
            "several changes of one tenant",
            (
                a_tenant_plan(
                    "acme",
                    a_create("lead", ["a.view", "b.view"]),
                    a_delete("temp", ["c.view"]),
                    an_update("clerk", ["a.view"], "New", before=Before([], "Old", "old-clerk")),
                ),
                a_tenant_plan("beta", an_update("lead", ["a.view"])),
            ),
        ),
        (
            "some of an effect are refused",
            (a_tenant_plan("a", a_create("lead")), a_tenant_plan("b", a_create("lead"), refused="too many")),
        ),
        (
            "files that are not valid, and no answer",
            (
                *(
                    unplanned(name, InvalidInput([Finding("unknown-value", "no"), Finding("url", "x")]))
                    for name in "ab"
                ),
                unplanned("c", Unreachable("could not list the roles: no answer from c.example after 5 attempts" * 2)),
                unplanned("d", Unreachable("timed out")),
            ),
        ),
        ("more tenants than can be named", tuple(unreadable(name) for name in "abcdef")),
        (
            "more reasons than can be shown",
            tuple(unplanned(f"t{number}", Unreachable(f"no answer from host {number}")) for number in range(23)),
        ),
        (
            "a long line beside a short one",
            (
                a_tenant_plan("a", a_create("lead", [f"contacts.permission-{number}" for number in range(9)])),
                a_tenant_plan("b", a_create("clerk", ["a.view"])),
            ),
        ),
        ("hostile names", (a_tenant_plan("a", a_create("\x1b[31mred\n::error::x", ["a.view"])),)),
        ("a refused plan without changes", (a_tenant_plan("a", refused="no system role"),)),
    ],
)
def test_the_text_shows_each_effect_with_its_tenants(case: str, plans: tuple[TenantPlan, ...], golden: Golden) -> None:
    golden.says("render/fleet", case, shown(*(plan for plan in plans)))


def test_more_than_five_refused_tenants_are_counted() -> None:
    plans = [a_tenant_plan(name, a_create("lead"), refused="too many") for name in "abcdef"]
    assert "WIDENS, REFUSED in 6 tenants" in shown(*plans, a_tenant_plan("g", a_create("lead")))


def test_colours_only_repeat_what_the_text_says() -> None:
    colored = shown(*some_plans(), color=True)
    assert "\x1b[38;5;28mWIDENS\x1b[0m" in colored or "\x1b[38;5;136mMIXED\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]+m", "", colored) == shown(*some_plans())
