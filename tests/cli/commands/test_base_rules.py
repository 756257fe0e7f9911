"""`reconciler plan --base REF`: which rules the pull request changes, and what the old ones say."""

from __future__ import annotations

import json
import subprocess
from contextlib import chdir
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.outside import Outside
from tests.cli.conftest import Workspace

if TYPE_CHECKING:
    from tests.cli.conftest import Result
    from tests.sentences import Golden

POLICIES = "policies: [{id: old, cannot: [conversations.assign]}, {id: both, cannot: [billing.manage]}]\n"


def git(workspace: Workspace, *arguments: str) -> str:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    command = ["git", *settings, *arguments]
    return subprocess.run(command, cwd=workspace.directory, check=True, capture_output=True, text=True).stdout.strip()


def make_base(workspace: Workspace) -> None:
    """Commit all files as `main`."""
    git(workspace, "init")
    git(workspace, "add", ".")
    git(workspace, "commit", "-m", "base")


def plan(workspace: Workspace, *arguments: str) -> Result:
    outside = Outside(today=lambda: date(2026, 11, 29))
    return workspace.run("plan", "--base", "main", *arguments, outside=outside)


def document(workspace: Workspace) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(plan(workspace, "--format", "json").out)
    return parsed


@pytest.fixture
def repository(workspace: Workspace) -> Workspace:
    """A repository whose `main` has policies."""
    workspace.write("policies.yaml", POLICIES)
    workspace.write("reconciler.yaml", 'ignore: ["v-*"]\n')
    make_base(workspace)
    git(workspace, "checkout", "-b", "change")
    return workspace


@pytest.fixture
def loosened(repository: Workspace) -> Workspace:
    """The same, where HEAD removes a policy and raises a limit."""
    repository.write("policies.yaml", "policies: [{id: both, cannot: [billing.manage]}]\n")
    repository.write("reconciler.yaml", "limits: {max_deletes: {count: 9}}\n")
    return repository


def test_rules_that_differ_are_named_and_the_old_ones_are_asked(loosened: Workspace) -> None:
    found = document(loosened)
    values = {"before": "3 roles and 25 %", "after": "9 roles and 25 %"}
    unknown = {"before": None, "after": None}
    assert found["rules_changed"] == [
        {"kind": "ignore", "name": "v-*", "change": "removed"} | unknown,
        {"kind": "limit", "name": "max_deletes", "change": "changed"} | values,
        {"kind": "policy", "name": "old", "change": "removed"} | unknown,
    ]
    assert [(f["policy"], f["role"], f["new"]) for f in found["base_findings"]] == [("old", "support-lead", None)]
    assert found["findings"] == []


def test_it_informs_and_does_not_block(loosened: Workspace, golden: Golden) -> None:
    commit = git(loosened, "rev-parse", "HEAD")
    for format_ in ("text", "markdown"):
        result = plan(loosened, "--format", format_)
        assert result.code == 0
        golden.says("cli/base", f"rules changed, {format_}", result.out, url=loosened.tenant.url, commit=commit)
    assert "Rules changed here" in plan(loosened, "--format", "html").out


def test_without_a_base_nothing_is_compared(loosened: Workspace) -> None:
    found = json.loads(loosened.run("plan", "--format", "json").out)
    assert (found["rules_changed"], found["base_findings"]) == (None, None)


def test_what_differs_survives_saving(loosened: Workspace) -> None:
    for format_ in ("text", "json", "markdown", "html"):
        made = plan(loosened, "--out", "plan.json", "--format", format_)
        assert loosened.run("show", "plan.json", "--format", format_) == made


def test_the_same_rules_are_no_difference(repository: Workspace) -> None:
    found = document(repository)
    assert found["rules_changed"] == []
    assert "Rules changed here" not in plan(repository).out


def test_policies_and_a_lock_may_be_new(workspace: Workspace) -> None:
    make_base(workspace)
    workspace.run("lock")
    workspace.write("policies.yaml", POLICIES)
    found = document(workspace)
    assert [(each["kind"], each["name"]) for each in found["rules_changed"]] == [
        ("lock", "lock"),
        ("policy", "both"),
        ("policy", "old"),
    ]
    assert found["base_findings"] == []
    assert "  - permissions.lock.yaml was added\n  - policy both was added\n" in plan(workspace).out


def test_policies_that_the_configuration_named_are_read(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "policies: [one.yaml, 'm*/*.yaml', more/b.yaml]\n")
    workspace.write("one.yaml", "policies: [{id: one, cannot: [contacts.view]}]\n")
    workspace.write("more/b.yaml", "policies: [{id: two, cannot: [contacts.view]}]\n")
    make_base(workspace)
    (workspace.directory / "reconciler.yaml").unlink()
    changes = document(workspace)["rules_changed"]
    assert [(each["name"], each["change"]) for each in changes] == [("one", "removed"), ("two", "removed")]


def test_a_policy_file_that_is_named_and_matched_counts_once_also_below_the_top(workspace: Workspace) -> None:
    workspace.write("team/reconciler.yaml", "policies: [more/a.yaml, 'more/*.yaml', 'more/**/*.yaml']\n")
    workspace.write("team/roles.d/lead.yaml", "name: lead\npermissions: [contacts.view]\n")
    workspace.write("team/more/a.yaml", "policies: [{id: one, cannot: [contacts.delete]}]\n")
    workspace.write("team/more/deep/er/b.yaml", "policies: [{id: two, cannot: [contacts.delete]}]\n")
    make_base(workspace)
    with chdir(workspace.directory / "team"):
        found = document(workspace)
    assert found["rules_changed"] == []
    assert not any("at the merge base" in note for note in found["notes"])


@pytest.mark.parametrize("name", ["policies.yaml", "reconciler.yaml", "permissions.lock.yaml"])
def test_a_base_that_is_not_valid_is_a_note(workspace: Workspace, name: str) -> None:
    path = workspace.write(name, "oops: true\n")
    make_base(workspace)
    path.unlink()
    found = document(workspace)
    assert found["rules_changed"] == []
    assert any("at the merge base" in note for note in found["notes"])
