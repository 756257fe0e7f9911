"""`reconciler diff`: what an edit of the role files does to access, without a server and without a key."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.render import PLAN_FORMATS
from tests.cli.conftest import Result, Workspace

if TYPE_CHECKING:
    from tests.sentences import Golden

LOCK = "version: 1\nurl: https://tenant.example\npermissions:\n" + "".join(
    f"  {code}: {{name: {code.title().replace('.', ' ')}, id: {code}}}\n"
    for code in ("billing.manage", "billing.view", "contacts.edit", "contacts.view", "conversations.view")
)


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Desk:
    """A clone of the repository of role files, in the working directory: no tenant and no key are known."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.directory = workspace.directory

    def git(self, *arguments: str) -> str:
        settings = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
        command = ["git", *settings, *arguments]
        dated = {**os.environ, "GIT_COMMITTER_DATE": "2026-03-14T12:00:00+00:00"}
        done = subprocess.run(command, cwd=self.directory, env=dated, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit everything and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a commit")
        return self.git("rev-parse", "HEAD")

    def role(self, name: str, *codes: str, description: str = "", renamed_from: str = "") -> None:
        self.workspace.want(name, *codes, description=description, renamed_from=renamed_from)

    def write(self, name: str, text: str) -> None:
        self.workspace.write(name, text)

    def remove(self, name: str) -> None:
        (self.directory / "roles.d" / f"{name}.yaml").unlink()

    def run(self, *arguments: str) -> Result:
        return self.workspace.run(*arguments)

    def diff(self, *arguments: str) -> Result:
        return self.run("diff", *arguments)

    def document(self, *arguments: str) -> dict[str, Any]:
        """The diff in JSON."""
        result = self.diff("--format", "json", *arguments)
        assert result.code == 0, result.err
        document: dict[str, Any] = json.loads(result.out)
        return document


@pytest.fixture
def empty(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A directory without a repository and without roles."""
    for name in ("OMNISTREAM_URL", "OMNISTREAM_API_KEY"):
        monkeypatch.delenv(name)
    found = Desk(workspace)
    for name in ("support-lead", "billing-clerk"):
        found.remove(name)
    return found


@pytest.fixture
def desk(empty: Desk) -> Desk:
    """A repository with three roles in its first commit, on `main`; a branch is checked out."""
    empty.role("billing-clerk", "billing.manage", "contacts.view", description="Old")
    empty.role("shift-lead", "contacts.view")
    empty.role("temp-role", "contacts.view")
    empty.git("init")
    empty.commit()
    empty.git("checkout", "--quiet", "-b", "edit")
    return empty


@pytest.fixture
def edited(desk: Desk) -> Desk:
    """An edit that is not committed: a role of each kind of change."""
    desk.role("billing-clerk", "billing.view", "contacts.view", description="New")
    desk.remove("shift-lead")
    desk.role("support-lead", "contacts.view", renamed_from="shift-lead")
    desk.remove("temp-role")
    desk.role("new-role", "contacts.edit")
    return desk


def said(desk: Desk, golden: Golden, case: str, text: str) -> None:
    """Compare with the sentences of this family, where the base is `{commit}`, or `{base}` in short."""
    commit = desk.git("rev-parse", "main")
    golden.says("cli/diff", case, text, commit=commit, base=commit[:12])


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "gitlab"])
def test_it_reads_like_a_plan(edited: Desk, golden: Golden, format_: str) -> None:
    result = edited.diff("--format", format_)
    assert (result.code, result.err) == (0, "")
    said(edited, golden, f"an edit, as {format_}", result.out)


def test_the_page_speaks_of_an_edit_and_of_no_tenant(edited: Desk) -> None:
    page = edited.diff("--format", "html").out
    since = edited.git("rev-parse", "HEAD")
    assert f"Access change of <bdi>roles.d</bdi> since <code><bdi>{since[:12]}</bdi></code>" in page
    assert f"<dt>Compared with commit</dt><dd><code><bdi>{since}</bdi></code></dd>" in page
    assert "<dt>Commit</dt>" not in page  # the files are not those of the commit that is checked out
    assert "granted by this edit" in page
    assert "not in the" not in page  # without a lock no name is known
    assert "live," not in page
    assert "Not managed" not in page


def test_terraforms_plan_of_it_is_not_applyable_and_names_no_id(edited: Desk) -> None:
    document = json.loads(edited.diff("--format", "terraform").out)
    assert document["applyable"] is False
    values = [entry["change"][side] for entry in document["resource_changes"] for side in ("before", "after")]
    assert [value for value in values if value and "id" in value] == []


def test_the_json_has_no_tenant_and_no_ids(edited: Desk) -> None:
    document = edited.document()
    base = edited.git("rev-parse", "HEAD")
    assert document["target"] == {"url": None}
    assert (document["source"]["roles_dir"], document["source"]["base"]) == ("roles.d", base)
    shown = {(change["action"], change["name"], change["id"], change["origin"]) for change in document["changes"]}
    assert shown == {
        ("create", "new-role", None, "edit"),
        ("update", "billing-clerk", None, "edit"),
        ("update", "support-lead", None, "edit"),
        ("delete", "temp-role", None, "edit"),
    }
    assert [document[key] for key in ("system", "unmanaged", "unmanaged_roles", "ignored")] == [[], [], [], []]
    assert (document["catalogue"], document["catalogue_changes"]) == ([], None)


def test_without_an_edit_access_is_as_it_was(desk: Desk, golden: Golden) -> None:
    result = desk.diff("--detailed-exitcode")
    assert result.code == 0
    said(desk, golden, "no edit", result.out)


def test_changes_are_exit_code_2_where_that_was_asked_for(edited: Desk) -> None:
    assert edited.diff("--detailed-exitcode").code == 2


def test_without_a_ref_only_what_is_not_committed_counts(edited: Desk) -> None:
    edited.commit()
    edited.role("temp-role", "contacts.view")
    assert [change["name"] for change in edited.document()["changes"]] == ["temp-role"]


def test_with_a_ref_the_merge_base_counts_and_not_what_came_after_it(edited: Desk) -> None:
    base = edited.git("rev-parse", "main")
    edited.commit()
    edited.git("checkout", "--quiet", "main")
    edited.role("elsewhere", "contacts.view")
    edited.commit()
    edited.git("checkout", "--quiet", "edit")
    document = edited.document("main")
    assert document["source"]["base"] == base
    assert len(document["changes"]) == 4
    assert "<dt>Commit</dt>" in edited.diff("main", "--format", "html").out
    markdown = edited.diff("main", "--format", "markdown").out
    assert markdown.endswith(f" at commit `{edited.git('rev-parse', 'HEAD')}`, compared with commit `{base}`.\n")


def test_it_works_below_the_top_of_the_repository(edited: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(edited.directory / "roles.d")
    assert edited.diff("--roles-dir", ".").out.startswith("Access change of . since ")


def test_a_directory_that_was_not_there_has_no_roles_then(empty: Desk) -> None:
    empty.git("init")
    empty.commit()
    empty.role("lead", "contacts.view")
    first, *_ = empty.diff().out.splitlines()
    assert first.endswith(": 0 roles then, 1 now")


def test_ignore_and_unmanaged_do_not_apply(edited: Desk) -> None:
    edited.write("reconciler.yaml", "ignore: [temp-*]\nunmanaged: report\n")
    document = edited.document()
    assert (document["ignored"], document["unmanaged"]) == ([], [])
    assert "temp-role" in [change["name"] for change in document["changes"]]


def test_a_role_outside_of_manage_is_an_error_as_ever(edited: Desk) -> None:
    edited.write("reconciler.yaml", "manage: [billing-*]\n")
    assert edited.diff().code == 3


SET = "set: reading\npermissions: [{codes}]\n---\nname: reader\ninclude: [reading]\n"


def test_each_side_has_its_own_sets(desk: Desk) -> None:
    desk.write("roles.d/reader.yaml", SET.format(codes="contacts.view"))
    desk.commit()
    desk.write("roles.d/reader.yaml", SET.format(codes="contacts.view, contacts.edit"))
    (change,) = desk.document()["changes"]
    assert change["permissions"] == {"granted": ["contacts.edit"], "revoked": []}
    assert change["sources"]["contacts.edit"]["set"] == "reading"


def test_moving_codes_into_a_set_is_no_change(desk: Desk) -> None:
    desk.role("reader", "contacts.view")
    desk.commit()
    desk.write("roles.d/reader.yaml", SET.format(codes="contacts.view"))
    assert desk.document()["changes"] == []


def test_a_role_that_newly_includes_a_set_is_marked_at_its_own_line(desk: Desk) -> None:
    desk.write("roles.d/reader.yaml", SET.format(codes="contacts.edit"))
    desk.role("other", "contacts.view")
    desk.commit()
    desk.write("roles.d/other.yaml", "name: other\npermissions: [contacts.view]\ninclude:\n  - reading\n")
    assert "file=roles.d/other.yaml,line=4" in desk.diff("--format", "github").out


def test_each_side_has_its_own_lock_whose_names_are_those_of_now(desk: Desk) -> None:
    desk.write("permissions.lock.yaml", LOCK.replace("  contacts.edit:", "  contacts.old:"))
    desk.write("roles.d/reader.yaml", 'name: reader\npermissions: ["contacts.*"]\n')
    desk.commit()
    desk.write("permissions.lock.yaml", LOCK)
    document = desk.document()
    (change,) = document["changes"]
    assert change["permissions"] == {"granted": ["contacts.edit"], "revoked": ["contacts.old"]}
    lock = {"kind": "lock", "name": "lock", "before": "permissions.lock.yaml", "after": "permissions.lock.yaml"}
    assert lock | {"change": "changed"} in document["rules_changed"]
    assert "contacts.edit" in [entry["code"] for entry in document["catalogue"]]
    assert "not in the lock" in desk.diff("--format", "html").out


ENDING = "name: temp\npermissions:\n  - contacts.view: {{until: {until}}}\n"


def test_both_sides_are_read_on_the_same_day(desk: Desk) -> None:
    desk.write("roles.d/temp.yaml", ENDING.format(until="2030-01-31"))
    desk.commit()
    result = desk.diff("--today", "2031-01-01")
    assert result.out.splitlines()[0] == "As of 2031-01-01 (not today)"
    assert "No changes." in result.out


def test_an_end_that_is_moved_is_shown_and_is_no_change_today(desk: Desk) -> None:
    desk.write("roles.d/temp.yaml", ENDING.format(until="2030-01-31"))
    desk.commit()
    desk.write("roles.d/temp.yaml", ENDING.format(until="2031-01-31"))
    document = desk.document()
    assert document["changes"] == []
    (end,) = document["ends_changed"]
    assert (end["before"], end["after"]) == ("2030-01-31", "2031-01-31")
    assert "contacts.view of temp: 2030-01-31 -> 2031-01-31" in desk.diff().out


def test_a_grant_that_the_edit_ends_in_the_past_is_still_an_edit(desk: Desk) -> None:
    desk.write("roles.d/temp.yaml", ENDING.format(until="2030-01-31"))
    desk.commit()
    desk.write("roles.d/temp.yaml", ENDING.format(until="2020-01-31"))
    (change,) = desk.document()["changes"]
    assert (change["origin"], change["ended"]) == ("edit", [{"code": "contacts.view", "until": "2020-01-31"}])


def test_an_edit_beyond_a_limit_is_shown_whole_and_refused(edited: Desk, golden: Golden) -> None:
    result = edited.diff("--max-deletes", "0", "--max-revokes", "0")
    assert result.code == 4
    said(edited, golden, "beyond the limits", f"{result.out}\n{result.err}")
    marked = edited.diff("--max-deletes", "0", "--format", "github").out
    said(edited, golden, "beyond the limits, as annotations", marked)
    commented = edited.diff("--max-deletes", "0", "--format", "markdown").out
    assert "> **Refused: this edit exceeds a limit or deletes a protected role.**" in commented
    page = edited.diff("--max-deletes", "0", "--format", "html").out
    assert "Refused: this edit exceeds a limit or deletes a protected role" in page


def test_the_percentages_of_the_limits_are_of_the_roles_then(desk: Desk) -> None:
    for number in range(13):
        desk.role(f"role-{number}", "contacts.view")
    desk.commit()
    for number in range(4):
        desk.remove(f"role-{number}")
    assert desk.diff().code == 0  # 4 of 16 are 25 %, which is not above 25 %
    desk.remove("role-4")
    result = desk.diff()
    assert result.code == 4
    assert f"(5 of 16 roles at {desk.git('rev-parse', 'HEAD')[:12]}, 31 %)" in result.err


def test_a_protected_role_is_not_deleted(edited: Desk) -> None:
    edited.write("reconciler.yaml", "protect: [temp-role]\n")
    result = edited.diff()
    assert result.code == 4
    assert "role temp-role would be deleted" in result.err


POLICIES = "policies:\n  - id: reasons\n    needs: {codes: [contacts.view], reason: true}\n"
GIVEN = "name: {name}\npermissions:\n  - contacts.view{reason}\n"


def test_a_finding_is_new_if_the_base_did_not_have_it(empty: Desk, golden: Golden) -> None:
    empty.write("policies.yaml", POLICIES)
    for name, reason in (("lost", ": {reason: Support}"), ("without", "")):
        empty.write(f"roles.d/{name}.yaml", GIVEN.format(name=name, reason=reason))
    empty.git("init")
    empty.commit()
    for name in ("lost", "without", "made"):
        empty.write(f"roles.d/{name}.yaml", GIVEN.format(name=name, reason=""))
    result = empty.diff("--format", "json")
    assert result.code == 4
    found = {finding["role"]: finding["new"] for finding in json.loads(result.out)["findings"]}
    assert found == {"lost": True, "made": True, "without": False}
    for format_ in ("text", "github"):
        said(empty, golden, f"against a policy, as {format_}", empty.diff("--format", format_).out)


def test_an_edit_that_grants_nothing_is_not_refused_by_a_policy(edited: Desk) -> None:
    edited.commit()
    edited.write("policies.yaml", POLICIES)
    edited.remove("new-role")
    result = edited.diff()
    assert result.code == 0
    assert "Denied by 1 policy, not refused: nothing is granted." in result.out
    assert "policy reasons was added" in result.out


def test_a_finding_that_refuses_nothing_speaks_of_the_edit(edited: Desk) -> None:
    edited.write("policies.yaml", POLICIES.replace("reasons\n", "reasons\n    level: warn\n"))
    assert "Findings of policies, none of which refuses the edit." in edited.diff().out


def test_notes_of_the_files_and_likely_renames_are_in_it(desk: Desk, golden: Golden) -> None:
    desk.role("night-shift", "contacts.edit", "contacts.view")
    desk.role("nіght-shift", "contacts.merge", "contacts.view")
    desk.commit()
    desk.remove("nіght-shift")
    desk.remove("temp-role")
    desk.role("day-shift", "contacts.merge", "contacts.view")
    golden.says("cli/diff", "notes", "\n".join(desk.document()["notes"]))


def test_a_code_that_the_tenant_no_longer_has_is_a_note(desk: Desk) -> None:
    desk.write("permissions.lock.yaml", LOCK.replace("id: contacts.edit}", "id: contacts.edit, withdrawn: true}"))
    desk.commit()
    desk.role("new-role", "contacts.edit")
    (note,) = desk.document()["notes"]
    assert note.startswith("roles.d/new-role.yaml:3:15: warning: ")


@pytest.mark.parametrize("ref", ["nowhere", "-x", "main..edit"])
def test_a_ref_that_is_no_commit_is_a_wrong_command_line(edited: Desk, golden: Golden, ref: str) -> None:
    result = edited.run("diff", "--", ref)
    assert (result.code, result.out) == (64, "")
    said(edited, golden, f"not a commit, {ref}", result.err)


@pytest.mark.parametrize("ref", ["", " "])
def test_an_empty_ref_is_a_mistake_and_not_the_same_as_none(edited: Desk, golden: Golden, ref: str) -> None:
    result = edited.diff(ref)
    assert (result.code, result.out) == (64, "")
    said(edited, golden, "an empty ref", result.err)


def test_without_a_repository_it_fails(empty: Desk) -> None:
    empty.role("lead", "contacts.view")
    result = empty.diff()
    assert (result.code, result.out) == (1, "")
    assert "diff needs the history of roles.d, which is not in a git repository" in result.err


def test_without_a_commit_it_fails(empty: Desk) -> None:
    empty.role("lead", "contacts.view")
    empty.git("init")
    result = empty.diff()
    assert (result.code, result.out) == (1, "")
    assert "HEAD has no commit" in result.err


def test_files_that_are_not_valid_are_an_error_with_or_without_a_repository(empty: Desk) -> None:
    empty.write("roles.d/bad.yaml", "nmae: x\n")
    result = empty.diff()
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("roles.d/bad.yaml:1:1: ")
    assert empty.diff("--format", "github").out.startswith("::error file=roles.d/bad.yaml,line=1,col=1,")


@pytest.fixture
def broken(desk: Desk) -> Desk:
    """A base whose role files are not valid, in two places; here they are."""
    desk.write("roles.d/temp-role.yaml", "name: temp-role\npermissions: [contacts view]\n")
    desk.write("roles.d/zebra.yaml", "name: zebra\npermissions: contacts.view\n")
    desk.commit()
    desk.git("branch", "--force", "main")
    desk.role("temp-role", "contacts.view")
    desk.remove("zebra")
    return desk


def test_a_base_that_is_not_valid_is_an_error_that_says_where(broken: Desk, golden: Golden) -> None:
    result = broken.diff()
    assert (result.code, result.out) == (3, "")
    said(broken, golden, "a base that is not valid", result.err)


def test_problems_of_the_base_mark_no_line_of_the_files_here(broken: Desk, golden: Golden) -> None:
    result = broken.diff("--format", "github")
    assert result.code == 3
    said(broken, golden, "a base that is not valid, as annotations", result.out)


def test_a_lock_that_is_not_valid_at_the_base_is_an_error(desk: Desk) -> None:
    desk.write("permissions.lock.yaml", LOCK.replace("version: 1", "version: 2"))
    desk.commit()
    desk.write("permissions.lock.yaml", LOCK)
    result = desk.diff()
    assert result.code == 3
    assert result.err.startswith("permissions.lock.yaml:1:10: at the merge base ")


def test_policies_that_are_not_valid_at_the_base_are_a_note(desk: Desk) -> None:
    desk.write("policies.yaml", "policies: [x]\n")
    desk.commit()
    desk.write("policies.yaml", "policies: []\n")
    (note,) = desk.document()["notes"]
    assert note.startswith("the policies at the merge base ")


def test_two_roles_that_may_be_meant_are_an_error(desk: Desk, golden: Golden) -> None:
    desk.remove("shift-lead")
    desk.role("temp-role", "contacts.view", renamed_from="shift-lead")
    result = desk.diff()
    assert result.code == 3
    said(desk, golden, "an earlier name beside the own one", result.err)
    desk.remove("temp-role")
    desk.role("lead", "contacts.view", renamed_from="[shift-lead, temp-role]")
    result = desk.diff()
    assert result.code == 3
    said(desk, golden, "two earlier names", result.err)


@pytest.mark.parametrize("format_", PLAN_FORMATS)
def test_show_renders_the_saved_json_in_every_format(edited: Desk, format_: str) -> None:
    edited.write("policies.yaml", POLICIES.replace("reasons\n", "reasons\n    level: warn\n"))
    edited.diff("--format", "json", "--output", "diff.json")
    shown = edited.run("show", "diff.json", "--format", format_)
    assert TIME.sub("", shown.out) == TIME.sub("", edited.diff("--format", format_).out)


def test_apply_refuses_it(edited: Desk, golden: Golden) -> None:
    edited.diff("--format", "json", "--output", "diff.json")
    result = edited.run("apply", "diff.json", "--yes")
    assert (result.code, result.out) == (64, "")
    said(edited, golden, "apply", result.err)


def test_a_report_that_cannot_be_written_fails(edited: Desk) -> None:
    assert edited.diff("--output", "nowhere/report.txt").code == 1


@pytest.mark.usefixtures("edited")
def test_it_loads_nothing_that_could_ask_a_server() -> None:
    script = (
        "import sys\nfrom reconciler.cli.boundary import run\nfrom reconciler.cli.registry import cli\n"
        "code = run(['diff'], cli)\nassert code == 0, code\nprint(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "reconciler.reconcile" in loaded
    assert {"httpx", "httpcore", "reconciler.api", "reconciler.transport"} & loaded == set()
