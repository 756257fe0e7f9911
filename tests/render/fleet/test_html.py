"""What the plans of several tenants do, as one page: everything is there, nothing can run."""

from __future__ import annotations

import html5lib

from reconciler.fleet.effects import effects
from reconciler.fleet.planned import TenantPlan, unplanned
from reconciler.model.errors import Unreachable
from reconciler.render.fleet.html import render
from reconciler.render.view import View
from tests.builders import Before, a_create, a_delete, an_update
from tests.fleet.plans import COMMIT, a_tenant_plan, an_index, some_plans


def page(*plans: TenantPlan) -> str:
    return render(an_index(*plans), effects((plan.name, plan.changes) for plan in plans), View())


def text_of(html: str) -> str:
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    return " ".join(" ".join(document.find("body").itertext()).split())


def test_each_effect_is_there_with_its_tenants_and_codes() -> None:
    change = an_update("clerk", ["a.view"], "New", before=Before(["b.view"], "Old", "old-clerk"))
    text = text_of(page(a_tenant_plan("globex", change), a_tenant_plan("b", a_create("lead"), refused="too many")))
    for word in ("globex", "clerk renamed from old-clerk", "a.view", "b.view", "mixed", "refused", "too many", COMMIT):
        assert word in text


def test_a_tenant_that_could_not_be_read_is_named_with_the_reason() -> None:
    text = text_of(page(*some_plans()))
    assert "Could not be read acme" in text
    assert "401 Unauthorized" in text


def test_the_figures_count_tenants() -> None:
    text = text_of(page(a_tenant_plan("a", a_delete("temp")), a_tenant_plan("b", a_create()), a_tenant_plan("c")))
    assert "Tenants with grants 1 Tenants with revokes alone 1 Without changes 1" in text


def test_the_names_of_many_tenants_are_folded_so_the_changes_are_seen() -> None:
    few, many = (
        page(*(a_tenant_plan(f"t{number}", a_create("lead")) for number in range(count))) for count in (30, 31)
    )
    assert ("<details" in few, "<details" in many) == (False, True)
    assert all(f"t{number}" in text_of(many) for number in range(31))


def test_a_fleet_with_nothing_to_do_says_so() -> None:
    assert "No tenant has a change." in text_of(page(a_tenant_plan("a", commit=None)))


def test_more_reasons_than_can_be_shown_are_counted() -> None:
    assert "and 3 more" in text_of(page(*(unplanned(f"t{n}", Unreachable(f"no {n}")) for n in range(23))))


def test_the_page_runs_no_script() -> None:
    html = page(a_tenant_plan("a", a_create("<script>alert(1)</script>")))
    assert "script-src &#39;none&#39;;" in html
    assert "<script" not in html
