from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.git.log import Log, LoggedCommit, read_log
from reconciler.git.repository import Asker, TreeEntry
from reconciler.git.repository import Repository as Git
from reconciler.model.errors import Failed
from tests.git.test_base import with_environment
from tests.repository import Repository

if TYPE_CHECKING:
    from tests.sentences import Golden

WHY = Asker("why")


def log(repo: Repository, *paths: str, start: str = "HEAD", below: str = "roles.d") -> Log:
    git = Git.around(repo.directory / below, WHY)
    return read_log(git, [os.fsencode(path) for path in paths or ["roles.d"]], start)


def subjects(found: Log) -> list[str]:
    return [commit.subject for commit in found.commits]


def merged(commit: LoggedCommit) -> list[str] | None:
    return None if commit.merged is None else [each.subject for each in commit.merged]


def paths(commit: LoggedCommit) -> list[str]:
    return [os.fsdecode(path) for path, _ in commit.changes]


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    found = Repository(tmp_path)
    found.day = "2026-01-01"
    return found


class TestTheLine:
    def test_is_every_commit_oldest_first_with_what_it_changed(self, repo: Repository) -> None:
        first = repo.commit("One", {"roles.d/a.yaml": "a", "roles.d/b.yaml": "b"}, author="Ana Ruiz")
        second = repo.commit("Two", {"README.md": "other"}, author="Jon Berg")
        third = repo.commit("Three\n\nWith a body.\n", {"roles.d/a.yaml": "new", "roles.d/b.yaml": None})
        found = log(repo)
        assert [commit.hash for commit in found.commits] == [first, second, third]
        assert [commit.parents for commit in found.commits] == [(), (first,), (second,)]
        assert [commit.author for commit in found.commits] == ["Ana Ruiz", "Jon Berg", "Ana Ruiz"]
        assert [commit.subject for commit in found.commits] == ["One", "Two", "Three"]
        assert [commit.message.strip() for commit in found.commits] == ["One", "Two", "Three\n\nWith a body."]
        assert [paths(commit) for commit in found.commits] == [
            ["roles.d/a.yaml", "roles.d/b.yaml"],
            [],
            ["roles.d/a.yaml", "roles.d/b.yaml"],
        ]
        blob = repo.git("rev-parse", "HEAD:roles.d/a.yaml").encode()
        assert found.commits[2].changes == (
            (b"roles.d/a.yaml", TreeEntry(b"100644", blob)),
            (b"roles.d/b.yaml", None),
        )
        assert not found.cut

    def test_follows_first_parents_and_shows_a_merge_as_one_change(self, repo: Repository) -> None:
        repo.commit("Base", {"roles.d/a.yaml": "a"})
        repo.branch("topic")
        repo.commit("On the branch", {"roles.d/b.yaml": "b"})
        repo.commit("More on the branch", {"roles.d/c.yaml": "c"})
        repo.switch("main")
        repo.commit("Meanwhile", {"roles.d/d.yaml": "d"})
        repo.merge("topic")
        found = log(repo)
        assert subjects(found) == ["Base", "Meanwhile", "Merge topic"]
        assert paths(found.commits[-1]) == ["roles.d/b.yaml", "roles.d/c.yaml"]
        assert merged(found.commits[-1]) == ["On the branch", "More on the branch"]

    def test_starts_where_it_is_asked_to(self, repo: Repository) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a"})
        repo.commit("Two")
        repo.branch("topic")
        repo.commit("Three")
        repo.switch("main")
        assert subjects(log(repo, start="topic")) == ["One", "Two", "Three"]
        assert subjects(log(repo, start="HEAD~1")) == ["One"]
        assert subjects(log(repo)) == ["One", "Two"]

    def test_is_whole_where_a_file_has_the_name_of_the_start(self, repo: Repository) -> None:
        repo.commit("One", {"HEAD": "a file", "roles.d/a.yaml": "a"})
        assert subjects(log(repo)) == ["One"]

    def test_has_only_the_changes_to_the_paths(self, repo: Repository) -> None:
        files = ["roles.d/a.yaml", "roles.data/b.yaml", "lock.yaml", "lock.yaml.orig", "deep/roles.d/c.yaml"]
        repo.commit("One", dict.fromkeys(files, "x"))
        assert paths(log(repo, "roles.d", "lock.yaml").commits[0]) == ["lock.yaml", "roles.d/a.yaml"]
        assert len(paths(log(repo, ".").commits[0])) == 5

    def test_takes_paths_as_they_are(self, repo: Repository) -> None:
        odd = ":(glob)*/[r]oles\n.d"
        repo.commit("One", {f"{odd}/a.yaml": "a", "x/roles\n.d/b.yaml": "b"})
        assert paths(log(repo, odd).commits[0]) == [f"{odd}/a.yaml"]

    def test_has_paths_and_messages_of_any_bytes(self, repo: Repository) -> None:
        name = os.fsdecode(b"roles.d/\xff\n:100644\t.yaml")
        repo.commit("Naive \x1b[31m\n\n:000000 100644 a b A\n", {name: "a"})
        repo.rewrite(b"Naive", b"Na\xefve")
        repo.commit("Last")
        found = log(repo)
        assert [os.fsencode(path) for path in paths(found.commits[0])] == [b"roles.d/\xff\n:100644\t.yaml"]
        assert found.commits[0].subject == "Na\N{REPLACEMENT CHARACTER}ve \x1b[31m"
        assert ":000000 100644 a b A" in found.commits[0].message
        assert subjects(found)[1:] == ["Last"]

    def test_has_messages_of_another_encoding_as_text(self, repo: Repository) -> None:
        repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
        repo.git("config", "i18n.logOutputEncoding", "ISO-8859-1")
        repo.git("commit", "--quiet", "--allow-empty", "--file=-", stdin="Größe".encode("latin-1"))
        assert subjects(log(repo)) == ["Größe"]

    def test_may_have_commits_without_a_message_or_an_author(self, repo: Repository) -> None:
        repo.commit("", {"roles.d/a.yaml": "a"})
        repo.rewrite(b"^author Ana Ruiz <", b"author <")
        commit = log(repo).commits[0]
        assert (commit.subject, commit.message, commit.author) == ("", "", "")
        assert paths(commit) == ["roles.d/a.yaml"]

    @pytest.mark.parametrize(
        ("written", "seconds"),
        [
            ("0 +0000", 0),
            ("1767268800 -1200", 1767268800),
            ("99999999999999 +0000", 99999999999999),
            ("-5000 +0000", 0),
            ("", 0),
            ("soon", 0),
        ],
    )
    def test_may_have_commits_of_any_date(self, repo: Repository, written: str, seconds: int) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a"})
        repo.rewrite(b"^committer .*$", f"committer A <a@b> {written}".encode())
        assert [commit.time for commit in log(repo).commits] == [seconds]

    def test_has_the_committer_time_and_the_author_by_mailmap(self, repo: Repository) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a", ".mailmap": "Ana Ruiz <ana@example.org> <old@example.org>\n"})
        author = ("--author", "anita <old@example.org>", "--date", "2020-01-01T00:00:00Z")
        repo.git("commit", "--quiet", "--allow-empty", *author, "--message", "Two")
        commit = log(repo).commits[-1]
        assert (commit.author, commit.time) == ("Ana Ruiz", 1767268800)

    def test_is_found_from_any_directory_below(self, repo: Repository) -> None:
        repo.commit("One", {"team/roles.d/a.yaml": "a", "lock.yaml": "", "other/b.yaml": ""})
        for below in (".", "team", "team/roles.d", "other", "gone"):
            assert paths(log(repo, "team/roles.d", "lock.yaml", below=below).commits[0]) == [
                "lock.yaml",
                "team/roles.d/a.yaml",
            ]

    def test_has_modes_of_links_and_submodules(self, repo: Repository) -> None:
        repo.write({"roles.d/a.yaml": "a"})
        (repo.directory / "roles.d" / "b.yaml").symlink_to("a.yaml")
        vendor = Repository(repo.directory / "roles.d" / "vendor").commit("Vendor")
        repo.commit("One")
        assert [(path, entry and entry.mode) for path, entry in log(repo).commits[0].changes] == [
            (b"roles.d/a.yaml", b"100644"),
            (b"roles.d/b.yaml", b"120000"),
            (b"roles.d/vendor", b"160000"),
        ]
        assert log(repo).commits[0].changes[2][1] == TreeEntry(b"160000", vendor.encode())

    def test_is_the_same_in_a_repository_of_longer_hashes(self, tmp_path: Path) -> None:
        repo = Repository(tmp_path, "--object-format=sha256")
        first = repo.commit("One", {"roles.d/a.yaml": "a"})
        second = repo.commit("Two", {"roles.d/a.yaml": "b"})
        found = log(repo)
        assert [commit.hash for commit in found.commits] == [first, second]
        assert len(first) == 64
        assert [paths(commit) for commit in found.commits] == [["roles.d/a.yaml"]] * 2


