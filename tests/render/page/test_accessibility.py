"""Every page, light and dark: axe-core finds nothing, and leaves nothing undecided, contrast included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.fleet.effects import effects
from reconciler.history.events import EventKind
from reconciler.history.report import AccessChange
from reconciler.render.fleet.html import render as fleet_page
from reconciler.render.html import render as plan_page
from reconciler.render.report.html import render as report_page
from reconciler.render.view import View
from reconciler.sandbox.server import running_sandbox
from tests.browser import problems, show, use
from tests.builders import Before, a_create, an_update
from tests.fleet.plans import a_tenant_plan, an_index, some_plans
from tests.render.html.driven import PLAN, VIEW, choose
from tests.render.report.reports import FIRST, GRANTED, WHOLE, an_event

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser


def light_and_dark(page: Chrome) -> list[str]:
    """All that axe-core finds in light, and what differs in dark: contrast."""
    found = problems(page)
    use(page, "dark")
    found += problems(page, runOnly=["color-contrast"])
    use(page, "light")
    return found


def test_of_the_page_of_a_plan(browser: Chrome, tmp_path: Path) -> None:
    show(browser, plan_page(PLAN, VIEW), tmp_path)
    browser.execute_script("document.querySelector('#matrix .w th').click()")  # with its details
    assert light_and_dark(browser) == []


def test_of_the_page_of_a_report_in_a_view_that_looks_for_something(browser: Chrome, tmp_path: Path) -> None:
    show(browser, report_page(WHOLE, VIEW), tmp_path)
    choose(browser, "m-unreviewed")
    assert light_and_dark(browser) == []


def test_of_the_page_of_a_report_whose_changes_are_not_all_in_view(browser: Chrome, tmp_path: Path) -> None:
    authors = tuple(f"Maximiliane Wolkenstein-Rodriguez {number}" for number in range(8))
    wraps = GRANTED._replace(authors=authors)
    changes = [
        AccessChange(an_event(EventKind.GRANTED, f"clerk-{number:02}", "billing.refund", (FIRST, wraps)[number % 2]))
        for number in range(75)
    ]
    show(browser, report_page(WHOLE._replace(changes=changes), VIEW), tmp_path)
    assert light_and_dark(browser) == []


def test_of_the_page_of_a_fleet(browser: Chrome, tmp_path: Path) -> None:
    change = an_update("clerk", ["a.view"], "New", before=Before(["b.view"], "Old", "old-clerk"))
    refused = a_tenant_plan("b", a_create("lead"), refused="too many")
    plans = [*some_plans(), a_tenant_plan("globex", change), refused]
    html = fleet_page(an_index(*plans), effects((plan.name, plan.changes) for plan in plans), View())
    show(browser, html, tmp_path)
    assert light_and_dark(browser) == []


def test_of_the_page_of_the_sandbox(browser: Chrome) -> None:
    with running_sandbox() as sandbox:
        browser.get(f"{sandbox.url}/docs")
        browser.execute_script(
            "document.querySelectorAll('tr:nth-child(n+6)').forEach(row => row.remove())"
        )  # all alike
        assert light_and_dark(browser) == []
