"""What the plans of several tenants do, as Markdown: whole in as few comments as it needs, and inert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.fleet.effects import effects
from reconciler.fleet.planned import TenantPlan, unplanned
from reconciler.model.errors import Unreachable
from reconciler.render.code_spans import size
from reconciler.render.fleet.markdown import parts, render
from reconciler.render.markdown import LEAST
from reconciler.render.view import View
from tests.builders import Before, a_create, a_delete, an_update
from tests.fleet.plans import a_tenant_plan, an_index, some_plans

if TYPE_CHECKING:
    from tests.sentences import Golden

SMALL = View(most=LEAST)


def shown(*plans: TenantPlan) -> str:
    return render(an_index(*plans), effects((plan.name, plan.changes) for plan in plans), View())


def in_parts(*plans: TenantPlan) -> list[str]:
    return parts(an_index(*plans), effects((plan.name, plan.changes) for plan in plans), SMALL)


def test_a_tenant_of_each_kind(golden: Golden) -> None:
    golden.says("render/fleet_markdown", "a tenant of each kind", shown(*some_plans()))


def test_a_role_that_changes_in_every_way(golden: Golden) -> None:
    change = an_update("clerk", ["a.view"], "New", before=Before(["b.view"], "", "old-clerk"))
    refused = a_tenant_plan("b", change, a_delete("temp"), refused="too many")
    text = shown(a_tenant_plan("a", change, a_delete("temp")), refused)
    golden.says("render/fleet_markdown", "a role that changes in every way", text)


def test_many_reasons_and_many_tenants(golden: Golden) -> None:
    silent = [unplanned(f"t{number:02}", Unreachable(f"no answer from {number}")) for number in range(22)]
    same = [unplanned(f"u{number}", Unreachable("no answer")) for number in range(6)]
    golden.says("render/fleet_markdown", "many reasons", shown(*same, *silent))


def test_what_fits_is_one_comment_and_the_same_as_the_report() -> None:
    assert in_parts(*some_plans()) == [shown(*some_plans())]


def many() -> list[TenantPlan]:
    return [
        a_tenant_plan(f"t{n:03}", a_create(f"role-{n:03}", [f"contacts.{n}-{m}" for m in range(40)])) for n in range(60)
    ]


def test_what_does_not_fit_is_shown_whole_in_several_comments() -> None:
    found = in_parts(*many())
    assert len(found) > 1
    assert max(map(size, found)) <= LEAST
    assert all(f", part {number} of {len(found)}" in text for number, text in enumerate(found, 1))
    assert all(f"role-{number:03}" in "".join(found) for number in range(60))


def test_one_comment_says_what_it_leaves_out() -> None:
    plans = many()
    text = render(an_index(*plans), effects((plan.name, plan.changes) for plan in plans), SMALL)
    assert "This is not all of it" in text
    assert size(text) <= LEAST


def test_two_comments_of_which_one_has_a_single_section() -> None:
    plans = [a_tenant_plan(name, a_create(name, [f"c.{n}-{'x' * 300}" for n in range(40)])) for name in "ab"]
    text = render(an_index(*plans), effects((plan.name, plan.changes) for plan in plans), SMALL)
    assert "1 section is left out here" in text


def test_an_effect_that_does_not_fit_into_a_comment_is_cut_and_counted() -> None:
    (text,) = in_parts(a_tenant_plan("a", a_create("lead", [f"contacts.{n}-{'x' * 300}" for n in range(90)])))
    assert "more lines: `reconciler show` shows all" in text
    assert size(text) <= LEAST


def test_data_can_end_neither_a_block_nor_a_code_span() -> None:
    text = shown(a_tenant_plan("a", a_create("```\n@everyone <b>", ["``` x"])))
    assert "\n@everyone" not in text
    assert "````diff" in text