class TestWhatAUserSets:
    @pytest.mark.parametrize(
        "setting",
        [
            "log.follow=true",
            "log.showRoot=false",
            "log.showSignature=true",
            "log.mailmap=false",
            "log.diffMerges=off",
            "log.decorate=full",
            "log.abbrevCommit=true",
            "log.date=relative",
            "diff.renames=copies",
            "diff.relative=true",
            "diff.noPrefix=true",
            "diff.submodule=log",
            "diff.ignoreSubmodules=all",
            "diff.external=false",
            "format.pretty=oneline",
            "format.notes=refs/notes/*",
            "notes.displayRef=refs/notes/*",
            "core.quotePath=true",
            "core.abbrev=4",
            "color.ui=always",
            "core.pager=false",
            "alias.log=status",
        ],
    )
    def test_in_the_configuration_changes_no_answer(self, repo: Repository, setting: str) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a\n" * 50, ".mailmap": "Ana <ana@example.org>\n"})
        repo.git("notes", "add", "--message", "A note")
        repo.commit("Two", {"roles.d/a.yaml": None, "roles.d/b.yaml": "a\n" * 50})
        Repository(repo.directory / "roles.d" / "vendor").commit("Vendor")
        repo.branch("topic")
        repo.commit("On the branch", {"roles.d/c.yaml": "c"})
        repo.switch("main")
        repo.merge("topic")
        before = log(repo)
        assert len(before.commits) == 3
        assert before.commits[0].author == "Ana"
        repo.git("config", *setting.split("=", 1))
        assert log(repo) == before

    @pytest.mark.parametrize(
        "variable",
        [
            "GIT_DIR=.git",
            "GIT_WORK_TREE=.",
            "GIT_PREFIX=roles.d/",
            "GIT_INDEX_FILE=.git/index",
            "GIT_LITERAL_PATHSPECS=1",
            "GIT_GLOB_PATHSPECS=1",
            "GIT_NOGLOB_PATHSPECS=1",
            "GIT_ICASE_PATHSPECS=1",
            "GIT_EXTERNAL_DIFF=false",
            "GIT_PAGER=false",
            "LC_ALL=de_DE.UTF-8",
        ],
    )
    def test_in_the_environment_changes_no_answer(self, repo: Repository, variable: str) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a", "ROLES.D/b.yaml": "b"})
        before = log(repo)
        name, _, value = variable.partition("=")
        with with_environment(**{name: value}):
            assert log(repo) == before
        assert paths(before.commits[0]) == ["roles.d/a.yaml"]


