"""`reconciler apply PLAN` and `reconciler show PLAN`: a saved plan is a promise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.model.inert import steers
from reconciler.plan.changes import Delete
from reconciler.plan.document import dumps
from reconciler.plan.saved import loads
from reconciler.sandbox.server import running_sandbox
from tests.builders import a_role

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from tests.sentences import Golden


@pytest.fixture
def saved(workspace: Workspace) -> Workspace:
    """A workspace with `plan.json`, the plan of its role files."""
    assert workspace.run("plan", "--out", "plan.json").code == 0
    return workspace


def test_a_saved_plan_is_done_exactly(saved: Workspace) -> None:
    result = saved.run("apply", "plan.json", "--yes", "--format", "json")
    assert result.code == 0
    assert json.loads(result.out)["converged"] is True
    assert sorted(saved.live()) == ["billing-clerk", "support-lead"]


@pytest.mark.parametrize("command", [("plan",), ("undo", "journal.jsonl")])
def test_the_report_does_not_take_the_place_of_the_plan(
    workspace: Workspace, golden: Golden, command: tuple[str, ...]
) -> None:
    result = workspace.run(*command, "--out", "plan.json", "--output", "./plan.json")
    assert (result.code, (workspace.directory / "plan.json").exists()) == (64, False)
    golden.says("cli/saved_plan", "one file for the plan and the report", result.err)


def test_applied_again_every_change_is_a_no_op(saved: Workspace) -> None:
    saved.run("apply", "plan.json", "--yes")
    result = saved.run("apply", "plan.json", "--format", "json")
    document = json.loads(result.out)
    assert result.code == 0
    assert document["summary"] == {"applied": 0, "failed": 0, "skipped": 3}


def test_it_needs_no_role_files_at_hand(saved: Workspace) -> None:
    (saved.directory / "roles.d").rename(saved.directory / "elsewhere")
    assert saved.run("apply", "plan.json", "--yes").code == 0


def test_other_role_files_make_it_stale(saved: Workspace, golden: Golden) -> None:
    saved.want("support-lead", "conversations.view")
    before = saved.live()
    result = saved.run("apply", "plan.json", "--yes")
    assert result.code == 5
    golden.says("cli/saved_plan", "other role files", result.err)
    assert saved.live() == before


def test_a_comment_in_a_role_file_does_not(saved: Workspace) -> None:
    path = saved.directory / "roles.d/support-lead.yaml"
    path.write_text(f"# Reviewed.\n{path.read_text()}")
    assert saved.run("apply", "plan.json", "--yes").code == 0


def test_role_files_that_are_not_valid_are_not_those_it_was_made_from(saved: Workspace, golden: Golden) -> None:
    saved.write("roles.d/broken.yaml", "name: [")
    result = saved.run("apply", "plan.json", "--yes")
    assert result.code == 5
    assert "roles.d/broken.yaml:2:1: " in result.err
    golden.says("cli/saved_plan", "role files that are not valid", result.err)


def test_a_live_role_that_moved_makes_it_stale_with_the_difference_shown(saved: Workspace, golden: Golden) -> None:
    role = next(role for role in saved.tenant.store.roles() if role["name"] == "billing-clerk")
    saved.tenant.store.update(role["id"], {"description": "Edited by hand."})
    result = saved.run("apply", "plan.json", "--yes")
    assert result.code == 5
    assert '"Old" -> "Edited by hand."' in result.err
    golden.says("cli/saved_plan", "a live role that moved", result.err)


def test_a_line_that_starts_with_a_live_name_is_no_command_for_a_log(workspace: Workspace) -> None:
    made = workspace.tenant.store.create("::error::x", "", [])
    workspace.write("roles.d/x.yaml", 'name: "::error::x"\ndescription: Mine\npermissions: []\n')
    assert workspace.run("plan", "--out", "plan.json").code == 0
    workspace.tenant.store.update(made["id"], {"description": "Edited by hand."})
    result = workspace.run("apply", "plan.json", "--yes")
    assert result.code == 5
    assert "\\x3a:error::x changed" in result.err
    assert not steers(result.err.splitlines())


def test_it_never_runs_against_another_tenant(saved: Workspace, golden: Golden) -> None:
    with running_sandbox(api_key=saved.tenant.api_key) as other:
        result = saved.run("apply", "plan.json", "--yes", "--url", other.url)
    assert result.code == 5
    golden.says("cli/saved_plan", "another tenant", result.err, planned=saved.tenant.url, other=other.url)


def test_a_tampered_plan_is_not_believed(saved: Workspace, golden: Golden) -> None:
    path = saved.directory / "plan.json"
    path.write_text(path.read_text().replace("conversations.assign", "conversations.delete"))
    result = saved.run("apply", "plan.json", "--yes")
    assert result.code == 5
    golden.says("cli/saved_plan", "a tampered plan", result.err)


def test_limits_hold_for_a_saved_plan_too(saved: Workspace) -> None:
    before = saved.live()
    result = saved.run("apply", "plan.json", "--yes", "--max-deletes", "0")
    assert result.code == 4
    assert saved.live() == before


def test_a_plan_that_is_not_there_is_a_failure_of_the_disk(saved: Workspace, golden: Golden) -> None:
    result = saved.run("apply", "nowhere.json", "--yes")
    assert result.code == 1
    golden.says("cli/saved_plan", "no such file", result.err)


def test_a_plan_that_is_no_text_is_a_failure_of_the_disk(saved: Workspace, golden: Golden) -> None:
    (saved.directory / "plan.json").write_bytes(b"\xff\xfe")
    result = saved.run("show", "plan.json")
    assert result.code == 1
    golden.says("cli/messages", "a saved plan that is not text", result.err)


@pytest.mark.parametrize("form", ["text", "sentences", "json", "markdown", "html", "github", "terraform", "gitlab"])
def test_show_renders_a_saved_plan_as_plan_did(saved: Workspace, form: str) -> None:
    planned = saved.run("plan", "--format", form, "--out", "again.json")
    shown = saved.run("show", "again.json", "--format", form)
    assert shown == (0, planned.out, "")


def test_a_tampered_plan_is_told_before_a_configuration_that_is_not_valid(saved: Workspace) -> None:
    saved.write("reconciler.yaml", "nonsense: 1\n")
    assert saved.run("apply", "plan.json", "--yes").code == 3
    saved.write("plan.json", "{}")
    assert saved.run("apply", "plan.json", "--yes").code == 5


def test_a_configuration_that_is_not_valid_is_told_before_a_plan_that_is_not_there(saved: Workspace) -> None:
    saved.write("reconciler.yaml", "nonsense: 1\n")
    assert saved.run("apply", "nowhere.json", "--yes").code == 3


@pytest.mark.parametrize("newer", ['ignore: ["temp-*"]\n', "unmanaged: report\n"], ids=["ignore", "report"])
def test_a_newer_configuration_that_leaves_a_role_alone_makes_it_stale(
    saved: Workspace, newer: str, golden: Golden
) -> None:
    before = saved.live()
    saved.write("reconciler.yaml", newer)
    result = saved.run("apply", "plan.json", "--yes")
    assert (result.code, saved.live()) == (5, before)
    golden.says("cli/saved_plan", f"a newer configuration: {newer.strip()}", result.err)


def test_a_newer_configuration_that_protects_a_role_refuses_it(saved: Workspace) -> None:
    saved.write("reconciler.yaml", 'protect: ["temp-*"]\n')
    assert saved.run("apply", "plan.json", "--yes").code == 4


def test_a_role_made_from_a_copy_of_a_renamed_one_is_created_too(workspace: Workspace) -> None:
    workspace.want("temp-emea", "contacts.view", renamed_from="temp-role")
    workspace.want("temp-role", "contacts.view")
    assert workspace.run("plan", "--out", "plan.json").code == 0
    result = workspace.run("apply", "plan.json", "--yes", "--format", "json")
    document = json.loads(result.out)
    assert (result.code, document["summary"]["applied"], document["converged"]) == (0, 4, True)
    assert {"temp-emea", "temp-role"} <= workspace.live().keys()


@pytest.mark.parametrize(
    ("key", "value"), [("created_at", 7), ("format_version", 1.0), ("digest", None)], ids=["number", "float", "null"]
)
def test_a_value_of_another_type_is_not_taken_for_what_it_looks_like(
    saved: Workspace, key: str, value: object, golden: Golden
) -> None:
    path = saved.directory / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    result = saved.run("show", "plan.json")
    assert result.code == 5
    assert f": {key}: " in result.err
    golden.says("cli/saved_plan", f"a value of another type: {key}", result.err)


def test_a_number_in_quotes_is_no_number(saved: Workspace) -> None:
    path = saved.directory / "plan.json"
    document = json.loads(path.read_text())
    document["changes"][0]["location"]["line"] = "1"
    path.write_text(json.dumps(document))
    assert saved.run("show", "plan.json").code == 5


def test_two_changes_of_one_id_are_told_whatever_the_case_of_it(saved: Workspace, golden: Golden) -> None:
    path = saved.directory / "plan.json"
    plan, made_at = loads(path.read_text(), "plan.json")
    role = a_role("temp-role")
    twice = replace(plan, changes=(Delete("ABC", role), Delete("abc", role)))
    path.write_text(dumps(twice, made_at))
    golden.says("cli/saved_plan", "two changes of one id", saved.run("show", "plan.json").err)


def test_ids_that_the_server_now_writes_in_another_case_are_the_same_ids(saved: Workspace) -> None:
    path = saved.directory / "plan.json"
    plan, made_at = loads(path.read_text(), "plan.json")
    changes = tuple(replace(change, id=change.id.upper()) if change.id else change for change in plan.changes)
    assert changes != plan.changes
    path.write_text(dumps(replace(plan, changes=changes), made_at))
    result = saved.run("apply", "plan.json", "--yes", "--format", "json")
    document = json.loads(result.out)
    assert (result.code, document["summary"]["applied"], document["converged"]) == (0, 3, True)
    assert sorted(saved.live()) == ["billing-clerk", "support-lead"]


def test_stale_goes_before_refused(saved: Workspace) -> None:
    role = next(role for role in saved.tenant.store.roles() if role["name"] == "billing-clerk")
    saved.tenant.store.update(role["id"], {"description": "Edited by hand."})
    assert saved.run("apply", "plan.json", "--yes", "--max-deletes", "0").code == 5


def test_without_a_terminal_the_message_about_a_saved_plan_does_not_say_to_save_one(workspace: Workspace) -> None:
    workspace.run("plan", "--out", "saved.json")
    result = workspace.run("apply", "saved.json")
    assert (result.code, "--yes" in result.err, "plan --out" in result.err) == (4, True, False)
