"""The page under test in a browser: which plan it shows, and what a person there would see, point at and type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from reconciler.model.catalogue import Permission
from reconciler.plan.action import Origin
from reconciler.plan.changes import Plan
from reconciler.render.html import render
from reconciler.render.view import Links, View
from tests.browser import show
from tests.builders import Before, a_create, a_delete, a_location, a_plan, a_refusal, a_role, an_update

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

HOSTILE = "<img src=x onerror=document.title='gone'></td></tr></table><script>document.title='gone'</script>"
CATALOGUE = {
    code: Permission(code, name, code.partition(".")[0], f"What {name.lower()} is.")
    for code, name in {
        "billing.manage": "Manage billing",
        "billing.view": "View billing",
        "contacts.export": "Export contacts",
        "contacts.view": "View contacts",
        "messages.send": "Send messages",
    }.items()
}
PLAN = a_plan(
    an_update(
        "billing-clerk",
        ["billing.view", "contacts.view"],
        before=Before(["billing.manage", "contacts.view"], name="cashier"),
        location=a_location("roles.d/billing.yaml", 3, {"billing.view": (7, 5)}),
        origin=Origin.DRIFT,
    ),
    a_create(HOSTILE, ["messages.send"], HOSTILE),
    a_delete("temp-role", ["contacts.view"]),
    unchanged=(a_role("support", ["messages.send", "contacts.view"]),),
    system=(a_role("admin", CATALOGUE),),
    refused=(a_refusal("temp-role", "it is protected"),),
    catalogue=CATALOGUE,
)
ALL = "#?columns=all"
"""The view of all permissions, not only of those that change."""
VIEW = View(created_at="2026-11-23T10:00:00Z", links=Links("https://github.com/owner/name/blob/abc/"))


def opened(browser: Chrome, plan: Plan, folder: Path, fragment: str = ALL) -> Chrome:
    show(browser, render(plan, VIEW), folder, fragment)
    return browser


def ask(page: Chrome, script: str) -> Any:  # noqa: ANN401 - whatever the script answers
    return page.execute_script(f"return {script}")


ROLES = "[...document.querySelectorAll('#matrix .role')]"
CODES = "[...document.querySelectorAll('#matrix .codes th')]"
STOP = """document.querySelector('#matrix [tabindex="0"]')"""
IN_VIEW = ".filter(e => e.checkVisibility()).map(e => e.textContent)"


def rows(page: Chrome) -> list[str]:
    """The roles that are in view."""
    return list(ask(page, ROLES + IN_VIEW))


def codes(page: Chrome) -> list[str]:
    """The permissions that are in view."""
    return list(ask(page, CODES + IN_VIEW))[1:]


def cell(page: Chrome, role: str, code: str) -> WebElement:
    """The cell of a role and a permission; the role's head for the code "Role"."""
    found: WebElement = page.execute_script(f"return {_CELL}", role, code)
    return found


def pick(page: Chrome, role: str, code: str) -> None:
    """Click a cell, without a pointer that has to get there first."""
    page.execute_script(f"{_CELL}.click()", role, code)


_CELL = (
    "matrix.elementOf(data.rows.findIndex(row => row.name === arguments[0]),"
    " data.columns.findIndex(column => column.code === arguments[1]))"
)


def focused(page: Chrome) -> tuple[str, str]:
    """The role and the permission of the cell that has the focus."""
    line = "document.activeElement.parentElement"
    role = ask(page, f"({line}.querySelector('.role') || {line}.cells[0]).textContent")
    return role, ask(page, f"{CODES}[document.activeElement.cellIndex].textContent")


def details(page: Chrome) -> dict[str, str]:
    """What the details say, by label, if they are in view."""
    texts = "[...document.querySelectorAll('#details div')].map(pair => [...pair.children].map(part => part.innerText))"
    return dict(ask(page, f"document.getElementById('dock').checkVisibility() ? {texts} : []"))


def press(page: Chrome, *keys: str) -> None:
    ActionChains(page).send_keys(*keys).perform()


def put(page: Chrome, field: str, text: str) -> None:
    """Fill a field of the filters."""
    script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
    page.execute_script(script, page.find_element(By.ID, field), text)


def choose(page: Chrome, view: str) -> None:
    """Choose a view of the matrix, which is a radio button, by the id of its button."""
    ask(page, f"document.getElementById('{view}').click()")


def words(page: Chrome) -> dict[str, list[str]]:
    """What the cells of each role say to assistive technology, for the roles and permissions that are drawn."""
    cells = "[...row.cells].slice(1).map(cell => cell.className && cell.ariaLabel)"
    found = ask(page, f"[...document.querySelectorAll('#matrix .w')].slice(1).map(row => {cells})")
    return dict(zip(ask(page, f"{ROLES}.map(e => e.textContent)"), found, strict=True))


def fetched(page: Chrome) -> set[str]:
    """What the page has asked for, pictures in its own text aside."""
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]  # type: ignore[no-untyped-call]
    asked = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    return {url for url in asked if not url.startswith("data:")}
