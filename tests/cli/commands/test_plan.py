"""`reconciler plan`, run against a tenant on a real socket."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from tests.sentences import Golden

THE_PLAN = """\
  # billing-clerk will be updated in-place
  # MIXED, roles.d/billing-clerk.yaml:1
  ~ billing-clerk
      ~ description = "Old" -> "New"
      + billing.view
      - billing.manage

  # support-lead will be created
  # WIDENS, roles.d/support-lead.yaml:1
  + support-lead
      + conversations.assign
      + conversations.view

  # temp-role will be destroyed
  # NARROWS, not in roles.d
  - temp-role
      - contacts.view

Plan: 1 to add, 1 to change, 1 to destroy.
Access: 3 grants, 2 revokes in 3 roles: MIXED.
"""


def test_a_plan_reads_as_the_interface_says(workspace: Workspace) -> None:
    result = workspace.run("plan")
    head = f"Plan for {workspace.tenant.url}: 2 desired, 5 live (3 system roles left alone)\n\n"
    assert result == (0, head + THE_PLAN, "")


def test_a_plan_changes_nothing(workspace: Workspace) -> None:
    before = workspace.live()
    workspace.run("plan")
    assert workspace.live() == before


def test_a_read_only_key_is_enough(workspace: Workspace) -> None:
    key = workspace.write("key", f"{workspace.tenant.read_only_key}\n")
    assert workspace.run("plan", "--api-key-file", key).code == 0


def test_changes_are_exit_code_2_where_that_was_asked_for(workspace: Workspace) -> None:
    assert workspace.run("plan", "--detailed-exitcode").code == 2


def test_no_changes_are_exit_code_0_and_said(workspace: Workspace) -> None:
    workspace.run("apply", "--yes")
    result = workspace.run("plan", "--detailed-exitcode")
    assert result.code == 0
    assert result.out.endswith("\n\nNo changes. Live roles match roles.d.\n")


def test_the_json_and_the_saved_plan_are_one_document(workspace: Workspace) -> None:
    result = workspace.run("plan", "--format", "json", "--out", "plan.json")
    saved = workspace.directory / "plan.json"
    assert saved.read_text() == result.out
    assert json.loads(result.out)["summary"] == {
        "create": 1,
        "update": 1,
        "delete": 1,
        "unchanged": 0,
        "unmanaged": 0,
        "grants": 3,
        "revokes": 2,
        "verdict": "mixed",
        "revokes_ended": 0,
    }


def test_a_saved_plan_is_for_its_owner_alone(workspace: Workspace) -> None:
    workspace.run("plan", "--out", "plan.json")
    assert stat.S_IMODE((workspace.directory / "plan.json").stat().st_mode) == 0o600


def test_a_plan_that_cannot_be_saved_fails(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("plan", "--out", "nowhere/plan.json")
    assert result.code == 1
    golden.says("cli/plan", "a plan that cannot be saved", result.err)


def test_a_report_goes_to_a_file_where_one_is_named(workspace: Workspace) -> None:
    result = workspace.run("plan", "--output", "report.txt")
    assert (result.code, result.out) == (0, "")
    assert (workspace.directory / "report.txt").read_text().endswith(THE_PLAN)


def test_a_report_that_cannot_be_written_fails(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("plan", "--output", "nowhere/report.txt")
    assert result.code == 1
    golden.says("cli/plan", "a report that cannot be written", result.err)


def test_an_unknown_code_is_an_error_with_the_nearest_known_one(workspace: Workspace, golden: Golden) -> None:
    workspace.want("support-lead", "conversations.asign")
    result = workspace.run("plan")
    assert result.code == 3
    assert result.err.startswith("roles.d/support-lead.yaml:3:15: ")
    assert "conversations.assign" in result.err
    golden.says("cli/plan", "an unknown code", result.err)


def test_a_plan_beyond_a_limit_is_shown_whole_and_refused(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("plan", "--max-deletes", "0")
    assert result.code == 4
    assert "# temp-role will be destroyed" in result.out
    assert "--max-deletes 1" in result.err
    golden.says("cli/plan", "beyond the limit of deletes", result.err)


def test_revokes_have_a_limit_of_their_own(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("plan", "--max-revokes", "1")
    assert result.code == 4
    assert "--max-revokes 2" in result.err
    golden.says("cli/plan", "beyond the limit of revokes", result.err)


def test_a_protected_role_is_refused(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", 'version: 1\nprotect: ["temp-*"]\n')
    result = workspace.run("plan", "--format", "json")
    assert result.code == 4
    assert [refused["name"] for refused in json.loads(result.out)["refused"]] == ["temp-role"]


def test_a_refusal_wins_over_the_detailed_exit_code(workspace: Workspace) -> None:
    assert workspace.run("plan", "--detailed-exitcode", "--max-deletes", "0").code == 4


def test_no_url_is_a_wrong_command_line(workspace: Workspace) -> None:
    result = workspace.run("plan", "--url", "")
    assert result.code == 64


def test_a_dead_port_fails_with_what_to_check(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("plan", "--url", "http://127.0.0.1:9")
    assert result.code == 1
    assert "127.0.0.1:9" in result.err
    golden.says("cli/plan", "a dead port", result.err)


def test_the_key_is_in_no_trace(workspace: Workspace) -> None:
    result = workspace.run("plan", "-vv")
    assert result.code == 0
    assert "GET /api/roles" in result.err
    assert workspace.tenant.api_key not in result.err + result.out


def test_color_is_given_where_it_was_asked_for(workspace: Workspace) -> None:
    assert "\x1b[" in workspace.run("plan", "--color", "always").out


def test_a_role_that_may_stay_is_named_with_its_codes_and_nothing_is_said_to_match(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "version: 1\nunmanaged: report\n")
    workspace.run("apply", "--yes")
    result = workspace.run("plan")
    assert result.out.endswith(
        "\n\nNo changes. Managed roles match roles.d; 1 unmanaged role is live.\n\n"
        "Unmanaged: live, not in roles.d, and left alone (`unmanaged: report`):\n"
        "  - temp-role (1 permission): contacts.view\n"
    )
    document = json.loads(workspace.run("plan", "--format", "json").out)
    assert document["summary"]["unmanaged"] == 1
    (live,) = (role for role in workspace.tenant.store.roles() if role["name"] == "temp-role")
    assert document["unmanaged_roles"] == [{"name": "temp-role", "id": live["id"], "permissions": ["contacts.view"]}]
    assert "- `temp-role` (1 permission): `contacts.view`\n" in workspace.run("plan", "--format", "markdown").out


def test_another_directory_is_called_by_its_own_name(workspace: Workspace) -> None:
    (workspace.directory / "roles.d").rename(workspace.directory / "access")
    result = workspace.run("plan", "--roles-dir", "access/")
    assert "\n  # NARROWS, not in access\n" in result.out
    assert "roles.d" not in result.out
    workspace.run("apply", "--yes", "--roles-dir", "access/")
    assert workspace.run("plan", "--roles-dir", "access/").out.endswith("\n\nNo changes. Live roles match access.\n")
