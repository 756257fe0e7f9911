"""Which commit is checked out, and whether files differ from it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.git.program import nearest, run_git
from reconciler.git.repository import head_commit


class State(NamedTuple):
    """The commit that is checked out, None before the first one, and whether files differ from it."""

    commit: str | None
    edited: bool


class Checkout(NamedTuple):
    """The commit that is checked out, None if there is none. `edited` is None if it is unknown or was not asked."""

    commit: str | None
    edited: bool | None = None


def checkout_of(directories: Sequence[str], lock: Path, *, edits: bool) -> Checkout:
    """Return what is checked out in the first of the directories of role files.

    With `edits`, say whether the role files or the lock differ from it: that takes git twice as long.
    """
    first = Path(directories[0])
    state = state_of(first, [*map(Path, directories), lock]) if edits else None
    return Checkout(head_commit(first)) if state is None else Checkout(*state)


def state_of(directory: Path, paths: Sequence[Path]) -> State | None:
    """Return the state of the repository around `directory`; only edits of YAML files at or below `paths` count.

    A file that git does not know, or is told to ignore, is an edit too. Paths elsewhere are left out. None outside a
    repository, or if git is not installed or does not trust the repository.
    """
    git = shutil.which("git")
    top = git and run_git(git, nearest(directory), "rev-parse", "--show-toplevel")
    if not git or not top or top.returncode:
        return None
    real = Path(os.fsdecode(top.stdout.removesuffix(b"\n")))
    places = [place for path in paths if (place := Path(os.path.realpath(path))).is_relative_to(real)]
    settings = ("--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames")
    answer = run_git(git, real, "--literal-pathspecs", "status", *settings, "--", *map(os.fspath, places))
    if answer.returncode:
        return None
    lines = [line for line in answer.stdout.split(b"\0") if line]
    commit = next(line for line in lines if line.startswith(b"# branch.oid "))[13:].decode()
    edited = any(not line.startswith(b"# ") and line.endswith((b".yaml", b".yml", b"/")) for line in lines)
    return State(None if commit == "(initial)" else commit, edited)
