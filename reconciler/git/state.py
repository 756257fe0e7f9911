"""Which commit is checked out, and whether files differ from it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.git.program import nearest, run_git


class State(NamedTuple):
    """The commit that is checked out, None before the first one, and whether files differ from it."""

    commit: str | None
    edited: bool


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
