"""`plan --base REF` with sets, patterns, a lock and ends: the base is expanded with what it had itself."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.model.days import Day
from tests.hurried import HURRIED

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

TODAY = HURRIED._replace(today=lambda: Day(2026, 11, 29))
FILES = """\
set: answering
permissions: [messages.send]
---
name: temp-role
include: [answering]
permissions: [contacts.view, billing.view: {until: 2026-12-31}, billing.manage: {until: 2026-11-28}]
---
name: billing-clerk
description: Old
permissions: [billing.manage, contacts.view]
"""


def git(workspace: Workspace, *arguments: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=workspace.directory, check=True, capture_output=True)


@pytest.fixture
def repository(workspace: Workspace) -> Workspace:
    """A repository whose roles are live, before the grant of billing.manage ended."""
    for name in ("support-lead", "billing-clerk"):
        (workspace.directory / f"roles.d/{name}.yaml").unlink()
    workspace.write("roles.d/all.yaml", FILES)
    assert workspace.run("lock").code == 0
    earlier = HURRIED._replace(today=lambda: Day(2026, 11, 1))
    assert workspace.run("apply", "--yes", outside=earlier).code == 0
    git(workspace, "init")
    git(workspace, "add", ".")
    git(workspace, "commit", "-m", "base")
    return workspace


def edit(workspace: Workspace, old: str, new: str, name: str = "roles.d/all.yaml") -> None:
    path = workspace.directory / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def plan(workspace: Workspace) -> dict[str, Any]:
    result = workspace.run("plan", "--base", "HEAD", "--format", "json", outside=TODAY)
    document: dict[str, Any] = json.loads(result.out)
    return document


def marks_of(workspace: Workspace) -> list[str]:
    return workspace.run("plan", "--base", "HEAD", "--format", "github", outside=TODAY).out.splitlines()


def test_a_revoke_by_an_end_has_the_origin_ended_and_is_counted(repository: Workspace) -> None:
    document = plan(repository)
    (change,) = document["changes"]
    assert (change["name"], change["origin"]) == ("temp-role", "ended")
    assert change["ended"] == [{"code": "billing.manage", "until": "2026-11-28"}]
    assert document["summary"]["revokes_ended"] == 1
    assert document["ends_changed"] == []


def test_an_end_that_was_lengthened_is_listed(repository: Workspace) -> None:
    edit(repository, "2026-12-31", "2027-12-31")
    (changed,) = plan(repository)["ends_changed"]
    assert changed == {
        "role": "temp-role",
        "code": "billing.view",
        "before": "2026-12-31",
        "after": "2027-12-31",
        "location": {"path": "roles.d/all.yaml", "line": 6, "column": 30},
    }


def test_a_new_code_of_a_set_is_an_edit_at_the_line_of_the_set(repository: Workspace) -> None:
    edit(repository, "[messages.send]", "[messages.send, messages.view]")
    edit(repository, "2026-11-28", "2026-12-31")
    (change,) = plan(repository)["changes"]
    assert change["origin"] == "edit"
    assert change["sources"] == {
        "messages.view": {"path": "roles.d/all.yaml", "line": 2, "set": "answering", "pattern": None}
    }
    (annotation,) = marks_of(repository)
    assert annotation.startswith("::warning file=roles.d/all.yaml,line=2,title=Access widens%3A set answering::")


def test_a_set_that_did_not_change_is_marked_where_it_is_included(repository: Workspace) -> None:
    edit(repository, "description: Old\n", "description: Old\ninclude: [answering]\n")
    edit(repository, "2026-11-28", "2026-12-31")
    (annotation,) = marks_of(repository)
    assert annotation.startswith("::warning file=roles.d/all.yaml,line=10,title=Access widens%3A billing-clerk::")


def test_a_longer_end_in_a_set_is_marked_at_the_line_of_the_set(repository: Workspace) -> None:
    edit(repository, "[messages.send]", "[messages.send, {messages.view: {until: 2026-11-20}}]")
    edit(repository, "2026-11-28", "2026-12-31")
    repository.run("apply", "--yes", outside=TODAY)
    git(repository, "commit", "-am", "a grant that has ended")
    edit(repository, "2026-11-20", "2027-01-31")
    (annotation,) = marks_of(repository)
    assert annotation.startswith("::warning file=roles.d/all.yaml,line=2,title=Access widens%3A set answering::")


def test_moving_codes_into_a_set_and_a_pattern_is_no_change(repository: Workspace) -> None:
    edit(repository, "2026-11-28", "2026-12-31")
    moved = "set: clerks\npermissions: [billing.manage, contacts.view]\n---\nset: answering"
    edit(repository, "set: answering", moved)
    edit(repository, "Old\npermissions: [billing.manage, contacts.view]", "Old\ninclude: [clerks]")
    assert plan(repository)["changes"] == []


def test_a_code_that_a_new_lock_adds_to_a_pattern_is_an_edit(repository: Workspace) -> None:
    edit(repository, "2026-11-28", "2026-12-31")
    edit(repository, "permissions: [contacts.view,", "permissions: [contacts.view, messages.*,")
    lock = repository.directory / "permissions.lock.yaml"
    whole = lock.read_text()
    start = whole.index("  messages.view:")
    lock.write_text(whole[:start] + whole[whole.index("\n  ", whole.index("id:", start)) + 1 :])
    repository.run("apply", "--yes", outside=TODAY)
    git(repository, "commit", "-am", "a pattern, with a lock that lacks a code")
    lock.write_text(whole)
    (change,) = plan(repository)["changes"]
    assert (change["origin"], change["permissions"]["granted"]) == ("edit", ["messages.view"])


def test_a_lock_that_is_not_valid_at_the_base_leaves_the_origin_unknown(repository: Workspace) -> None:
    lock = repository.directory / "permissions.lock.yaml"
    whole = lock.read_text()
    lock.write_text("version: 1\n")
    git(repository, "commit", "-am", "a broken lock")
    lock.write_text(whole)
    document = plan(repository)
    assert {change["origin"] for change in document["changes"]} == {"unknown"}
    assert document["ends_changed"] is None
    assert [note for note in document["notes"] if "permissions.lock.yaml:1:1" in note]


@pytest.mark.parametrize("format_", ["text", "json", "markdown", "html", "github", "terraform"])
def test_what_ends_and_sets_say_survives_saving(repository: Workspace, format_: str) -> None:
    edit(repository, "description: Old\n", "description: Old\ninclude: [answering]\n")
    edit(repository, "[messages.send]", "[messages.send, messages.view: {reason: OPS-118}]")
    edit(repository, "2026-12-31", "2027-12-31")
    made = repository.run("plan", "--base", "HEAD", "--out", "plan.json", "--format", format_, outside=TODAY)
    assert repository.run("show", "plan.json", "--format", format_).out == made.out
