"""What `reconciler.yaml` says about a run: whose roles these are, and where the files stand."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Workspace
    from tests.sentences import Golden


def lead(workspace: Workspace, directory: str) -> None:
    workspace.write(f"{directory}/a.yaml", "name: support-lead\npermissions: [contacts.view]\n")


def test_a_live_role_of_another_team_is_left_alone_and_not_reported(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", 'manage: ["support-*", "billing-*"]\n')
    result = workspace.run("plan", "--format", "json")
    assert result.code == 0
    assert {change["name"] for change in json.loads(result.out)["changes"]} == {"billing-clerk", "support-lead"}
    assert "temp-role" not in result.out


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_a_role_file_of_another_team_is_an_error_at_its_place(
    workspace: Workspace, command: str, golden: Golden
) -> None:
    workspace.write("reconciler.yaml", 'manage: ["support-*"]\n')
    result = workspace.run(command)
    assert result.code == 3
    said = "".join(result[1:])
    assert said.startswith("roles.d/billing-clerk.yaml:1:7: ")
    golden.says("cli/configured", f"{command}: a role file of another team", said)


def test_so_is_one_that_takes_over_a_role_of_another_team(workspace: Workspace, golden: Golden) -> None:
    workspace.write("reconciler.yaml", 'manage: ["support-*", "billing-*"]\n')
    workspace.want("support-lead", renamed_from="temp-role")
    result = workspace.run("validate")
    assert result.code == 3
    assert result.out.startswith("roles.d/support-lead.yaml:1:7: ")
    golden.says("cli/configured", "validate: a role of another team is taken over", result.out)


def test_role_files_are_looked_for_beside_the_configuration(workspace: Workspace) -> None:
    workspace.write("staging/reconciler.yaml", "roles_dir: access\n")
    lead(workspace, "staging/access")
    plan = json.loads(workspace.run("plan", "--config", "staging/reconciler.yaml", "--format", "json").out)
    assert plan["source"]["roles_dir"] == "staging/access"
    paths = {change["location"]["path"] for change in plan["changes"] if change["location"]}
    assert paths == {"staging/access/a.yaml"}


def test_the_default_directory_is_beside_it_too(workspace: Workspace) -> None:
    workspace.write("staging/reconciler.yaml", "version: 1\n")
    result = workspace.run("validate", "--config", "staging/reconciler.yaml")
    assert result.code == 3
    assert "staging/roles.d:1:1: " in result.out


def test_the_option_is_relative_to_the_working_directory(workspace: Workspace) -> None:
    workspace.write("staging/reconciler.yaml", "roles_dir: access\n")
    result = workspace.run("validate", "--config", "staging/reconciler.yaml", "--roles-dir", "roles.d")
    assert (result.code, result.out.splitlines()[0], result.err) == (0, "Valid: 2 roles in 2 files.", "")


def test_a_configuration_above_the_working_directory_finds_its_files_and_their_base(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write("reconciler.yaml", "unmanaged: report\n")
    _commit(workspace.directory)
    (workspace.directory / "deep").mkdir()
    monkeypatch.chdir(workspace.directory / "deep")
    result = workspace.run("plan", "--config", "../reconciler.yaml", "--base", "HEAD", "--format", "json")
    assert result.code == 0
    plan = json.loads(result.out)
    assert {change["origin"] for change in plan["changes"]} == {"drift"}
    assert plan["changes"][0]["location"]["path"] == "../roles.d/billing-clerk.yaml"


def _commit(directory: Path) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    for arguments in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "x")):
        subprocess.run(("git", *arguments), cwd=directory, check=True)


def test_a_journal_that_the_configuration_names_is_kept_beside_it(workspace: Workspace) -> None:
    workspace.write("staging/reconciler.yaml", "journal: log/j.jsonl\n")
    (workspace.directory / "staging/log").mkdir()
    lead(workspace, "staging/roles.d")
    result = workspace.run("apply", "--yes", "--config", "staging/reconciler.yaml", "--max-deletes", "9")
    assert result.code == 0
    assert (workspace.directory / "staging/log/j.jsonl").read_text().count("support-lead") > 0


def test_the_option_names_another_one(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "journal: j.jsonl\n")
    assert workspace.run("apply", "--yes", "--journal", "k.jsonl").code == 0
    assert (workspace.directory / "k.jsonl").exists()
    assert not (workspace.directory / "j.jsonl").exists()


def test_a_saved_plan_is_recorded_there_too(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "journal: j.jsonl\n")
    workspace.run("plan", "--out", "saved.json")
    assert workspace.run("apply", "saved.json", "--yes").code == 0
    assert (workspace.directory / "j.jsonl").exists()
