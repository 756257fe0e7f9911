"""Where there is much to see: a jump arrives, nothing hides behind the bar, and a search draws what is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from reconciler.plan.action import Origin
from tests.builders import Before, a_create, a_plan, a_role, an_update
from tests.render.html.driven import ask, opened, press, put

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

    from reconciler.plan.changes import Plan

pytestmark = pytest.mark.browser

_ARRIVED = (
    "const [place, done] = arguments; let before = NaN;"
    "(function look() { const { top } = document.querySelector(place).getBoundingClientRect();"
    " if (top === before) done(top - document.getElementById('bar').getBoundingClientRect().bottom);"
    " else { before = top; setTimeout(look, 100); } })()"
)
"""How far below the bar a place is, once the browser has come to rest."""


def long_plan() -> Plan:
    """A plan with forty roles that are each given many permissions, and as many that also lose one."""
    codes = [f"area{number:02}.use" for number in range(30)]
    created = (a_create(f"new-{number:02}", codes, origin=Origin.EDIT) for number in range(40))
    updated = (
        an_update(f"old-{number:02}", codes, before=Before(["area99.use"]), origin=Origin.DRIFT) for number in range(40)
    )
    return a_plan(*created, *updated, unchanged=(a_role("same"),), compared=True)


@pytest.mark.parametrize("width", [390, 1000, 1440])
def test_a_jump_arrives_below_the_bar_however_long_the_list_and_tall_the_bar(
    browser: Chrome, tmp_path: Path, width: int
) -> None:
    page = opened(browser, long_plan(), tmp_path, "")
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    ask(page, "document.getElementById('b-filters').click()")
    found = []
    for place in ("#v-mixed", "#changes", "#who", "#v-widens"):
        ask(page, f"document.querySelector('a[href=\"{place}\"]').click()")
        found.append(page.execute_async_script(_ARRIVED, place))
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert [each for each in found if not 8 < each < 16] == []


def test_where_the_window_is_low_the_bar_leaves_it_to_what_is_read(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, long_plan(), tmp_path, "")
    metrics = {"width": 320, "height": 256, "deviceScaleFactor": 1, "mobile": False}  # 1280 by 1024 at 400 %
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    ask(page, "document.getElementById('b-filters').click()")
    ask(page, "document.querySelector('a[href=\"#who\"]').click()")
    page.execute_async_script(_ARRIVED, "#who")
    bar = ask(page, "document.getElementById('bar').getBoundingClientRect().bottom")
    top, wide = ask(page, "[document.getElementById('who').getBoundingClientRect().top, document.body.scrollWidth]")
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert bar < 0 < top < 100
    assert wide <= 320


def test_a_jump_arrives_below_the_bar_after_a_low_window_has_become_tall(browser: Chrome, tmp_path: Path) -> None:
    metrics = {"width": 1000, "height": 400, "deviceScaleFactor": 1, "mobile": False}
    page = opened(browser, long_plan(), tmp_path, "")
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.get(page.current_url)  # low from the start: the bar never changes its size
    place, bar = "#v-mixed", "document.getElementById('bar').offsetHeight"
    before = ask(page, bar)
    page.execute_async_script(_ARRIVED, place)  # the browser is at rest, and has measured the bar
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics | {"height": 800})
    ask(page, f"document.querySelector('a[href=\"{place}\"]').click()")
    below, after = page.execute_async_script(_ARRIVED, place), ask(page, bar)
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert before == after
    assert 8 < below < 16


def test_a_jump_takes_the_keyboard_along(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, long_plan(), tmp_path, "")
    page.find_element(By.CSS_SELECTOR, '.jumps a[href="#v-mixed"]').send_keys(Keys.ENTER)
    assert ask(page, "document.activeElement.textContent").startswith("Widens and narrows access")
    page.execute_async_script(_ARRIVED, "#v-mixed")
    press(page, Keys.TAB)
    assert ask(page, "document.activeElement.closest('.change').querySelector('h4').textContent") == "old-00"


def test_a_jump_says_how_many_changes_of_a_filter_it_leads_to(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, long_plan(), tmp_path, "")
    counts = "[...document.querySelectorAll('.jumps span')].map(e => e.textContent)"
    assert ask(page, counts) == ["40", "40"]
    put(page, "f-role", "old-0")
    assert ask(page, counts) == ["0 of 40", "10 of 40"]


def test_while_a_search_narrows_the_matrix_only_what_is_in_view_is_drawn(browser: Chrome, tmp_path: Path) -> None:
    unchanged = tuple(a_role(f"role-{number:03}") for number in range(300))
    page = opened(browser, a_plan(a_create("new"), unchanged=unchanged), tmp_path, "")
    drawn = "document.querySelectorAll('#matrix .w').length - 1"
    whole = ask(page, drawn)
    put(page, "f-role", "role")
    searched = ask(page, drawn)
    put(page, "f-role", "")
    assert (whole, ask(page, drawn)) == (304, 304)
    assert 20 < searched < 60
