"""Sentences on a terminal: long lines are broken between words, and what goes elsewhere is not changed."""

from __future__ import annotations

import io
import os
import pty
import re
import termios
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.fitting import by_clauses, fitted, width_of
from reconciler.cli.streams import say
from tests.cli.conftest import Terminal

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


def test_a_long_line_is_broken_between_words_and_goes_on_indented() -> None:
    assert fitted("refused: pass --yes to go on", 20) == "refused: pass --yes\n  to go on"
    assert fitted("  + lead: NOT created: no key", 20) == "  + lead: NOT\n    created: no key"


def test_a_line_that_fits_is_as_it_was() -> None:
    assert fitted("a  b\n\n  c ", 6) == "a  b\n\n  c "


def test_without_a_width_nothing_is_broken() -> None:
    assert fitted("a b" * 100, None) == "a b" * 100


def test_a_word_that_is_wider_than_the_terminal_is_not_broken() -> None:
    assert fitted("see /a/path/that/is/long now", 10) == "see\n  /a/path/that/is/long\n  now"
    assert fitted("/a/path/that/is/long", 10) == "/a/path/that/is/long"


def test_what_is_in_backticks_stays_on_one_line_if_it_fits() -> None:
    assert fitted("then run `reconciler plan` again", 20) == "then run\n  `reconciler plan`\n  again"
    assert fitted("run `reconciler plan --out plan.json`", 20) == "run `reconciler plan\n  --out plan.json`"
    assert fitted("one ` alone is a word", 12) == "one ` alone\n  is a word"


def test_a_line_with_two_columns_goes_on_below_the_second() -> None:
    assert fitted("  since        2026-11-23 by Ana", 30) == "  since        2026-11-23 by\n               Ana"
    assert fitted("  a.very.long.code   why it is", 24) == "  a.very.long.code   why\n    it is"


def test_a_line_that_begins_far_in_begins_in_the_middle_at_most() -> None:
    assert fitted(f"{' ' * 18}one two", 20) == f"{' ' * 10}one two"


def test_colours_take_no_columns_and_wide_characters_take_two() -> None:
    assert fitted("\x1b[38;5;28mValid\x1b[0m: 1", 8) == "\x1b[38;5;28mValid\x1b[0m: 1"
    assert fitted("支持 支持", 8) == "支持\n  支持"


@given(st.text(alphabet="ab` -\x1b[0m\n支"), st.integers(1, 40))
def test_nothing_is_lost_or_added_but_spaces_and_line_breaks(text: str, width: int) -> None:
    assert re.sub(r"[ \n]", "", fitted(text, width)) == re.sub(r"[ \n]", "", text)


def test_a_line_of_clauses_is_broken_before_a_clause_that_fits() -> None:
    line = '  a.view: since May by Ana Ruiz; until 2027-01-01; reason: a long one; see "the notes" by Jon'
    assert by_clauses(line, 41).splitlines() == [
        "  a.view: since May by Ana Ruiz;",
        "    until 2027-01-01; reason: a long one;",
        '    see "the notes" by Jon',
    ]
    assert by_clauses(line, 26).splitlines() == [
        "  a.view:",
        "    since May by Ana Ruiz;",
        "    until 2027-01-01;",
        "    reason: a long one;",
        '    see "the notes" by Jon',
    ]
    assert by_clauses("a: this clause is too long in any case", 20) == "a: this clause is too long in any case"
    assert by_clauses('"a" by Ana', 9) == '"a"\n  by Ana'
    assert by_clauses("a (b: c; reviewed)", 14) == "a (b: c;\n  reviewed)"


def test_a_line_that_fits_is_not_broken_into_clauses() -> None:
    assert by_clauses("a:  b\n\n  c; d ", 8) == "a:  b\n\n  c; d "
    assert by_clauses("a: b; c", None) == "a: b; c"


@given(st.text(alphabet='ab;: "by\x1b[0m\n支'), st.integers(1, 40))
def test_clauses_lose_and_add_nothing_but_spaces_and_line_breaks(text: str, width: int) -> None:
    assert re.sub(r"[ \n]", "", by_clauses(text, width)) == re.sub(r"[ \n]", "", text)


def test_a_pipe_has_no_width() -> None:
    assert width_of(io.StringIO()) is None


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("0", None), ("wide", None), ("", None)])
def test_the_width_is_that_of_the_environment_if_it_has_one(
    columns: str, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert width_of(Terminal()) == width


def test_the_width_is_that_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    reader, writer = pty.openpty()
    with os.fdopen(writer, "w") as stream, os.fdopen(reader):
        assert width_of(stream) is None  # this terminal has no size
        termios.tcsetwinsize(writer, (24, 72))
        assert width_of(stream) == 72


def test_a_message_is_broken_on_a_terminal_unless_it_must_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    with redirect_stderr(Terminal()) as shown:
        say("one two three")
        say("one two three", whole=True)
    assert shown.getvalue() == "one two\n  three\none two three\n"


def test_the_sentences_of_a_report_are_broken_and_its_documents_and_plans_are_not(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    with redirect_stdout(Terminal()) as shown:
        workspace.run("validate", "--color", "never")
        workspace.run("validate", "--format", "json")
        workspace.run("validate", "--output", "report.txt")
    text, document = shown.getvalue().split("{", 1)
    assert max(map(len, text.splitlines())) <= 30
    assert max(map(len, document.splitlines())) > 30
    written = (workspace.directory / "report.txt").read_text(encoding="utf-8")
    assert max(map(len, written.splitlines())) > 30


def test_a_plan_is_the_same_on_a_narrow_terminal(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    with redirect_stdout(Terminal()) as shown:
        workspace.run("plan", "--color", "never")
    assert shown.getvalue() == workspace.run("plan").out


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("200", 80)])
def test_a_plan_in_sentences_fits_the_terminal_and_is_never_wider_than_80_columns(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    with redirect_stdout(Terminal()) as shown:
        workspace.run("plan", "--format", "sentences")
    assert width - 12 < max(map(len, shown.getvalue().splitlines())) <= width
