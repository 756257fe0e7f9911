"""`reconciler watch`: what each pass reads again, and what ends a run before its first pass. Its clock is a number."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.apply.recorded import read
from reconciler.cli.outside import Outside
from reconciler.model.days import Day
from tests.builders import an_id
from tests.fake_time import FakeTime
from tests.scripted_server import Act, Received, ScriptedServer, reply

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace
    from tests.sentences import Golden

HEAL = ("--heal", "revokes", "--journal", "journal.jsonl", "--max-revokes", "99")


@dataclass
class Watched:
    """A workspace whose roles are live as the files say, with temp-role unmanaged."""

    workspace: Workspace
    time: FakeTime = field(default_factory=FakeTime)
    while_reading: Callable[[], object] = lambda: None

    def watch(
        self, *arguments: str, passes: int = 1, between: Mapping[int, Callable[[], object]] | None = None
    ) -> Result:
        """Run so many passes. After pass n, counted from 1, `between[n]` is done."""
        done = 0

        def ended() -> None:
            nonlocal done
            done += 1
            (between or {}).get(done, lambda: None)()

        self.time.rested.clear()
        self.time.summons.clear()
        self.time.passes, self.time.ended_a_pass = passes, ended
        return self.workspace.run("watch", *arguments, outside=Outside(today=self._today, watch=self.time.surroundings))

    def _today(self) -> Day:
        self.while_reading()
        return self.time.today()

    def lines(self, *arguments: str, **settings: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as `watch`
        """The same in JSON, which must end well."""
        result = self.watch(*arguments, "--log-format", "json", **settings)
        assert result.code == 0, result
        return [json.loads(line) for line in result.out.splitlines()]

    def events(self, *arguments: str, **settings: Any) -> list[str]:  # noqa: ANN401 - as `watch`
        """The events between `started` and `stopped`."""
        first, *events, last = [line["event"] for line in self.lines(*arguments, **settings)]
        assert (first, last) == ("started", "stopped")
        return events

    def widen(self, *codes: str) -> None:
        """What somebody does in OmniStream to billing-clerk."""
        store = self.workspace.tenant.store
        role = next(role for role in store.roles() if role["name"] == "billing-clerk")
        store.update(str(role["id"]), {"permissions": ["billing.view", "contacts.view", *codes]})

    def codes(self) -> set[str]:
        """What billing-clerk has."""
        return set(self.workspace.live()["billing-clerk"][1])


@pytest.fixture
def watched(workspace: Workspace) -> Watched:
    assert workspace.run("apply", "--yes").code == 0
    return Watched(workspace)


# --- a run


def test_a_run_says_what_it_does_what_it_did_and_that_it_ended(watched: Watched, golden: Golden) -> None:
    watched.widen("billing.manage")
    result = watched.watch(*HEAL, "--every", "90s", passes=2)
    assert (result.code, result.err) == (0, "")
    assert watched.codes() == {"billing.view", "contacts.view"}
    golden.says("watch/run", "revokes are healed", result.out, url=watched.workspace.tenant.url)


@pytest.mark.parametrize("mode", [(), ("--apply", "--journal", "journal.jsonl")])
def test_each_mode_says_what_it_is(watched: Watched, mode: tuple[str, ...], golden: Golden) -> None:
    result = watched.watch(*mode)
    golden.says("watch/run", f"started {' '.join(mode)}".strip(), result.out, url=watched.workspace.tenant.url)


def test_without_a_mode_nothing_is_written_and_a_key_that_may_read_is_enough(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY", watched.workspace.tenant.read_only_key)
    watched.widen("billing.manage")
    assert watched.events("--journal", "journal.jsonl", passes=2) == ["drift"]
    assert "billing.manage" in watched.codes()
    assert not Path("journal.jsonl").exists()


def test_a_mode_that_applies_makes_the_whole_plan(watched: Watched) -> None:
    watched.workspace.want("new-role", "contacts.view")
    assert watched.events("--apply", "--journal", "journal.jsonl", passes=2) == ["applied", "in_sync"]
    assert "new-role" in watched.workspace.live()


def test_a_mode_that_heals_does_what_only_revokes_would_do(watched: Watched) -> None:
    watched.workspace.want("new-role", "contacts.view")
    watched.workspace.want("support-lead", "conversations.view")
    assert watched.events(*HEAL, passes=2) == ["applied", "drift"]
    assert "new-role" not in watched.workspace.live()
    assert watched.workspace.live()["support-lead"] == ("Leads.", frozenset({"conversations.view"}))


def test_the_journal_of_the_configuration_is_enough(watched: Watched) -> None:
    watched.workspace.write("reconciler.yaml", "journal: kept.jsonl\n")
    watched.widen("billing.manage")
    assert watched.events("--heal", "revokes", "--max-revokes", "9") == ["applied"]
    entry = read(Path("kept.jsonl")).entries[-1]
    assert (entry.command, entry.status) == ("watch", "applied")
    assert entry.file is not None


# --- forms of lines


def test_the_lines_of_json_have_the_digest_of_the_whole_plan(watched: Watched) -> None:
    watched.widen("billing.manage")
    watched.workspace.want("new-role", "contacts.view")
    _, applied, _ = watched.lines(*HEAL)
    assert applied["summary"]["create"] == applied["summary"]["update"] == 1
    assert applied["digest"].startswith("sha256:")
    assert applied["digest"] != read(Path("journal.jsonl")).entries[0].plan_digest


@pytest.mark.parametrize("form", [("--format", "json"), ("--log-format", "json", "--format", "text")])
def test_the_lines_are_in_the_format_that_was_asked_for(watched: Watched, form: tuple[str, ...]) -> None:
    out = watched.watch(*form).out
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["started", "in_sync", "stopped"]


def test_the_lines_are_text_where_both_are_given(watched: Watched) -> None:
    assert " in_sync: 2 roles\n" in watched.watch("--format", "json", "--log-format", "text").out


def test_the_lines_go_to_a_file_as_they_come(watched: Watched) -> None:
    seen: list[str] = []
    result = watched.watch("--output", "lines.txt", between={1: lambda: seen.append(Path("lines.txt").read_text())})
    assert (result.code, result.out) == (0, "")
    assert [line.split()[1] for line in seen[0].splitlines()] == ["started:", "in_sync:"]


def test_a_file_that_cannot_be_written_any_more_ends_the_run(watched: Watched) -> None:
    def gone() -> None:
        Path("lines.txt").unlink()
        Path("lines.txt").mkdir()

    watched.widen("billing.manage")
    watched.while_reading = gone
    result = watched.watch("--output", "lines.txt")
    assert result.code == 1
    assert "lines.txt: Is a directory" in result.err


# --- what is wrong with a run


@pytest.mark.parametrize(
    "arguments",
    [
        ("--heal", "revokes"),
        ("--apply",),
        ("--heal", "grants", "--journal", "journal.jsonl"),
        ("--heal", "revokes", "--apply", "--journal", "journal.jsonl"),
        ("--every", "0s"),
        ("--every", "25h"),
        ("--every", "5"),
        ("--log-format", "xml"),
    ],
)
def test_what_cannot_be_run_is_a_wrong_command_line(
    watched: Watched, arguments: tuple[str, ...], golden: Golden
) -> None:
    result = watched.watch(*arguments)
    assert (result.code, result.out) == (64, "")
    golden.says("watch/run", f"wrong: {' '.join(arguments)}", result.err)


def test_without_a_tenant_there_is_nothing_to_watch(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNISTREAM_URL")
    assert watched.watch().code == 64


def test_a_configuration_that_is_not_valid_at_the_start_ends_the_run(watched: Watched) -> None:
    watched.workspace.write("reconciler.yaml", "nonsense: 1\n")
    result = watched.watch()
    assert (result.code, result.out) == (3, "")


def test_a_second_operator_with_the_same_journal_ends_with_1(watched: Watched) -> None:
    second = Watched(watched.workspace)
    codes: list[int] = []
    result = watched.watch(*HEAL, between={1: lambda: codes.append(second.watch(*HEAL).code)})
    assert (result.code, codes) == (0, [1])


# --- read again for each pass


def test_role_files_are_read_again(watched: Watched) -> None:
    assert watched.events(
        "--apply",
        "--journal",
        "journal.jsonl",
        passes=4,
        between={
            1: lambda: watched.workspace.write("roles.d/bad.yaml", "nmae: x\n"),
            2: lambda: Path("roles.d/bad.yaml").unlink(),
            3: lambda: watched.workspace.want("new-role", "contacts.view"),
        },
    ) == ["in_sync", "invalid", "in_sync", "applied"]


def test_configuration_lock_and_policies_are_read_again(watched: Watched) -> None:
    write = watched.workspace.write
    lock = f"version: 1\nurl: {watched.workspace.tenant.url}\npermissions:\n  contacts.view: {{name: View, id: x}}\n"
    policies = "policies: [{id: exports, cannot: [contacts.view]}]\n"
    assert watched.events(
        "--apply",
        "--journal",
        "journal.jsonl",
        passes=8,
        between={
            1: lambda: write("reconciler.yaml", "nonsense: 1\n"),
            2: lambda: write("reconciler.yaml", "unmanaged: report\nignore: [billing-clerk]\n"),
            3: lambda: write("reconciler.yaml", "unmanaged: report\n"),
            4: lambda: write("permissions.lock.yaml", lock),
            5: lambda: Path("permissions.lock.yaml").unlink(),
            6: lambda: (write("policies.yaml", policies), watched.workspace.want("new-role", "contacts.view")),
            7: lambda: write("reconciler.yaml", "policies: [poli*.yaml, policies.yaml]\n"),
        },
    ) == ["in_sync", "invalid", "in_sync", "invalid", "in_sync", "refused"]


def test_a_key_in_a_file_is_read_again(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNISTREAM_API_KEY")
    key = watched.workspace.write("key", watched.workspace.tenant.api_key)
    events = watched.lines(
        "--api-key-file",
        "key",
        passes=5,
        between={
            1: lambda: key.write_text("another-key-that-was-rotated"),
            2: lambda: key.write_text(""),
            3: key.unlink,
            4: lambda: key.write_text(watched.workspace.tenant.api_key),
        },
    )
    assert [line["event"] for line in events] == ["started", "in_sync", "failed", "in_sync", "stopped"]
    assert "401" in events[2]["message"]
    assert watched.time.rested[1:4] == pytest.approx([300, 600, 1200])


def test_a_grant_that_ends_at_midnight_is_revoked_after_it(watched: Watched) -> None:
    watched.workspace.write(
        "roles.d/billing-clerk.yaml",
        "name: billing-clerk\ndescription: New\n"
        "permissions: [billing.view, contacts.view, billing.manage: {until: 2026-11-29}]\n",
    )
    watched.widen("billing.manage")
    late = {1: lambda: watched.time.pass_by(21 * 3600)}
    assert watched.events(*HEAL, passes=2, between=late) == ["in_sync", "applied"]
    assert watched.codes() == {"billing.view", "contacts.view"}


def test_a_base_url_that_changes_is_refused_until_it_is_back(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    monkeypatch.delenv("OMNISTREAM_URL")
    url = watched.workspace.tenant.url
    write = watched.workspace.write
    write("reconciler.yaml", f"url: {url}\n")
    watched.widen("billing.manage")

    def change() -> None:
        watched.widen("billing.manage")
        write("reconciler.yaml", "url: https://other.example\n")

    lines = watched.lines(
        *HEAL,
        passes=3,
        between={
            1: change,
            2: lambda: write("reconciler.yaml", f"url: {url}/\n"),
        },
    )
    assert [line["event"] for line in lines[1:-1]] == ["applied", "refused", "applied"]
    golden.says("watch/run", "another base URL", lines[2]["message"], url=url)


@pytest.mark.parametrize(
    "text", ["version: 1\n", "url: http://far.example\n", "tenants: {a: {url: 'https://a.example'}}\n"]
)
def test_a_base_url_that_is_gone_or_may_not_be_used_is_refused_too(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.delenv("OMNISTREAM_URL")
    write, own = watched.workspace.write, f"url: {watched.workspace.tenant.url}\n"
    write("reconciler.yaml", own)
    lines = watched.lines(
        passes=3,
        between={1: lambda: write("reconciler.yaml", text), 2: lambda: write("reconciler.yaml", own)},
    )
    assert [line["event"] for line in lines[1:-1]] == ["in_sync", "refused", "in_sync"]


def test_a_base_url_that_is_gone_is_named(watched: Watched, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    monkeypatch.delenv("OMNISTREAM_URL")
    write, url = watched.workspace.write, watched.workspace.tenant.url
    write("reconciler.yaml", f"url: {url}\n")
    lines = watched.lines(passes=2, between={1: lambda: write("reconciler.yaml", "version: 1\n")})
    golden.says("watch/run", "a base URL that is gone", lines[2]["message"], url=url)


def test_a_tenant_that_is_gone_is_refused(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNISTREAM_URL")
    write, url = watched.workspace.write, watched.workspace.tenant.url
    write("reconciler.yaml", f"tenants:\n  staging: {{url: '{url}'}}\n")
    lines = watched.lines(
        "--tenant",
        "staging",
        passes=2,
        between={1: lambda: write("reconciler.yaml", "tenants:\n  other: {url: 'https://a.example'}\n")},
    )
    assert [line["event"] for line in lines[1:-1]] == ["in_sync", "refused"]


def test_another_place_of_the_key_is_refused_until_it_is_back(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    """A rotated key in the same file is read; a file that a pull request names is another key."""
    workspace = watched.workspace
    key, url = os.environ["OMNISTREAM_API_KEY"], workspace.tenant.url
    for variable in ("OMNISTREAM_URL", "OMNISTREAM_API_KEY"):
        monkeypatch.delenv(variable)

    def keep_in(name: str) -> None:
        workspace.write(name, key)
        workspace.write("reconciler.yaml", f"tenants:\n  staging: {{url: '{url}', api_key_file: {name}}}\n")

    keep_in("staging.key")
    lines = watched.lines(
        "--tenant",
        "staging",
        passes=3,
        between={1: lambda: keep_in("other.key"), 2: lambda: keep_in("staging.key")},
    )
    assert [line["event"] for line in lines[1:-1]] == ["in_sync", "refused", "in_sync"]
    golden.says("watch/run", "another place of the key", lines[2]["message"])


def test_files_that_change_while_they_are_read_fail_the_pass(watched: Watched, golden: Golden) -> None:
    edits = iter(["contacts.view", "contacts.export"])

    def edit() -> None:
        for code in edits:
            watched.workspace.want("support-lead", "conversations.view", code, description="Leads.")
            break

    watched.while_reading = edit
    lines = watched.lines(*HEAL, passes=3)
    assert [line["event"] for line in lines[1:-1]] == ["failed", "applied"]
    golden.says("watch/run", "files that change", lines[1]["message"])


def test_files_that_are_torn_are_not_called_invalid(watched: Watched) -> None:
    def tear() -> None:
        watched.while_reading = lambda: None
        watched.workspace.write("roles.d/support-lead.yaml", "name: support-le")

    watched.while_reading = tear
    assert watched.events(passes=2) == ["failed", "invalid"]


def test_a_policy_file_that_appears_while_files_are_read_fails_the_pass(watched: Watched) -> None:
    watched.workspace.write("reconciler.yaml", "policies: [policies/*.yaml]\n")
    watched.workspace.write("policies/a.yaml", "policies: [{id: owned, level: warn, keys: [owner]}]\n")

    def appear() -> None:
        watched.while_reading = lambda: None
        watched.workspace.write("policies/b.yaml", "policies: [{id: other, level: warn, keys: [owner]}]\n")

    watched.while_reading = appear
    assert watched.events(passes=2) == ["failed", "in_sync"]


# --- a checkout


def git(*arguments: str, cwd: Path | None = None) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True, cwd=cwd).stdout.strip()


@pytest.fixture
def committed(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """The same in a git repository, everything committed."""
    for name, value in (("NAME", "Writer"), ("EMAIL", "writer@example.org")):
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git("init", "--quiet")
    git("add", "roles.d")
    git("commit", "--quiet", "--message", "first")
    yield watched
    os.chdir(watched.workspace.directory)


def test_a_line_names_the_commit_and_whether_files_differ_from_it(committed: Watched) -> None:
    first = git("rev-parse", "HEAD")
    second: list[str] = []

    def commit() -> None:
        git("commit", "--quiet", "--all", "--message", "second")
        second.append(git("rev-parse", "HEAD"))
        committed.widen("contacts.export")

    lines = committed.lines(
        passes=4,
        between={
            1: lambda: committed.workspace.want("support-lead", "conversations.view", description="Leads."),
            2: commit,
            3: lambda: committed.workspace.write("roles.d/bad.yaml", "nmae: x\n"),
        },
    )
    assert [(line["event"], line["commit"], line["edited"]) for line in lines[1:-1]] == [
        ("in_sync", first, False),
        ("drift", first, True),
        ("drift", second[0], False),
        ("invalid", second[0], True),
    ]


def test_the_journal_says_that_files_differ_from_its_commit(committed: Watched) -> None:
    committed.workspace.want("support-lead", "conversations.view", description="Leads.")
    assert "applied" in committed.events("--apply", "--journal", "journal.jsonl", passes=1)
    entries = read(Path("journal.jsonl")).entries
    assert {(entry.commit, entry.edited) for entry in entries} == {(git("rev-parse", "HEAD"), True)}


def test_a_commit_that_is_checked_out_while_files_are_read_fails_the_pass(
    committed: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HEAD moves after it was read, and the work tree with it: here to a commit of the same files."""
    real = git("--exec-path") + "/git"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(
        f'#!/bin/sh\n"{real}" "$@"; code=$?\n'
        f'case "$*" in *"--quiet HEAD"*) [ -e {tmp_path}/moved ] || '
        f'{{ touch {tmp_path}/moved; "{real}" commit --quiet --allow-empty -m moved >&2; }};; esac\nexit $code\n'
    )
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    assert committed.events(passes=2) == ["failed", "in_sync"]


