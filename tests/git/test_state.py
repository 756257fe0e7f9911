from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.git.state import State, state_of


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit of a role file and a configuration, in which the test runs."""
    for name, value in (("NAME", "Writer"), ("EMAIL", "writer@example.org")):
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.chdir(tmp_path)
    Path("roles.d").mkdir()
    Path("roles.d/a.yaml").write_text("one\n")
    Path("reconciler.yaml").write_text("version: 1\n")
    Path(".gitignore").write_text("ignored.yaml\n*.swp\n")
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    return tmp_path


def state() -> State | None:
    return state_of(Path("roles.d"), [Path("reconciler.yaml"), Path("permissions.lock.yaml"), Path("roles.d")])


def test_a_clean_checkout_has_its_commit(checkout: Path) -> None:
    del checkout
    assert state() == State(git("rev-parse", "HEAD"), edited=False)


@pytest.mark.parametrize(
    ("edit", "edited"),
    [
        (lambda: Path("roles.d/a.yaml").write_text("two\n"), True),
        (lambda: Path("roles.d/b.yaml").write_text("new\n"), True),
        (lambda: Path("roles.d/ignored.yaml").write_text("new\n"), True),
        (lambda: Path("roles.d/a.yaml").unlink(), True),
        (lambda: Path("reconciler.yaml").write_text("version: 1 # edited\n"), True),
        (lambda: Path("permissions.lock.yaml").write_text("version: 1\n"), True),
        (lambda: git("rm", "--quiet", "--cached", "roles.d/a.yaml"), True),
        (lambda: Path("roles.d/.a.yaml.swp").write_text("an editor's\n"), False),
        (lambda: Path("roles.d/README.md").write_text("no role file\n"), False),
        (lambda: Path("other.yaml").write_text("not read\n"), False),
    ],
)
def test_only_an_edit_of_a_file_that_is_read_counts(
    checkout: Path, edit: Callable[[], object], *, edited: bool
) -> None:
    del checkout
    edit()
    assert state() == State(git("rev-parse", "HEAD"), edited)


def test_before_the_first_commit_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    Path("roles.d").mkdir()
    Path("roles.d/a.yaml").write_text("one\n")
    assert state() == State(None, edited=True)


def test_files_of_another_directory_are_left_out(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "reconciler.yaml"
    elsewhere.write_text("version: 1\n")
    assert state_of(checkout / "roles.d", [elsewhere, checkout / "roles.d"]) == State(
        git("rev-parse", "HEAD"), edited=False
    )


def test_through_a_symlink_it_is_the_same(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("elsewhere") / "current"
    link.symlink_to(checkout)
    (checkout / "roles.d" / "a.yaml").write_text("two\n")
    assert state_of(link / "roles.d", [link / "roles.d"]) == State(git("rev-parse", "HEAD"), edited=True)


def test_outside_a_repository_there_is_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert state_of(tmp_path, [tmp_path]) is None


def test_without_git_there_is_no_state(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    assert state() is None


def test_what_git_cannot_read_is_no_state(checkout: Path) -> None:
    (checkout / ".git" / "index").write_bytes(b"broken")
    assert state() is None
