"""What fits where: on a narrow screen, on paper, and in a matrix with few columns."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from reconciler.fleet.effects import effects
from reconciler.model.catalogue import Permission
from reconciler.render.fleet.html import render as fleet_page
from reconciler.render.report.html import render as report_page
from reconciler.render.view import View
from tests.browser import show
from tests.builders import Before, a_create, a_plan, a_refusal, a_role, an_update
from tests.fleet.plans import an_index, some_plans
from tests.render.html.driven import ALL, PLAN, VIEW, ask, opened
from tests.render.report.reports import WHOLE

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser

_SIDES = "(e => { const box = e.getBoundingClientRect(); return [box.left, box.right] })"


@contextmanager
def wide(page: Chrome, width: int) -> Iterator[None]:
    """The page in a window of this width."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        yield
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@contextmanager
def on_paper(page: Chrome) -> Iterator[None]:
    """The page as it is laid out for paper."""
    ask(page, "dispatchEvent(new Event('beforeprint'))")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        yield
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("width", [390, 1280])
def test_heads_of_sections_are_whole_however_few_permissions_change(
    browser: Chrome, tmp_path: Path, width: int
) -> None:
    unchanged = tuple(a_role(f"role-{number}") for number in range(20))
    change = an_update("clerk", ["a.view", "b.view"], before=Before(["b.view"]))
    page = opened(browser, a_plan(change, unchanged=unchanged), tmp_path, "#?role=role-1")
    with wide(page, width):
        (head,) = ask(page, "[...document.querySelectorAll('#matrix .s span')].map(e => e.textContent)")
        assert head == "Unchanged: already match the role files 11 of 20"
        _, end = ask(page, f"{_SIDES}(document.querySelector('#matrix .s small'))")
        _, edge = ask(page, f"{_SIDES}(document.getElementById('scroll'))")
        assert end <= edge
        tall = "(e => [e.querySelector('span').offsetHeight <= e.offsetHeight, e.querySelector('b').offsetWidth > 240])"
        assert ask(page, f"{tall}(document.querySelector('#matrix .s'))") == [True, True]


def test_names_of_the_usual_length_are_whole_beside_their_counts_and_a_tag(browser: Chrome, tmp_path: Path) -> None:
    names = ["support-tier-1", "support-tier-2", "regional-knowledge-editor"]
    changes = (an_update(name, ["a.view"], before=Before(["b.view"])) for name in names)
    refused = (a_refusal(name) for name in names[:2])
    page = opened(browser, a_plan(*changes, refused=tuple(refused)), tmp_path)
    cut = "[...document.querySelectorAll('#matrix .c .role')].map(e => e.scrollWidth - e.clientWidth)"
    assert ask(page, cut) == [0, 0, 0]


def test_the_way_to_the_changes_is_above_all_that_could_push_them_down(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, PLAN, tmp_path)
    order = "[...document.querySelectorAll('#bar, .notice, #changes')].map(e => e.id || e.className)"
    assert ask(page, order) == ["bar", "notice refused", "changes"]


def test_on_a_narrow_screen_figures_are_in_columns(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, PLAN, tmp_path)
    with wide(page, 390):
        lefts = ask(page, f"[...document.querySelectorAll('.figures > div')].map(e => {_SIDES}(e)[0])")
    assert len(lefts) == 7
    assert len(set(lefts)) == 4


def test_on_a_narrow_screen_no_figure_runs_into_the_next_one(browser: Chrome, tmp_path: Path) -> None:
    codes = [f"area.use{number}" for number in range(25)]
    created = (a_create(f"new-{number:03}", codes) for number in range(50))
    page = opened(browser, a_plan(*created, system=()), tmp_path)
    with wide(page, 390):
        fits = "[...document.querySelectorAll('.figures div')].map(e => e.scrollWidth <= e.clientWidth)"
        assert set(ask(page, fits)) == {True}
    assert page.find_element(By.CSS_SELECTOR, "#n-grants dd").text == "1250"


def test_where_a_reader_wants_larger_letters_all_text_and_the_cells_of_the_matrix_grow(
    browser: Chrome, tmp_path: Path
) -> None:
    sizes = (
        "[parseFloat(getComputedStyle(document.querySelector('.change .name')).fontSize),"
        " ...['.codes th + th', 'tbody .w', '.codes span'].flatMap(part => {"
        " const found = document.querySelector(`#matrix ${part}`); return [found.offsetWidth, found.offsetHeight] })]"
    )
    usual = ask(opened(browser, PLAN, tmp_path), sizes)
    browser.execute_cdp_cmd("Page.setFontSizes", {"fontSizes": {"standard": 24}})
    try:
        larger = ask(opened(browser, PLAN, tmp_path), sizes)
    finally:
        browser.execute_cdp_cmd("Page.setFontSizes", {"fontSizes": {"standard": 16}})
    assert {round(each / one, 1) for one, each in zip(usual, larger, strict=True)} == {1.5}


def test_a_choice_that_the_keyboard_reaches_is_whole_in_view(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, PLAN, tmp_path)
    with wide(page, 1280):
        label = "document.getElementById('r-all').parentElement.getBoundingClientRect()"
        ask(page, f"scrollBy(0, {label}.bottom - 7 - innerHeight)")  # its last seven pixels are out of view
        ask(page, "document.getElementById('r-all').focus()")
        assert ask(page, f"{label}.bottom <= innerHeight")


