"""The role files as they were at a merge base."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.git.repository import Entry, Repository
from reconciler.model.inert import visible

_SUFFIXES = (".yaml", ".yml")
_LINK = b"120000"
_MOST_LINKS = 40
"""How many links a link may lead through; Linux has the same limit (path_resolution(7))."""


@dataclass(frozen=True, slots=True)
class Base:
    """The role files at the merge base: (path, content), sorted by path.

    A path is as `load_roles` would show it: below `roles_dir` as it was given, and inert. `commit` is the merge
    base's full hash.
    """

    commit: str
    files: tuple[tuple[str, bytes], ...]


def files_at_merge_base(roles_dir: Path | str, ref: str) -> Base:
    """The role files below `roles_dir` as they were at the merge base of `ref` and HEAD; none where it was not there.

    Links are followed within `roles_dir`; others are left out, as no role can have come from them. Raises
    `CommandLineError` for a `ref` that names no commit here, and `Failed` where git cannot tell: not installed, no
    repository, no common commit, a clone that lacks the history or the files.
    """
    asked = Repository.around(Path(roles_dir))
    commit = asked.merge_base(ref)
    tree = asked.tree(commit)
    if tree is None:
        return Base(commit, ())
    entries = asked.entries(tree)
    links = asked.contents({path: entry for path, entry in entries.items() if entry.mode == _LINK})
    wanted = {
        path: entries[real] for path in entries if _is_role_file(path) and (real := _follow(path, entries, links))
    }
    contents = asked.contents(wanted)
    top = visible(Path(roles_dir).as_posix())
    return Base(commit, tuple((f"{top}/{visible(os.fsdecode(path))}", contents[path]) for path in sorted(wanted)))


def _is_role_file(path: bytes) -> bool:
    """The interface's rule, section "Role files": `*.yaml` and `*.yml`, no part of the path starts with a dot."""
    names = path.split(b"/")
    return names[-1].endswith(tuple(os.fsencode(suffix) for suffix in _SUFFIXES)) and not any(
        name.startswith(b".") for name in names
    )


def _follow(path: bytes, entries: Mapping[bytes, Entry], links: Mapping[bytes, bytes]) -> bytes | None:
    """The file that `path` is in the end, None where a link leaves the directory, goes in circles or leads nowhere."""
    for _ in range(_MOST_LINKS):
        if path not in links:
            return path if path in entries else None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), links[path]))
    return None