class TestWhatAMergeBrings:
    def test_are_its_commits_oldest_first_without_merges(self, repo: Repository) -> None:
        repo.commit("Base", {"roles.d/a.yaml": "a"}, day="2026-01-01", author="Ana Ruiz")
        repo.branch("topic")
        repo.commit("T1", {"roles.d/t.yaml": "1"}, day="2026-01-02", author="Jon Berg")
        repo.branch("inner")
        repo.commit("I1", {"roles.d/i.yaml": "1"}, day="2026-01-03", author="Mia Chen")
        repo.switch("topic")
        repo.commit("T2", {"README.md": "2"}, day="2026-01-04", author="Jon Berg")
        repo.merge("inner", day="2026-01-05", author="Ana Ruiz")
        repo.switch("main")
        repo.commit("M1", {"roles.d/m.yaml": "1"}, day="2026-01-06")
        repo.switch("topic")
        repo.merge("main", message="Merge main into topic", day="2026-01-07")
        repo.commit("T3", {"roles.d/t.yaml": "3"}, day="2026-01-08")
        repo.switch("main")
        repo.merge("topic", day="2026-01-09")
        found = log(repo)
        assert subjects(found) == ["Base", "M1", "Merge topic"]
        brought = found.commits[-1].merged
        assert brought is not None
        assert [(each.subject, each.author) for each in brought] == [
            ("T1", "Jon Berg"),
            ("I1", "Mia Chen"),
            ("T2", "Jon Berg"),
            ("T3", "Ana Ruiz"),
        ]
        assert [paths(each) for each in brought] == [
            ["roles.d/t.yaml"],
            ["roles.d/i.yaml"],
            [],
            ["roles.d/t.yaml"],
        ]
        assert [commit.merged for commit in found.commits[:2]] == [(), ()]

    def test_is_not_what_an_earlier_merge_brought(self, repo: Repository) -> None:
        repo.commit("Base", {"roles.d/a.yaml": "a"})
        repo.branch("topic")
        repo.commit("T1", {"roles.d/t.yaml": "1"})
        repo.switch("main")
        repo.merge("topic", message="First")
        repo.switch("topic")
        repo.commit("T2", {"roles.d/t.yaml": "2"})
        repo.switch("main")
        repo.merge("topic", message="Second")
        assert [merged(commit) for commit in log(repo).commits] == [[], ["T1"], ["T2"]]

    def test_may_come_from_several_branches_at_once(self, repo: Repository) -> None:
        repo.commit("Base", {"roles.d/a.yaml": "a"})
        for at, name in enumerate(["one", "two", "three"]):
            repo.branch(name, "main")
            repo.commit(name, {f"roles.d/{name}.yaml": name}, day=f"2026-02-0{at + 1}")
        repo.switch("main")
        repo.merge("three", "one", "two", message="Octopus")
        merge = log(repo).commits[-1]
        assert len(merge.parents) == 4
        assert merged(merge) == ["one", "two", "three"]
        assert paths(merge) == ["roles.d/one.yaml", "roles.d/three.yaml", "roles.d/two.yaml"]

    def test_may_be_a_history_that_began_elsewhere(self, repo: Repository) -> None:
        repo.commit("Ours", {"roles.d/a.yaml": "a"})
        repo.git("switch", "--quiet", "--orphan", "theirs")
        repo.commit("Theirs", {"roles.d/b.yaml": "b"})
        repo.switch("main")
        repo.git("merge", "--quiet", "--allow-unrelated-histories", "theirs", "--message", "Merge theirs")
        found = log(repo)
        assert subjects(found) == ["Ours", "Merge theirs"]
        assert merged(found.commits[-1]) == ["Theirs"]
        assert paths(found.commits[-1]) == ["roles.d/b.yaml"]

    def test_is_in_the_order_of_history_whatever_the_clocks_say(self, repo: Repository) -> None:
        repo.commit("Base", {"roles.d/a.yaml": "a"}, day="2026-03-01")
        repo.branch("topic")
        repo.commit("T1", {"roles.d/t.yaml": "1"}, day="2027-01-01")
        repo.commit("T2", {"roles.d/t.yaml": "2"}, day="2020-01-01")
        repo.switch("main")
        repo.merge("topic", day="2026-03-02")
        assert merged(log(repo).commits[-1]) == ["T1", "T2"]


