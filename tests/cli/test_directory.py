"""`-C DIR`: a run as if it had been started in another directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from reconciler.cli.registry import cli

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from tests.sentences import Golden


def test_the_program_runs_in_another_directory(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere: Path = workspace.directory / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert workspace.run("validate").code == 3
    assert workspace.run("-C", "..", "validate").code == 0
    assert workspace.run("--directory", workspace.directory, "validate").code == 0
    monkeypatch.setenv("RECONCILER_DIRECTORY", "..")
    assert workspace.run("validate").code == 0
    assert workspace.run("--directory", ".", "validate").code == 3


def test_a_run_elsewhere_ends_well_if_the_first_directory_is_gone_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, there = tmp_path / "first", tmp_path / "there"
    first.mkdir()
    there.mkdir()
    monkeypatch.chdir(first)
    callback = cli.callback
    assert callback is not None
    with click.Context(cli):
        callback(directory=str(there))
        first.rmdir()
    assert Path.cwd() == there


def test_every_relative_path_is_relative_to_the_directory(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write("there/reconciler.yaml", "roles_dir: ../roles.d\n")
    workspace.write("there/key", workspace.tenant.api_key)
    monkeypatch.delenv("OMNISTREAM_API_KEY")
    options = ("--api-key-file", "key", "--out", "plan.json", "--output", "report.txt")
    assert workspace.run("-C", "there", "plan", *options) == (0, "", "")
    there = workspace.directory / "there"
    assert sorted(path.name for path in there.iterdir()) == ["key", "plan.json", "reconciler.yaml", "report.txt"]


@pytest.mark.parametrize("directory", ["none", "roles.d/support-lead.yaml"])
def test_a_directory_that_is_not_there_is_a_wrong_command_line(
    golden: Golden, workspace: Workspace, directory: str
) -> None:
    result = workspace.run("-C", directory, "validate")
    assert result.code == 64
    golden.says("cli/messages", f"-C {directory}", result.err)