@pytest.mark.parametrize("in_it", [True, False])
def test_a_checkout_that_is_switched_by_a_symlink_is_followed(
    committed: Watched, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, *, in_it: bool
) -> None:
    """git-sync's way: each commit has a worktree, a link names the newest, and the others are removed."""
    top = tmp_path_factory.mktemp("git")
    repository = committed.workspace.directory
    current = top / "current"

    def switch(number: int) -> None:
        git("worktree", "add", "--quiet", "--detach", str(top / str(number)), cwd=repository)
        (top / "new").symlink_to(str(number))
        (top / "new").replace(current)
        if number:
            git("worktree", "remove", "--force", str(top / str(number - 1)), cwd=repository)

    switch(0)
    monkeypatch.setenv("PWD", str(current))
    os.chdir(current if in_it else repository)
    where = () if in_it else ("--roles-dir", str(current / "roles.d"))

    def push() -> None:
        os.chdir(repository)
        committed.workspace.want("new-role", "contacts.view")
        git("add", "roles.d", cwd=repository)
        git("commit", "--quiet", "--message", "second", cwd=repository)
        switch(1)
        if in_it:
            os.chdir(top)  # a process whose directory was removed cannot name it; the next pass enters the new one

    lines = committed.lines(*where, "--apply", "--journal", str(top / "journal.jsonl"), passes=3, between={1: push})
    assert [line["event"] for line in lines[1:-1]] == ["in_sync", "applied", "in_sync"]
    assert lines[2]["commit"] == git("rev-parse", "HEAD", cwd=repository)
    assert [line["edited"] for line in lines[1:-1]] == [False] * 3


