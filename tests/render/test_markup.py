"""Data in code: spans and fences that no data can leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.inert import visible
from reconciler.render.markup import code, cut, fenced, size

_PARSER = MarkdownIt("commonmark")


@given(st.text(alphabet="` a*[<\\", min_size=1, max_size=9))
def test_a_code_span_gives_back_just_what_was_put_in(text: str) -> None:
    (inline,) = [token for token in _PARSER.parse(f"x {code(text)} y") if token.type == "inline"]
    _, span, _ = inline.children or []
    assert (span.type, span.content) == ("code_inline", visible(text))


def test_an_empty_text_is_shown_as_quotes() -> None:
    assert code("") == '`""`'


def test_a_long_text_ends_in_how_much_is_missing() -> None:
    assert cut("x" * 510, 500) == f"{'x' * 500}… (10 characters more)"


def test_a_text_of_just_the_most_is_whole() -> None:
    assert cut("x" * 500, 500) == "x" * 500


@pytest.mark.parametrize(("data", "fence"), [("a", "```"), ("```", "````"), ("`````", "``````")])
def test_a_fence_is_longer_than_any_run_of_backticks(data: str, fence: str) -> None:
    assert fenced([f"+ {data}"], "diff") == f"{fence}diff\n+ {data}\n{fence}"


@given(st.text(max_size=20))
def test_the_size_of_a_text_is_what_javascript_and_ruby_would_not_exceed(text: str) -> None:
    assert size(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2
