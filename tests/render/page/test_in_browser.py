"""What every page with a matrix does in a browser: views in the address, jumps, what is out of view, paper and CSV."""

from __future__ import annotations

import base64
import csv
import io
import re
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from reconciler.model.catalogue import Permission
from reconciler.plan.action import Origin
from reconciler.plan.changes import Plan
from tests.builders import Before, a_create, a_delete, a_plan, a_role, an_update
from tests.render.html.driven import (
    ALL,
    HOSTILE,
    PLAN,
    ask,
    choose,
    codes,
    focused,
    opened,
    press,
    put,
    rows,
    words,
)

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser

EVERY = [f"area{number // 8:02}.right{number % 8}" for number in range(200)]
CATALOGUE = {code: Permission(code, code, code[:6]) for code in EVERY}
LISTED = (
    "[...document.querySelectorAll('.change')].filter(e => e.checkVisibility())"
    ".map(e => e.querySelector('h4 bdi').textContent)"
)
COUNTS = "[...document.querySelectorAll('.changes .count, #matrix small')].map(e => e.textContent)"
SCROLL = "document.getElementById('scroll')"


def many(roles: int = 297) -> Plan:
    """A plan of 60,000 cells in which one permission, far to the right, changes."""
    unchanged = tuple(a_role(f"role-{number:05}", EVERY[number % 5 :: 3]) for number in range(roles))
    return a_plan(a_create("new", [EVERY[-1]]), unchanged=unchanged, system=(), catalogue=CATALOGUE)


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Chrome:
    return opened(browser, PLAN, tmp_path, "")


def settled(page: Chrome) -> None:
    """Wait until the browser has drawn: scrolling is told to the page with the next frame."""
    page.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
    )


def test_the_filter_by_origin_holds_for_the_list_and_the_matrix_and_is_in_the_address(
    browser: Chrome, tmp_path: Path
) -> None:
    edited, drifted = a_create("edited", origin=Origin.EDIT), a_create("drifted", origin=Origin.DRIFT)
    page = opened(browser, a_plan(edited, drifted, unchanged=(a_role("same"),), compared=True), tmp_path, "")
    assert ask(page, LISTED) == ["edited", "drifted"]
    put(page, "f-origin", "drift")
    assert (ask(page, LISTED), rows(page)) == (["drifted"], ["drifted"])
    assert ask(page, "location.hash") == "#?origin=drift"
    opened(page, a_plan(edited, drifted, compared=True), tmp_path, "#?origin=edit")
    assert (ask(page, LISTED), rows(page)) == (["edited"], ["edited"])


def test_the_permissions_that_change_are_in_view_and_the_others_a_click_away(page: Chrome) -> None:
    assert codes(page) == ["billing.manage", "billing.view", "contacts.view", "messages.send"]
    assert page.find_element(By.ID, "shown").text.endswith("4 of 5 permissions: those that change")
    choose(page, "c-all")
    assert len(codes(page)) == 5


def test_a_search_that_only_permissions_without_a_change_match_says_so(page: Chrome) -> None:
    put(page, "f-code", "export")
    sentence = page.find_element(By.ID, "shown").text
    assert sentence.endswith("those that change. 1 other matches; select All permissions to show it.")


def test_filters_narrow_the_list_of_changes_and_the_counts_in_heads(page: Chrome) -> None:
    put(page, "f-role", "cashier")
    assert ask(page, LISTED) == ["billing-clerk"]
    assert ask(page, COUNTS) == ["1 of 3", "0 of 1", "1", "0 of 1", "1 of 3"]


def test_a_change_is_listed_if_it_touches_a_permission_that_is_searched_for(page: Chrome) -> None:
    put(page, "f-category", "billing")
    assert ask(page, LISTED) == ["billing-clerk"]


def test_a_folded_group_is_open_while_a_filter_finds_something_in_it(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, a_plan(a_create("new"), *(a_delete(f"old-{number:02}") for number in range(20))), tmp_path)
    assert ask(page, LISTED) == ["new"]
    put(page, "f-role", "old-07")
    assert ask(page, LISTED) == ["old-07"]
    put(page, "f-role", "")
    assert ask(page, LISTED) == ["new"]


def test_a_view_is_in_the_address_and_its_address_shows_it_again(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, PLAN, tmp_path, "")
    put(page, "f-role", "clerk")
    choose(page, "m-after")
    address = ask(page, "location.hash")
    assert address == "#?role=clerk&mode=after"
    again = opened(browser, PLAN, tmp_path, address)
    assert rows(again) == ["billing-clerk"]
    assert words(again)["billing-clerk"] == ["", "held", "held", ""]


def test_back_undoes_a_choice_and_forward_makes_it_again(page: Chrome) -> None:
    choose(page, "m-before")
    choose(page, "c-all")
    page.back()
    assert (len(codes(page)), words(page)["temp-role"]) == (4, ["", "", "held", ""])
    page.forward()
    assert len(codes(page)) == 5


