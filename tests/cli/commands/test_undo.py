"""`reconciler undo JOURNAL`: a plan back to where things were."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from tests.sentences import Golden


@pytest.fixture
def applied(workspace: Workspace) -> Workspace:
    """A workspace whose role files were applied, with `journal.jsonl`."""
    assert workspace.run("apply", "--yes", "--journal", "journal.jsonl").code == 0
    return workspace


def test_an_apply_can_be_taken_back(applied: Workspace, golden: Golden) -> None:
    result = applied.run("undo", "journal.jsonl", "--out", "back.json")
    assert result.code == 0
    assert "# support-lead will be destroyed" in result.out
    golden.says("cli/messages", "the next step after undo --out", result.err)
    assert applied.run("apply", "back.json", "--yes").code == 0
    assert applied.live() == {
        "billing-clerk": ("Old", frozenset({"billing.manage", "contacts.view"})),
        "temp-role": ("", frozenset({"contacts.view"})),
    }


def test_the_next_step_is_a_command_that_a_shell_reads_as_meant(applied: Workspace) -> None:
    applied.write("my settings.yaml", "version: 1\n")
    result = applied.run("undo", "journal.jsonl", "--out", "the way back.json", "--config", "my settings.yaml")
    command = shlex.split(result.err.removeprefix("To apply it: "))
    assert command[0] == "reconciler"
    assert applied.run(*command[1:], "--yes").code == 0


def test_what_cannot_be_brought_back_is_said(applied: Workspace) -> None:
    assert "temp-role" in applied.run("undo", "journal.jsonl").out.partition("Access:")[0]


def test_limits_hold_for_it_too(applied: Workspace) -> None:
    assert applied.run("undo", "journal.jsonl", "--max-deletes", "0").code == 4


def test_a_journal_that_is_not_there_is_a_failure_of_the_disk(applied: Workspace) -> None:
    assert applied.run("undo", "nowhere.jsonl").code == 1


def test_it_can_be_rendered_like_any_plan(applied: Workspace) -> None:
    assert '"format_version": "1.0"' in applied.run("undo", "journal.jsonl", "--format", "json").out


def test_a_saved_plan_is_not_a_journal(applied: Workspace, golden: Golden) -> None:
    assert applied.run("plan", "--out", "plan.json").code == 0
    result = applied.run("undo", "plan.json")
    assert (result.code, result.out) == (1, "")
    golden.says("cli/messages", "a saved plan instead of a journal", result.err)


def test_the_plan_of_an_undo_deletes_what_the_journal_made_also_where_unmanaged_roles_are_reported(
    applied: Workspace,
) -> None:
    applied.write("reconciler.yaml", "unmanaged: report\n")
    assert applied.run("undo", "journal.jsonl", "--out", "back.json").code == 0
    assert applied.run("apply", "back.json", "--yes").code == 0
    assert "support-lead" not in applied.live()


def test_a_journal_whose_urls_are_written_otherwise_is_of_the_tenant_all_the_same(applied: Workspace) -> None:
    path = applied.directory / "journal.jsonl"
    url = applied.tenant.url
    path.write_text(path.read_text().replace(url, f"{url.replace('http', 'HTTP')}/"))
    assert "# support-lead will be destroyed" in applied.run("undo", "journal.jsonl").out


def test_a_journal_whose_url_is_no_url_is_of_another_tenant(applied: Workspace, golden: Golden) -> None:
    path = applied.directory / "journal.jsonl"
    path.write_text(path.read_text().replace(applied.tenant.url, "nowhere"))
    result = applied.run("undo", "journal.jsonl")
    assert result.code == 5
    golden.says("cli/messages", "a journal of another tenant", result.err, url=applied.tenant.url)


def test_policies_need_a_lock_that_can_be_read(applied: Workspace) -> None:
    applied.write("policies.yaml", "policies: [{id: owned, level: warn, keys: [owner]}]\n")
    applied.write("permissions.lock.yaml", "version: 1\n")
    result = applied.run("undo", "journal.jsonl")
    assert (result.code, result.out) == (3, "")
    assert "permissions.lock.yaml:1:1" in result.err


@pytest.fixture
def watched(applied: Workspace) -> Workspace:
    """The same, with a journal that `watch` wrote."""
    path = applied.directory / "journal.jsonl"
    path.write_text(path.read_text().replace('"command": "apply"', '"command": "watch"'))
    return applied


def test_a_journal_of_watch_needs_a_choice(watched: Workspace, golden: Golden) -> None:
    result = watched.run("undo", "journal.jsonl")
    assert (result.code, result.out) == (64, "")
    golden.says("cli/messages", "undo of a journal of watch", result.err)


@pytest.mark.parametrize(
    "choice", [("--last", "1"), ("--since", "2000-01-01"), ("--since", "2000-01-01T00:00:00+02:00")]
)
@pytest.mark.parametrize("of", ["applied", "watched"])
def test_every_journal_takes_a_choice(request: pytest.FixtureRequest, of: str, choice: tuple[str, str]) -> None:
    workspace: Workspace = request.getfixturevalue(of)
    assert "# support-lead will be destroyed" in workspace.run("undo", "journal.jsonl", *choice).out


def test_what_was_sent_before_a_time_is_not_undone(watched: Workspace) -> None:
    result = watched.run("undo", "journal.jsonl", "--since", "2999-01-01")
    assert (result.code, "No changes." in result.out) == (0, True)


@pytest.mark.parametrize(
    "choice",
    [
        ("--last", "0"),
        ("--last", "1", "--since", "2000-01-01"),
        ("--since", "yesterday"),
        ("--since", "2026-11-25T03:10:00"),
        ("--since", "2026-13-25"),
    ],
)
def test_a_choice_that_is_not_one_is_a_wrong_command_line(
    watched: Workspace, choice: tuple[str, ...], golden: Golden
) -> None:
    result = watched.run("undo", "journal.jsonl", *choice)
    assert (result.code, result.out) == (64, "")
    golden.says("cli/messages", f"undo {' '.join(choice)}", result.err)
