"""The page at `/docs` in a browser: on a telephone and on paper."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox.server import running_sandbox
from tests.browser import problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser

_TOO_WIDE = "return [...document.querySelectorAll('.wide')].filter(each => each.scrollWidth > each.clientWidth).length"
_BROKEN = (
    "return [...document.querySelectorAll('th code')].filter(code => code.getClientRects().length !== 1)"
    ".map(code => code.textContent)"
)
"""The codes in heads that have more than one line."""


@contextmanager
def wide(browser: Chrome, width: int, media: str = "") -> Iterator[None]:
    """The page of a sandbox in a window of this width, or on paper."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    with running_sandbox() as sandbox:
        browser.get(f"{sandbox.url}/docs")
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
        try:
            yield
        finally:
            browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize(("width", "media"), [(390, ""), (320, ""), (1280, ""), (690, "print")])
def test_no_table_has_to_be_scrolled_sideways(browser: Chrome, width: int, media: str) -> None:
    with wide(browser, width, media):
        assert browser.execute_script(_TOO_WIDE) == 0


def test_on_paper_each_code_that_heads_a_row_has_one_line(browser: Chrome) -> None:
    with wide(browser, 690, "print"):
        assert browser.execute_script("return document.querySelectorAll('th code').length") > 50
        assert browser.execute_script(_BROKEN) == []


def test_on_a_telephone_it_is_as_accessible_as_on_a_desk(browser: Chrome) -> None:
    with wide(browser, 390):
        browser.execute_script("document.querySelectorAll('tr:nth-child(n+6)').forEach(row => row.remove())")
        assert problems(browser) == []
