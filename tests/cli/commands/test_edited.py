"""Whether a plan, an apply and its journal say that the commit does not have what is applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.tenants import Fleet, three_tenants
from tests.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Workspace
    from tests.sentences import Golden

NOTE = "The role files have edits that are not committed"


@pytest.fixture
def committed(workspace: Workspace) -> Workspace:
    """The workspace as a repository in which all role files are committed."""
    Repository(workspace.directory).commit("Roles")
    return workspace


@pytest.fixture
def edited(committed: Workspace) -> Workspace:
    """The same, with an edit of a role file that is not committed."""
    committed.want("support-lead", "conversations.view", description="Leads.")
    return committed


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Fleet]:
    """Three tenants of the same role files, with an edit that is not committed."""
    with three_tenants(tmp_path, monkeypatch, capsys) as found:
        Repository(tmp_path).commit("Roles")
        found.want("support-lead", "conversations.view", description="Leads.")
        yield found


def source(workspace: Workspace, command: str = "plan") -> dict[str, Any]:
    result = workspace.run(command, "--format", "json")
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)["source"]
    return found


def recorded(path: Path) -> set[bool | None]:
    return {json.loads(line)["edited"] for line in path.read_text().splitlines()}


def test_a_plan_of_committed_files_has_no_edits(committed: Workspace) -> None:
    assert source(committed)["edited"] is False


def test_a_plan_outside_of_a_repository_does_not_know(workspace: Workspace) -> None:
    assert (source(workspace)["commit"], source(workspace)["edited"]) == (None, None)


def test_a_plan_of_edited_files_says_so_and_has_the_same_digest(edited: Workspace) -> None:
    before = json.loads(edited.run("plan", "--format", "json").out)
    Repository(edited.directory).commit("Edit")
    after = json.loads(edited.run("plan", "--format", "json").out)
    assert (before["source"]["edited"], after["source"]["edited"]) == (True, False)
    assert before["digest"] == after["digest"]


def test_a_comparison_of_edited_files_says_so(edited: Workspace) -> None:
    assert source(edited, "diff")["edited"] is True


def test_an_edit_of_any_directory_and_of_the_lock_counts(committed: Workspace) -> None:
    committed.write("reconciler.yaml", "version: 1\nroles_dir: [roles.d, over]\n")
    (committed.directory / "over").mkdir()
    assert source(committed)["edited"] is False
    committed.write("over/x.yaml", "name: x\npermissions: [contacts.view]\n")
    assert source(committed)["edited"] is True
    Repository(committed.directory).commit("Over")
    assert committed.run("lock").code == 0
    assert source(committed)["edited"] is True


def test_an_edit_of_another_file_does_not_count(committed: Workspace) -> None:
    committed.write("notes.yaml", "a: b\n")
    assert source(committed)["edited"] is False


def test_an_apply_of_edited_files_says_so_and_so_does_its_journal(edited: Workspace, golden: Golden) -> None:
    result = edited.run("apply", "--yes", "--journal", "journal.jsonl")
    assert result.code == 0
    golden.says("cli/edited", "an apply with a journal", result.err.splitlines()[0])
    assert recorded(edited.directory / "journal.jsonl") == {True}
    undo = json.loads(edited.run("undo", "journal.jsonl", "--out", "undo.json", "--format", "json").out)
    assert undo["source"]["edited"] is True
    assert NOTE not in edited.run("apply", "undo.json", "--yes").err


def test_an_apply_without_a_journal_says_so_too(edited: Workspace) -> None:
    assert f"{NOTE}.\n" in edited.run("apply", "--yes", "--format", "json").err


def test_an_apply_of_committed_files_or_of_nothing_says_nothing(committed: Workspace) -> None:
    assert NOTE not in committed.run("apply", "--yes", "--journal", "journal.jsonl").err
    assert recorded(committed.directory / "journal.jsonl") == {False}
    committed.write("roles.d/comment.yaml", (committed.directory / "roles.d/support-lead.yaml").read_text())
    (committed.directory / "roles.d/support-lead.yaml").unlink()
    assert NOTE not in committed.run("apply", "--yes").err


def test_a_saved_plan_remembers_it_although_the_edit_is_committed_since(edited: Workspace) -> None:
    assert edited.run("plan", "--out", "plan.json").code == 0
    assert "with edits that are not committed" in edited.run("show", "plan.json", "--format", "markdown").out
    Repository(edited.directory).commit("Edit")
    assert NOTE in edited.run("apply", "plan.json", "--yes", "--journal", "journal.jsonl").err
    assert recorded(edited.directory / "journal.jsonl") == {True}


def test_a_plan_that_an_older_version_saved_does_not_know(edited: Workspace) -> None:
    edited.run("plan", "--out", "plan.json")
    path = edited.directory / "plan.json"
    saved = json.loads(path.read_text())
    del saved["source"]["edited"]
    path.write_text(json.dumps(saved))
    assert json.loads(edited.run("show", "plan.json", "--format", "json").out)["source"]["edited"] is None
    assert NOTE not in edited.run("apply", "plan.json", "--yes").err


def test_the_plans_of_several_tenants_and_their_index_say_so(fleet: Fleet) -> None:
    result = fleet.run("plan", "--all", "--out", "plans")
    assert "+edits)" in result.out.splitlines()[0]
    index = json.loads((fleet.directory / "plans/fleet.json").read_text())
    plan = json.loads((fleet.directory / "plans/acme.json").read_text())
    assert (index["edited"], plan["source"]["edited"]) == (True, True)
    assert "with edits that are not committed" in fleet.run("show", "plans", "--format", "html").out
    assert f"{NOTE}.\n" in fleet.run("apply", "plans", "--yes").err


def test_an_apply_to_several_tenants_says_it_once(fleet: Fleet) -> None:
    result = fleet.run("apply", "--all", "--yes", "--journal", "{tenant}.jsonl")
    assert (result.code, result.err.count(NOTE)) == (0, 1)
    assert recorded(fleet.directory / "acme.jsonl") == {True}


def test_tenants_outside_of_a_repository_or_without_valid_files_do_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with three_tenants(tmp_path, monkeypatch, capsys) as found:
        assert json.loads(found.run("plan", "--all", "--format", "json").out)["edited"] is None
        found.write("roles.d/bad.yaml", "nmae: x\n")
        assert json.loads(found.run("plan", "--all", "--format", "json").out)["edited"] is None
