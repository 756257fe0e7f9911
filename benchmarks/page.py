"""How large the page of a plan is, how long it takes to make, and how it scrolls.

    python benchmarks/page.py

The tenant has 10,000 roles of 40 codes each and 800 permissions; 1,000 roles change. The rows about scrolling need
Chromium and ChromeDriver.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import exponent, medians, peak_mib, row
from reconciler.model.catalogue import Permission
from reconciler.model.roles import Role
from reconciler.plan.changes import Change, Plan, Update
from reconciler.plan.sources import RoleFiles
from reconciler.render.html import render as page
from reconciler.render.json import render as document
from reconciler.render.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = (10_000, 800, 1_000)
SMALL = (300, 200, 94)
HELD = 40
_SCROLL = """
const scroll = document.getElementById("scroll");
document.getElementById("c-all").click();
scroll.scrollIntoView();
const times = [];
for (let step = 0; step < 100; step += 1) {
  const began = performance.now();
  scroll.scrollTop = (step * arguments[0]) % (scroll.scrollHeight - scroll.clientHeight);
  matrix.reach(-1, -1);
  document.body.getBoundingClientRect();
  times.push(performance.now() - began);
}
return times.sort((one, other) => one - other)[50];
"""
"""The median of the milliseconds for scrolling so many pixels: what the script does, and the layout."""
_WHEEL, _SCREEN = 100, 900


def main() -> None:
    """Print one row for each goal."""
    large, small = a_plan(*LARGE), a_plan(*SMALL)
    html = page(large, View())
    row("size of the page of 10,000 roles by 800 permissions", len(html.encode()) / 1e6, 8, "MB")
    seconds = medians({"page": partial(page, large, View())}, 3)["page"]
    row("time to make it", seconds, 2, "s")
    row("peak of the process that makes it", peak_mib(sys.executable, __file__, "render"), 250, "MiB")
    sizes = [1_000, 3_000, 10_000]
    plans = {str(roles): a_plan(roles, 800, roles // 10) for roles in sizes}
    times = medians({name: partial(page, plan, View()) for name, plan in plans.items()}, 5, time.process_time)
    row("time as roles grow from 1,000 to 10,000: exponent", exponent(sizes, list(times.values())), 1.1, "")
    found = medians(
        {"page": partial(page, small, View()), "json": partial(document, small, View())}, 15, time.process_time
    )
    row("page of 300 roles by 200 permissions / the same plan in JSON", found["page"] / found["json"], 4)
    if shutil.which("chromium") and shutil.which("chromedriver"):
        scrolled(html, page(small, View()))
    else:
        print("scrolling: not measured, there is no chromium and chromedriver on the PATH")


def scrolled(large: str, small: str) -> None:
    """Hold scrolling through the large page against scrolling through the small one."""
    from tests.browser import chromium, show  # noqa: PLC0415 - Selenium is needed only here

    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        found = {}
        for name, html in (("large", large), ("small", small)):
            for pixels in (_WHEEL, _SCREEN):
                show(browser, html, Path(made))
                found[name, pixels] = browser.execute_script(_SCROLL, pixels)
    row("10,000 by 800 scroll by a step of the wheel", found["large", _WHEEL], 1000 / 60, "ms")
    row("10,000 by 800 scroll by a screen / 300 by 200", found["large", _SCREEN] / found["small", _SCREEN], 2)


def a_plan(roles: int, permissions: int, changed: int) -> Plan:
    """A plan for so many roles, of which some are given codes, some lose codes, and some do both."""
    codes = [f"category{number % 40:02}.action{number // 40:02}" for number in range(permissions)]
    catalogue = {
        code: Permission(code, f"Name of {code}", code[:10], f"Allows what {code} is about.") for code in codes
    }
    return Plan(
        "https://tenant.example",
        RoleFiles("roles.d", "sha256:0"),
        tuple(_changes(codes, changed)),
        unchanged=tuple(_role(codes, number) for number in range(changed, roles)),
        system=(Role("admin", "May do everything.", frozenset(codes)),),
        catalogue=catalogue,
    )


def _changes(codes: list[str], number: int) -> Iterator[Change]:
    for index in range(number):
        before = _role(codes, index)
        rest = frozenset(sorted(before.permissions)[index % 3 != 0 and 3 :])
        more = frozenset(codes[index % len(codes) :][: index % 3 != 1 and 3])
        after = Role(before.name, before.description, rest | more)
        yield Update(before=before, after=after, id=f"00000000-0000-4000-8000-{index:012}")


def _role(codes: list[str], number: int) -> Role:
    held = frozenset(codes[(number * 7 + step * 17) % len(codes)] for step in range(HELD))
    return Role(f"team-{number:05}-support", f"What the people of team {number} do all day.", held)


if __name__ == "__main__":
    if sys.argv[1:] == ["render"]:
        page(a_plan(*LARGE), View())
    else:
        main()
