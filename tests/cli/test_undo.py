"""`reconciler undo JOURNAL`: a plan back to where things were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


@pytest.fixture
def applied(workspace: Workspace) -> Workspace:
    """A workspace whose role files were applied, with `journal.jsonl`."""
    assert workspace.run("apply", "--yes", "--journal", "journal.jsonl").code == 0
    return workspace


def test_an_apply_can_be_taken_back(applied: Workspace) -> None:
    result = applied.run("undo", "journal.jsonl", "--out", "back.json")
    assert result.code == 0
    assert "# support-lead will be destroyed" in result.out
    assert result.err == "To carry it out: reconciler apply back.json\n"
    assert applied.run("apply", "back.json", "--yes").code == 0
    assert applied.live() == {
        "billing-clerk": ("Old", frozenset({"billing.manage", "contacts.view"})),
        "temp-role": ("", frozenset({"contacts.view"})),
    }


def test_what_cannot_be_brought_back_is_said(applied: Workspace) -> None:
    assert "temp-role" in applied.run("undo", "journal.jsonl").out.partition("Access:")[0]


def test_limits_hold_for_it_too(applied: Workspace) -> None:
    assert applied.run("undo", "journal.jsonl", "--max-deletes", "0").code == 4


def test_a_journal_that_is_not_there_is_a_failure_of_the_disk(applied: Workspace) -> None:
    assert applied.run("undo", "nowhere.jsonl").code == 1


def test_it_can_be_rendered_like_any_plan(applied: Workspace) -> None:
    assert '"format_version": "1.0"' in applied.run("undo", "journal.jsonl", "--format", "json").out
