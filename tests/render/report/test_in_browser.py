"""The page of a report in a real browser: views, filters, details, and nothing that it should not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from reconciler.history.report import Covers, Report
from reconciler.render.report.html import render
from reconciler.render.view import Links, View
from tests.browser import listen, show
from tests.builders import TODAY
from tests.render.html.driven import ask, choose, codes, details, fetched, pick, press, put, rows, words
from tests.render.report.reports import COMMIT, WHOLE, a_reported, a_row

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser
VIEW = View(links=Links("https://github.com/owner/name/blob/abc/"))
HOSTILE = "<img src=x onerror=document.title='gone'></td></tr></table><script>document.title='gone'</script>"


def opened(browser: Chrome, report: Report, folder: Path) -> Chrome:
    show(browser, render(report, VIEW), folder)
    return browser


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Chrome:
    return opened(browser, WHOLE, tmp_path)


def view(page: Chrome, mode: str) -> None:
    choose(page, f"m-{mode}")


def test_the_console_stays_empty_and_nothing_is_fetched(page: Chrome) -> None:
    listen(page)
    pick(page, "billing-clerk", "billing.refund")
    for mode in ("changes", "before", "unreviewed", "ends", "findings", "now"):
        view(page, mode)
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]
    assert fetched(page) == {ask(page, "location.href.split('#')[0]")}


def test_each_view_says_what_a_cell_is(page: Chrome) -> None:
    clerk, temp = [], []
    for mode in ("now", "changes", "before", "unreviewed", "ends", "findings", "now"):
        view(page, mode)
        clerk.append(words(page)["billing-clerk"][:2])
        temp.append(words(page)["temp"][1])
    assert clerk == [
        ["held", "held"],
        ["granted", "held"],
        ["", "held"],
        ["held, not reviewed", "held"],
        ["held, with an end", "held"],
        ["held, with a finding", "held"],
        ["held", "held"],
    ]
    assert temp == ["", "revoked", "held", "", "", "", ""]


def test_the_legend_says_what_a_view_marks(page: Chrome) -> None:
    spotted = page.find_element(By.CSS_SELECTOR, ".legend .spotted")
    assert not spotted.is_displayed()
    view(page, "ends")
    assert (spotted.is_displayed(), spotted.text) == (True, "held, with an end")


def test_a_marked_cell_looks_different_from_another(page: Chrome) -> None:
    ground = "getComputedStyle(document.querySelector('#matrix td.{}')).backgroundColor"
    view(page, "unreviewed")
    assert ask(page, ground.format("s")) != ask(page, ground.format("h"))


def test_only_roles_and_permissions_with_a_mark_can_be_shown(page: Chrome) -> None:
    choose(page, "r-marked")
    choose(page, "c-marked")
    assert rows(page) == ["billing-clerk", "cashier", "support"]
    assert codes(page) == ["billing.refund", "billing.view", "contacts.view"]
    view(page, "changes")
    assert rows(page) == ["billing-clerk", "temp"]
    view(page, "ends")
    assert (rows(page), codes(page)) == (["billing-clerk"], ["billing.refund"])


def test_a_reset_shows_what_is_held_now(page: Chrome) -> None:
    view(page, "ends")
    choose(page, "r-marked")
    page.find_element(By.CSS_SELECTOR, "#filters [type=reset]").click()
    ask(page, "new Promise(done => setTimeout(done))")
    assert len(rows(page)) == 5
    assert words(page)["billing-clerk"][0] == "held"


def test_roles_are_filtered_by_name_and_by_owner(page: Chrome) -> None:
    put(page, "f-role", "CLERK")
    assert rows(page) == ["billing-clerk"]
    put(page, "f-role", "finance")
    assert len(rows(page)) == 5


def test_a_cell_says_since_when_why_until_when_and_what_policies_say(page: Chrome) -> None:
    pick(page, "billing-clerk", "billing.refund")
    facts = details(page)
    assert facts["Since"].endswith('"Let clerks pay back (#212)" by Ana Ruiz, pull request 212')
    assert facts["Where"] == "roles.d/billing-clerk.yaml:5"
    assert (facts["Reason"], facts["Until"]) == ("Refunds on Mondays", "2026-12-31")
    assert facts["Last review"] == "this permission was not reviewed"
    assert (facts["Findings"], facts["Waivers"]) == ("refunds", "refunds until 2026-12-31: FIN-212")
    link = page.find_element(By.CSS_SELECTOR, "#details a").get_attribute("href")
    assert link == "https://github.com/owner/name/blob/abc/roles.d/billing-clerk.yaml#L5"
    press(page, Keys.ARROW_RIGHT)
    assert details(page)["Last review"] == "2026-11-20 by Jon Berg <jon@example.com>"
    assert details(page)["What it allows"] == "Look at invoices."


def test_a_cell_that_is_empty_and_one_that_was_revoked_say_so(page: Chrome) -> None:
    pick(page, "none", "billing.view")
    assert details(page)["Now"] == "not held"
    assert "Last review" not in details(page)
    press(page, Keys.ESCAPE)
    pick(page, "temp", "billing.view")
    assert "3f2a9c1d0b4e" in details(page)["Revoked"]
    press(page, Keys.ESCAPE)
    pick(page, "support", "contacts.view")
    assert details(page)["Through"] == "set desk, contacts.*"


def test_a_role_and_a_permission_have_details_too(page: Chrome) -> None:
    pick(page, "billing-clerk", "Role")
    facts = details(page)
    assert (facts["Owner"], facts["Permissions"], facts["Not reviewed"]) == ("finance; Ana", "2", "1")
    assert facts["Last review"] == "2026-11-20 by Jon Berg <jon@example.com>"
    ask(page, "document.querySelector('#matrix .codes').cells[2].click()")
    assert details(page)["Held by"] == "billing-clerk, cashier"
    ask(page, "document.querySelector('#matrix .codes').cells[3].click()")
    assert details(page)["Held by"] == "no role"


def test_a_hostile_name_stays_text(browser: Chrome, tmp_path: Path) -> None:
    report = Report(Covers("roles.d", COMMIT, TODAY), [a_row(HOSTILE, "a.b")], roles=[a_reported(HOSTILE, "a.b")])
    page = opened(browser, report, tmp_path)
    pick(page, HOSTILE, "a.b")
    assert rows(page) == [HOSTILE]
    assert details(page)["Permission"] == "not in the lock"
    assert ask(page, "document.images.length") == 0
    assert "gone" not in page.title


def test_every_field_has_a_name_for_assistive_technology(page: Chrome) -> None:
    nodes = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    told = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n["ignored"]]
    fields = {"searchbox", "combobox", "radio", "button", "grid", "table"}
    assert {role for role, _ in told} >= fields
    assert [role for role, name in told if role in fields - {"table"} and not name] == []


@pytest.mark.parametrize("width", [390, 1440])
def test_only_the_matrix_scrolls_sideways_however_long_a_word_is(browser: Chrome, tmp_path: Path, width: int) -> None:
    word = "w" * 600
    report = WHOLE._replace(
        covers=WHOLE.covers._replace(roles_dir=word),
        rows=[*WHOLE.rows, a_row(word, f"{word}.x", owner=(word,), reason=word)],
        roles=[*WHOLE.roles, a_reported(word, f"{word}.x")],
        journals=(word,),
    )
    page = opened(browser, report, tmp_path)
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    wide = ask(page, "document.documentElement.scrollWidth")
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide == width


def test_without_the_script_the_report_is_still_there(browser: Chrome, tmp_path: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, WHOLE, tmp_path)
        assert browser.find_element(By.TAG_NAME, "h1").text == "4 roles, 3 permissions"
        assert browser.find_element(By.CSS_SELECTOR, ".ledger").is_displayed()
        assert "`report --format csv` has the same rows" in browser.find_element(By.ID, "needs").text
        assert not browser.find_element(By.ID, "filters").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_report_without_roles_works_too(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, Report(Covers("roles.d", COMMIT, TODAY)), tmp_path)
    listen(page)
    assert "Showing 0 of 0 roles" in page.find_element(By.ID, "shown").text
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_a_row_leads_to_its_last_change(page: Chrome) -> None:
    pick(page, "temp", "Role")
    page.find_element(By.ID, "to-list").click()
    assert ask(page, "document.activeElement.cells[1].textContent") == "deleted temp"
    assert not page.find_element(By.ID, "dock").is_displayed()


def test_filters_narrow_the_changes_too(page: Chrome) -> None:
    put(page, "f-role", "clerk")
    put(page, "f-category", "billing")
    shown = "[...document.querySelectorAll('.entry')].filter(e => !e.hidden).map(e => e.cells[1].textContent)"
    assert ask(page, shown) == ["granted billing.refund to billing-clerk"]
    assert page.find_element(By.CSS_SELECTOR, ".changes .count").text == "1 of 4"
