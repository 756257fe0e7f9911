"""`reconciler apply` from role files, run against a tenant on a real socket."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.apply.interrupts import Stop
from reconciler.cli.outside import Outside
from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import running_sandbox
from tests.cli.catalogues import a_tenant
from tests.faults.proxy import Proxy, serving
from tests.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    import pytest

    from tests.cli.conftest import Workspace
    from tests.scripted_server import Act, Received
    from tests.sentences import Golden


def test_apply_makes_the_live_roles_what_the_files_say(workspace: Workspace) -> None:
    result = workspace.run("apply", "--yes")
    assert result.code == 0
    assert workspace.live() == {
        "support-lead": ("Leads.", frozenset({"conversations.assign", "conversations.view"})),
        "billing-clerk": ("New", frozenset({"billing.view", "contacts.view"})),
    }


def test_apply_shows_the_plan_and_then_what_became_of_it(workspace: Workspace) -> None:
    out = workspace.run("apply", "--yes").out
    assert out.index("Plan: 1 to add, 1 to change, 1 to destroy.") < out.index("Applied: 1 added, 1 changed")
    assert "  - temp-role: deleted" in out


def test_nothing_to_do_is_said_and_done(workspace: Workspace) -> None:
    workspace.run("apply", "--yes")
    result = workspace.run("apply")
    assert result.code == 0
    assert "No changes. Live roles match roles.d." in result.out


def test_without_a_terminal_and_without_yes_it_refuses(workspace: Workspace, golden: Golden) -> None:
    before = workspace.live()
    result = workspace.run("apply")
    assert result.code == 4
    golden.says("cli/messages", "no terminal to ask on", result.err)
    assert workspace.live() == before


def test_changes_that_a_refused_key_stops_have_no_line_each_as_the_others_end(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = a_tenant("conversations.assign", "conversations.view", "billing.view", "contacts.view")
    with ScriptedServer(lambda request: tenant.answer(request) if request.method == "GET" else reply(401)) as server:
        monkeypatch.setenv("OMNISTREAM_URL", server.url)
        workspace.want("third", "contacts.view")
        result = workspace.run("apply", "--yes", "--concurrency", "1")
    assert result.code == 1
    assert [line.split(":")[0] for line in result.err.splitlines()] == ["+ billing-clerk"]
    assert (
        "\n  2 changes not tried: support-lead, third; the server no longer accepts the API key (401); " in result.out
    )


def test_the_outcome_is_the_document_of_the_interface(workspace: Workspace) -> None:
    result = workspace.run("apply", "--yes", "--format", "json")
    document = json.loads(result.out)
    assert document["summary"] == {"applied": 3, "failed": 0, "skipped": 0}
    assert document["converged"] is True
    assert document["plan_digest"].startswith("sha256:")
    assert "Plan: 1 to add, 1 to change, 1 to destroy." in result.err


def test_nothing_to_do_is_a_document_too(workspace: Workspace) -> None:
    workspace.run("apply", "--yes")
    document = json.loads(workspace.run("apply", "--format", "json").out)
    assert (document["outcomes"], document["converged"]) == ([], True)


def test_the_outcome_as_markdown(workspace: Workspace) -> None:
    result = workspace.run("apply", "--yes", "--format", "markdown")
    assert result.out.startswith("**Applied: 1 added, 1 changed, 1 destroyed.")


def test_a_plan_beyond_a_limit_writes_nothing(workspace: Workspace) -> None:
    before = workspace.live()
    result = workspace.run("apply", "--yes", "--max-deletes", "0")
    assert result.code == 4
    assert "# temp-role will be destroyed" in result.out
    assert workspace.live() == before


def test_a_limit_raised_for_this_run_lets_it_through(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "version: 1\nlimits: {max_deletes: {count: 0, percent: 0}}\n")
    assert workspace.run("apply", "--yes").code == 4
    assert workspace.run("apply", "--yes", "--max-deletes", "1").code == 0


def test_a_role_that_agents_hold_is_left_and_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    held = SeedRole(name="night-shift", permissions=("contacts.view",), agents=2)
    with running_sandbox(seed=[*SYSTEM_ROLES, held]) as tenant:
        monkeypatch.setenv("OMNISTREAM_URL", tenant.url)
        monkeypatch.setenv("OMNISTREAM_API_KEY", tenant.api_key)
        result = workspace.run("apply", "--yes")
    assert result.code == 6
    assert "2 agents still hold it; give them another role in OmniStream" in result.out
    assert "left: night-shift is still to be deleted" in result.out


def test_nothing_written_because_the_key_may_not_is_exit_code_1(workspace: Workspace) -> None:
    key = workspace.write("key", workspace.tenant.read_only_key)
    result = workspace.run("apply", "--yes", "--api-key-file", key)
    assert result.code == 1
    assert "agents.manage" in result.out


def test_a_report_that_could_not_be_written_stops_the_apply_before_the_first_write(workspace: Workspace) -> None:
    before = workspace.live()
    assert workspace.run("apply", "--yes", "--output", "nowhere/report").code == 1
    assert workspace.live() == before


def test_the_report_goes_to_a_file_and_the_plan_to_standard_error(workspace: Workspace) -> None:
    result = workspace.run("apply", "--yes", "--output", "report.txt")
    assert (result.code, result.out) == (0, "")
    assert "Plan: 1 to add" in result.err
    assert "Applied: 1 added" in (workspace.directory / "report.txt").read_text()


def test_a_journal_tells_each_request_before_and_after_it(workspace: Workspace) -> None:
    workspace.run("apply", "--yes", "--journal", "journal.jsonl")
    path = workspace.directory / "journal.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted(line["kind"] for line in lines) == ["intent"] * 3 + ["outcome"] * 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_journal_that_cannot_be_written_stops_the_apply_before_the_first_write(workspace: Workspace) -> None:
    before = workspace.live()
    result = workspace.run("apply", "--yes", "--journal", "nowhere/journal")
    assert result.code == 1
    assert "nowhere/journal" in result.err
    assert workspace.live() == before


def test_a_rename_keeps_the_id_and_a_second_plan_is_empty(workspace: Workspace) -> None:
    ids = {role["name"]: role["id"] for role in workspace.tenant.store.roles()}
    workspace.want("export-desk", "contacts.view", renamed_from="temp-role")
    result = workspace.run("apply", "--yes")
    assert "# export-desk will be updated in-place\n  # (moved from temp-role)\n" in result.out
    assert {role["name"]: role["id"] for role in workspace.tenant.store.roles()}["export-desk"] == ids["temp-role"]
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_defect_while_applying_is_told_after_what_was_done(workspace: Workspace) -> None:
    class BrokenStop(Stop):
        broken = False

        def is_set(self) -> bool:
            if "support-lead" in workspace.live() and not self.broken:
                self.broken = True
                raise ZeroDivisionError
            return super().is_set()

    result = workspace.run("apply", "--yes", "--concurrency", "1", outside=Outside(stop=BrokenStop))
    assert result.code == 70
    assert "  + support-lead: created" in result.out
    assert "internal error in reconciler" in result.err


def test_a_report_that_cannot_be_written_after_the_writes_does_not_claim_that_nothing_was_written(
    workspace: Workspace, golden: Golden
) -> None:
    with a_report_that_is_lost(workspace, when="DELETE") as url:
        result = workspace.run("apply", "--yes", "--output", "report.txt", "--url", url)
    assert result.code == 6
    golden.says("cli/messages", "a report that is lost after the writes", result.err.splitlines()[-1])


def test_a_report_that_cannot_be_written_after_nothing_was_is_a_failure_of_the_disk(workspace: Workspace) -> None:
    workspace.run("apply", "--yes")
    with a_report_that_is_lost(workspace, when="GET") as url:
        result = workspace.run("apply", "--format", "json", "--output", "report.txt", "--url", url)
    assert result.code == 1


@contextmanager
def a_report_that_is_lost(workspace: Workspace, when: str) -> Iterator[str]:
    """Yield the address of a tenant; report.txt becomes a directory at the first request of the method `when`."""
    report = workspace.directory / "report.txt"

    def lose(request: Received) -> None:
        if request.method == when and report.is_file():
            report.unlink()
            report.mkdir()

    with serving(Proxy(workspace.tenant.url, before_forwarding=lose)) as url:
        yield url


def test_without_a_journal_the_last_line_says_that_none_was_kept(workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes").out.splitlines()[-1].startswith("No journal was kept")


def test_that_line_speaks_of_undo_only_where_something_was_written(workspace: Workspace, golden: Golden) -> None:
    proxy = Proxy(workspace.tenant.url)

    def read_only(request: Received) -> Act:
        return proxy(request) if request.method == "GET" else reply(403, {"error": "Forbidden."})

    with ScriptedServer(read_only) as server:
        result = workspace.run("apply", "--yes", "--url", server.url, "--concurrency", "1")
    assert result.code == 1
    golden.says("cli/messages", "an apply with a key that may not write", result.out[result.out.index("Access:") :])


def test_markdown_says_so_too(workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes", "--format", "markdown").out.splitlines()[-1].startswith("No journal was")


def test_the_journal_of_the_configuration_is_kept(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "journal: kept.jsonl\n")
    result = workspace.run("apply", "--yes")
    assert "No journal" not in result.out
    assert (workspace.directory / "kept.jsonl").read_text().count('"kind": "outcome"') == 3


def test_where_no_terminal_is_each_change_is_told_as_it_ends(workspace: Workspace) -> None:
    assert "- temp-role: deleted\n" in workspace.run("apply", "--yes", "--journal", "j.jsonl").err