def test_an_address_with_values_that_this_page_does_not_have_shows_all(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, PLAN, tmp_path, "#?mode=tomorrow&category=none&rows=few")
    assert len(rows(page)) == 5


def test_a_jump_leaves_the_filters_in_the_address(page: Chrome) -> None:
    put(page, "f-role", "clerk")
    page.find_element(By.CSS_SELECTOR, '#bar a[href="#who"]').click()
    assert ask(page, "document.activeElement.id") == "who"
    assert ask(page, "location.hash") == "#?role=clerk"


def test_a_change_leads_to_its_row_and_a_row_to_its_change(page: Chrome) -> None:
    page.find_elements(By.CSS_SELECTOR, ".change .jump")[1].click()
    assert focused(page) == ("billing-clerk", "Role")
    press(page, Keys.ENTER)
    page.find_element(By.ID, "to-list").click()
    assert ask(page, "document.activeElement.closest('.change').querySelector('bdi').textContent") == "billing-clerk"


def test_what_is_out_of_view_is_counted_and_a_click_brings_it(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, many(20), tmp_path, ALL)
    more = page.find_element(By.ID, "more")
    assert re.fullmatch(r"1\d\d more to the right →", more.text)
    before = more.text
    more.click()
    settled(page)
    assert more.text != before
    assert page.find_element(By.ID, "left").is_displayed()
    ask(page, f"{SCROLL}.scrollLeft = 1e6")
    settled(page)
    assert not more.is_displayed()


def test_sixty_thousand_cells_are_there_and_few_are_drawn(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, many(), tmp_path, ALL)
    assert "298 of 298 roles and 200 of 200" in page.find_element(By.ID, "shown").text
    assert ask(page, "document.querySelectorAll('#matrix td').length") < 6_000
    assert ask(page, "[matrix.table.ariaRowCount, matrix.table.ariaColCount]") == ["302", "201"]
    put(page, "f-role", "role-0012")
    assert len(rows(page)) == 10


def test_what_is_scrolled_to_is_drawn_with_its_place_in_the_whole(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, many(), tmp_path, ALL)
    ask(page, f"[{SCROLL}.scrollTop = 1e6, {SCROLL}.scrollLeft = 1e6]")
    settled(page)
    assert (rows(page)[-1], codes(page)[-1]) == ("role-00296", EVERY[-1])
    last = "document.querySelector('#matrix tbody').lastChild"
    assert ask(page, f"[{last}.ariaRowIndex, {last}.lastChild.ariaColIndex]") == ["302", "201"]


def test_the_keyboard_reaches_the_last_cell_and_keeps_its_place(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, many(), tmp_path, ALL)
    ask(page, "matrix.table.querySelector('[tabindex=\"0\"]').focus()")
    ActionChains(page).key_down(Keys.CONTROL).send_keys(Keys.END).key_up(Keys.CONTROL).perform()
    assert focused(page)[0] == "role-00296"
    assert ask(page, "document.activeElement.ariaColIndex") == "201"
    ask(page, f"{SCROLL}.scrollTop = 0")
    settled(page)
    assert ask(page, "document.activeElement.id") == "matrix"
    press(page, Keys.ARROW_UP)
    assert focused(page)[0] == "role-00295"


def printed(page: Chrome) -> list[list[list[str]]]:
    """The tables that the page makes for paper, each with the texts of its rows."""
    ask(page, "dispatchEvent(new Event('beforeprint'))")
    text = "[...table.rows].map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    return list(ask(page, f"[...document.querySelectorAll('#paper table')].map(table => {text})"))


def test_on_paper_columns_are_split_between_categories_and_each_sheet_has_legend_and_heads(
    browser: Chrome, tmp_path: Path
) -> None:
    sheets = printed(opened(browser, many(3), tmp_path, ALL))
    assert [len(sheet[2]) - 1 for sheet in sheets] == [40] * 5
    assert [sheet[0][0].split()[0] for sheet in sheets] == ["granted"] * 5
    assert [sheet[1][1] for sheet in sheets] == ["area00", "area05", "area10", "area15", "area20"]
    heads = [row[0].split()[0] for row in sheets[4][3:]]
    assert heads == ["Changed", "new", "Unchanged:", "role-00000", "role-00001", "role-00002"]


def test_on_paper_a_long_matrix_is_on_several_sheets_and_none_has_a_row_alone(browser: Chrome, tmp_path: Path) -> None:
    unchanged = tuple(a_role(f"role-{number:02}") for number in range(26))
    plan = a_plan(a_create("new"), unchanged=unchanged, system=(a_role("admin"),))
    lines = [[row[0] for row in sheet[3:]] for sheet in printed(opened(browser, plan, tmp_path))]
    assert sum(len(sheet) for sheet in lines) == 28 + 3 + 1  # with the titles of three sections, one of them again
    assert min(len(sheet) for sheet in lines) >= 5
    assert [lines[0][0], lines[1][0]] == ["Changed 1", "Unchanged: already match the role files 26"]
    assert [line.split()[0] for line in lines[1][-3:]] == ["role-25", "System", "admin"]


