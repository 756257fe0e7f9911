"""Text that is data stays data."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.inert import (
    quoted,
    steers,
    visible,
    visible_lines,
    without_commands,
    without_commands_in_json,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Стажёр 日本語", "Стажёр 日本語"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202eabc", "\\u202eabc"),
        ("a\u200bb", "a\\u200bb"),
        ("a\u2028b", "a\\u2028b"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\u3164", "\\u3164"),
        ("a\xa0b c", "a\\xa0b c"),
    ],
)
def test_hidden_characters_are_shown_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_whatever_comes_out_is_one_line_that_steers_nothing(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in shown)


def test_line_feeds_of_our_own_layout_stay() -> None:
    assert visible_lines("a\n\x1bb") == "a\n\\x1bb"


def test_quotes_and_backslashes_are_escaped_within_quotes() -> None:
    assert quoted('say "hi" \\') == '"say \\"hi\\" \\\\"'


def test_a_long_value_is_cut() -> None:
    assert quoted("x" * 200, limit=10) == '"xxxxxxxxx…"'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", "\\x3a:error::x"),
        ("a\n  ::error::x\n\n\t::b", "a\n  \\x3a:error::x\n\n\t\\x3a:b"),
        ("\u3000::error::x", "\u3000\\x3a:error::x"),
        ("- ::error::x\na::b", "- ::error::x\na::b"),
        (": one", ": one"),
    ],
)
def test_no_line_starts_as_a_command_for_a_log(text: str, shown: str) -> None:
    assert without_commands(text) == shown
    assert steers(text.split("\n")) == (text != shown)


def test_an_older_command_anywhere_in_a_line_steers() -> None:
    assert steers(["plain", "a ##[error]b"])


def test_a_document_without_commands_means_the_same() -> None:
    found = {"name": "##[error]##[", "\\##[": 1}
    written = without_commands_in_json(json.dumps(found))
    assert "##[" not in written
    assert json.loads(written) == found
