"""The documents as a site: what `mkdocs.yml` needs beside the files of docs/.

The pages are written for a code host. This module lets them work in the site as they are: pages of the repository's top
directory join those of docs/, links to other files of the repository lead to the code host, and lists and headings are
read as the code host reads them.
"""

from __future__ import annotations

import os
import posixpath
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from markdown.blockprocessors import ListIndentProcessor
from markdown.extensions import Extension
from markdown.extensions.sane_lists import SaneOListProcessor, SaneUListProcessor
from pygments.formatters import HtmlFormatter

from reconciler.cli.help.topics import TOPICS
from reconciler.cli.registry import COMMANDS, cli

if TYPE_CHECKING:
    from markdown import Markdown
    from properdocs.config.defaults import ProperDocsConfig
    from properdocs.structure.files import Files
    from properdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
TOP = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
"""Pages of the top directory, with their names in the site."""
COMMANDS_PAGE = "commands.md"
COLOURS = "code.css"
COLUMNS = 80
"""Of the terminal whose help the page of the commands shows."""
FENCE = re.compile(r"(^(?P<fence>`{3,}).*?^(?P=fence)$)", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"\[[\w./-]+\.md\](?=\(([^)\s#]+\.md)(?:#[^)\s]*)?\))")
"""The text of a link to a page, where it is the name of the file."""
LINK = re.compile(r"(?<=\]\()(?![\w+.-]+:|#)([^)\s#]+)(#[^)\s]*)?(?=\))")


class ListsOfCodeHosts(Extension):
    """Nested lists may be indented by two spaces, where Python-Markdown wants four; `-` after `1.` is a new list."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name that Python-Markdown calls
        md.tab_length = 2
        blocks = md.parser.blockprocessors
        blocks.register(ListIndentProcessor(md.parser), "indent", 90)
        blocks.register(SaneOListProcessor(md.parser), "olist", 40)
        blocks.register(SaneUListProcessor(md.parser), "ulist", 30)


def on_config(config: ProperDocsConfig) -> None:
    """Read lists and headings as a code host does."""
    cast("list[object]", config.markdown_extensions).append(ListsOfCodeHosts())
    config.mdx_configs["toc"]["slugify"] = anchor
    config.repo_url, config.repo_name = source(), "Source"
    config.site_url = published()


def on_files(files: Files, config: ProperDocsConfig) -> None:
    """Add the pages of the top directory, the help of every command, and the colours of code."""
    new = type(files.documentation_pages()[0]).generated
    for name, page in TOP.items():
        files.append(new(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    files.append(new(config, COMMANDS_PAGE, content=commands()))
    files.append(new(config, COLOURS, content=colours()))


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Return the page with links to files that are not in the site led to the code host."""
    name = next((top for top, inside in TOP.items() if inside == page.file.src_uri), f"docs/{page.file.src_uri}")
    parts = FENCE.split(markdown)
    return "".join(
        linked(part, posixpath.dirname(name)) if at % 3 == 0 else part for at, part in enumerate(parts) if at % 3 != 2
    )


def on_page_content(html: str, **_: object) -> str:
    """Return the page for readers without a mouse: what scrolls can be focused, and no heading of a column is empty."""
    return html.replace("<pre>", '<pre tabindex="0">').replace("<th></th>", '<th role="presentation"></th>')


def on_post_page(output: str, **_: object) -> str:
    """Return the page with its bar named as what it is, for screen readers, and a word beside the sign for contents."""
    output = output.replace('<div class="navbar fixed-top', '<div role="banner" class="navbar fixed-top')
    return output.replace('<span class="fa fa-angle-down"></span>', 'Contents <span class="fa fa-angle-down"></span>')


def linked(text: str, directory: str) -> str:
    """Return text of a page in `directory` of the repository with the links that it needs in the site.

    A link whose text is the name of a page's file has the title of that page instead.
    """

    def titled(link: re.Match[str]) -> str:
        page = ROOT / directory / link[1]
        return f"[{title_of(page)}]" if page.is_file() else link[0]

    def target(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(directory, link[1]))
        anchor_of_it = link[2] or ""
        if path in TOP:
            return TOP[path] + anchor_of_it
        if path.startswith("docs/"):
            return path.removeprefix("docs/") + anchor_of_it
        if not (ROOT / path).exists():
            return link[0]  # a strict build says which
        return f"{source()}/{'tree' if (ROOT / path).is_dir() else 'blob'}/HEAD/{path}{anchor_of_it}"

    return LINK.sub(target, NAMED.sub(titled, text))


def title_of(page: Path) -> str:
    """Return the title of a page: its first heading."""
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def source() -> str:
    """Return the address of the repository: that of the run on GitHub, else the one that the package names."""
    host, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    if host and repository:
        return f"{host}/{repository}"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    address: str = project["project"]["urls"]["Source"]
    return address


def published() -> str | None:
    """Return where GitHub Pages publishes the site of a run on GitHub, None elsewhere.

    Only the page for wrong addresses needs it: it is shown in any directory, so it cannot have relative links.
    """
    owner, _, name = os.environ.get("GITHUB_REPOSITORY", "").lower().partition("/")
    if not name or os.environ.get("GITHUB_SERVER_URL", "https://github.com") != "https://github.com":
        return None
    return f"https://{owner}.github.io/" + ("" if name == f"{owner}.github.io" else f"{name}/")


def anchor(heading: str, _separator: str = "-") -> str:
    """Return what a link to a heading names, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def commands() -> str:
    """Return the page with the help of every command and every topic, as the terminal shows it."""
    sections = {name: (listed.about, help_of(name)) for name, listed in COMMANDS.items()}
    sections |= {name: (topic.about, topic.text(COLUMNS)) for name, topic in TOPICS.items()}
    head = "What `reconciler help` prints. [The interface](interface.md#commands) says more about each command."
    return f"# Commands\n\n{head}\n\n```text\n{help_of()}\n```\n" + "".join(
        f"\n## {name}\n\n{about}\n\n```text\n{text}\n```\n" for name, (about, text) in sections.items()
    )


def help_of(*words: str) -> str:
    """Return what `--help` of the command prints, or of the whole without one."""
    context = click.Context(cli, info_name="reconciler", terminal_width=COLUMNS)
    command: click.Command = cli
    for word in words:
        found = cli.get_command(context, word)
        assert found is not None
        command, context = found, click.Context(found, parent=context, info_name=word)
    return command.get_help(context)


def colours() -> str:
    """Return the colours of code, on a light and on a dark page."""
    of_each = {"light": HtmlFormatter(style="vs"), "dark": HtmlFormatter(style="github-dark")}
    return "\n".join(
        each.get_style_defs(f"[data-bs-theme={mode}] .highlight")  # type: ignore[no-untyped-call]  # in its stubs
        for mode, each in of_each.items()
    )