def test_the_spaces_at_the_end_of_a_description_are_seen(browser: Chrome, tmp_path: Path) -> None:
    page = opened(browser, a_plan(an_update("clerk", [], "Clerk ", before=Before([], "Clerk"))), tmp_path)
    quote = "getComputedStyle(document.querySelector('.field {} bdi'), '::{}').content"
    found = [ask(page, quote.format(part, end)) for part in ("del", "ins") for end in ("before", "after")]
    assert found == ['"\\""'] * 4


def test_on_a_narrow_screen_each_part_of_a_reports_change_has_the_whole_width(browser: Chrome, tmp_path: Path) -> None:
    show(browser, report_page(WHOLE, View()), tmp_path)
    with wide(browser, 390):
        sides = ask(browser, f"[...document.querySelectorAll('.entry td')].map({_SIDES})")
    assert sides
    assert len({tuple(each) for each in sides}) == 1
    assert sides[0][1] - sides[0][0] > 300


@pytest.mark.parametrize("width", [390, 1280])
def test_the_changes_of_a_report_are_a_table_for_assistive_technology_however_they_are_laid_out(
    browser: Chrome, tmp_path: Path, width: int
) -> None:
    show(browser, report_page(WHOLE, View()), tmp_path)
    with wide(browser, width):
        nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    told = {node["nodeId"]: node["role"]["value"] for node in nodes if not node["ignored"]}
    (table,) = (node for node in nodes if told.get(node["nodeId"]) == "table")
    below = {node["nodeId"]: node.get("childIds", []) for node in nodes}
    reached, left = [], list(table["childIds"])
    while left:
        node = left.pop()
        reached.append(told.get(node))
        left += below.get(node, [])
    entries = ask(browser, "document.querySelectorAll('.entry').length")
    heads = 0 if width == 390 else 1
    assert (reached.count("row"), reached.count("cell")) == (entries + heads, entries * 3)


def test_on_paper_no_name_runs_over_the_cells_beside_it(browser: Chrome, tmp_path: Path) -> None:
    names = ["x" * 200, "a name with spaces " * 10, "short"]
    plan = a_plan(*(a_create(name, ["a.view"]) for name in names), system=())
    page = opened(browser, plan, tmp_path)
    with on_paper(page):
        beyond = (
            "[...document.querySelectorAll('.sheet tbody th')].map(e => Math.max("
            f"...[...e.querySelectorAll('span, bdi')].map(part => {_SIDES}(part)[1] - {_SIDES}(e)[1])))"
        )
        over = ask(page, beyond)
    assert [each for each in over if each > 0] == []
    assert len(over) == 3


def test_on_paper_one_long_code_leaves_the_others_their_size(browser: Chrome, tmp_path: Path) -> None:
    plan = a_plan(a_create("clerk", ["a.view", f"a.{'w' * 100}"]), system=())
    page = opened(browser, plan, tmp_path)
    with on_paper(page):
        code = "[...document.querySelectorAll('.sheet .codes span')].map(e => parseFloat(getComputedStyle(e).fontSize))"
        view, long = sorted(ask(page, code), reverse=True)
    assert (round(view * 0.75, 1), round(long * 0.75, 1)) == (6.5, 4)


def test_on_paper_a_tall_head_leaves_fewer_lines_on_a_sheet(browser: Chrome, tmp_path: Path) -> None:
    code = f"{'c' * 40}.{'w' * 40}"
    catalogue = {code: Permission(code, "", "c" * 40)}
    plan = a_plan(unchanged=tuple(a_role(f"role-{n:02}", [code]) for n in range(24)), system=(), catalogue=catalogue)
    page = opened(browser, plan, tmp_path, ALL)
    with on_paper(page):
        heights = ask(page, "[...document.querySelectorAll('.sheet')].map(e => e.offsetHeight)")
    assert len(heights) == 2
    assert max(heights) < 178 / 25.4 * 96  # what a sheet of A4 has beside the title of the matrix


def test_on_paper_the_matrix_begins_on_the_first_sheet(browser: Chrome, tmp_path: Path) -> None:
    plan = a_plan(unchanged=tuple(a_role(f"role-{n:02}", ["a.view"]) for n in range(60)), system=())
    page = opened(browser, plan, tmp_path, ALL)
    with wide(page, 1032), on_paper(page):  # A4 in landscape, without its margins
        measured = "[e.getBoundingClientRect().bottom, e.tBodies[0].rows.length]"
        (bottom, lines), *others = ask(page, f"[...document.querySelectorAll('.sheet')].map(e => {measured})")
    assert bottom < 190 / 25.4 * 96
    assert lines > 15
    assert lines + sum(rows for _, rows in others) == 60 + 1 + len(others)  # with the title, which each repeats


def test_what_several_plans_do_is_printed_on_a4_too(browser: Chrome, tmp_path: Path) -> None:
    plans = some_plans()
    html = fleet_page(an_index(*plans), effects((plan.name, plan.changes) for plan in plans), VIEW)
    show(browser, html, tmp_path)
    pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d. ]+)\]", pdf)
    assert {tuple(round(float(side)) for side in box.split()) for box in boxes} == {(842, 595)}