def test_a_working_directory_that_is_gone_is_a_failed_pass(
    committed: Watched, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = tmp_path_factory.mktemp("git") / "current"
    current.symlink_to(committed.workspace.directory)
    monkeypatch.setenv("PWD", str(current))
    os.chdir(current)
    events = committed.events(
        passes=3, between={1: current.unlink, 2: lambda: current.symlink_to(committed.workspace.directory)}
    )
    assert events == ["in_sync", "failed", "in_sync"]


def test_a_directory_that_is_removed_under_the_operator_is_a_failed_pass(
    watched: Watched, tmp_path_factory: pytest.TempPathFactory
) -> None:
    gone = tmp_path_factory.mktemp("gone")
    os.chdir(gone)
    roles = str(watched.workspace.directory / "roles.d")
    try:
        lines = watched.lines("--roles-dir", roles, passes=2, between={1: gone.rmdir})
    finally:
        os.chdir(watched.workspace.directory)
    assert [line["event"] for line in lines[1:-1]] == ["in_sync", "failed"]
    assert lines[2]["commit"] is None


def test_a_directory_that_is_removed_while_it_is_read_is_a_failed_pass(
    watched: Watched, tmp_path_factory: pytest.TempPathFactory, golden: Golden
) -> None:
    there = tmp_path_factory.mktemp("checkout") / "current"
    shutil.copytree("roles.d", there / "roles.d")

    def remove() -> None:
        watched.while_reading = lambda: None
        shutil.rmtree(there)

    os.chdir(there)
    watched.while_reading = remove
    try:
        lines = watched.lines("--api-key-file", str(watched.workspace.write("key", watched.workspace.tenant.api_key)))
    finally:
        os.chdir(watched.workspace.directory)
    assert [line["event"] for line in lines] == ["started", "failed", "stopped"]
    golden.says("watch/run", "a directory that is removed", lines[1]["message"])


# --- the API


def test_a_429_for_minutes_is_waited_out_within_one_pass(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = [{"id": an_id("admin"), "name": "admin", "is_system": True, "permissions": [], "description": ""}]
    refused = 6

    def answer(request: Received) -> Act:
        if request.number < refused:
            return reply(429, {"error": "slow down"}, {"Retry-After": "15"})
        return reply(body=roles if request.path == "/api/roles" else [])

    with ScriptedServer(answer) as server:
        monkeypatch.setenv("OMNISTREAM_URL", server.url)
        lines = watched.lines("--concurrency", "1")
    assert [line["event"] for line in lines] == ["started", "invalid", "stopped"], lines
    assert watched.time.seconds >= 15


def test_a_stop_ends_the_wait_after_a_429(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_request: Received) -> Act:
        watched.time.summons.set()
        return reply(429, {"error": "slow down"}, {"Retry-After": "15"})

    with ScriptedServer(answer) as server:
        monkeypatch.setenv("OMNISTREAM_URL", server.url)
        assert watched.watch().code == 0


# --- a tenant of several


def test_one_of_several_tenants_is_watched_like_one_alone(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = watched.workspace
    for name in ("OMNISTREAM_URL", "OMNISTREAM_API_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("OMNISTREAM_API_KEY_A", workspace.tenant.api_key)
    tenants = f"tenants:\n  a: {{url: '{workspace.tenant.url}', roles_dir: [roles.d, over]}}\n"
    workspace.write("reconciler.yaml", f"{tenants}  b: {{url: https://b.example}}\n")
    workspace.write("over/more.yaml", "name: temp-role\npermissions: [contacts.view]\n")
    watched.widen("billing.manage")
    healing = ("--heal", "revokes", "--journal", "{tenant}.jsonl", "--max-revokes", "99")
    assert watched.events("--tenant", "a", *healing) == ["applied"]
    assert Path("a.jsonl").exists()
    gone = {1: lambda: workspace.write("reconciler.yaml", "tenants: {b: {url: https://b.example}}\n")}
    assert watched.events("--tenant", "a", passes=2, between=gone)[-1] == "refused"
    assert watched.watch().code == 64
