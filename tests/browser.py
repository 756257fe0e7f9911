"""Headless Chromium for tests, driven by Selenium with Debian's own driver; nothing is ever downloaded.

Where there is no Chromium, a test that asks for one is skipped and says so; in CI, which sets
`RECONCILER_REQUIRE_BROWSER`, such a skip is a failure (`conftest.py`, by the marker `browser`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium_axe_python.axe import Axe

_FLAGS = (
    "--headless",
    "--no-sandbox",  # tests run as root in containers, where Chromium's sandbox cannot start
    "--disable-gpu",
    "--disable-dev-shm-usage",  # /dev/shm of a container is small
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # nothing but the page under test
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)


@contextmanager
def chromium(width: int = 1440, height: int = 900) -> Iterator[Chrome]:
    """A browser with an empty profile, its console and its network log switched on."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("there is no chromium and chromedriver on the PATH (Debian packages chromium and chromium-driver)")
    options = ChromeOptions()
    options.binary_location = browser
    options.page_load_strategy = "eager"  # a page is whole once it is parsed: it fetches nothing
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with TemporaryDirectory(prefix="reconciler-chromium-") as profile:
        for flag in (*_FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        page = Chrome(options=options, service=Service(driver))
        try:
            yield page
        finally:
            page.quit()


def show(page: Chrome, html: str, folder: Path, fragment: str = "") -> None:
    """Write `html` to another file of `folder` and open it."""
    path = folder / f"page-{len(list(folder.iterdir()))}.html"
    path.write_text(html, encoding="utf-8")
    page.get(f"{path.as_uri()}{fragment}")


def listen(page: Chrome) -> None:
    """Open the page again with its logs emptied, so they have what it says and asks for, and no more."""
    address = page.current_url
    page.get("about:blank")  # what the page before it still had to say is said now
    for log in ("browser", "performance"):
        page.get_log(log)  # type: ignore[no-untyped-call]
    page.get(address)


_LAID_OUT = (
    "const sheet = new CSSStyleSheet(); sheet.replaceSync('* { content-visibility: visible !important }');"
    "document.adoptedStyleSheets.push(sheet)"
)
"""Lay out what is not in view, too. Until then its height is a guess: text that is higher lies over what comes next,
and axe-core cannot decide on its contrast."""


def problems(page: Chrome, **options: object) -> list[str]:
    """What axe-core finds on the page, and what it could not decide, each with the first element that it is about."""
    page.execute_script(_LAID_OUT)
    axe = Axe(page)
    axe.inject()  # type: ignore[no-untyped-call]
    found = axe.run(options={"resultTypes": ["violations", "incomplete"], **options})
    return [
        f"{rule['id']}: {rule['nodes'][0]['html']}" for kind in ("violations", "incomplete") for rule in found[kind]
    ]


def use(page: Chrome, scheme: Literal["light", "dark"]) -> None:
    """Show the page as a browser with this colour scheme does."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
