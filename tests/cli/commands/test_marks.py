"""`plan --format github` and the problems of role files: marked where they are, by the paths of the repository."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


def in_a_subdirectory(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, *below: str) -> None:
    """Let the repository's top be where the role files are, and go to `below` from there."""
    (workspace.directory / ".git").mkdir()
    here = workspace.directory.joinpath(*below)
    here.mkdir(parents=True)
    monkeypatch.chdir(here)


def test_a_code_that_the_catalogue_lacks_is_marked_at_its_line(workspace: Workspace) -> None:
    workspace.write("roles.d/lead.yaml", "name: lead\npermissions:\n  - contacts.exprot\n")
    done = workspace.run("plan", "--format", "github")
    assert done.code == 3
    assert done.out.startswith("::error file=roles.d/lead.yaml,line=3,col=5,title=unknown-code::role lead: ")
    assert "contacts.export" in done.out
    assert "roles.d/lead.yaml:3:5: " in done.err


def test_every_problem_of_files_and_configuration_is_marked(workspace: Workspace) -> None:
    workspace.write("roles.d/lead.yaml", "name: no\npermission: []\n")
    workspace.write("reconciler.yaml", "version: 1\nunmanged: report\n")
    done = workspace.run("plan", "--format", "github")
    assert done.code == 3
    assert {line.partition(",")[0] for line in done.out.splitlines()} == {
        "::error file=reconciler.yaml",
        "::error file=roles.d/lead.yaml",
    }


def test_the_marks_go_to_the_file_that_was_asked_for(workspace: Workspace) -> None:
    workspace.want("lead", "contacts.exprot")
    done = workspace.run("plan", "--format", "github", "--output", "marks.txt")
    assert (done.code, done.out) == (3, "")
    assert (workspace.directory / "marks.txt").read_text().startswith("::error file=roles.d/lead.yaml,")


def test_no_other_format_has_marks(workspace: Workspace) -> None:
    workspace.want("lead", "contacts.exprot")
    assert workspace.run("plan", "--format", "json").out == ""


def test_marks_of_a_plan_name_paths_from_the_top_of_the_repository(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_subdirectory(workspace, monkeypatch, "a", "b")
    done = workspace.run("plan", "--format", "github", "--roles-dir", "../../roles.d")
    marked = [line for line in done.out.splitlines() if "file=" in line]
    assert marked
    assert [line for line in marked if "file=roles.d/" not in line] == []


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_marks_of_problems_name_paths_from_the_top_of_the_repository(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    in_a_subdirectory(workspace, monkeypatch, "sub")
    workspace.write("sub/roles.d/lead.yaml", "name: lead\npermissions: contacts.view\n")
    done = workspace.run(command, "--format", "github")
    assert done.out.startswith("::error file=sub/roles.d/lead.yaml,line=2,")


def test_sarif_names_paths_from_the_top_of_the_repository(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_subdirectory(workspace, monkeypatch, "sub")
    workspace.write("other/roles.d/lead.yaml", "name: lead\npermissions: contacts.view\n")
    done = workspace.run("validate", "--format", "sarif", "--roles-dir", "../other/roles.d")
    (run,) = json.loads(done.out)["runs"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert places == ["other/roles.d/lead.yaml"]


def test_a_role_made_by_hand_is_a_warning_with_what_it_may_do(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "version: 1\nunmanaged: report\n")
    workspace.tenant.store.create("shadow-admin", "", ["agents.manage", "contacts.export"])
    done = workspace.run("plan", "--format", "github")
    (line,) = [line for line in done.out.splitlines() if "shadow-admin" in line]
    assert line.startswith("::warning title=Unmanaged%3A shadow-admin::")
    assert "agents.manage" in line
    assert "contacts.export" in line


def test_a_refused_plan_is_an_error_first(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "version: 1\nprotect: [temp-role]\n")
    done = workspace.run("plan", "--format", "github")
    first, *rest = done.out.splitlines()
    assert done.code == 4
    assert first.startswith("::error title=Refused::")
    assert "temp-role" in first
    assert [line for line in rest if "is deleted" in line] == []
