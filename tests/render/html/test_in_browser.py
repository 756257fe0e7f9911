"""The HTML page in a real browser: counts, filters, keyboard, details, and nothing that it should not do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from reconciler.model.catalogue import Permission
from tests.browser import listen
from tests.builders import Before, a_create, a_location, a_plan, a_refusal, a_source, an_update
from tests.render.html.driven import (
    CODES,
    HOSTILE,
    IN_VIEW,
    PLAN,
    STOP,
    ask,
    choose,
    codes,
    details,
    fetched,
    focused,
    opened,
    pick,
    press,
    put,
    rows,
    words,
)
from tests.sentences import Golden

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Chrome:
    """The plan above, freshly opened; logs are emptied first."""
    return opened(browser, PLAN, tmp_path)


def test_the_counts_on_the_page_are_those_of_the_plan(page: Chrome) -> None:
    counts = PLAN.summary()
    shown = {
        key: int(page.find_element(By.CSS_SELECTOR, f"#n-{key} dd").text) for key in ("create", "update", "delete")
    }
    assert shown == {"create": counts.create, "update": counts.update, "delete": counts.delete}
    assert page.find_element(By.CSS_SELECTOR, "#changes .count").text == str(len(PLAN.changes))
    assert len(page.find_elements(By.CSS_SELECTOR, "#matrix td.g")) == counts.grants
    assert len(page.find_elements(By.CSS_SELECTOR, "#matrix td.r")) == counts.revokes
    assert page.find_element(By.ID, "shown").text == "Showing 5 of 5 roles and 5 of 5 permissions"


def test_the_console_stays_empty_and_nothing_is_fetched(page: Chrome) -> None:
    listen(page)
    pick(page, "support", "contacts.view")
    put(page, "f-role", "x")
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]
    assert fetched(page) == {ask(page, "location.href.split('#')[0]")}
    assert ask(page, "performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length") == 0


def test_a_script_that_is_not_the_pages_own_may_not_run(page: Chrome) -> None:
    blocked = ask(
        page,
        "(() => { const s = document.createElement('script'); s.textContent = 'document.title = \"gone\"';"
        " document.body.append(s); return document.title })()",
    )
    assert blocked == "Refused: would widen and narrow access. Plan for https://api-chat.example.org"


def test_a_hostile_name_stays_text(page: Chrome) -> None:
    pick(page, HOSTILE, "messages.send")
    assert HOSTILE in rows(page)
    assert page.find_element(By.CSS_SELECTOR, "#details h2").text == f"{HOSTILE} · messages.send"
    assert ask(page, "document.images.length") == 0
    assert "gone" not in page.title


def test_roles_are_filtered_by_name_whatever_the_case(page: Chrome) -> None:
    page.find_element(By.ID, "f-role").send_keys("SUPP")
    assert rows(page) == ["support"]
    assert page.find_element(By.ID, "shown").text == "Showing 1 of 5 roles and 5 of 5 permissions"


def test_a_renamed_role_is_found_by_its_earlier_name(page: Chrome) -> None:
    put(page, "f-role", "Cashier")
    assert rows(page) == ["billing-clerk"]


def test_permissions_are_filtered_by_code_and_by_name(page: Chrome) -> None:
    put(page, "f-code", "export")
    assert codes(page) == ["contacts.export"]
    put(page, "f-code", "send mess")
    assert codes(page) == ["messages.send"]


def test_permissions_are_filtered_by_category(page: Chrome) -> None:
    put(page, "f-category", "contacts")
    assert codes(page) == ["contacts.export", "contacts.view"]
    assert ask(page, "[...document.querySelectorAll('#matrix .groups th')]" + IN_VIEW) == ["contacts"]


def test_only_what_changes_can_be_shown(page: Chrome) -> None:
    choose(page, "r-marked")
    assert rows(page) == [HOSTILE, "billing-clerk", "temp-role"]
    choose(page, "c-marked")
    assert codes(page) == ["billing.manage", "billing.view", "contacts.view", "messages.send"]


def test_a_filter_that_nothing_matches_says_how_to_go_on(page: Chrome, golden: Golden) -> None:
    put(page, "f-role", "absent")
    assert rows(page) == []
    golden.says("render/html", "filter without a match", page.find_element(By.ID, "shown").text)
    page.find_element(By.CSS_SELECTOR, "#filters [type=reset]").click()
    ask(page, "new Promise(done => setTimeout(done))")
    assert len(rows(page)) == 5


def test_before_and_after_are_each_shown_alone(page: Chrome) -> None:
    seen = {}
    for mode in ("before", "after", "changes"):
        choose(page, f"m-{mode}")
        seen[mode] = words(page)["billing-clerk"][:2]
    assert seen == {"before": ["held", ""], "after": ["", "held"], "changes": ["revoked", "granted"]}


def test_the_arrows_move_through_the_matrix_from_one_tab_stop(page: Chrome) -> None:
    assert ask(page, "document.querySelectorAll('#matrix [tabindex=\"0\"]').length") == 1
    ask(page, f"{STOP}.focus()")
    press(page, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert focused(page) == ("billing-clerk", "billing.view")
    press(page, Keys.END)
    assert focused(page) == ("billing-clerk", "messages.send")
    press(page, Keys.PAGE_DOWN)
    assert focused(page) == ("admin", "messages.send")
    press(page, Keys.ARROW_UP, Keys.HOME)
    assert focused(page) == ("support", "Role")
    ActionChains(page).key_down(Keys.CONTROL).send_keys(Keys.END).key_up(Keys.CONTROL).perform()
    assert focused(page) == ("admin", "messages.send")
    ActionChains(page).key_down(Keys.CONTROL).send_keys(Keys.HOME).key_up(Keys.CONTROL).perform()
    assert focused(page) == ("Role", "Role")
    assert ask(page, "document.querySelectorAll('#matrix [tabindex=\"0\"]').length") == 1


def test_the_arrows_pass_over_what_is_filtered_out(page: Chrome) -> None:
    choose(page, "r-marked")
    put(page, "f-code", "view")
    ask(page, f"{STOP}.focus()")
    press(page, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.PAGE_DOWN)
    assert focused(page) == ("temp-role", "contacts.view")


def test_the_tab_stop_moves_on_when_its_role_is_filtered_out(page: Chrome) -> None:
    put(page, "f-role", "admin")
    assert ask(page, f"{STOP}.parentElement.querySelector('.role').textContent") == "admin"


def test_enter_shows_the_details_of_a_grant_with_its_line(page: Chrome) -> None:
    ask(page, f"{STOP}.focus()")
    press(page, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ENTER)
    facts = details(page)
    assert facts["Before → after"] == "not held → held"
    assert facts["Permission"] == "View billing"
    assert facts["What it allows"] == "What view billing is."
    assert facts["Where"] == "roles.d/billing.yaml:7"
    assert "would revert a change made in OmniStream" in facts["Why"]
    link = page.find_element(By.CSS_SELECTOR, "#details a").get_attribute("href")
    assert link == "https://github.com/owner/name/blob/abc/roles.d/billing.yaml#L7"


def test_the_details_stay_what_they_are_while_the_window_is_left_and_comes_back(page: Chrome) -> None:
    pick(page, "temp-role", "contacts.view")
    ask(page, "window.before = document.querySelector('#details dd').firstChild")
    here = page.current_window_handle
    page.switch_to.new_window("tab")
    page.close()
    page.switch_to.window(here)
    ask(page, "document.activeElement.dispatchEvent(new FocusEvent('focusin', {bubbles: true}))")
    assert ask(page, "window.before === document.querySelector('#details dd').firstChild")
    press(page, Keys.ARROW_LEFT)
    assert not ask(page, "window.before.isConnected")


def test_the_details_follow_the_focus_until_escape_closes_them(page: Chrome) -> None:
    pick(page, "temp-role", "contacts.view")
    assert details(page)["Before → after"] == "held → not held"
    assert details(page)["Refused"] == "it is protected"
    press(page, Keys.ARROW_LEFT)
    assert details(page)["Before → after"] == "not held → not held"
    press(page, Keys.ESCAPE)
    assert not page.find_element(By.ID, "dock").is_displayed()
    assert focused(page) == ("temp-role", "contacts.export")


def test_closing_the_details_gives_the_focus_back_to_the_matrix(page: Chrome) -> None:
    pick(page, "support", "contacts.view")
    page.find_element(By.ID, "close").click()
    assert focused(page) == ("support", "contacts.view")


def test_a_permissions_head_says_which_roles_hold_it(page: Chrome) -> None:
    ask(page, "document.querySelector('#matrix .codes').cells[4].click()")
    facts = details(page)
    assert facts["Roles before → after"] == "4 → 3"
    assert facts["Roles after"] == "billing-clerk, support, admin"


def test_a_roles_head_says_what_happens_to_it(page: Chrome) -> None:
    pick(page, "billing-clerk", "Role")
    facts = details(page)
    assert facts["Permissions before → after"] == "2 → 2"
    assert facts["Renamed from"] == "cashier"


def test_what_assistive_technology_is_told(page: Chrome) -> None:
    nodes = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    told = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n["ignored"]]
    assert ("grid", "Roles by permissions; arrow keys move, Enter shows details") in told
    assert ("columnheader", "contacts.export") in told
    assert ("button", "In the matrix: billing-clerk") in told
    assert ("rowheader", "billing-clerk +1 −1 would be updated in-place") in told
    cells = Counter(name for role, name in told if role == "gridcell")
    assert {word: cells[word] for word in ("held", "granted", "revoked", "not held")} == {
        "held": 8,
        "granted": 2,
        "revoked": 2,
        "not held": 13,
    }
    fields = {"searchbox", "combobox", "radio", "button"}
    assert {role for role, _ in told} >= fields | {"status"}
    assert [role for role, name in told if role in fields and not name] == []


@pytest.mark.parametrize("width", [390, 1440])
def test_only_the_matrix_scrolls_sideways_however_long_a_word_is(browser: Chrome, tmp_path: Path, width: int) -> None:
    word = "w" * 600
    plan = a_plan(
        a_create(word, [f"{word}.x"], word, location=a_location(word)),
        an_update("r", ["a.b"], word, before=Before([f"{word}.y"], word + word, word)),
        target=word,
        source=a_source(word, word, word),
        refused=(a_refusal(word, word),),
        notes=(word,),
        catalogue={"a.b": Permission("a.b", word, word)},
    )
    page = opened(browser, plan, tmp_path)
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    ask(page, f"{CODES}[1].click()")
    wide = ask(page, "document.documentElement.scrollWidth")
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide == width


def test_without_the_script_the_plan_is_still_there(browser: Chrome, tmp_path: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, PLAN, tmp_path)
        assert browser.find_element(By.TAG_NAME, "h1").text == "Refused: would widen and narrow access"
        assert len(browser.find_elements(By.TAG_NAME, "article")) == 3
        assert "contacts.view" in browser.find_element(By.CSS_SELECTOR, ".verdict.narrows").text
        assert "The list of changes is complete without it" in browser.find_element(By.ID, "needs").text
        assert not browser.find_element(By.ID, "filters").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_plan_without_roles_or_permissions_works_too(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, a_plan(system=()), tmp_path)
    listen(page)
    assert "Showing 0 of 0 roles and 0 of 0 permissions" in page.find_element(By.ID, "shown").text
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]
