"""The site that `make site` builds: it has all that the code host shows, and fetches nothing from elsewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
from markdown_it import MarkdownIt

from reconciler.cli.help.topics import TOPICS
from reconciler.cli.registry import COMMANDS
from tests.site import ROOT, TOP, published

PAGES = {ROOT / name: page for name, page in TOP.items()} | {path: path.name for path in (ROOT / "docs").glob("*.md")}
BLOCKS = {"ul", "ol", "li", "table", "tr", "td", "pre", "h1", "h2", "h3", "img", "blockquote"}
NESTING = {"ul", "ol", "li", "table", "blockquote"}
LOADING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "srcset", "object": "data"}
ELSEWHERE = re.compile(r"(https?:)?//")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FOREIGN_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\s]+")


class Read(HTMLParser):
    """What the tests ask of one page, read once."""

    def __init__(self, html: str, *, whole: bool) -> None:
        super().__init__()
        self.blocks: Counter[tuple[str, ...]] = Counter()
        """Each block of the page's own text, with the lists and tables around it."""
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.names: set[str | None] = set()
        self._around: list[str] = []
        self._depth = 1 if whole else 0  # within the element that holds the page's own text
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names.add(given.get("id"))
        if tag in LOADING and given.get("rel") != "canonical":
            self.loaded.append(given.get(LOADING[tag]) or "")
        if tag == "div" and (self._depth or given.get("role") == "main"):
            self._depth += 1
        if not self._depth:
            return
        if tag in BLOCKS:
            self.blocks[(*self._around, tag)] += 1
        if tag in NESTING:
            self._around.append(tag)
        if tag == "a":
            self.links.append(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._depth:
            self._depth -= 1
        if self._depth and tag in NESTING:
            assert self._around.pop() == tag


def on_the_code_host(page: Path) -> Read:
    return Read(MarkdownIt("commonmark").enable("table").render(page.read_text(encoding="utf-8")), whole=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make site` builds it, in a run on GitHub."""
    built = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "properdocs", "build", "--strict", "--quiet", "--config-file", "mkdocs.yml"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    environment["GITHUB_REPOSITORY"] = "Acme/roles"
    done = subprocess.run(
        [*command, "--site-dir", built], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return built


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Read]:
    return {page.name: Read(page.read_text(encoding="utf-8"), whole=False) for page in site.glob("*.html")}


def test_each_page_has_the_blocks_that_the_code_host_shows(pages: Mapping[str, Read]) -> None:
    differing = {}
    for page, name in PAGES.items():
        host, here = on_the_code_host(page).blocks, pages[Path(name).with_suffix(".html").name].blocks
        if host != here:
            differing[name] = (host - here, here - host)
    assert differing == {}


def test_nothing_is_fetched_from_elsewhere_when_a_page_is_read(pages: Mapping[str, Read]) -> None:
    assert all(page.loaded for page in pages.values())
    assert {name: [address for address in page.loaded if ELSEWHERE.match(address)] for name, page in pages.items()} == {
        name: [] for name in pages
    }


def test_no_style_fetches_a_font_or_a_picture_from_elsewhere(site: Path) -> None:
    styles = {style: COMMENT.sub("", style.read_text(encoding="utf-8")) for style in site.rglob("*.css")}
    assert {"code.css", "site.css", "bootstrap.min.css"} <= {style.name for style in styles}
    assert [found for text in styles.values() for found in FOREIGN_STYLE.findall(text)] == []


def test_every_link_within_the_site_leads_to_a_page_and_a_heading(site: Path, pages: Mapping[str, Read]) -> None:
    dead = []
    for name, page in pages.items():
        for link in page.links:
            address, heading = urldefrag(urljoin((site / name).as_uri(), link))
            if not address.startswith("file:"):
                continue
            target = Path(unquote(urlparse(address).path))
            known = pages[target.name].names if target.name in pages else set()
            if not target.exists() or (heading and unquote(heading) not in known):
                dead.append((name, link))
    assert dead == []


def test_a_link_to_a_page_has_its_title_and_not_the_name_of_its_file(site: Path) -> None:
    named = {
        page.name: re.findall(r">[\w./-]+\.md</a>", page.read_text(encoding="utf-8")) for page in site.glob("*.html")
    }
    assert {name: links for name, links in named.items() if links} == {}
    assert ">Why, and what else there is</a> compares" in (site / "index.html").read_text(encoding="utf-8")


def test_on_a_narrow_screen_a_word_opens_the_contents(site: Path) -> None:
    assert 'title="Table of Contents">\n            Contents <span' in (site / "why.html").read_text(encoding="utf-8")


def test_a_link_to_a_file_of_the_repository_leads_to_the_code_host(pages: Mapping[str, Read]) -> None:
    assert (
        "https://reconciler.invalid/source/blob/HEAD/reconciler/apply/attempts.py" in pages["architecture.html"].links
    )
    assert [link for page in pages.values() for link in page.links if link.startswith("../")] == []


def test_a_page_can_be_read_without_a_mouse(site: Path) -> None:
    texts = [page.read_text(encoding="utf-8") for page in site.glob("*.html") if page.name != "404.html"]
    assert all('<div role="banner"' in text for text in texts)
    assert [text for text in texts if "<pre>" in text or "<th></th>" in text] == []


def test_the_help_of_every_command_and_every_topic_is_a_section(pages: Mapping[str, Read]) -> None:
    assert {*COMMANDS, *TOPICS} <= pages["commands.html"].names


def test_the_templates_are_in_the_site(site: Path) -> None:
    kept = ROOT / "docs" / "templates"
    assert all((site / path.relative_to(kept.parent)).is_file() for path in kept.rglob("*") if path.is_file())


def test_every_page_is_in_the_index_of_the_search_which_the_site_has_itself(
    site: Path, pages: Mapping[str, Read]
) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert {urldefrag(entry["location"])[0] for entry in index["docs"]} == pages.keys() - {"404.html"}
    assert all("search/main.js" in page.loaded for name, page in pages.items() if name != "404.html")


def test_the_page_for_wrong_addresses_finds_its_style_and_all_pages_below_the_address_of_the_site(
    site: Path, pages: Mapping[str, Read]
) -> None:
    links = re.findall(r'(?:href|src)="(/[^"#]*)"', (site / "404.html").read_text(encoding="utf-8"))
    assert {f"/roles/{name}" for name in pages if name not in {"404.html", "index.html"}} <= set(links)
    assert [link for link in links if not (site / link.removeprefix("/roles/")).exists()] == []


@pytest.mark.parametrize(
    ("repository", "server", "address"),
    [
        ("Acme/roles", None, "https://acme.github.io/roles/"),
        ("acme/Acme.github.io", "https://github.com", "https://acme.github.io/"),
        ("acme/roles", "https://git.example.org", None),
        ("", None, None),
    ],
)
def test_the_address_of_the_site_is_that_of_the_repository_on_github_pages(
    repository: str, server: str | None, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", repository)
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    if server:
        monkeypatch.setenv("GITHUB_SERVER_URL", server)
    assert published() == address