class TestACutHistory:
    def test_says_so_and_begins_with_every_file(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a"})
        repo.commit("Two", {"roles.d/b.yaml": "b"})
        repo.commit("Three", {"roles.d/c.yaml": "c"})
        clone = repo.clone(tmp_path / "clone", "--depth=2")
        found = log(clone)
        assert subjects(found) == ["Two", "Three"]
        assert [paths(commit) for commit in found.commits] == [["roles.d/a.yaml", "roles.d/b.yaml"], ["roles.d/c.yaml"]]
        assert found.cut

    def test_is_whole_where_only_a_side_branch_is_cut(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a"})
        repo.git("switch", "--quiet", "--orphan", "theirs")
        for at in range(4):
            repo.commit(f"Theirs {at}", {"roles.d/b.yaml": f"{at}"})
        repo.switch("main")
        repo.git("merge", "--quiet", "--allow-unrelated-histories", "theirs", "--message", "Merge theirs")
        clone = repo.clone(tmp_path / "clone", "--depth=3")
        assert subjects(log(clone)) == ["One", "Merge theirs"]
        assert not log(clone).cut

    def test_does_not_tell_what_a_cut_side_branch_brought(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("Base", {"roles.d/a.yaml": "a"})
        repo.branch("topic")
        for at in range(3):
            repo.commit(f"T{at}", {"README.md": f"{at}"})
        repo.switch("main")
        repo.merge("topic")
        assert [merged(commit) for commit in log(repo.clone(tmp_path / "cut", "--depth=3")).commits] == [[], None]
        assert [merged(commit) for commit in log(repo.clone(tmp_path / "whole", "--depth=5")).commits] == [
            [],
            ["T0", "T1", "T2"],
        ]

    def test_does_not_take_what_is_older_than_its_start_for_merged(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("Root", {"roles.d/a.yaml": "a"})
        repo.branch("old")
        repo.commit("O1", {"roles.d/o.yaml": "1"})
        repo.branch("older", "main")
        repo.commit("P1", {"roles.d/p.yaml": "1"})
        repo.switch("main")
        for at in range(4):
            repo.commit(f"M{at}", {"roles.d/m.yaml": f"{at}"})
        repo.merge("old", message="First")
        repo.switch("older")
        repo.merge("old", message="Old into older")
        repo.commit("P2", {"roles.d/p.yaml": "2"})
        repo.switch("main")
        repo.merge("older", message="Second")
        repo.branch("new")
        repo.commit("N1", {"roles.d/n.yaml": "1"})
        repo.switch("main")
        repo.merge("new", message="Third")
        found = log(repo.clone(tmp_path / "clone", "--depth=5"))
        assert subjects(found) == ["M2", "M3", "First", "Second", "Third"]
        assert [merged(commit) for commit in found.commits] == [[], [], None, None, ["N1"]]

    @pytest.mark.parametrize("depth", [2, 5])
    def test_is_whole_where_the_clone_has_every_commit(self, repo: Repository, tmp_path: Path, depth: int) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a"})
        repo.commit("Two", {"roles.d/b.yaml": "b"})
        assert not log(repo.clone(tmp_path / "clone", f"--depth={depth}")).cut

    def test_is_found_in_a_linked_work_tree_too(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a"})
        repo.commit("Two", {"roles.d/b.yaml": "b"})
        clone = repo.clone(tmp_path / "clone", "--depth=1")
        clone.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
        clone.directory = tmp_path / "side"
        assert subjects(log(clone)) == ["Two"]
        assert log(clone).cut


class TestWhatGitCannotTell:
    def test_before_the_first_commit_it_says_so(self, repo: Repository, golden: Golden) -> None:
        with pytest.raises(Failed) as raised:
            log(repo)
        golden.says("git/log", "HEAD without a commit", str(raised.value))

    def test_a_clone_without_directories_says_what_to_fetch(self, repo: Repository, tmp_path: Path) -> None:
        repo.commit("One", {"roles.d/a.yaml": "a"})
        repo.commit("Two", {"roles.d/a.yaml": "b"})
        repo.git("config", "uploadpack.allowFilter", "true")
        clone = repo.clone(tmp_path / "clone", "--filter=tree:0")
        with pytest.raises(Failed, match=r"why: this clone lacks files of the history .*git fetch --refetch"):
            log(clone)

    def test_a_repository_that_lost_a_commit_says_so(self, repo: Repository) -> None:
        lost = repo.commit("One", {"roles.d/a.yaml": "a"})
        repo.commit("Two", {"roles.d/a.yaml": "b"})
        (repo.directory / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
        with pytest.raises(Failed, match="this clone lacks files of the history"):
            log(repo)
