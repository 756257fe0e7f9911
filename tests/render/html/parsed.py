"""The page as an HTML5 parser sees it.

Parsing the style sheets and the script, which are the same on every page, would take longer than all the rest, so they
are taken out first unless a test is about them.
"""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any, cast

import html5lib

from reconciler.render.html import render
from reconciler.render.page import BASE, SCRIPTS, STYLES, asset
from reconciler.render.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from reconciler.plan.changes import Plan

PAGES = "reconciler.render.page"
VIEW = View(created_at="2026-11-23T10:00:00Z")
ASSETS = (
    *(asset(PAGES, name) for name in (*STYLES, BASE, *SCRIPTS)),
    *(asset("reconciler.render.html", name) for name in ("plan.css", "plan.js")),
)


STATES = {(False, False): "", (True, True): "held", (False, True): "granted", (True, False): "revoked"}


def held(bits: str, number: int) -> list[bool]:
    """Which of so many columns a set has: six in each character of base64, what is missing at the end is none."""
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    sixes = [f"{letters.index(letter):06b}" for letter in bits]
    return [bit == "1" for bit in "".join(sixes).ljust(number, "0")[:number]]


class Page:
    """A rendered plan, parsed strictly: markup that needs repair is an error here."""

    def __init__(self, plan: Plan, view: View = VIEW, *, whole: bool = False) -> None:
        self.html = render(plan, view)
        for part in () if whole else ASSETS:
            before, after = self.html.split(part)
            self.html = before + after
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.root = cast("Element", parser.parse(self.html))

    def all(self, path: str) -> list[Element]:
        """The elements below the root that an ElementTree path names."""
        return self.root.findall(f".//{path}")

    def one(self, path: str) -> Element:
        """The only such element."""
        (found,) = self.all(path)
        return found

    def text(self, path: str) -> str:
        """The text of the only such element."""
        return text(self.one(path))

    def texts(self, path: str) -> list[str]:
        """The texts of such elements."""
        return [text(element) for element in self.all(path)]

    def rows(self) -> dict[str, list[str]]:
        """What each role's cells are before and after, by role, as the script reads it."""
        data = self.data()
        number = len(data["columns"])
        found = {}
        for row in data["rows"]:
            before = row.get("before", "")
            states = zip(held(before, number), held(row.get("after", before), number), strict=True)
            found[row["name"]] = [STATES[state] for state in states]
        return found

    def codes(self) -> list[str]:
        """The codes of the columns."""
        return [column["code"] for column in self.data()["columns"]]

    def data(self) -> dict[str, Any]:
        """What the script is told."""
        return cast("dict[str, Any]", json.loads(self.text("script[@id='data']")))


def text(element: Element) -> str:
    """All text in an element."""
    return "".join(cast("Iterable[str]", element.itertext()))