def test_a_title_at_the_end_of_a_sheet_goes_to_the_next(browser: Chrome, tmp_path: Path) -> None:
    titles = {"Unchanged:", "System"}
    for many in range(8, 18):  # for one of them, the title of the system roles is where the first sheet ends
        unchanged = tuple(a_role(f"role-{number:02}") for number in range(many))
        system = tuple(a_role(f"system-{number:02}") for number in range(20))
        page = opened(browser, a_plan(unchanged=unchanged, system=system), tmp_path, ALL)
        lines = [[row[0].split()[0] for row in sheet[3:]] for sheet in printed(page)]
        assert len(lines) == 2
        assert [(sheet[0] in titles, sheet[-1] in titles) for sheet in lines] == [(True, False)] * 2
        assert max(sheet.count("System") for sheet in lines) == 1


def test_a_category_that_is_wider_than_a_sheet_goes_on_on_the_next(browser: Chrome, tmp_path: Path) -> None:
    catalogue = {f"a.p{number:02}": Permission(f"a.p{number:02}", "", "a") for number in range(50)}
    sheets = printed(opened(browser, a_plan(catalogue=catalogue, system=()), tmp_path, ALL))
    assert [(len(sheet[2]) - 1, sheet[1][1:]) for sheet in sheets] == [(40, ["a"]), (10, ["a"])]


def test_the_sheets_are_a4_and_the_fold_is_open_on_them(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, a_plan(a_create("new"), *(a_delete(f"old-{n:02}") for n in range(20))), tmp_path)
    pdf = base64.b64decode(page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d. ]+)\]", pdf)
    assert {tuple(round(float(side)) for side in box.split()) for box in boxes} == {(842, 595)}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    listed = ask(page, LISTED)
    filters = page.find_element(By.ID, "filters").is_displayed()
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert (len(listed), filters) == (21, False)


def test_a_matrix_that_is_too_large_for_paper_says_what_to_do(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, many(1_100), tmp_path, ALL)
    assert printed(page) == []
    paper = ask(page, "document.getElementById('paper').textContent")
    assert paper == "The matrix is too large to print. Filter it first, or download it as CSV."


def copied(page: Chrome) -> list[list[str]]:
    """The cells of what Copy puts on the clipboard."""
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    page.find_element(By.ID, "copy").click()
    text = page.execute_async_script("navigator.clipboard.readText().then(arguments[0], arguments[0])")
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_what_is_shown_can_be_copied_as_csv(page: Chrome) -> None:
    choose(page, "r-marked")
    put(page, "f-code", "view")
    ids = {change.name: change.id for change in PLAN.changes}
    assert copied(page) == [
        ["role", "id", "group", "billing.view", "contacts.view"],
        [HOSTILE, "", "Changed", "", ""],
        ["billing-clerk", ids["billing-clerk"], "Changed", "granted", "held"],
        ["temp-role", ids["temp-role"], "Changed", "", "revoked"],
    ]


def test_where_the_clipboard_is_closed_to_pages_the_old_way_copies(page: Chrome) -> None:
    page.execute_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    asked = "const asked = []; document.execCommand = what => { asked.push(what); return %s };"
    wait = "document.getElementById('copy').click(); setTimeout(() => arguments[0](asked))"
    assert page.execute_async_script(asked % "true" + wait) == ["copy"]
    assert page.find_element(By.ID, "copy").text == "Copied"
    assert page.execute_async_script(asked % "false" + wait) == ["copy"]
    assert page.find_element(By.ID, "copy").text == "Not copied; use Download"


def test_no_cell_of_the_csv_is_run_by_a_spreadsheet(browser: Chrome, tmp_path: Path) -> None:
    names = ["=1+1", "+1", "-1", "@a", 'a "b", c']
    plan = a_plan(*(an_update(name, ["=a.b"], before=Before()) for name in names), system=())
    cells = copied(opened(browser, plan, tmp_path))
    assert cells[0][3:] == ["'=a.b"]
    assert sorted(row[0] for row in cells[1:]) == sorted(["'=1+1", "'+1", "'-1", "'@a", 'a "b", c'])


def test_the_csv_can_be_downloaded(page: Chrome) -> None:
    script = (
        "const made = []; HTMLAnchorElement.prototype.click = function () { made.push([this.download, this.href]) };"
        "document.getElementById('download').click();"
        "fetch(made[0][1]).then(() => 0, () => 0); return made"
    )
    ((name, address),) = page.execute_script(script)
    assert (name, address.split(":")[0]) == ("matrix.csv", "blob")
