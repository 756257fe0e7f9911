"""`--only revokes` on `plan` and `apply`: access becomes less, and nothing else happens."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace
    from tests.sentences import Golden

BEFORE = {
    "billing-clerk": ("Old", frozenset({"billing.manage", "contacts.view"})),
    "temp-role": ("", frozenset({"contacts.view"})),
}
AFTER = {**BEFORE, "billing-clerk": ("Old", frozenset({"contacts.view"}))}


def planned(workspace: Workspace, *arguments: str) -> dict[str, Any]:
    result = workspace.run("plan", "--only", "revokes", "--format", "json", *arguments)
    assert result.code == 0, result.err
    parsed: dict[str, Any] = json.loads(result.out)
    return parsed


def applied(workspace: Workspace, *arguments: str) -> Result:
    return workspace.run("apply", "--only", "revokes", "--yes", *arguments)


def test_a_plan_of_revokes_says_what_it_leaves_alone(workspace: Workspace) -> None:
    document = planned(workspace)
    assert document["only"] == "revokes"
    assert [change["permissions"] for change in document["changes"]] == [{"granted": [], "revoked": ["billing.manage"]}]
    assert [(left["name"], left["action"]) for left in document["left_alone"]] == [
        ("billing-clerk", "update"),
        ("support-lead", "create"),
        ("temp-role", "delete"),
    ]


def test_only_codes_that_are_not_desired_are_taken_away(workspace: Workspace) -> None:
    result = applied(workspace)
    assert result.code == 0
    assert workspace.live() == AFTER
    assert result.out.endswith(
        "Verified: no revokes are left. 3 changes were left alone.\n"
        "No journal was kept, so this apply cannot be undone with `reconciler undo`; pass --journal FILE to keep one.\n"
    )


def test_a_second_run_finds_no_revokes(workspace: Workspace) -> None:
    applied(workspace)
    result = applied(workspace)
    assert (result.code, workspace.live()) == (0, AFTER)
    assert "\nNo revokes. 3 changes were left alone.\n" in result.out


def test_converged_means_that_no_revoke_is_left(workspace: Workspace) -> None:
    document = json.loads(applied(workspace, "--format", "json").out)
    assert (document["only"], document["converged"], document["remaining"]) == ("revokes", True, [])


def test_the_report_in_markdown_says_what_was_verified(workspace: Workspace) -> None:
    assert "Verified: no revokes are left. 3 changes were left alone." in applied(workspace, "--format", "markdown").out


def test_an_apply_of_a_whole_plan_is_not_narrowed(workspace: Workspace) -> None:
    assert json.loads(workspace.run("apply", "--yes", "--format", "json").out)["only"] is None


def test_what_is_left_alone_is_no_change_for_the_exit_code(workspace: Workspace) -> None:
    arguments = ("plan", "--only", "revokes", "--detailed-exitcode")
    assert workspace.run(*arguments).code == 2
    applied(workspace)
    assert workspace.run(*arguments).code == 0


@pytest.mark.parametrize("form", ["text", "sentences", "json", "markdown", "html", "github", "terraform", "gitlab"])
def test_show_renders_a_saved_plan_of_revokes_as_plan_did(workspace: Workspace, form: str) -> None:
    made = workspace.run("plan", "--only", "revokes", "--format", form, "--out", "plan.json")
    assert workspace.run("show", "plan.json", "--format", form) == (0, made.out, "")


def test_a_saved_plan_of_revokes_is_done_exactly(workspace: Workspace) -> None:
    planned(workspace, "--out", "plan.json")
    result = workspace.run("apply", "plan.json", "--yes")
    assert (result.code, workspace.live()) == (0, AFTER)
    assert "Verified: no revokes are left. 3 changes were left alone." in result.out


def test_a_saved_plan_of_revokes_is_stale_where_a_role_moved(workspace: Workspace) -> None:
    planned(workspace, "--out", "plan.json")
    role = next(role for role in workspace.tenant.store.roles() if role["name"] == "billing-clerk")
    workspace.tenant.store.update(role["id"], {"description": "By hand."})
    assert workspace.run("apply", "plan.json", "--yes").code == 5


def test_a_saved_plan_is_not_narrowed_once_more(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("apply", "plan.json", "--only", "revokes", "--yes")
    assert result.code == 64
    golden.says("cli/messages", "a saved plan with --only", result.err)


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_there_is_no_other_kind_of_changes(workspace: Workspace, command: str, golden: Golden) -> None:
    result = workspace.run(command, "--only", "grants")
    assert result.code == 64
    golden.says("cli/messages", f"{command} --only another value", result.err)


def test_the_environment_can_narrow_every_plan(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_ONLY", "revokes")
    assert json.loads(workspace.run("plan", "--format", "json").out)["only"] == "revokes"


def test_a_journal_of_revokes_can_be_undone(workspace: Workspace) -> None:
    applied(workspace, "--journal", "journal.jsonl")
    assert workspace.run("undo", "journal.jsonl", "--out", "undo.json").code == 0
    assert workspace.run("apply", "undo.json", "--yes").code == 0
    assert workspace.live() == BEFORE


def test_limits_hold_and_count_revokes_alone(workspace: Workspace) -> None:
    assert applied(workspace, "--max-revokes", "0").code == 4
    assert workspace.live() == BEFORE
    assert applied(workspace, "--max-revokes", "1", "--max-deletes", "0").code == 0
    assert workspace.live() == AFTER


def test_the_percentage_of_a_limit_is_of_all_live_custom_roles(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "limits: {max_revokes: {count: 0, percent: 33}}\n")
    result = workspace.run("plan", "--only", "revokes")
    assert result.code == 4
    assert "1 revoke (1 of 3 live (role, permission) pairs, 33.3 %)" in result.err


def test_a_protected_role_is_not_deleted_anyway(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "protect: [temp-role]\n")
    assert workspace.run("plan").code == 4
    assert applied(workspace).code == 0


def test_a_policy_informs_and_refuses_nothing(workspace: Workspace) -> None:
    workspace.write(
        "policies.yaml", "policies: [{id: views, cannot: [billing.view]}, {id: stray, cannot: [contacts.view]}]\n"
    )
    assert workspace.run("plan").code == 4
    document = planned(workspace)
    assert [(each["policy"], each["role"], each["level"], each["new"]) for each in document["findings"]] == [
        ("stray", "billing-clerk", "deny", False),
        ("stray", "temp-role", "warn", False),
        ("views", "billing-clerk", "deny", False),
    ]
    assert document["refused"] == []
    result = applied(workspace)
    assert (result.code, workspace.live()) == (0, AFTER)
    assert "Denied by 2 policies, not refused: nothing is granted." in result.out


def test_an_unknown_code_that_would_be_granted_is_a_note(workspace: Workspace) -> None:
    workspace.want("support-lead", "conversations.asign")
    assert workspace.run("plan").code == 3
    document = planned(workspace)
    (note,) = document["notes"]
    assert note.startswith("roles.d/support-lead.yaml:3:15: warning: ")
    assert '"conversations.assign"' in note
    assert (applied(workspace).code, workspace.live()) == (0, AFTER)


def test_an_unknown_code_is_no_problem_of_a_role_that_cannot_be_matched(workspace: Workspace) -> None:
    workspace.want("support-lead", "conversations.asign")
    (workspace.directory / "roles.d/billing-clerk.yaml").unlink()
    workspace.write("roles.d/lead.yaml", "name: lead\npermissions: []\nrenamed_from: [billing-clerk, temp-role]\n")
    result = workspace.run("plan", "--only", "revokes")
    assert result.code == 3
    assert "conversations.asign" not in result.err


def test_files_that_are_not_valid_are_an_error(workspace: Workspace) -> None:
    workspace.write("roles.d/broken.yaml", "name: [")
    assert applied(workspace).code == 3
    assert workspace.live() == BEFORE


def test_a_role_that_is_to_be_renamed_keeps_its_name(workspace: Workspace) -> None:
    (workspace.directory / "roles.d/billing-clerk.yaml").unlink()
    workspace.want("accountant", "contacts.view", "reports.view", renamed_from="billing-clerk")
    document = planned(workspace)
    (change,) = document["changes"]
    assert (change["name"], change["renamed_from"], change["fields"]) == ("billing-clerk", None, [])
    assert document["left_alone"][0] == {
        "name": "accountant",
        "action": "update",
        "granted": ["reports.view"],
        "fields": [
            {"path": "description", "before": "Old", "after": ""},
            {"path": "name", "before": "billing-clerk", "after": "accountant"},
        ],
        "renamed_from": "billing-clerk",
    }
    assert (applied(workspace).code, workspace.live()) == (0, AFTER)


def test_with_a_base_the_origin_is_that_of_the_revokes(workspace: Workspace) -> None:
    workspace.want("billing-clerk", "billing.manage", "contacts.view", description="Old")
    for command in ("init --quiet", "add .", "commit --quiet --message first"):
        subprocess.run(["git", *command.split()], check=True)
    workspace.want("billing-clerk", "billing.view", "contacts.view", description="New")
    document = planned(workspace, "--base", "HEAD")
    (change,) = document["changes"]
    assert (change["origin"], change["permissions_origin"]) == ("edit", {"billing.manage": "edit"})


def test_unmanaged_roles_that_are_only_reported_are_not_counted(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "unmanaged: report\n")
    document = planned(workspace)
    assert [left["name"] for left in document["left_alone"]] == ["billing-clerk", "support-lead"]
    assert document["unmanaged"] == ["temp-role"]
