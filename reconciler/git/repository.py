"""The repository around the role files: its objects, its history, its configuration. Only reads."""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.git.program import nearest, run_git
from reconciler.model.errors import CommandLineError, Failed
from reconciler.model.inert import quoted, visible
from reconciler.reading import DOCUMENT, content_of

_NOT_SET = 1
"""What `git config --get` exits with if the value is not set (git-config(1))."""


class Asker(NamedTuple):
    """What needs the history: an option or a command, as messages name it. An option can be omitted."""

    name: str
    optional: bool = False

    def or_omit(self, join: str) -> str:
        """Return the remedy that an option has beside others, and a command does not."""
        return f"{join}omit {self.name}" if self.optional else ""


BASE = Asker("--base", optional=True)


class TreeEntry(NamedTuple):
    """One file or link of a tree, as `git ls-tree` lists it."""

    mode: bytes
    object: bytes


def head_commit(directory: Path | str) -> str | None:
    """Return the full hash of the commit that is checked out in `directory`.

    None outside a repository, before its first commit, or if git is not installed or does not trust the repository:
    the caller only records it.
    """
    git = shutil.which("git")
    if git is None:
        return None
    answer = run_git(git, nearest(Path(directory)), "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return answer.stdout.decode().strip() if answer.returncode == 0 else None


def setting(directory: Path, name: str) -> str:
    """Return a value of git's configuration as it counts in `directory`, or an empty string if it is not set.

    `directory` may be outside a repository. Raise `Failed` when git is not installed or its configuration is not valid.
    """
    git = shutil.which("git")
    if git is None:
        raise Failed("git is not installed", hint=f"install git, and set {name}")
    answer = run_git(git, nearest(directory), "config", "--get", name)
    if answer.returncode not in (0, _NOT_SET):
        raise Failed(f"git cannot read its configuration ({_first_line(answer.stderr)})")
    return answer.stdout.decode(errors="replace").strip()


class Repository(NamedTuple):
    """The repository that contains `prefix`, a directory relative to its top, without a slash at the end."""

    git: str
    directory: Path
    prefix: bytes
    asker: Asker = BASE

    @classmethod
    def around(cls, roles_dir: Path, asker: Asker = BASE) -> Repository:
        """Return the repository that contains `roles_dir`. Raise `Failed` without git, and outside a repository."""
        git = shutil.which("git")
        if git is None:
            needed = f"{asker.name} needs the history of the repository, and git is not installed"
            raise Failed(f"{needed}; install git{asker.or_omit(', or ')}")
        directory = nearest(roles_dir)
        answer = run_git(git, directory, "rev-parse", "--show-prefix")
        if answer.returncode:
            raise Failed(_no_repository(asker, roles_dir, answer.stderr))
        return cls(git, directory, _below(answer.stdout, roles_dir, directory), asker)

    def path_of(self, path: Path) -> bytes | None:
        """Return `path` from the top of this repository, or None if it is not in this repository."""
        directory = nearest(path.parent)
        answer = run_git(self.git, directory, "rev-parse", "--show-prefix", "--show-toplevel")
        prefix, _, top = answer.stdout.partition(b"\n")
        if answer.returncode or top != self._ask("rev-parse", "--show-toplevel"):
            return None
        return _below(prefix, path, directory)

    def at(self, roles_dir: Path) -> Repository:
        """Return the same repository around another directory. Raise `Failed` when it is in none or another one."""
        prefix = self.path_of(roles_dir)
        if prefix is None:
            message = f"{visible(str(roles_dir))} is not in that of the first one"
            raise Failed(f"{self.asker.name} needs all directories of role files in one repository, and {message}")
        return self._replace(prefix=prefix)

    def merge_base(self, ref: str) -> str:
        """Return the full hash of the merge base of `ref` and HEAD.

        Raise `CommandLineError` when `ref` names no commit here, `Failed` when there is no merge base.
        """
        head = self._commit("HEAD")  # first: without a HEAD, no `ref` can be compared, and HEAD itself is not a commit
        if head is None:
            raise Failed(f"{self.asker.name} compares with HEAD, and HEAD has no commit; commit the role files first")
        theirs = self.commit(ref)
        if theirs is None:
            raise CommandLineError(_unknown(self.asker, ref))
        answer = self._run("merge-base", theirs, head)
        if answer.returncode == 0:
            return answer.stdout.decode().strip()
        if self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
            raise Failed(_shallow(self.asker, ref))
        raise Failed(
            f"{self.asker.name} {visible(ref)} and HEAD have no common commit, so there is no merge base; "
            "pass a branch that HEAD comes from"
        )

    def tree(self, commit: str) -> str | None:
        """Return the object of the directory at `commit`, None if it did not exist."""
        if self.prefix == b".":
            return commit
        found = self._ask("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", self.prefix)
        if not found:
            return None
        _, kind, object_ = found.partition(b"\t")[0].split()
        if kind != b"tree":
            name = visible(os.fsdecode(self.prefix))
            instead = self.asker.or_omit("; ")
            raise Failed(
                f"{name} was not a directory at the merge base {commit[:12]}, so it has no role files{instead}"
            )
        return object_.decode()

    def entries(self, tree: str) -> dict[bytes, TreeEntry]:
        """Return every file and link below `tree` by its path, without submodules, whose files are elsewhere."""
        entries = {}
        for line in self._ask("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            mode, kind, object_ = about.split()
            if kind == b"blob":
                entries[path] = TreeEntry(mode, object_)
        return entries

    def contents(self, entries: Mapping[bytes, TreeEntry]) -> dict[bytes, bytes]:
        """Return the contents of the files, read by one process."""
        if not entries:
            return {}
        asked = b"".join(entry.object + b"\n" for entry in entries.values())
        answer = self._run("cat-file", "--batch", input_=asked)
        contents = dict(zip(entries, _batch(answer.stdout), strict=False))
        if len(contents) < len(entries):
            raise Failed(_partial(self.asker, answer.stderr))
        return contents

    def log(self, arguments: Sequence[str | bytes], settings: Sequence[str]) -> bytes:
        """Return the output of `git log`. Raise `Failed` when HEAD has no commit or the clone lacks a part."""
        answer = self._run(*(part for setting in settings for part in ("-c", setting)), "log", *arguments)
        if answer.returncode == 0:
            return answer.stdout
        if self._commit("HEAD") is None:
            raise Failed(f"{self.asker.name} reads the history of HEAD, and HEAD has no commit; commit the files first")
        raise Failed(_partial(self.asker, answer.stderr))

    def shallow(self) -> frozenset[str]:
        """Return the commits that a shallow clone ends with, roots among them; none in a whole clone."""
        path = os.fsdecode(self._ask("rev-parse", "--git-path", "shallow").removesuffix(b"\n"))
        try:
            return frozenset(content_of(self.directory / path, DOCUMENT).decode("ascii").split())
        except FileNotFoundError:
            return frozenset()

    def has_parents(self, commit: str) -> bool:
        """Return whether a commit has parents, also those that this clone lacks: `git log` hides them."""
        header, _, _ = self._ask("cat-file", "commit", commit).partition(b"\n\n")
        return b"\nparent " in header

    def commit(self, ref: str) -> str | None:
        """Return the full hash of the commit that `ref` names, None if it names none here."""
        return None if ref.startswith(("-", "^")) or "\0" in ref else self._commit(ref)  # ^REF is all but REF

    def _commit(self, name: str) -> str | None:
        answer = self._run("rev-parse", "--verify", "--quiet", name + "^{commit}")
        return answer.stdout.decode().strip() if answer.returncode == 0 else None

    def _ask(self, *arguments: str | bytes) -> bytes:
        answer = self._run(*arguments)
        if answer.returncode:
            raise Failed(_partial(self.asker, answer.stderr))
        return answer.stdout

    def _run(self, *arguments: str | bytes, input_: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return run_git(self.git, self.directory, *arguments, input_=input_)


def _below(prefix: bytes, path: Path, directory: Path) -> bytes:
    """Return `path` from the top of the repository; `prefix` is the answer of git for `directory`, its parent."""
    missing = os.fsencode(path.absolute().relative_to(directory))
    return posixpath.normpath(posixpath.join(prefix.removesuffix(b"\n"), missing))


def _batch(answer: bytes) -> Iterator[bytes]:
    """Return the contents in the answer of `cat-file --batch`, up to the first missing object (git-cat-file(1))."""
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        about = answer[at:end].split()
        if about[1] != b"blob":
            return
        size = int(about[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _no_repository(asker: Asker, roles_dir: Path, said: bytes) -> str:
    where = visible(str(roles_dir))
    if b"dubious ownership" in said:
        return (
            f"{asker.name} needs the history of {where}, and git does not trust a repository of another user. hint: "
            "allow it with `git config --global --add safe.directory <its path>`"
        )
    outside = f"which is not in a git repository ({_first_line(said)})"
    remedy = f"run `git init` and commit the role files first{asker.or_omit(', or ')}"
    return f"{asker.name} needs the history of {where}, {outside}. hint: {remedy}"


def _unknown(asker: Asker, ref: str) -> str:
    return (
        f"{asker.name} {quoted(ref)} is not a commit in this repository, and reconciler does not fetch. hint: fetch it "
        f"first (`git fetch origin <branch>`, then `{asker.name} origin/<branch>`; actions/checkout: `fetch-depth: 0`; "
        'GitLab CI: `GIT_DEPTH: "0"`)'
    )


def _shallow(asker: Asker, ref: str) -> str:
    return (
        f"{asker.name} {visible(ref)}: this shallow clone lacks the merge base with HEAD. hint: fetch the history "
        'first (`git fetch --unshallow`; actions/checkout: `fetch-depth: 0`; GitLab CI: `GIT_DEPTH: "0"`)'
    )


def _partial(asker: Asker, said: bytes) -> str:
    reason = f" ({_first_line(said)})" if said.strip() else ""
    return (
        f"{asker.name}: this clone lacks files of the history{reason}, and reconciler does not fetch. hint: fetch them "
        "(`git fetch --refetch --no-filter`; actions/checkout: no `filter`)"
    )


def _first_line(said: bytes) -> str:
    return visible(said.decode(errors="backslashreplace").strip().partition("\n")[0])
