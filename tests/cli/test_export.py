"""`reconciler export`: the live custom roles as role files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.sandbox.server import running_sandbox

if TYPE_CHECKING:
    import pytest

    from tests.cli.conftest import Workspace


def test_a_plan_right_after_an_export_shows_no_changes(workspace: Workspace) -> None:
    assert workspace.run("export", "--dir", "adopted").code == 0
    result = workspace.run("plan", "--roles-dir", "adopted", "--detailed-exitcode")
    assert result.code == 0


def test_one_file_a_role_is_written_and_named(workspace: Workspace) -> None:
    result = workspace.run("export", "--dir", "adopted")
    assert result.out == "adopted/billing-clerk.yaml\nadopted/temp-role.yaml\n2 role files written.\n"


def test_the_files_as_json(workspace: Workspace) -> None:
    result = workspace.run("export", "--dir", "adopted", "--format", "json")
    assert json.loads(result.out)["files"] == ["adopted/billing-clerk.yaml", "adopted/temp-role.yaml"]


def test_an_existing_file_is_never_written_over(workspace: Workspace) -> None:
    workspace.write("adopted/temp-role.yaml", "mine")
    result = workspace.run("export", "--dir", "adopted")
    assert result.code == 4
    assert "--force" in result.err
    assert (workspace.directory / "adopted/temp-role.yaml").read_text() == "mine"
    assert not (workspace.directory / "adopted/billing-clerk.yaml").exists()


def test_unless_that_was_asked_for(workspace: Workspace) -> None:
    workspace.write("adopted/temp-role.yaml", "mine")
    assert workspace.run("export", "--dir", "adopted", "--force").code == 0


def test_without_a_directory_the_roles_are_printed(workspace: Workspace) -> None:
    out = workspace.run("export").out
    assert "name: billing-clerk\n" in out
    assert "---\n" in out


def test_without_a_directory_they_can_be_json(workspace: Workspace) -> None:
    document = json.loads(workspace.run("export", "--format", "json").out)
    assert [role["name"] for role in document["roles"]] == ["billing-clerk", "temp-role"]


def test_ignored_roles_are_left_out_and_named(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", 'version: 1\nignore: ["temp-*"]\n')
    result = workspace.run("export", "--dir", "adopted")
    assert result.err == "left out, since `ignore` leaves them alone: temp-role\n"
    assert not (workspace.directory / "adopted/temp-role.yaml").exists()


def test_a_tenant_without_a_system_role_is_not_believed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_sandbox(seed=[]) as tenant:
        monkeypatch.setenv("OMNISTREAM_URL", tenant.url)
        monkeypatch.setenv("OMNISTREAM_API_KEY", tenant.api_key)
        result = workspace.run("export", "--dir", "adopted")
    assert result.code == 4
    assert "no system role at all" in result.err
