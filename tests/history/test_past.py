from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import chdir
from pathlib import Path

import pytest

from reconciler.git.log import LoggedCommit
from reconciler.git.repository import Asker
from reconciler.history.events import Event, History
from reconciler.history.past import Past, day_of, read_past
from reconciler.load import load_roles
from reconciler.model.days import Day
from reconciler.model.errors import Failed
from reconciler.model.findings import Place
from reconciler.policy.items import Item
from tests.builders import TODAY
from tests.git.test_base import with_environment
from tests.repository import Repository, a_file, a_lock_file, a_set

WHY = Asker("why")
CLERK = "roles.d/clerk.yaml"
LEAD = "roles.d/lead.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.day = "2026-01-01"
    return made


def past(repo: Repository, roles_dir: str = "roles.d", lock: str = "permissions.lock.yaml") -> Past:
    return read_past(str(repo.directory / roles_dir), repo.directory / lock, WHY)


def history(repo: Repository, roles_dir: str = "roles.d", lock: str = "permissions.lock.yaml") -> History:
    return past(repo, roles_dir, lock).history(TODAY)


def line(event: Event) -> str:
    was = f" from {event.renamed_from}" if event.renamed_from else ""
    return f"{event.revision.subject}: {event.kind.word} {event.role}{was}{f' {event.code}' if event.code else ''}"


def lines(events: Iterable[Event]) -> list[str]:
    return [line(event) for event in events]


def said(repo: Repository, roles_dir: str = "roles.d", lock: str = "permissions.lock.yaml") -> list[str]:
    return lines(history(repo, roles_dir, lock).events)


def authors(repo: Repository) -> tuple[str, ...]:
    return history(repo).events[0].revision.authors


def held(found: History) -> dict[str, set[str]]:
    return {name: set(life.since) for name, life in found.roles.items()}


