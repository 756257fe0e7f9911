"""The report as a page, as far as it can be read without running it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import html5lib
import pytest
from hypothesis import given, settings

from reconciler.history.report import Advice, Covers, Report
from reconciler.model.findings import Place
from reconciler.model.inert import is_hidden, visible
from reconciler.render.page import BASE, SCRIPTS, STYLES, asset
from reconciler.render.report.html import render
from reconciler.render.view import Links, View
from tests.builders import TODAY
from tests.render.html.parsed import held, text
from tests.render.report.reports import COMMIT, WHOLE, a_reported, a_row, reports
from tests.sentences import Golden

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LINKED = View("2026-11-29T10:00:00Z", links=Links("https://github.com/owner/name/blob/abc/"))
ASSETS = [
    *(asset("reconciler.render.page", name) for name in (*STYLES, BASE, *SCRIPTS)),
    *(asset("reconciler.render.report", name) for name in ("report.css", "report.js")),
]
VIEWS = ("before", "unreviewed", "ends", "findings")
PLAIN = Report(Covers("roles.d", COMMIT, TODAY))


class Page:
    """A rendered report, parsed strictly, without the styles and scripts that are the same on every page."""

    def __init__(self, report: Report = WHOLE, view: View = LINKED) -> None:
        self.html = render(report, view)
        for part in ASSETS:
            before, after = self.html.split(part)
            self.html = before + after
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.root = cast("Element", parser.parse(self.html))

    def all(self, path: str) -> list[Element]:
        return self.root.findall(f".//{path}")

    def texts(self, path: str) -> list[str]:
        return [text(element) for element in self.all(path)]

    def cells(self, view: str) -> dict[str, list[str]]:
        """The codes of each role in one view, by role."""
        codes = [column["code"] for column in self.data()["columns"]]
        return {
            row["name"]: [
                code for code, is_set in zip(codes, held(row.get(view, ""), len(codes)), strict=True) if is_set
            ]
            for row in self.data()["rows"]
        }

    def data(self) -> dict[str, Any]:
        (script,) = self.texts("script[@id='data']")
        return cast("dict[str, Any]", json.loads(script))


def test_the_head_is_as_it_was_read(golden: Golden) -> None:
    page = Page()
    golden.says("render/report", "page: head", "\n".join(page.texts("header//p") + page.texts("h1")))
    figures = zip(page.texts("dl[@class='figures']//dt"), page.texts("dl[@class='figures']//dd"), strict=True)
    golden.says("render/report", "page: figures", "\n".join(f"{label}: {value}" for label, value in figures))
    source = zip(page.texts("dl[@class='source']//dt"), page.texts("dl[@class='source']//dd"), strict=True)
    golden.says("render/report", "page: source", "\n".join(f"{label}: {value}" for label, value in source))


def test_every_part_of_the_page_has_a_heading_or_a_label(golden: Golden) -> None:
    page = Page()
    golden.says("render/report", "page: headings", "\n".join(page.texts("h2")))
    golden.says("render/report", "page: legend", "\n".join(page.texts("ul[@class='legend']/li")))
    golden.says("render/report", "page: labels of the filters", "\n".join(page.texts("label/span")))


def test_a_report_without_a_day_has_no_changes_and_no_view_of_them() -> None:
    page = Page(PLAIN, View())
    assert page.texts("h2") == ["Access matrix"]
    views = [field.get("value") for field in page.all("input[@name='mode']")]
    assert views == ["now", "unreviewed", "ends", "findings"]
    assert page.texts("dl[@class='source']//dt") == ["Commit", "Day"]


def test_a_day_without_changes_says_so() -> None:
    page = Page(PLAIN._replace(covers=WHOLE.covers))
    assert page.texts("section[@class='changes']/p") == ["None."]


def test_another_day_is_said_first() -> None:
    page = Page(PLAIN._replace(covers=PLAIN.covers._replace(looks_ahead=True)))
    assert page.texts("header/p")[0] == "As of 2026-11-29 (not today)"


def test_the_changes_are_a_table(golden: Golden) -> None:
    rows = [" | ".join(map(text, row.findall("td"))) for row in Page().all("table[@class='ledger']/tbody/tr")]
    golden.says("render/report", "page: changes", "\n".join(rows))


def test_findings_and_advice_are_listed(golden: Golden) -> None:
    page = Page()
    for part in ("policies", "advice"):
        lines = page.texts(f"section[@aria-labelledby='{part}']/ul/li")
        golden.says("render/report", f"page: {part}", "\n".join(lines))


@pytest.mark.parametrize(("advice", "lines"), [(Advice((("a", "b"),)), 1), (Advice((), ("a.b",)), 1), (Advice(), 0)])
def test_each_advice_is_said_alone(advice: Advice, lines: int) -> None:
    roles = [WHOLE.roles[1]._replace(name=name) for name in ("a", "b")]
    page = Page(PLAIN._replace(advice=advice, roles=roles))
    assert len(page.all("section[@aria-labelledby='advice']/ul/li")) == lines


def test_the_matrix_has_a_row_for_each_role_and_marks_for_what_is_known() -> None:
    page = Page()
    clerk = ["billing.refund", "billing.view"]
    rest = {"cashier": ["billing.view"], "none": [], "support": ["contacts.view"], "temp": []}
    assert page.cells("held") == {"billing-clerk": clerk, **rest}
    marks = {view: {role: codes for role, codes in page.cells(view).items() if codes} for view in VIEWS}
    assert marks == {
        "before": {"billing-clerk": ["billing.view"], "temp": ["billing.view"]},
        "unreviewed": {"billing-clerk": ["billing.refund"], "support": ["contacts.view"]},
        "ends": {"billing-clerk": ["billing.refund"]},
        "findings": {"billing-clerk": ["billing.refund"]},
    }


def test_roles_that_are_gone_have_a_section() -> None:
    sections = [(section["title"], section["rows"]) for section in Page().data()["sections"]]
    assert sections == [("Roles of the role files", 4), ("Gone since 2026-03-01", 1)]


def test_the_columns_are_those_of_the_lock_and_what_roles_hold() -> None:
    def codes(page: Page) -> list[str]:
        return [column["code"] for column in page.data()["columns"]]

    assert codes(Page()) == sorted(WHOLE.catalogue)
    assert codes(Page(WHOLE._replace(catalogue={}))) == ["billing.refund", "billing.view", "contacts.view"]


def test_a_cell_has_the_details_of_its_row() -> None:
    data = Page().data()
    clerk = data["rows"][0]
    assert (clerk["owner"], clerk["description"]) == ("finance; Ana", "What billing-clerk does.")
    path = "roles.d/billing-clerk.yaml"
    assert clerk["at"] == [path, 1, f"https://github.com/owner/name/blob/abc/{path}"]
    refund = clerk["cells"]["0"]
    since = '2026-03-14 (260 days): 3f2a9c1d0b4e "Let clerks pay back (#212)" by Ana Ruiz, pull request 212'
    assert data["told"][refund.pop("since")] == since
    assert refund == {
        "where": 5,
        "until": "2026-12-31",
        "reason": "Refunds on Mondays",
        "findings": ["refunds"],
        "waivers": ["refunds until 2026-12-31: FIN-212"],
    }
    assert data["told"][clerk["cells"]["1"]["review"]] == "2026-11-20 by Jon Berg <jon@example.com>"
    assert data["rows"][3]["cells"]["3"]["through"] == "set desk, contacts.*"


def test_a_cell_that_a_role_no_longer_holds_says_what_took_it() -> None:
    data = Page().data()
    temp = data["rows"][4]
    assert "at" not in temp
    assert data["told"][temp["cells"]["1"]["revoked"]].startswith("2026-03-14 (260 days): 3f2a9c1d0b4e")
    assert "cells" not in data["rows"][1]  # nothing says what gave billing.view to it


TAME = Page()
ELEMENTS = {element.tag for element in TAME.root.iter()}
ATTRIBUTES = {key for element in TAME.root.iter() for key in element.attrib}
FIXED = ("html", "head", "body", "title", "script", "style", "link", "meta", "form", "select", "button", "aside")


@settings(max_examples=10)
@given(reports())
def test_no_data_becomes_an_element_or_an_attribute(report: Report) -> None:
    page = Page(report)
    assert {element.tag for element in page.root.iter()} <= ELEMENTS
    assert {key for element in page.root.iter() for key in element.attrib} <= ATTRIBUTES
    counts, tame = (Counter(element.tag for element in which.root.iter()) for which in (page, TAME))
    assert {tag: counts[tag] for tag in FIXED} == {tag: tame[tag] for tag in FIXED}
    assert {character for character in page.html if is_hidden(character)} == {"\n"}


@settings(max_examples=10)
@given(reports())
def test_the_matrix_is_as_large_as_the_roles_and_their_codes(report: Report) -> None:
    page = Page(report)
    codes = set(report.catalogue).union(*(role.codes | role.before for role in report.roles))
    assert len(page.data()["columns"]) == len(codes)
    roles = sorted(report.roles, key=lambda role: role.place is None)
    assert [row["name"] for row in page.data()["rows"]] == [visible(role.name) or '""' for role in roles]
    assert sum(section["rows"] for section in page.data()["sections"]) == len(roles)


def test_a_permission_that_another_file_gives_names_it() -> None:
    row = a_row("r", "a.b")._replace(place=Place("sets.yaml", 7))
    report = PLAIN._replace(rows=[row], roles=[a_reported("r", "a.b")])
    assert Page(report).data()["rows"][0]["cells"]["0"]["where"][:2] == ["sets.yaml", 7]
