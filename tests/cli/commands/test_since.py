"""A plan says which change granted what it revokes, where the history of the role files knows."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.repository import Repository

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

GRANT = "name: billing-clerk\npermissions: [billing.manage, contacts.view]\n"
NOT_ANY_MORE = "name: billing-clerk\npermissions: [contacts.view]\n"
CLERK = "roles.d/billing-clerk.yaml"


@pytest.fixture
def granted(workspace: Workspace) -> str:
    """The commit that granted what the live role has and the files no longer ask for."""
    repository = Repository(workspace.directory)
    repository.commit("Start", {CLERK: NOT_ANY_MORE}, day="2025-11-02")
    commit = repository.commit("Let clerks manage (#212)", {CLERK: GRANT}, day="2026-03-14")
    repository.commit("Not any more", {CLERK: NOT_ANY_MORE}, day="2026-11-01", author="Jon Berg")
    return commit


def planned(workspace: Workspace, *arguments: str) -> dict[str, dict[str, Any]]:
    result = workspace.run("plan", "--format", "json", *arguments)
    assert result.code == 0, result.err
    return {change["name"]: change["since"] for change in json.loads(result.out)["changes"]}


def test_a_plan_names_the_change_that_granted_what_it_revokes(workspace: Workspace, granted: str) -> None:
    assert planned(workspace)["billing-clerk"] == {
        "billing.manage": {
            "date": "2026-03-14",
            "commit": granted,
            "subject": "Let clerks manage (#212)",
            "authors": ["Ana Ruiz"],
            "pull_request": 212,
        }
    }


def test_an_edit_that_is_not_committed_revokes_what_a_commit_granted(workspace: Workspace, granted: str) -> None:
    Repository(workspace.directory).git("reset", "--quiet", "--hard", granted)
    workspace.write(CLERK, NOT_ANY_MORE)
    assert planned(workspace)["billing-clerk"]["billing.manage"]["commit"] == granted


def test_a_rename_that_is_not_committed_is_followed(workspace: Workspace, granted: str) -> None:
    (workspace.directory / CLERK).unlink()
    workspace.want("accountant", "contacts.view", renamed_from="billing-clerk")
    assert planned(workspace)["accountant"]["billing.manage"]["commit"] == granted
    assert planned(workspace, "--only", "revokes")["billing-clerk"]["billing.manage"]["commit"] == granted


def test_a_code_that_no_file_ever_granted_is_left_out(workspace: Workspace, granted: str) -> None:
    assert granted
    assert planned(workspace)["temp-role"] == {}


def test_without_a_repository_nothing_is_known(workspace: Workspace) -> None:
    assert planned(workspace)["billing-clerk"] == {}


def test_without_a_commit_nothing_is_known(workspace: Workspace) -> None:
    Repository(workspace.directory)
    assert planned(workspace)["billing-clerk"] == {}


def test_a_broken_repository_does_not_fail_a_plan(workspace: Workspace, granted: str) -> None:
    shutil.rmtree(workspace.directory / ".git" / "objects")
    assert granted
    assert planned(workspace)["billing-clerk"] == {}


def test_the_comment_and_the_page_show_it_behind_the_code(workspace: Workspace, granted: str) -> None:
    workspace.run("plan", "--out", "plan.json")
    words = f'granted 2026-03-14: {granted[:12]} "Let clerks manage (#212)" by Ana Ruiz, pull request 212'
    for source in (("plan",), ("show", "plan.json")):
        comment = workspace.run(*source, "--format", "markdown").out
        (line,) = (line for line in comment.splitlines() if line.startswith("- billing.manage"))
        assert line.endswith(f"   {words}")
        page = workspace.run(*source, "--format", "html").out
        assert words.replace('"', "&#34;") in page


def test_a_comparison_of_files_says_it_too(workspace: Workspace, granted: str) -> None:
    Repository(workspace.directory).git("reset", "--quiet", "--hard", granted)
    workspace.write(CLERK, NOT_ANY_MORE)
    (change,) = json.loads(workspace.run("diff", "--format", "json").out)["changes"]
    assert change["since"]["billing.manage"]["commit"] == granted


def test_it_is_no_part_of_the_digest(workspace: Workspace, granted: str) -> None:
    assert granted
    with_history = json.loads(workspace.run("plan", "--format", "json").out)
    shutil.rmtree(workspace.directory / ".git")
    without = json.loads(workspace.run("plan", "--format", "json").out)
    assert with_history["changes"] != without["changes"]
    assert with_history["digest"] == without["digest"]
