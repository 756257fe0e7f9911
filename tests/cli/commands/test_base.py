"""`reconciler plan --base REF`: whether a change was asked for, or undoes what somebody clicked."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable


def git(workspace: Workspace, *arguments: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=workspace.directory, check=True, capture_output=True)


@pytest.fixture
def repository(workspace: Workspace) -> Workspace:
    """A repository whose `main` wants billing-clerk as it is live, and temp-role; HEAD asks for other roles."""
    (workspace.directory / "roles.d/support-lead.yaml").unlink()
    workspace.want("billing-clerk", "billing.manage", "contacts.view", description="Old")
    workspace.want("temp-role", "contacts.export")
    git(workspace, "init")
    git(workspace, "add", ".")
    git(workspace, "commit", "-m", "base")
    git(workspace, "checkout", "-b", "change")
    workspace.want("billing-clerk", "billing.view", "contacts.view", description="New")
    git(workspace, "commit", "-am", "change")
    return workspace


def origins(workspace: Workspace) -> dict[str, str]:
    document = json.loads(workspace.run("plan", "--base", "main", "--format", "json").out)
    return {change["name"]: change["origin"] for change in document["changes"]}


def test_a_change_of_the_files_is_an_edit_and_one_of_the_tenant_is_drift(repository: Workspace) -> None:
    assert origins(repository) == {"billing-clerk": "edit", "temp-role": "drift"}


def test_what_the_base_tells_survives_saving(repository: Workspace) -> None:
    drift = repository.run("plan", "--base", "main", "--out", "plan.json")
    assert drift.out.endswith("\nFrom this edit: 1 grant, 1 revoke. From drift: 1 grant, 1 revoke.\n")
    for format_ in ("text", "json", "markdown", "html"):
        made = repository.run("plan", "--base", "main", "--out", "plan.json", "--format", format_)
        assert repository.run("show", "plan.json", "--format", format_) == made


def test_an_edit_of_a_role_that_drifted_is_told_apart_by_code(repository: Workspace) -> None:
    repository.want("temp-role", "contacts.export", "contacts.merge")
    document = json.loads(repository.run("plan", "--base", "main", "--format", "json").out)
    change = next(change for change in document["changes"] if change["name"] == "temp-role")
    assert change["origin"] == "both"
    assert change["permissions_origin"] == {
        "contacts.export": "drift",
        "contacts.merge": "edit",
        "contacts.view": "drift",
    }


def test_a_base_with_nothing_to_do_counts_nothing(repository: Workspace) -> None:
    repository.run("apply", "--yes")
    summary = json.loads(repository.run("plan", "--base", "main", "--format", "json").out)["summary"]
    nothing = {"grants": 0, "revokes": 0}
    assert summary["by_origin"] == {"edit": nothing, "drift": nothing}


def test_the_plan_names_the_commit_that_it_was_made_at(repository: Workspace) -> None:
    document = json.loads(repository.run("plan", "--format", "json").out)
    assert len(document["source"]["commit"]) == 40


def test_role_files_that_were_not_there_at_the_base_make_every_change_no_edit_of_them(workspace: Workspace) -> None:
    workspace.write("other", "")
    git(workspace, "init")
    git(workspace, "add", "other")
    git(workspace, "commit", "-m", "base")
    assert origins(workspace)["support-lead"] == "edit"


def test_a_base_whose_files_were_not_valid_leaves_the_origin_unknown_and_says_so(repository: Workspace) -> None:
    git(repository, "checkout", "main")
    repository.write("roles.d/broken.yaml", "name: [")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "broken")
    (repository.directory / "roles.d/broken.yaml").unlink()
    result = repository.run("plan", "--base", "HEAD", "--format", "json")
    document = json.loads(result.out)
    assert {change["origin"] for change in document["changes"]} == {"unknown"}
    assert "the origin of each change is unknown: roles.d/broken.yaml:2:1" in document["notes"][-1]


def test_a_base_that_does_not_exist_is_a_wrong_command_line(repository: Workspace) -> None:
    assert repository.run("plan", "--base", "nowhere").code == 64


@pytest.mark.parametrize("base", ["", " "])
def test_an_empty_base_is_a_mistake_and_not_the_same_as_none(repository: Workspace, base: str) -> None:
    result = repository.run("plan", "--base", base)
    assert (result.code, result.out) == (64, "")
    assert "--base is empty" in result.err


def locked_base(repository: Workspace, change: Callable[[str], str]) -> str:
    """Commit a lock that is `change` of the tenant's as the base, and the tenant's after it; return the latter."""
    assert repository.run("lock").code == 0
    lock = repository.directory / "permissions.lock.yaml"
    whole = lock.read_text(encoding="utf-8")
    repository.write("roles.d/temp-role.yaml", 'name: temp-role\npermissions: ["contacts.*"]\n')
    lock.write_text(change(whole), encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "a lock")
    git(repository, "branch", "--force", "locked")
    lock.write_text(whole, encoding="utf-8")
    return whole


def test_the_base_is_read_with_its_own_lock(repository: Workspace) -> None:
    locked_base(repository, lambda text: text.replace("  contacts.merge:", "  other.merge:"))
    document = json.loads(repository.run("plan", "--base", "locked", "--format", "json").out)
    change = next(change for change in document["changes"] if change["name"] == "temp-role")
    assert change["permissions_origin"]["contacts.merge"] == "edit"
    assert change["permissions_origin"]["contacts.edit"] == "drift"


def test_a_base_whose_lock_is_not_valid_tells_no_origins(repository: Workspace) -> None:
    locked_base(repository, lambda text: text.replace("version: 1", "version: 2"))
    document = json.loads(repository.run("plan", "--base", "locked", "--format", "json").out)
    assert {change["origin"] for change in document["changes"]} == {"unknown"}
    (note,) = [note for note in document["notes"] if "merge base" in note]
    assert "permissions.lock.yaml:2:10" in note
