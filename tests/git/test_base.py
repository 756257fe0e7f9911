from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.git.base import files_at_merge_base
from reconciler.git.repository import head_commit
from reconciler.model.errors import CommandLineError, Failed
from reconciler.model.inert import visible

if TYPE_CHECKING:
    from tests.sentences import Golden

LEAD = b"name: lead\npermissions: []\n"
TEMP = b"name: temp\npermissions: []\n"
IDENTITY = {
    "GIT_AUTHOR_NAME": "A Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.org",
    "GIT_COMMITTER_NAME": "A Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(directory: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | IDENTITY
    done = subprocess.run(
        ["git", *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write(directory: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def commit(directory: Path, message: str = "Change") -> str:
    git(directory, "add", "--all", "--force")
    git(directory, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(directory, "rev-parse", "HEAD")


def a_repository(directory: Path, files: dict[str, bytes] | None = None) -> str:
    """A repository with one commit on the branch `main`, whose hash is returned."""
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "--quiet", "--initial-branch", "main")
    write(directory, files if files is not None else {"roles.d/lead.yaml": LEAD})
    return commit(directory)


def a_branch_with(directory: Path, files: dict[str, bytes]) -> str:
    """A new branch `topic` with one more commit, checked out."""
    git(directory, "switch", "--quiet", "--create", "topic")
    write(directory, files)
    return commit(directory)


@contextmanager
def with_environment(**values: str) -> Iterator[None]:
    before = os.environ.copy()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def without_git(directory: Path) -> Iterator[None]:
    (directory / "empty").mkdir()
    with with_environment(PATH=str(directory / "empty")):
        yield


class TestHeadCommit:
    def test_is_the_commit_that_is_checked_out(self, tmp_path: Path) -> None:
        assert head_commit(tmp_path) is None
        first = a_repository(tmp_path)
        assert head_commit(tmp_path) == first
        assert head_commit(tmp_path / "roles.d") == first
        second = a_branch_with(tmp_path, {})
        assert head_commit(tmp_path) == second

    def test_is_none_outside_a_repository(self, tmp_path: Path) -> None:
        assert head_commit(tmp_path) is None

    def test_is_none_before_the_first_commit(self, tmp_path: Path) -> None:
        git(tmp_path, "init", "--quiet")
        assert head_commit(tmp_path) is None

    def test_is_none_where_git_is_not_installed(self, tmp_path: Path) -> None:
        a_repository(tmp_path / "repository")
        with without_git(tmp_path):
            assert head_commit(tmp_path / "repository") is None

    def test_of_a_directory_that_is_not_there_is_that_of_the_one_around_it(self, tmp_path: Path) -> None:
        first = a_repository(tmp_path)
        assert head_commit(tmp_path / "missing" / "further") == first

    def test_is_found_inside_a_git_hook_too(self, tmp_path: Path) -> None:
        first = a_repository(tmp_path)
        with with_environment(GIT_DIR=".git", GIT_INDEX_FILE=".git/index"):
            assert head_commit(tmp_path / "roles.d") == first


class TestFilesAtMergeBase:
    def test_are_those_of_the_merge_base_not_of_either_branch(self, tmp_path: Path) -> None:
        base = a_repository(tmp_path)
        a_branch_with(tmp_path, {"roles.d/lead.yaml": b"edited", "roles.d/temp.yaml": TEMP})
        git(tmp_path, "switch", "--quiet", "main")
        write(tmp_path, {"roles.d/lead.yaml": b"went on"})
        commit(tmp_path)
        git(tmp_path, "switch", "--quiet", "topic")
        directory = tmp_path / "roles.d"
        found = files_at_merge_base(directory, "main")
        assert (found.commit, found.files) == (base, ((str(directory / "lead.yaml"), LEAD),))

    def test_have_paths_in_the_form_of_the_working_trees(self, tmp_path: Path) -> None:
        a_repository(tmp_path, {"roles.d/lead.yaml": LEAD, "roles.d/deep/er/temp.yml": TEMP})
        with chdir(tmp_path):
            assert [path for path, _ in files_at_merge_base("roles.d", "main").files] == [
                "roles.d/deep/er/temp.yml",
                "roles.d/lead.yaml",
            ]

    def test_are_found_from_a_subdirectory(self, tmp_path: Path) -> None:
        a_repository(tmp_path, {"roles.d/lead.yaml": LEAD, "roles.d/sub/temp.yaml": TEMP, "sub/other.yaml": b""})
        with chdir(tmp_path / "roles.d"):
            assert files_at_merge_base("sub", "main").files == (("sub/temp.yaml", TEMP),)
        with chdir(tmp_path / "sub"):
            assert [path for path, _ in files_at_merge_base("../roles.d", "main").files] == [
                "../roles.d/lead.yaml",
                "../roles.d/sub/temp.yaml",
            ]

    def test_may_be_all_of_the_repository(self, tmp_path: Path) -> None:
        a_repository(tmp_path, {"lead.yaml": LEAD, "README.md": b""})
        with chdir(tmp_path):
            assert files_at_merge_base(".", "main").files == (("./lead.yaml", LEAD),)

    def test_are_found_in_a_directory_with_an_odd_name(self, tmp_path: Path) -> None:
        a_repository(tmp_path, {":(glob)*/[r]oles\n.d/lead.yaml": LEAD, "other/roles\n.d/temp.yaml": TEMP})
        directory = tmp_path / ":(glob)*" / "[r]oles\n.d"
        assert files_at_merge_base(directory, "main").files == ((visible(str(directory / "lead.yaml")), LEAD),)

    def test_are_none_where_the_directory_was_not_there(self, tmp_path: Path) -> None:
        base = a_repository(tmp_path, {"README.md": b""})
        a_branch_with(tmp_path, {"roles.d/lead.yaml": LEAD})
        found = files_at_merge_base(tmp_path / "roles.d", "main")
        assert (found.commit, found.files) == (base, ())

    def test_come_with_any_other_file_of_the_merge_base(self, tmp_path: Path) -> None:
        a_repository(tmp_path, {"roles.d/lead.yaml": LEAD, "lock.yaml": b"old", "deep/[x].yaml": b"odd"})
        a_branch_with(tmp_path, {"lock.yaml": b"new", "later.yaml": b""})
        with chdir(tmp_path / "roles.d"):
            base = files_at_merge_base(".", "main")
            assert base.file("../lock.yaml") == b"old"
            assert base.file("../deep/[x].yaml") == b"odd"
            assert base.file(Path("../later.yaml")) is None
            assert base.file(tmp_path / "lock.yaml") == b"old"

    def test_come_with_what_a_link_of_the_merge_base_points_to(self, tmp_path: Path) -> None:
        write(tmp_path, {"roles.d/lead.yaml": LEAD, "shared/lock.yaml": b"old"})
        (tmp_path / "lock.yaml").symlink_to("shared/lock.yaml")
        a_repository(tmp_path, {})
        with chdir(tmp_path):
            assert files_at_merge_base("roles.d", "main").file("lock.yaml") == b"old"

    def test_come_with_nothing_from_outside_the_repository(self, tmp_path: Path) -> None:
        a_repository(tmp_path / "ours")
        a_repository(tmp_path / "theirs", {"lock.yaml": b"theirs"})
        write(tmp_path, {"lock.yaml": b"in no repository"})
        base = files_at_merge_base(tmp_path / "ours" / "roles.d", "main")
        assert base.file(tmp_path / "theirs" / "lock.yaml") is None
        assert base.file(tmp_path / "lock.yaml") is None
        assert base.matching(str(tmp_path / "*.yaml")) == ()

    def test_come_with_the_files_that_a_pattern_matches(self, tmp_path: Path) -> None:
        files = {"policies/b.yaml": b"b", "policies/a.yaml": b"a", "policies/.c.yaml": b"c", "policies/d/e.yaml": b"e"}
        a_repository(tmp_path, {"roles.d/lead.yaml": LEAD, **files})
        with chdir(tmp_path):
            base = files_at_merge_base("roles.d", "main")
            assert base.matching("policies/*.yaml") == (("policies/a.yaml", b"a"), ("policies/b.yaml", b"b"))
            assert base.matching("policies/.*.yaml") == (("policies/.c.yaml", b"c"),)
            assert base.matching("*/*/e.yaml") == (("policies/d/e.yaml", b"e"),)
            assert base.matching("none/*.yaml") == ()

    def test_come_with_the_files_at_any_depth_that_a_pattern_matches(self, tmp_path: Path) -> None:
        names = ["p/a.yaml", "p/b/c.yaml", "p/b/d/e.yaml", "p/.f/g.yaml", "p/b/.h.yaml", "p/b/i.txt", "j/a.yaml"]
        a_repository(tmp_path, {"roles.d/lead.yaml": LEAD, **dict.fromkeys(names, b"")})
        with chdir(tmp_path):
            base = files_at_merge_base("roles.d", "main")
            for pattern in (
                *("p/**/*.yaml", "p/**", "**/a.yaml", "p/**/b/**/*", "p/**.yaml", "**/.h.yaml", "p/**/.*/*"),
                *("*/*/**", "**", "**/**", "p/b/**/**", "p/.f/**"),
            ):
                matched = glob(pattern, recursive=True)  # noqa: PTH207 - its rules are those to compare with
                found = {path for path in matched if Path(path).is_file()}
                assert {path for path, _ in base.matching(pattern)} == found, pattern

    def test_are_found_where_the_directory_is_gone(self, tmp_path: Path) -> None:
        a_repository(tmp_path, {"roles.d/lead.yaml": LEAD, "README.md": b""})
        git(tmp_path, "rm", "-r", "--quiet", "roles.d")
        commit(tmp_path)
        with chdir(tmp_path):
            assert files_at_merge_base("roles.d", "HEAD~1").files == (("roles.d/lead.yaml", LEAD),)

    def test_keep_their_old_name_where_they_were_moved_since(self, tmp_path: Path) -> None:
        a_repository(tmp_path)
        git(tmp_path, "switch", "--quiet", "--create", "topic")
        (tmp_path / "roles.d" / "people").mkdir()
        git(tmp_path, "mv", "roles.d/lead.yaml", "roles.d/people/leads.yaml")
        commit(tmp_path)
        with chdir(tmp_path):
            assert files_at_merge_base("roles.d", "main").files == (("roles.d/lead.yaml", LEAD),)

    def test_are_only_role_files(self, tmp_path: Path) -> None:
        names = ["a.yaml", "b.yml", ".hidden.yaml", ".git-like/c.yaml", "notes.txt", "yaml", "d.yaml.orig"]
        a_repository(tmp_path, {f"roles.d/{name}": LEAD for name in names})
        with chdir(tmp_path):
            assert [path for path, _ in files_at_merge_base("roles.d", "main").files] == [
                "roles.d/a.yaml",
                "roles.d/b.yml",
            ]

    def test_may_have_odd_names_and_any_bytes(self, tmp_path: Path) -> None:
        names = ["with blank.yaml", "line\nbreak.yaml", 'quote"and\\.yaml', "-dash.yaml", "tab\t.yaml", "rôle.yaml"]
        contents = {name: f"{name}\0\nmissing\n".encode() for name in names}
        a_repository(tmp_path, {f"roles.d/{name}": content for name, content in contents.items()})
        with chdir(tmp_path):
            assert dict(files_at_merge_base("roles.d", "main").files) == {
                f"roles.d/{visible(name)}": content for name, content in contents.items()
            }

    def test_have_inert_paths_even_where_their_bytes_are_no_text(self, tmp_path: Path) -> None:
        a_repository(tmp_path, {os.fsdecode(b"roles.d/\xff\x1b[1m.yaml"): LEAD})
        with chdir(tmp_path):
            assert files_at_merge_base("roles.d", "main").files == (("roles.d/\\udcff\\x1b[1m.yaml", LEAD),)

    def test_may_be_empty(self, tmp_path: Path) -> None:
        a_repository(tmp_path, {"roles.d/a.yaml": b"", "roles.d/b.yaml": b""})
        with chdir(tmp_path):
            assert files_at_merge_base("roles.d", "main").files == (("roles.d/a.yaml", b""), ("roles.d/b.yaml", b""))

    def test_may_be_many(self, tmp_path: Path) -> None:
        files = {f"roles.d/{number:04}.yaml": f"{number}\n".encode() * 40 for number in range(3000)}
        a_repository(tmp_path, files)
        with chdir(tmp_path):
            assert dict(files_at_merge_base("roles.d", "main").files) == files

    def test_are_not_those_of_a_submodule(self, tmp_path: Path) -> None:
        a_repository(tmp_path / "vendor")
        a_repository(tmp_path / "main")
        with_files = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"]
        git(tmp_path / "main", *with_files, str(tmp_path / "vendor"), "roles.d/vendor.yaml")
        commit(tmp_path / "main")
        with chdir(tmp_path / "main"):
            assert files_at_merge_base("roles.d", "main").files == (("roles.d/lead.yaml", LEAD),)

    def test_leave_the_work_tree_and_the_index_alone(self, tmp_path: Path) -> None:
        a_repository(tmp_path)
        a_branch_with(tmp_path, {"roles.d/temp.yaml": TEMP})
        write(tmp_path, {"roles.d/lead.yaml": b"not committed", "roles.d/new.yaml": b"not added"})
        index = (tmp_path / ".git" / "index").read_bytes()
        status = git(tmp_path, "--no-optional-locks", "status", "--porcelain")
        files_at_merge_base(tmp_path / "roles.d", "main")
        assert (tmp_path / ".git" / "index").read_bytes() == index
        assert git(tmp_path, "--no-optional-locks", "status", "--porcelain") == status

    def test_are_found_inside_a_git_hook_too(self, tmp_path: Path) -> None:
        a_repository(tmp_path)
        with chdir(tmp_path), with_environment(GIT_DIR=".git", GIT_PREFIX="", GIT_INDEX_FILE=".git/index"):
            assert files_at_merge_base("roles.d", "main").files == (("roles.d/lead.yaml", LEAD),)


class TestLinksAtMergeBase:
    def test_within_the_directory_are_followed(self, tmp_path: Path) -> None:
        write(tmp_path, {"roles.d/.shared/lead": LEAD})
        (tmp_path / "roles.d" / "deep").mkdir()
        (tmp_path / "roles.d" / "deep" / "lead.yaml").symlink_to("../first")
        (tmp_path / "roles.d" / "first").symlink_to(".shared/lead")
        a_repository(tmp_path, {})
        with chdir(tmp_path):
            assert files_at_merge_base("roles.d", "main").files == (("roles.d/deep/lead.yaml", LEAD),)

    @pytest.mark.parametrize("target", ["../outside.yaml", "/etc/hostname", "missing.yaml", "itself.yaml", "directory"])
    def test_that_lead_to_no_file_of_it_are_left_out(self, tmp_path: Path, target: str) -> None:
        write(tmp_path, {"roles.d/directory/lead.yaml": LEAD, "outside.yaml": TEMP})
        (tmp_path / "roles.d" / "itself.yaml").symlink_to(target)
        a_repository(tmp_path, {})
        with chdir(tmp_path):
            assert files_at_merge_base("roles.d", "main").files == (("roles.d/directory/lead.yaml", LEAD),)


class TestWhatGitCannotTell:
    @pytest.mark.parametrize(
        "ref", ["origin/main", "--help", "-x", "", "main..topic", "nul\0byte", "HEAD~7", "\x1b[1m", "^HEAD"]
    )
    def test_a_ref_that_names_no_commit_is_a_wrong_command_line(self, tmp_path: Path, ref: str, golden: Golden) -> None:
        a_repository(tmp_path)
        with pytest.raises(CommandLineError, match=r"--base .*git fetch origin") as raised:
            files_at_merge_base(tmp_path / "roles.d", ref)
        assert str(raised.value).isprintable()
        golden.says("git/base", f"not a commit, {ref!a}", str(raised.value))

    @pytest.mark.parametrize("ref", ["HEAD", "origin/main"])
    def test_a_repository_without_a_commit_says_so(self, tmp_path: Path, ref: str, golden: Golden) -> None:
        (tmp_path / "roles.d").mkdir()
        git(tmp_path, "init", "--quiet")
        with pytest.raises(Failed, match="HEAD") as raised:
            files_at_merge_base(tmp_path / "roles.d", ref)
        golden.says("git/base", "HEAD without a commit", str(raised.value))

    def test_a_branch_without_a_commit_says_so(self, tmp_path: Path, golden: Golden) -> None:
        commit_ = a_repository(tmp_path)
        git(tmp_path, "switch", "--quiet", "--orphan", "empty")
        with pytest.raises(Failed, match="HEAD") as raised:
            files_at_merge_base(tmp_path / "roles.d", commit_)
        golden.says("git/base", "HEAD without a commit", str(raised.value))

    def test_two_histories_without_a_common_commit_say_so(self, tmp_path: Path, golden: Golden) -> None:
        a_repository(tmp_path)
        git(tmp_path, "switch", "--quiet", "--orphan", "other")
        commit(tmp_path)
        with pytest.raises(Failed, match="--base main") as raised:
            files_at_merge_base(tmp_path / "roles.d", "main")
        golden.says("git/base", "no common commit", str(raised.value))

    def test_a_shallow_clone_says_what_to_fetch(self, tmp_path: Path, golden: Golden) -> None:
        origin, clone = tmp_path / "origin", tmp_path / "clone"
        a_repository(origin)
        a_branch_with(origin, {"roles.d/temp.yaml": TEMP})
        git(origin, "switch", "--quiet", "main")
        write(origin, {"README.md": b"went on"})
        commit(origin)
        git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=topic", origin.as_uri(), "clone")
        with pytest.raises(Failed, match=r"git fetch --unshallow.*fetch-depth: 0") as raised:
            files_at_merge_base(clone / "roles.d", "origin/main")
        git(clone, "fetch", "--quiet", "--unshallow")
        assert [content for _, content in files_at_merge_base(clone / "roles.d", "origin/main").files] == [LEAD]
        golden.says("git/base", "a shallow clone", str(raised.value))

    def test_a_partial_clone_says_what_to_fetch_and_is_not_filled(self, tmp_path: Path) -> None:
        origin, clone = tmp_path / "origin", tmp_path / "clone"
        a_repository(origin)
        git(origin, "config", "uploadpack.allowFilter", "true")
        a_branch_with(origin, {"roles.d/lead.yaml": b"edited"})
        git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--branch=topic", origin.as_uri(), "clone")
        with pytest.raises(Failed, match="git fetch --refetch"):
            files_at_merge_base(clone / "roles.d", "origin/main")
        git(clone, "fetch", "--quiet", "--refetch", "--no-filter")
        assert [content for _, content in files_at_merge_base(clone / "roles.d", "origin/main").files] == [LEAD]

    @pytest.mark.parametrize("depth", [0, 1, 2])
    def test_a_clone_without_directories_says_what_to_fetch(self, tmp_path: Path, depth: int) -> None:
        origin, clone = tmp_path / "origin", tmp_path / "clone"
        a_repository(origin, {"roles.d/deep/lead.yaml": LEAD})
        git(origin, "config", "uploadpack.allowFilter", "true")
        a_branch_with(origin, {"roles.d/deep/lead.yaml": b"edited"})
        git(tmp_path, "clone", "--quiet", f"--filter=tree:{depth}", "--branch=topic", origin.as_uri(), "clone")
        with pytest.raises(Failed, match="git fetch --refetch"):
            files_at_merge_base(clone / "roles.d", "origin/main")

    def test_a_repository_that_lost_a_file_says_so(self, tmp_path: Path, golden: Golden) -> None:
        a_repository(tmp_path)
        lost = git(tmp_path, "rev-parse", "HEAD:roles.d/lead.yaml")
        (tmp_path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
        with pytest.raises(Failed, match="git fetch --refetch") as raised:
            files_at_merge_base(tmp_path / "roles.d", "main")
        golden.says("git/base", "a lost file", str(raised.value))

    def test_a_directory_that_was_a_file_says_so(self, tmp_path: Path, golden: Golden) -> None:
        a_repository(tmp_path, {"roles.d": b"a file"})
        git(tmp_path, "rm", "--quiet", "roles.d")
        a_branch_with(tmp_path, {"roles.d/lead.yaml": LEAD})
        with pytest.raises(Failed, match=r"roles\.d") as raised:
            files_at_merge_base(tmp_path / "roles.d", "main")
        golden.says(
            "git/base", "a file, not a directory", str(raised.value), commit=git(tmp_path, "rev-parse", "main")[:12]
        )

    def test_outside_a_repository_it_says_so(self, tmp_path: Path, golden: Golden) -> None:
        with pytest.raises(Failed, match="fatal: not a git repository") as raised:
            files_at_merge_base(tmp_path, "main")
        reason = str(raised.value).partition("(")[2].partition("). hint: ")[0]  # the words of git
        golden.says("git/base", "no repository", str(raised.value), directory=tmp_path, reason=reason)

    def test_a_repository_that_git_does_not_trust_says_how_to_allow_it(self, tmp_path: Path, golden: Golden) -> None:
        a_repository(tmp_path)
        trust_nobody = {"GIT_CONFIG_COUNT": "0", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        with (
            with_environment(GIT_TEST_ASSUME_DIFFERENT_OWNER="1", **trust_nobody),
            pytest.raises(Failed, match=r"git config --global --add safe\.directory") as raised,
        ):
            files_at_merge_base(tmp_path / "roles.d", "main")
        golden.says("git/base", "dubious ownership", str(raised.value), directory=tmp_path)

    def test_without_git_it_says_so(self, tmp_path: Path, golden: Golden) -> None:
        a_repository(tmp_path / "repository")
        with without_git(tmp_path), pytest.raises(Failed, match="--base") as raised:
            files_at_merge_base(tmp_path / "repository" / "roles.d", "main")
        golden.says("git/base", "no git", str(raised.value))