class TestACommit:
    def test_that_turns_a_pair_on_or_off_is_an_event_with_all_about_it(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view")})
        made = repo.commit("Let clerks edit (#7)\n\nBecause.\n", {CLERK: a_file("clerk", "a.edit")}, day="2026-01-02")
        found = history(repo)
        assert lines(found.events) == [
            "Let clerks edit (#7): revoked clerk a.view",
            "Let clerks edit (#7): granted clerk a.edit",
            "Start: created clerk",
            "Start: granted clerk a.view",
        ]
        revision = found.events[0].revision
        assert (revision.commit, revision.short) == (made, made[:12])
        assert (revision.date, revision.authors, revision.pull_request) == (Day(2026, 1, 2), ("Ana Ruiz",), 7)
        assert (found.skipped, found.oldest) == (0, None)

    def test_that_changes_no_access_is_no_event(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view", "a.edit"), LEAD: a_file("lead")})
        before = said(repo)
        repo.commit("Reorder", {CLERK: "# Clerks\n" + a_file("clerk", "a.edit", "a.view # Look")})
        repo.commit("Move", {CLERK: None, "roles.d/team/a.yml": a_file("clerk", "a.edit", "a.view")})
        repo.commit(
            "Join", {LEAD: a_file("lead") + "---\n" + a_file("clerk", "a.edit", "a.view"), "roles.d/team/a.yml": None}
        )
        repo.commit(
            "Describe", {LEAD: a_file("lead", more="owner: ana\n") + "---\n" + a_file("clerk", "a.edit", "a.view")}
        )
        repo.commit(
            "Share",
            {
                LEAD: "name: clerk\ninclude: [both]\n---\n" + a_file("lead"),
                "roles.d/s.yaml": a_set("both", "a.edit", "a.view"),
            },
        )
        repo.commit("Other files", {"roles.d/README.md": "x", "roles.d/.off/x.yaml": "- x", "roles.data/x.yaml": "- x"})
        repo.commit("A new key", {LEAD: "name: clerk\ninclude: [both]\nrenamed_from: helper\n---\n" + a_file("lead")})
        assert said(repo) == before
        assert held(history(repo)) == {"clerk": {"a.view", "a.edit"}, "lead": set()}
        assert history(repo).skipped == 0

    def test_that_changes_a_set_is_an_event_of_each_role_that_includes_it(self, repo: Repository) -> None:
        files = {CLERK: "name: clerk\ninclude: [all]\n", LEAD: "name: lead\ninclude: [all]\nexcept: [a.edit]\n"}
        repo.commit("Start", {**files, "roles.d/sets.yaml": a_set("all", "a.view", "a.edit")})
        repo.commit("Widen", {"roles.d/sets.yaml": a_set("all", "a.view", "a.edit", "a.send")})
        assert said(repo)[:2] == ["Widen: granted clerk a.send", "Widen: granted lead a.send"]

    def test_counts_with_the_lock_of_its_time(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.*"), "permissions.lock.yaml": a_lock_file("a.view", "b.view")})
        repo.commit("Update the lock", {"permissions.lock.yaml": a_lock_file("a.edit", "a.view", "b.view")})
        repo.commit("Another category", {"permissions.lock.yaml": a_lock_file("a.edit", "a.view", "b.edit")})
        assert said(repo) == [
            "Update the lock: granted clerk a.edit",
            "Start: created clerk",
            "Start: granted clerk a.view",
        ]

    def test_counts_with_the_day_of_its_time(self, repo: Repository) -> None:
        short = a_file("clerk", "a.view: {until: 2026-02-15}")
        repo.commit("Start", {CLERK: short}, day="2026-01-01")
        repo.commit("Say more", {CLERK: "# More\n" + short}, day="2026-03-01")
        repo.commit("Longer", {CLERK: a_file("clerk", "a.view: {until: 2026-04-15}")}, day="2026-03-02")
        assert said(repo) == [
            "ended 2026-04-15: revoked clerk a.view",
            "Longer: granted clerk a.view",
            "ended 2026-02-15: revoked clerk a.view",
            "Start: created clerk",
            "Start: granted clerk a.view",
        ]

    def test_that_reverts_is_an_event(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        repo.commit("Grant", {CLERK: a_file("clerk", "a.view")})
        repo.git("revert", "--no-edit", "HEAD")
        assert said(repo)[:2] == ['Revert "Grant": revoked clerk a.view', "Grant: granted clerk a.view"]

    def test_may_have_any_text(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        who = b"A\xffna\x07 <a@b> 1767268800 +0000"
        text = "\x1b[31mR?d \u202e #\n\nSee merge request a!3\n".encode().replace(b"?", b"\xff")
        repo.rewrite(b"(?s)^author .*", b"author %s\ncommitter %s\n\n%s" % (who, who, text))
        revision = history(repo).events[0].revision
        assert revision.subject == "\x1b[31mR\N{REPLACEMENT CHARACTER}d \u202e #"
        assert revision.authors == ("A\N{REPLACEMENT CHARACTER}na\x07",)
        assert revision.pull_request == 3


class TestAMerge:
    def test_is_one_event_and_not_what_came_and_went_within(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        repo.branch("topic")
        repo.commit("Grant both", {CLERK: a_file("clerk", "a.view", "a.edit")})
        repo.commit("Not that one", {CLERK: a_file("clerk", "a.view")})
        repo.switch("main")
        repo.commit("Meanwhile", {LEAD: a_file("lead")})
        made = repo.merge("topic", message="Merge pull request #5 from ana/topic", day="2026-05-01")
        events = history(repo).events
        assert lines(events)[:2] == [
            "Merge pull request #5 from ana/topic: granted clerk a.view",
            "Meanwhile: created lead",
        ]
        revision = events[0].revision
        assert (revision.commit, revision.date, revision.pull_request) == (made, Day(2026, 5, 1), 5)

    def test_names_those_who_touched_role_files_each_once_oldest_first(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk"), ".mailmap": "Mia Chen <mia@example.org> <old@example.org>\n"})
        repo.branch("topic")
        repo.commit("One", {CLERK: a_file("clerk", "a.view")}, author="Jon Berg")
        repo.commit("Docs", {"README.md": "x"}, author="Doc Writer")
        repo.commit("Hidden", {"roles.d/.off.yaml": "x", "roles.d/notes.txt": "x"}, author="Note Taker")
        repo.commit("Lock", {"permissions.lock.yaml": a_lock_file("a.view", "a.edit")}, author="Lock Smith")
        repo.commit("Two", {CLERK: a_file("clerk", "a.edit")}, author="Ana Ruiz")
        repo.git("commit", "--quiet", "--allow-empty", "--author", "m <old@example.org>", "--message", "Nothing")
        repo.write({CLERK: a_file("clerk", "a.edit", "a.view")})
        repo.git("commit", "--quiet", "--all", "--author", "m <old@example.org>", "--message", "Three")
        repo.commit("Four", {CLERK: a_file("clerk", "a.view")}, author="Jon Berg")
        repo.switch("main")
        repo.merge("topic", author="Merge Bot")
        assert authors(repo) == ("Jon Berg", "Ana Ruiz", "Mia Chen")

    def test_of_a_lock_alone_names_those_who_touched_it(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.*"), "permissions.lock.yaml": a_lock_file("a.view")})
        repo.branch("topic")
        repo.commit("Docs", {"README.md": "x", "roles.d/notes.txt": "x"}, author="Doc Writer")
        repo.commit("Lock", {"permissions.lock.yaml": a_lock_file("a.view", "a.edit")}, author="Lock Smith")
        repo.switch("main")
        repo.merge("topic", author="Merge Bot")
        assert authors(repo) == ("Lock Smith",)

    def test_that_changes_files_by_itself_names_its_own_author(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        repo.branch("topic")
        repo.commit("Docs", {"README.md": "x", "roles.d/notes.txt": "x"}, author="Doc Writer")
        repo.switch("main")
        repo.git("merge", "--quiet", "--no-ff", "--no-commit", "topic")
        repo.commit("Merge topic", {CLERK: a_file("clerk", "a.view")}, author="Jon Berg")
        assert authors(repo) == ("Jon Berg",)

    def test_whose_commits_a_shallow_clone_may_lack_names_none(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        repo.branch("topic")
        repo.commit("One", {CLERK: a_file("clerk", "a.view")}, author="Jon Berg")
        repo.commit("Two", {CLERK: a_file("clerk", "a.view", "a.edit")}, author="Mia Chen")
        repo.switch("main")
        repo.commit("Meanwhile", {LEAD: a_file("lead")})
        repo.merge("topic", author="Merge Bot")
        repo.git("clone", "--quiet", "--depth", "2", f"file://{repo.directory}", str(tmp_path / "clone"))
        clone = str(tmp_path / "clone" / "roles.d")
        found = read_past(clone, tmp_path / "clone" / "permissions.lock.yaml", WHY).history(TODAY)
        assert lines(found.events)[:1] == ["Merge topic: granted clerk a.edit"]
        assert found.events[0].revision.authors == ()

    def test_of_a_branch_that_took_main_in_does_not_name_those_of_main(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        repo.branch("topic")
        repo.commit("One", {CLERK: a_file("clerk", "a.view")}, author="Jon Berg")
        repo.switch("main")
        repo.commit("Main", {LEAD: a_file("lead")}, author="Mia Chen")
        repo.switch("topic")
        repo.merge("main", author="Merge Bot")
        repo.switch("main")
        repo.merge("topic", author="Merge Bot")
        assert authors(repo) == ("Jon Berg",)
        assert said(repo)[0] == "Merge topic: granted clerk a.view"

    def test_is_a_commit_like_any_other_once_squashed_or_rebased(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        repo.branch("topic")
        repo.commit("One", {CLERK: a_file("clerk", "a.view")}, author="Jon Berg")
        repo.commit("Two", {CLERK: a_file("clerk", "a.view", "a.edit")}, author="Mia Chen")
        repo.switch("main")
        repo.commit("Main", {LEAD: a_file("lead")}, day="2026-02-01")
        repo.branch("squashed")
        repo.git("merge", "--quiet", "--squash", "topic")
        repo.commit("Squash (#9)", author="Ana Ruiz")
        assert said(repo)[:2] == ["Squash (#9): granted clerk a.edit", "Squash (#9): granted clerk a.view"]
        assert authors(repo) == ("Ana Ruiz",)
        repo.switch("topic")
        repo.git("rebase", "--quiet", "main", day="2026-02-02")
        assert said(repo)[:3] == ["Two: granted clerk a.edit", "One: granted clerk a.view", "Main: created lead"]
        assert authors(repo) == ("Mia Chen",)
        assert history(repo).events[0].revision.date == Day(2026, 2, 2)


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        "files",
        [
            {CLERK: "name: [\n"},
            {CLERK: a_file("clerk", "a.view", "a.view")},
            {CLERK: b"name: \xff\npermissions: []\n"},
            {CLERK: ""},
            {CLERK: a_file("clerk", "z.unknown")},
            {CLERK: a_file("clerk", "z.*")},
            {CLERK: "name: clerk\ninclude: [missing]\n"},
            {CLERK: a_file("clerk") + "---\n" + a_set("s", "z.unknown")},
            {CLERK: a_file("clerk") + "---\n" + a_set("s", "z.*")},
            {LEAD: a_file("Clerk ")},
            {LEAD: a_file("lead", more="renamed_from: x\n") + "---\n" + a_file("x", more="renamed_from: lead\n")},
            {"roles.d/permissions.lock.yaml": a_lock_file("a.view")},
            {"permissions.lock.yaml": "version: 2\n"},
            {"permissions.lock.yaml": b"\xff"},
            {"permissions.lock.yaml": a_lock_file("a.edit")},
            {"permissions.lock.yaml": None, CLERK: a_file("clerk", "a.*")},
        ],
    )
    def test_is_skipped_and_counted_and_the_state_before_goes_on(
        self, repo: Repository, files: dict[str, str | bytes | None]
    ) -> None:
        good = {CLERK: a_file("clerk", "a.view"), "permissions.lock.yaml": a_lock_file("a.view", "a.edit")}
        repo.commit("Start", good)
        repo.commit("Break", files)
        repo.commit("Break on", {"roles.d/other.yaml": a_file("other")})
        extra = {name: None for name in files if name not in good}
        repo.commit("Repair", {**good, **extra, "roles.d/other.yaml": None})
        repo.commit("Go on", {CLERK: a_file("clerk", "a.edit")})
        found = history(repo)
        assert found.skipped == 2
        assert lines(found.events) == [
            "Go on: revoked clerk a.view",
            "Go on: granted clerk a.edit",
            "Start: created clerk",
            "Start: granted clerk a.view",
        ]

    def test_may_be_everything(self, repo: Repository) -> None:
        repo.commit("Break", {CLERK: "name: [\n"})
        repo.commit("Break on", {CLERK: "name: {\n"})
        assert (said(repo), history(repo).skipped) == ([], 2)

    def test_does_not_stop_the_ends_of_grants(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view: {until: 2026-02-15}")}, day="2026-01-01")
        repo.commit("Break", {CLERK: "name: [\n"}, day="2026-03-01")
        assert said(repo)[0] == "ended 2026-02-15: revoked clerk a.view"


class TestPaths:
    def test_that_do_not_exist_yet_are_an_empty_state(self, repo: Repository) -> None:
        repo.commit("Start", {"README.md": "x"})
        repo.commit("Elsewhere", {"access/clerk.yaml": a_file("clerk", "a.view")})
        repo.git("mv", "access", "roles.d")
        repo.commit("Move")
        repo.git("rm", "-r", "--quiet", "roles.d")
        repo.commit("Remove")
        assert said(repo) == [
            "Remove: deleted clerk",
            "Remove: revoked clerk a.view",
            "Move: created clerk",
            "Move: granted clerk a.view",
        ]
        assert history(repo).skipped == 0

    @pytest.mark.parametrize(
        ("roles_dir", "lock"),
        [
            (".", "../lock.yaml"),
            ("roles.d", "lock.yaml"),
            ("a/b/roles.d", "a/lock.yaml"),
            (":(glob)*/[r]\n.d", "l[o]ck"),
        ],
    )
    def test_may_be_anywhere_and_asked_for_from_anywhere(self, repo: Repository, roles_dir: str, lock: str) -> None:
        pattern = "a.*" if not lock.startswith("..") else "a.view"
        repo.write({} if lock.startswith("..") else {lock: a_lock_file("a.view")})
        repo.commit("Start", {f"{roles_dir}/clerk.yaml": a_file("clerk", pattern), "elsewhere/x.txt": "x"})
        top = repo.directory
        expected = ["Start: created clerk", "Start: granted clerk a.view"]
        for start in (top, top / roles_dir, top / "elsewhere", top.parent):
            with chdir(start):
                roles, locked = (Path(os.path.relpath(top / name)) for name in (roles_dir, lock))
                assert lines(read_past(str(roles), locked, WHY).history(TODAY).events) == expected

    def test_may_lead_through_links(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("Start", {"access/clerk.yaml": a_file("clerk", "a.*"), "shared/lock.yaml": a_lock_file("a.view")})
        (repo.directory / "roles.d").symlink_to("access")
        (repo.directory / "permissions.lock.yaml").symlink_to("shared/lock.yaml")
        repo.commit("Link")
        expected = ["Start: created clerk", "Start: granted clerk a.view"]
        assert said(repo) == expected
        (tmp_path / "link").symlink_to(repo.directory)
        assert (
            lines(
                read_past(str(tmp_path / "link/roles.d"), tmp_path / "link/permissions.lock.yaml", WHY)
                .history(TODAY)
                .events
            )
            == expected
        )

    def test_are_found_in_a_linked_work_tree(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
        repo.directory = tmp_path / "side"
        repo.commit("On the side", {CLERK: a_file("clerk", "a.view")})
        assert said(repo)[0] == "On the side: granted clerk a.view"

    def test_are_found_inside_a_git_hook(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        with chdir(repo.directory), with_environment(GIT_DIR=".git", GIT_PREFIX="", GIT_INDEX_FILE=".git/index"):
            assert said(repo) == ["Start: created clerk"]

    def test_of_the_lock_outside_the_repository_have_no_past(self, repo: Repository, tmp_path: Path) -> None:
        (tmp_path / "lock.yaml").write_text(a_lock_file("a.view"))
        repo.commit("Start", {CLERK: a_file("clerk", "a.view")})
        repo.commit("Match", {CLERK: a_file("clerk", "a.*")})
        assert said(repo, lock="../lock.yaml") == ["Start: created clerk", "Start: granted clerk a.view"]
        assert history(repo, lock="../lock.yaml").skipped == 1

    def test_may_have_any_bytes(self, repo: Repository) -> None:
        odd = os.fsdecode(b"roles.d/\xff\n:100644 \x1b[1m.yaml")
        repo.commit("Start", {odd: a_file("clerk", "a.view")})
        repo.commit("Go on", {odd: a_file("clerk")})
        life = history(repo).roles["clerk"]
        assert lines(life.events)[0] == "Go on: revoked clerk a.view"
        assert life.role is not None
        assert life.role.location.path == "\\udcff\\n:100644 \\x1b[1m.yaml"

    def test_may_turn_from_a_file_into_a_directory_and_back(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view")})
        repo.write({CLERK: None})
        repo.commit("Directory", {f"{CLERK}/inner.yaml": a_file("clerk", "a.edit")})
        repo.git("rm", "-r", "--quiet", "roles.d")
        repo.commit("A file of that name", {"roles.d": "x"})
        assert said(repo)[:4] == [
            "A file of that name: deleted clerk",
            "A file of that name: revoked clerk a.edit",
            "Directory: revoked clerk a.view",
            "Directory: granted clerk a.edit",
        ]


class TestLinks:
    def test_within_the_directory_are_followed_through_time(self, repo: Repository) -> None:
        repo.write({"roles.d/.shared/clerk": a_file("clerk", "a.view"), LEAD: a_file("lead")})
        (repo.directory / CLERK).symlink_to(".shared/clerk")
        repo.commit("Start")
        repo.commit("Edit what it leads to", {"roles.d/.shared/clerk": a_file("clerk", "a.edit")})
        repo.commit("Other", {"roles.d/notes.txt": "x"})
        (repo.directory / CLERK).unlink()
        repo.commit("A plain file", {CLERK: a_file("clerk", "a.send")})
        repo.commit("Edit that one", {CLERK: a_file("clerk", "a.view")})
        assert said(repo) == [
            "Edit that one: revoked clerk a.send",
            "Edit that one: granted clerk a.view",
            "A plain file: revoked clerk a.edit",
            "A plain file: granted clerk a.send",
            "Edit what it leads to: revoked clerk a.view",
            "Edit what it leads to: granted clerk a.edit",
            "Start: created clerk",
            "Start: created lead",
            "Start: granted clerk a.view",
        ]
        assert history(repo).skipped == 0

    def test_may_lead_elsewhere_later(self, repo: Repository) -> None:
        repo.write({"roles.d/.one": a_file("clerk", "a.view"), "roles.d/.two": a_file("clerk", "a.edit")})
        (repo.directory / CLERK).symlink_to(".one")
        repo.commit("Start")
        (repo.directory / CLERK).unlink()
        (repo.directory / CLERK).symlink_to(".two")
        repo.commit("Turn")
        (repo.directory / CLERK).unlink()
        repo.commit("Remove")
        assert said(repo)[:4] == [
            "Remove: deleted clerk",
            "Remove: revoked clerk a.edit",
            "Turn: revoked clerk a.view",
            "Turn: granted clerk a.edit",
        ]

    @pytest.mark.parametrize("target", ["../outside.yaml", "missing.yaml", "clerk2.yaml", "/etc/hostname"])
    def test_that_lead_to_no_file_of_the_directory_cannot_be_read(self, repo: Repository, target: str) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view"), "outside.yaml": a_file("outside")})
        (repo.directory / "roles.d/clerk2.yaml").symlink_to(target)
        repo.commit("Link", {CLERK: a_file("clerk")})
        (repo.directory / "roles.d/clerk2.yaml").unlink()
        repo.commit("Remove it")
        assert said(repo)[0] == "Remove it: revoked clerk a.view"
        assert history(repo).skipped == 1

    def test_that_are_no_role_files_are_left_alone(self, repo: Repository) -> None:
        (repo.directory / "roles.d").mkdir()
        (repo.directory / "roles.d/README").symlink_to("../missing")
        repo.commit("Start", {CLERK: a_file("clerk")})
        assert (said(repo), history(repo).skipped) == (["Start: created clerk"], 0)

    def test_from_submodules_and_into_them_are_none(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        Repository(repo.directory / "roles.d/vendor.yaml").commit("Vendor", {"lead.yaml": a_file("lead")})
        Repository(repo.directory / "permissions.lock.yaml").commit("Vendor")
        repo.commit("Submodules")
        assert (said(repo), history(repo).skipped) == (["Start: created clerk"], 0)


class TestRenames:
    def test_are_followed_along_a_chain(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("a", "x.view"), LEAD: a_file("b", "x.edit")})
        shifted = {
            CLERK: a_file("b", "x.view", more="renamed_from: a\n"),
            LEAD: a_file("c", "x.edit", more="renamed_from: b\n"),
        }
        repo.commit("Shift", shifted)
        repo.commit("Again", {LEAD: a_file("d", "x.edit", more="renamed_from: [c, b]\n")})
        found = history(repo)
        assert lines(found.events)[:3] == [
            "Again: renamed d from c",
            "Shift: renamed b from a",
            "Shift: renamed c from b",
        ]
        assert list(dict.fromkeys(event.role for event in found.roles["d"].events)) == ["d", "c", "b"]
        assert found.roles["d"].since["x.edit"].subject == "Start"

    def test_over_a_commit_that_cannot_be_read_are_followed(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("a", "x.view")})
        repo.commit("Break", {CLERK: "name: [\n"})
        repo.commit("Rename", {CLERK: a_file("b", "x.view", more="renamed_from: a\n")})
        assert said(repo)[0] == "Rename: renamed b from a"


class TestTheWorkTree:
    def test_that_differs_from_head_is_the_newest(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view")})
        repo.write({CLERK: a_file("billing", "a.view", "a.edit", more="renamed_from: clerk\n")})
        now = {role.role.name: role for role in load_roles(repo.directory / "roles.d", today=TODAY).roles}
        assert lines(past(repo).history(TODAY, now).events)[:2] == [
            "not committed: renamed billing from clerk",
            "not committed: granted billing a.edit",
        ]

    def test_is_not_looked_at_by_itself(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view")})
        repo.write({CLERK: None})
        assert said(repo) == ["Start: created clerk", "Start: granted clerk a.view"]


class TestADay:
    def test_has_the_newest_commit_that_is_not_after_it(self, repo: Repository) -> None:
        for day in ("2026-01-10", "2026-01-20", "2026-01-15", "2026-02-01"):
            repo.commit(day, {CLERK: f"# {day}\n" + a_file("clerk")}, day=day)
        whole = past(repo)
        newest = {day: whole.on(Day.fromisoformat(day)) for day in ("2026-01-09", "2026-01-10", "2026-01-14")}
        newest |= {day: whole.on(Day.fromisoformat(day)) for day in ("2026-01-15", "2026-01-31", "2026-02-01")}
        assert {day: found and found.newest.subject for day, found in newest.items()} == {
            "2026-01-09": None,
            "2026-01-10": "2026-01-10",
            "2026-01-14": "2026-01-10",
            "2026-01-15": "2026-01-15",
            "2026-01-31": "2026-01-15",
            "2026-02-01": "2026-02-01",
        }

    def test_has_the_state_of_then(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view: {until: 2026-01-15}", "a.edit")}, day="2026-01-10")
        repo.commit("Later", {CLERK: a_file("clerk")}, day="2026-02-01")
        day = Day(2026, 1, 16)
        then = past(repo).on(day)
        assert then is not None
        assert held(then.history(day)) == {"clerk": {"a.edit"}}

    def test_counts_in_utc(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        repo.rewrite(b"^committer .*$", b"committer A <a@b> 1767225599 -1200")
        assert history(repo).events[0].revision.date == Day(2025, 12, 31)
        repo.rewrite(b"^committer .*$", b"committer A <a@b> 1767225600 +1400")
        assert history(repo).events[0].revision.date == Day(2026, 1, 1)

    @pytest.mark.parametrize(
        ("seconds", "day"),
        [(0, Day(1970, 1, 1)), (-1, Day(1969, 12, 31)), (10**14, Day.max), (10**30, Day.max), (-(10**14), Day.min)],
    )
    def test_of_a_commit_is_always_one_of_the_calendar(self, seconds: int, day: Day) -> None:
        assert day_of(LoggedCommit("0", (), seconds, "", "", "", ())) == day

    @pytest.mark.parametrize(
        ("written", "day"),
        [("99999999999999 +0000", Day.max), ("-5000 +0000", Day(1970, 1, 1)), ("", Day(1970, 1, 1))],
    )
    def test_of_a_clock_far_off_is_no_reason_to_fail(self, repo: Repository, written: str, day: Day) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view: {until: 2026-12-31}")})
        repo.rewrite(b"^committer .*$", f"committer A <a@b> {written}".encode())
        found = history(repo)
        assert {event.revision.date for event in found.events} == {day}
        assert held(found) == {"clerk": {"a.view"}}


class TestACommitThatIsNamed:
    def test_has_its_own_past_whether_it_is_on_the_line_or_not(self, repo: Repository) -> None:
        first = repo.commit("Start", {CLERK: a_file("clerk", "a.view")})
        repo.git("tag", "--annotate", "v1", "--message", "v1")
        repo.branch("topic")
        repo.commit("On the branch", {CLERK: a_file("clerk", "a.edit")})
        repo.switch("main")
        repo.commit("Later", {CLERK: a_file("clerk")})
        whole = past(repo)
        found = {ref: whole.at(ref) for ref in (first, first[:9], "HEAD~1", "v1", "topic", "main")}
        assert {ref: then and then.newest.subject for ref, then in found.items()} == {
            first: "Start",
            first[:9]: "Start",
            "HEAD~1": "Start",
            "v1": "Start",
            "topic": "On the branch",
            "main": "Later",
        }
        topic = found["topic"]
        assert topic is not None
        assert held(topic.history(TODAY)) == {"clerk": {"a.edit"}}

    @pytest.mark.parametrize(
        "ref", ["missing", "--all", "^HEAD", "", "HEAD~7", "main..main", "HEAD:roles.d", "\0", "\x1b"]
    )
    def test_that_is_none_has_none(self, repo: Repository, ref: str) -> None:
        repo.commit("Start", {CLERK: a_file("clerk")})
        assert past(repo).at(ref) is None


class TestAShallowClone:
    def test_says_where_it_begins(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("One", {CLERK: a_file("clerk", "a.view")})
        two = repo.commit("Two", {"README.md": "x"})
        repo.commit("Three", {CLERK: a_file("clerk", "a.view", "a.edit")})
        found = history(repo.clone(tmp_path / "clone", "--depth=2"))
        assert found.oldest is not None
        assert found.oldest.commit == two
        assert lines(event for event in found.events if found.is_known(event.revision)) == [
            "Three: granted clerk a.edit"
        ]
        assert found.since("clerk", "a.view") is None
        assert held(found) == {"clerk": {"a.view", "a.edit"}}

    def test_begins_where_files_can_be_read(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("One", {CLERK: a_file("clerk", "a.view")})
        repo.commit("Break", {CLERK: "name: [\n"})
        repo.commit("Other", {"README.md": "x"})
        repaired = repo.commit("Repair", {CLERK: a_file("clerk", "a.view")})
        repo.commit("Go on", {CLERK: a_file("clerk", "a.view", "a.edit")})
        found = history(repo.clone(tmp_path / "clone", "--depth=4"))
        assert found.oldest is not None
        assert found.oldest.commit == repaired
        assert found.since("clerk", "a.view") is None
        assert found.skipped == 1

    def test_begins_without_roles_where_there_were_none(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("One", {"README.md": "x"})
        two = repo.commit("Two", {"README.md": "y"})
        repo.commit("Three", {CLERK: a_file("clerk", "a.view")})
        found = history(repo.clone(tmp_path / "clone", "--depth=2"))
        assert found.oldest is not None
        assert found.oldest.commit == two
        since = found.since("clerk", "a.view")
        assert since is not None
        assert since.subject == "Three"

    def test_of_which_nothing_can_be_read_begins_at_its_end(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("One", {CLERK: a_file("clerk", "a.view")})
        broken = repo.commit("Break", {CLERK: "name: [\n"})
        found = history(repo.clone(tmp_path / "clone", "--depth=1"))
        assert (found.events, found.skipped) == ((), 1)
        assert found.oldest is not None
        assert found.oldest.commit == broken


class TestWhatCannotBeAsked:
    def test_of_a_clone_without_contents_says_what_to_fetch_and_fetches_nothing(
        self, repo: Repository, tmp_path: Path
    ) -> None:
        repo.commit("One", {CLERK: a_file("clerk", "a.view")})
        repo.commit("Two", {CLERK: a_file("clerk", "a.edit")})
        repo.git("config", "uploadpack.allowFilter", "true")
        clone = repo.clone(tmp_path / "clone", "--filter=blob:none")
        with pytest.raises(Failed, match=r"why: this clone lacks files of the history.*git fetch --refetch"):
            history(clone)
        clone.git("fetch", "--quiet", "--refetch", "--no-filter")
        assert said(clone) == said(repo)

    def test_without_a_repository_or_a_commit_says_so(self, repo: Repository, tmp_path: Path) -> None:
        with pytest.raises(Failed, match="why reads the history of HEAD, and HEAD has no commit"):
            history(repo)
        with pytest.raises(Failed, match=r"why needs the history of .*, which is not in a git repository"):
            read_past(str(tmp_path), tmp_path / "lock.yaml", WHY)


def test_a_repository_of_longer_hashes_has_a_past_too(tmp_path: Path) -> None:
    repo = Repository(tmp_path, "--object-format=sha256")
    made = repo.commit("Start", {CLERK: a_file("clerk", "a.*"), "permissions.lock.yaml": a_lock_file("a.view")})
    revision = history(repo).events[0].revision
    assert (revision.commit, len(made), len(revision.short)) == (made, 64, 12)
    assert said(repo) == ["Start: created clerk", "Start: granted clerk a.view"]


class TestSeveralDirectories:
    """A role of a later directory replaces one of an earlier one, at any time."""

    def test_a_later_role_is_in_force_from_the_commit_that_adds_it_to_the_one_that_removes_it(
        self, repo: Repository
    ) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view"), LEAD: a_file("lead", "b.view")})
        repo.commit("Over", {"over/clerk.yaml": a_file("clerk", "c.view")})
        repo.commit("Base", {CLERK: a_file("clerk", "d.view")})
        repo.commit("Twice", {"over/x.yaml": a_file("clerk", "x.view")})
        repo.commit("Back", {"over/clerk.yaml": None, "over/x.yaml": None})
        found = read_past(
            str(repo.directory / "roles.d"), repo.directory / "lock.yaml", WHY, [str(repo.directory / "over")]
        )
        history = found.history(TODAY)
        assert lines(history.roles["clerk"].events) == [
            "Back: revoked clerk c.view",
            "Back: granted clerk d.view",
            "Over: revoked clerk a.view",
            "Over: granted clerk c.view",
            "Start: created clerk",
            "Start: granted clerk a.view",
        ]
        assert history.skipped == 1
        assert sorted(history.files) == ["roles.d/clerk.yaml", "roles.d/lead.yaml"]

    def test_globs_choose_roles_at_any_time(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view"), LEAD: a_file("lead", "b.view")})
        choice = (Item("!lead", Place("reconciler.yaml")),)
        found = read_past(str(repo.directory / "roles.d"), repo.directory / "lock.yaml", WHY, choice=choice)
        assert list(found.history(TODAY).roles) == ["clerk"]
        at = found.at("HEAD")
        assert at is not None
        assert list(at.history(TODAY).roles) == ["clerk"]

    def test_another_commit_has_its_own_history_of_all_directories(self, repo: Repository) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view")})
        repo.git("checkout", "-b", "side")
        repo.commit("Over", {"over/clerk.yaml": a_file("clerk", "c.view")})
        repo.git("checkout", "main")
        found = read_past(
            str(repo.directory / "roles.d"), repo.directory / "lock.yaml", WHY, [str(repo.directory / "over")]
        )
        side = found.at("side")
        assert side is not None
        assert set(side.history(TODAY).roles["clerk"].since) == {"c.view"}
        assert set(found.history(TODAY).roles["clerk"].since) == {"a.view"}

    def test_a_directory_of_another_repository_has_no_common_history(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("Start", {CLERK: a_file("clerk", "a.view")})
        Repository(tmp_path / "other").commit("Start", {"over/clerk.yaml": a_file("clerk", "c.view")})
        with pytest.raises(Failed, match="all directories of role files in one repository"):
            read_past(
                str(repo.directory / "roles.d"), repo.directory / "lock.yaml", WHY, [str(tmp_path / "other/over")]
            )
