"""What a page allows itself, and whether its colours can be told apart."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from reconciler.render.view import Links, View
from tests.builders import a_create, a_plan
from tests.render.html.parsed import ASSETS, Page

LINKED = View(links=Links("https://github.com/owner/name/blob/abc/"))


def test_the_policy_allows_exactly_the_styles_and_the_scripts_of_the_page() -> None:
    page = Page(a_plan(a_create()), whole=True)
    policy = page.one("meta[@http-equiv='Content-Security-Policy']").get("content") or ""
    sources = [*page.texts("style"), *page.texts("script")[1:]]
    hashes = [base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() for source in sources]
    assert re.findall("'sha256-([^']+)'", policy) == hashes
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_nothing_on_the_page_is_fetched() -> None:
    page = Page(a_plan(a_create()), LINKED, whole=True)
    assert not [element for element in page.root.iter() if element.get("src") or element.get("style")]
    assert [link.get("href", "")[:5] for link in page.all("link")] == ["data:"]
    assert not re.search(r"url\(|@import", "".join(page.texts("style")))


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


TEXT = [
    *((text, ground) for text in ("ink", "soft", "grant", "revoke") for ground in ("paper", "card", "band", "hover")),
    *(("grant", "grant-ground"), ("revoke", "revoke-ground"), ("card", "revoke"), ("on-mark", "grant")),
]
MARKS = [("held", ground) for ground in ("paper", "card", "band", "hover")]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (MARKS, 3.0)], ids=["text", "marks"])
def test_text_and_marks_stand_out_from_their_ground(scheme: int, pairs: list[tuple[str, str]], least: float) -> None:
    blocks = re.findall(r":root \{(.*?)\}", ASSETS[0], re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[scheme]))
    too_close = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in too_close.items() if ratio < least} == {}
