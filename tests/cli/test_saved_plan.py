"""`reconciler apply PLAN` and `reconciler show PLAN`: a saved plan is a promise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox.server import running_sandbox

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


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


def test_applied_again_every_change_is_a_no_op(saved: Workspace) -> None:
    saved.run("apply", "plan.json", "--yes")
    result = saved.run("apply", "plan.json", "--format", "json")
    document = json.loads(result.out)
    assert result.code == 0
    assert document["summary"] == {"applied": 0, "failed": 0, "skipped": 3}


def test_it_needs_no_role_files_at_hand(saved: Workspace) -> None:
    (saved.directory / "roles.d").rename(saved.directory / "elsewhere")
    assert saved.run("apply", "plan.json", "--yes").code == 0


def test_other_role_files_make_it_stale(saved: Workspace) -> None:
    saved.want("support-lead", "conversations.view")
    before = saved.live()
    result = saved.run("apply", "plan.json", "--yes")
    assert result.code == 5
    assert "the role files changed since the plan was made" in result.err
    assert saved.live() == before


def test_a_comment_in_a_role_file_does_not(saved: Workspace) -> None:
    path = saved.directory / "roles.d/support-lead.yaml"
    path.write_text(f"# Reviewed.\n{path.read_text()}")
    assert saved.run("apply", "plan.json", "--yes").code == 0


def test_role_files_that_are_not_valid_are_not_those_it_was_made_from(saved: Workspace) -> None:
    saved.write("roles.d/broken.yaml", "name: [")
    result = saved.run("apply", "plan.json", "--yes")
    assert result.code == 5
    assert "roles.d/broken.yaml:2:1: not valid YAML" in result.err


def test_a_live_role_that_moved_makes_it_stale_with_the_difference_shown(saved: Workspace) -> None:
    role = next(role for role in saved.tenant.store.roles() if role["name"] == "billing-clerk")
    saved.tenant.store.update(role["id"], {"description": "Somebody clicked."})
    result = saved.run("apply", "plan.json", "--yes")
    assert result.code == 5
    assert 'billing-clerk changed since the plan was made: description "Old" -> "Somebody clicked."' in result.err


def test_it_never_runs_against_another_tenant(saved: Workspace) -> None:
    with running_sandbox(api_key=saved.tenant.api_key) as other:
        result = saved.run("apply", "plan.json", "--yes", "--url", other.url)
    assert result.code == 5
    assert f"the plan was made for {saved.tenant.url} and never runs against {other.url}" in result.err


def test_a_tampered_plan_is_not_believed(saved: Workspace) -> None:
    path = saved.directory / "plan.json"
    path.write_text(path.read_text().replace("conversations.assign", "conversations.delete"))
    result = saved.run("apply", "plan.json", "--yes")
    assert result.code == 5
    assert "was changed after it was made" in result.err


def test_limits_hold_for_a_saved_plan_too(saved: Workspace) -> None:
    before = saved.live()
    result = saved.run("apply", "plan.json", "--yes", "--max-deletes", "0")
    assert result.code == 4
    assert saved.live() == before


def test_a_plan_that_is_not_there_is_a_failure_of_the_disk(saved: Workspace) -> None:
    result = saved.run("apply", "nowhere.json", "--yes")
    assert (result.code, result.err) == (
        1,
        "reconciler: cannot read the saved plan nowhere.json: No such file or directory\n",
    )


def test_a_plan_that_is_no_text_is_a_failure_of_the_disk(saved: Workspace) -> None:
    (saved.directory / "plan.json").write_bytes(b"\xff\xfe")
    result = saved.run("show", "plan.json")
    assert (result.code, result.err) == (1, "reconciler: cannot read the saved plan plan.json: it is not UTF-8 text\n")


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "github", "terraform", "gitlab"])
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
