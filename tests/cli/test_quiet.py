"""`--quiet`: progress and notes are off; reports, warnings, errors and questions are not."""

from __future__ import annotations

import io
import threading
from contextlib import redirect_stderr
from typing import TYPE_CHECKING

import click
import pytest

from reconciler.cli.progress import counting, reporting
from reconciler.cli.streams import hush, is_quiet

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


def a_quiet_run() -> click.Context:
    """Return the context of a run with `--quiet`."""
    context = click.Context(click.Command("any"))
    hush(context, click.Option(["--quiet"]), value=True)
    return context


class Terminal(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_outside_of_a_run_nothing_is_quiet() -> None:
    assert not is_quiet()


def test_an_apply_says_nothing_while_it_works(workspace: Workspace) -> None:
    result = workspace.run("apply", "--yes", "-q")
    assert (result.code, result.err) == (0, "")
    assert "Applied: 1 added, 1 changed, 1 destroyed" in result.out


def test_without_it_an_apply_says_each_change_as_it_ends(workspace: Workspace) -> None:
    assert "+ support-lead: created\n" in workspace.run("apply", "--yes").err


def test_the_variable_is_enough_and_the_next_run_is_not_quiet(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_QUIET", "1")
    assert workspace.run("apply", "--yes").err == ""
    monkeypatch.delenv("RECONCILER_QUIET")
    workspace.want("one-more", "contacts.view")
    assert workspace.run("apply", "--yes").err == "+ one-more: created\n"


def test_the_note_on_what_to_do_next_is_off(workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes", "--journal", "journal.jsonl").code == 0
    told = workspace.run("undo", "journal.jsonl", "--out", "undo.json")
    assert told.err == "To apply it: reconciler apply undo.json\n"
    assert workspace.run("undo", "journal.jsonl", "--out", "undo.json", "--quiet") == (0, told.out, "")


def test_the_count_of_a_shard_is_off(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "tenants: {a: {url: 'https://a.example'}, b: {url: 'https://b.example'}}\n")
    assert workspace.run("tenants", "--shard", "0/1").err == "shard 0/1: 2 of 2 tenants\n"
    assert workspace.run("tenants", "--shard", "0/1", "-q").err == ""


def test_a_warning_stays(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "nmae: x\n")
    assert workspace.run("schema", "-q").err.startswith("warning: the configuration is not valid")


def test_an_error_stays(workspace: Workspace) -> None:
    result = workspace.run("plan", "-q", "--max-deletes", "0")
    assert result.code == 4
    assert "1 delete" in result.err


def test_a_report_stays(workspace: Workspace) -> None:
    assert workspace.run("plan", "-q") == workspace.run("plan")


def test_no_bar_waits_for_its_time_to_appear() -> None:
    before = threading.active_count()
    with redirect_stderr(Terminal()) as shown, a_quiet_run():
        with counting("reading", None) as advance:
            advance()
            assert threading.active_count() == before
        with reporting("applying", 1) as told:
            told("a line")
    assert shown.getvalue() == ""
