"""The `git` program, used for reading only.

It fetches nothing (in a partial clone either), asks for no password, takes no lock, and never changes the work tree.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_UNSET = (
    "GIT_DIR",  # git sets this and the next three in hooks; they would make the current directory look like the top
    "GIT_WORK_TREE",
    "GIT_PREFIX",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",  # this and the next three would change what a path means
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
"""Variables that would change the answers."""

_LOOKING_ONLY = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # the same as GIT_NO_LAZY_FETCH, for git before 2.44: no protocol is allowed
}


def run_git(
    git: str, directory: Path, *arguments: str | bytes, input_: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Return the answer of one command of git, run in `directory`."""
    environment = {name: value for name, value in os.environ.items() if name not in _UNSET} | _LOOKING_ONLY
    command: Sequence[str | bytes] = [git, "--no-pager", *arguments]
    return subprocess.run(  # noqa: S603 - no shell; each argument is ours, an object's name or checked above
        command, cwd=directory, env=environment, input=input_, capture_output=True, check=False
    )


def nearest(directory: Path) -> Path:
    """Return `directory` or its nearest parent that exists: git needs a directory to start in."""
    absolute = directory.absolute()
    return next(path for path in (absolute, *absolute.parents) if path.is_dir())
