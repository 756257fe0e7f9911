"""Whatever stands in a name, a description, a code, a path or a note: it is shown as data, in every format."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import html5lib
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.model.findings import Finding, Place
from reconciler.render import github, markdown, plan_renderer, sentences, text
from reconciler.render.findings import FINDING_FORMATS, Checked, render_findings
from reconciler.render.view import Links, View
from tests.render.hostile import plans, tamed, texts

if TYPE_CHECKING:
    from markdown_it.token import Token

    from reconciler.plan.changes import Plan

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_LINKED = View(created_at="2026-11-23T10:00:00Z", links=Links("https://github.com/owner/name/blob/abc/"))
_ANSI = re.compile(r"\x1b\[[0-9;]+m")
_COMMANDS = {"error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "stop-commands", "set-output"}
views = st.sampled_from([View(), _LINKED])
problems = st.lists(
    st.builds(
        Finding,
        st.sampled_from(["unknown-code", "duplicate-key"]),
        texts,
        st.none() | st.builds(Place, texts, st.integers(0, 99), st.integers(0, 99)),
        st.sampled_from(["error", "warning"]),
        hint=texts,
    ),
    min_size=9,
    max_size=14,
)


def _hidden(shown: str) -> set[str]:
    return {character for character in shown if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {
        "\n"
    }


def _steers_a_log(line: str) -> bool:
    """As the runner of GitHub Actions reads a line: `::name ...::` first in it, or `##[name]` anywhere."""
    new = re.match(r"\s*::([^ :]*)", line)
    return (new is not None and "::" in line[new.end() :]) or "##[" in line


@settings(max_examples=10)
@given(plans(), views)
def test_text_has_the_same_lines_whatever_the_data(plan: Plan, view: View) -> None:
    shown = text.render(plan, view)
    assert len(shown.splitlines()) == len(text.render(tamed(plan), view).splitlines())
    assert not _hidden(shown)
    assert not any(map(_steers_a_log, shown.splitlines()))


@settings(max_examples=10)
@given(plans())
def test_sentences_have_the_same_paragraphs_whatever_the_data(plan: Plan) -> None:
    shown, tame = sentences.render(plan, View()), sentences.render(tamed(plan), View())
    items = re.compile("^ *-(?= |$)", re.MULTILINE)
    assert items.findall(shown) == items.findall(tame)
    assert not _hidden(shown)
    assert not any(map(_steers_a_log, shown.splitlines()))


@settings(max_examples=10)
@given(plans())
def test_colour_changes_nothing_in_the_words(plan: Plan) -> None:
    assert _ANSI.sub("", text.render(plan, View(color=True))) == text.render(plan, View())


@given(plans(), views)
def test_markdown_holds_data_in_code_and_links_only(plan: Plan, view: View) -> None:
    shown, tame = markdown.render(plan, view), markdown.render(tamed(plan), view)
    assert [*_structure(_MARKDOWN.parse(shown))] == [*_structure(_MARKDOWN.parse(tame))]
    assert not _hidden(shown)
    assert not any(map(_steers_a_log, shown.splitlines()))


def _structure(tokens: Sequence[Token]) -> Iterator[tuple[object, ...]]:
    """All that a parser finds except what is inside of code and where links lead: there, only their form."""
    for token in tokens:
        if token.type == "fence":
            signs = [line[:2] for line in token.content.splitlines()]
            yield token.type, token.info, sorted(signs)
        elif token.type == "link_open":
            address = str(token.attrs["href"])
            assert address.startswith("https://github.com/owner/name/blob/abc/")
            yield token.type, sorted(token.attrs), re.sub(r".*#", "#", address)
        elif token.type == "code_inline":
            yield (token.type,)
        elif token.type != "inline":
            yield token.type, token.tag, token.nesting, token.info, token.content, token.attrs
        yield from _structure(token.children or ())


@settings(max_examples=10)
@given(plans(), views)
def test_markdown_becomes_html_of_the_same_elements_whatever_the_data(plan: Plan, view: View) -> None:
    shown, tame = markdown.render(plan, view), markdown.render(tamed(plan), view)
    assert _elements(_MARKDOWN.render(shown)) == _elements(_MARKDOWN.render(tame))


def _elements(html: str) -> list[tuple[str, list[str]]]:
    document: Element = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    return [(str(element.tag), sorted(element.attrib)) for element in document.iter()]


@settings(max_examples=10)
@given(plans())
def test_each_line_for_github_is_one_annotation_and_its_data_stays_inside(plan: Plan) -> None:
    shown, tame = github.render(plan, View()), github.render(tamed(plan), View())
    assert [_command(line)[:2] for line in shown.splitlines()] == [_command(line)[:2] for line in tame.splitlines()]
    assert not _hidden(shown)


def _command(line: str) -> tuple[str, list[str], dict[str, str], str]:
    """A line read as the runner's `ActionCommand.TryParseV2` reads it."""
    assert "##[" not in line
    assert line.startswith("::")
    info, _, data = line[2:].partition("::")
    name, _, written = info.partition(" ")
    assert name in _COMMANDS
    properties = dict(pair.split("=", 1) for pair in written.split(",") if pair)
    values = {key: _unescaped(value, {"%3A": ":", "%2C": ","}) for key, value in properties.items()}
    return name, list(properties), values, _unescaped(data, {})


def _unescaped(value: str, more: dict[str, str]) -> str:
    for written, meant in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        value = value.replace(written, meant)
    assert not _hidden(value)
    assert "\n" not in value
    return value


@settings(max_examples=10)
@given(plans(), st.sampled_from(["json", "terraform", "gitlab"]))
def test_json_is_plain_ascii_that_a_log_can_hold(plan: Plan, format_: str) -> None:
    shown = plan_renderer(format_)(plan, _LINKED)
    json.loads(shown)
    assert shown.isascii()
    assert not _hidden(shown)
    assert not any(map(_steers_a_log, shown.splitlines()))


@settings(max_examples=10)
@given(problems, st.sampled_from(FINDING_FORMATS))
def test_problems_are_inert_in_every_format(found: list[Finding], format_: str) -> None:
    shown = render_findings(Checked(tuple(found), 1, 1), format_)
    assert not _hidden(shown)
    assert "##[" not in shown


@settings(max_examples=10)
@given(problems)
def test_findings_and_hints_in_text_are_a_line_each(found: list[Finding]) -> None:
    hints = sum(1 for finding in found if finding.hint)
    assert len(render_findings(Checked(tuple(found), 1, 1), "text").splitlines()) == len(found) + hints + 1


@settings(max_examples=10)
@given(problems)
def test_problems_for_github_are_a_command_each(found: list[Finding]) -> None:
    lines = render_findings(Checked(tuple(found), 1, 1), "github").splitlines()
    assert len(lines) == len(found)
    assert all(_command(line)[0] in {"error", "warning"} for line in lines)
