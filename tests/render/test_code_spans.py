"""Data in code: spans and fences that no data can leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.model.inert import visible
from reconciler.render.code_spans import code, cut, fenced, size

_PARSER = MarkdownIt("commonmark")


@given(st.text(alphabet="` a*[<\\", min_size=1, max_size=9))
def test_a_code_span_gives_back_just_what_was_put_in(text: str) -> None:
    (inline,) = [token for token in _PARSER.parse(f"x {code(text)} y") if token.type == "inline"]
    _, span, _ = inline.children or []
    assert (span.type, span.content) == ("code_inline", visible(text))


def test_an_empty_text_is_shown_as_quotes() -> None:
    assert code("") == '`""`'


def test_a_long_text_ends_in_how_long_it_is() -> None:
    assert cut("x" * 510, 500) == f"{'x' * 500}… (510 characters in all)"


def test_a_text_is_cut_by_what_is_shown_of_it() -> None:
    assert cut("\x1b" * 10, 20) == "\\x1b" * 5 + "… (10 characters in all)"


def test_a_text_of_just_the_most_is_whole() -> None:
    assert cut("x" * 500, 500) == "x" * 500


@pytest.mark.parametrize(("data", "fence"), [("a", "```"), ("```", "````"), ("`````", "``````")])
def test_a_fence_is_longer_than_any_run_of_backticks(data: str, fence: str) -> None:
    assert fenced([f"+ {data}"], "diff") == f"{fence}diff\n+ {data}\n{fence}"


@pytest.mark.parametrize(("text", "units"), [("", 0), ("aé", 2), ("日", 1), ("😀", 2), ("\ud800", 1)])
def test_the_size_of_a_text_is_in_utf_16_units(text: str, units: int) -> None:
    """As JavaScript counts, and never less than Ruby or Python do."""
    assert size(text) == units
