"""`validate --write-waivers` and `validate --coverage`."""

from __future__ import annotations

import json
import os
from datetime import date
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.outside import Outside

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Result, Workspace
    from tests.sentences import Golden

POLICIES = """\
policies: # ours
  - id: no-assigning
    cannot: [conversations.assign, contacts.view]
  - id: owned
    keys: [owner, description]
# the end
"""
WRITE = ("--write-waivers", "--until", "2026-12-31", "--reason", "Known at the start, OPS-1")
LOCK = """\
version: 1
url: https://api-chat.example.org
permissions:
"""


def validate(workspace: Workspace, *arguments: str) -> Result:
    return workspace.run("validate", *arguments, outside=Outside(today=lambda: date(2026, 11, 29)))


def a_lock(workspace: Workspace, *codes: str) -> None:
    entries = (f"  {code}:\n    name: {code}\n    id: id-{code}\n" for code in codes)
    workspace.write("permissions.lock.yaml", LOCK + "".join(entries))


def test_everything_that_is_denied_gets_a_waiver(workspace: Workspace, golden: Golden) -> None:
    path = workspace.write("policies.yaml", POLICIES)
    workspace.want("support-lead", "conversations.assign")
    path.chmod(0o640)
    assert validate(workspace).code == 4
    result = validate(workspace, *WRITE)
    assert result.code == 0
    assert result.err == "Added 4 waivers.\n"
    assert path.read_text().startswith(POLICIES)
    assert path.stat().st_mode & 0o777 == 0o640
    golden.says("cli/validate", "written waivers", path.read_text())
    assert validate(workspace, *WRITE) == (0, result.out, "Nothing is denied, so no waiver was added.\n")


def test_a_link_to_the_policy_file_stays_and_a_mark_too(workspace: Workspace) -> None:
    real = workspace.write("shared/rules.yaml", "")
    real.write_bytes(b"\xef\xbb\xbf" + POLICIES.replace("\n", "\r\n").encode())
    link: Path = workspace.directory / "policies.yaml"
    link.symlink_to(real)
    assert validate(workspace, *WRITE).code == 0
    assert link.is_symlink()
    assert real.read_bytes().startswith(b"\xef\xbb\xbfpolicies: # ours\r\n")


def test_without_policies_nothing_is_written(workspace: Workspace) -> None:
    assert validate(workspace, *WRITE).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--write-waivers",),
        ("--write-waivers", "--until", "2026-12-31"),
        ("--write-waivers", "--reason", "x"),
        ("--until", "2026-12-31"),
        ("--reason", "x"),
        ("--write-waivers", "--until", "2026-12-31", "--reason", " "),
        ("--write-waivers", "--until", "2026-02-30", "--reason", "x"),
        ("--write-waivers", "--until", "2026-11-28", "--reason", "x"),
        ("--write-waivers", "--until", "2027-12-01", "--reason", "x"),
        (*WRITE, "--today", "2026-11-29"),
    ],
)
def test_a_command_line_that_is_not_whole_writes_nothing(
    workspace: Workspace, arguments: tuple[str, ...], golden: Golden
) -> None:
    path = workspace.write("policies.yaml", POLICIES)
    result = validate(workspace, *arguments)
    assert result.code == 64
    assert path.read_text() == POLICIES
    golden.says("cli/validate", " ".join(arguments), result.err)


def test_a_reason_that_is_not_utf_8_is_not_written(workspace: Workspace) -> None:
    path = workspace.write("policies.yaml", POLICIES)
    result = validate(workspace, *WRITE[:-1], os.fsdecode(b"f\xfcr den Anfang"))
    assert (result.code, result.out) == (64, "")
    assert "--reason must be UTF-8" in result.err
    assert path.read_text() == POLICIES
    assert validate(workspace, *WRITE[:-1], "für den Anfang").code == 0
    assert '    reason: "für den Anfang"\n' in path.read_text(encoding="utf-8")


def test_files_that_are_not_valid_stay_as_they_are(workspace: Workspace) -> None:
    path = workspace.write("policies.yaml", f"{POLICIES}waiver: []\n")
    assert validate(workspace, *WRITE).code == 3
    assert path.read_text() == f"{POLICIES}waiver: []\n"


def test_a_list_in_brackets_is_an_error(workspace: Workspace, golden: Golden) -> None:
    path = workspace.write("policies.yaml", f"{POLICIES}waivers: []\n")
    result = validate(workspace, *WRITE)
    assert result.code == 3
    assert path.read_text() == f"{POLICIES}waivers: []\n"
    golden.says("cli/validate", "waivers in brackets", result.err)


def test_a_file_that_cannot_be_written_stays_as_it_is(workspace: Workspace) -> None:
    path = workspace.write("locked/policies.yaml", POLICIES)
    workspace.write("reconciler.yaml", "policies: locked/policies.yaml\n")
    path.parent.chmod(0o500)
    try:
        result = validate(workspace, *WRITE)
    finally:
        path.parent.chmod(0o700)
    if result.code != 0:  # root may write everywhere
        assert result.code == 1
        assert path.read_text() == POLICIES


def test_the_coverage_in_text_and_json(workspace: Workspace, golden: Golden) -> None:
    codes = ("billing.view", "contacts.view", "conversations.assign", "conversations.view")
    a_lock(workspace, *codes)
    workspace.write("policies.yaml", "policies: [{id: p, cannot: [billing.view]}, {id: q, can: [contacts.view]}]\n")
    assert "coverage" not in json.loads(validate(workspace, "--format", "json").out)
    result = validate(workspace, "--coverage", "--format", "json")
    assert result.code == 4
    assert json.loads(result.out)["coverage"] == {
        "grants": {"noticed": 1, "of": 4},
        "revokes": {"noticed": 1, "of": 4},
        "least_guarded": [
            {"code": "contacts.view", "roles": ["support-lead"]},
            {"code": "conversations.assign", "roles": ["billing-clerk"]},
            {"code": "conversations.view", "roles": ["billing-clerk"]},
        ],
    }
    golden.says("cli/validate", "--coverage", validate(workspace, "--coverage").out)


def test_without_policies_nothing_is_noticed(workspace: Workspace, golden: Golden) -> None:
    a_lock(workspace, "billing.view", "contacts.view", "conversations.assign", "conversations.view")
    for number in range(12):
        workspace.want(f"clerk-{number:02}", "contacts.view")
    golden.says("cli/validate", "--coverage without policies", validate(workspace, "--coverage").out)


def test_where_every_grant_is_noticed_no_code_is_named(workspace: Workspace, golden: Golden) -> None:
    a_lock(workspace, "billing.view", "contacts.view", "conversations.assign", "conversations.view")
    for name in ("support-lead", "billing-clerk"):
        workspace.want(name, "billing.view", "contacts.view", "conversations.assign", "conversations.view")
    golden.says("cli/validate", "--coverage of roles that hold all", validate(workspace, "--coverage").out)


def test_coverage_needs_the_lock(workspace: Workspace, golden: Golden) -> None:
    result = validate(workspace, "--coverage")
    assert result.code == 3
    golden.says("cli/validate", "--coverage without a lock", result.out)
