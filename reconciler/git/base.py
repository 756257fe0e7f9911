"""The role files at a merge base."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.git.repository import Repository, TreeEntry
from reconciler.model.inert import visible

_SUFFIXES = (".yaml", ".yml")
_LINK = b"120000"
_MOST_LINKS = 40
"""The longest chain of links; Linux has the same limit (path_resolution(7))."""


@dataclass(frozen=True, slots=True)
class Base:
    """The role files at the merge base: (path, content), sorted by path.

    A path is as `load_roles` shows it: below `roles_dir` as given, and inert. `commit` is the merge
    base's full hash.
    """

    commit: str
    files: tuple[tuple[str, bytes], ...]


def files_at_merge_base(roles_dir: Path | str, ref: str) -> Base:
    """Return the role files below `roles_dir` at the merge base of `ref` and HEAD; none if it did not exist.

    Links within `roles_dir` are followed; others are left out, since no role can come from them. Raise
    `CommandLineError` when `ref` names no commit here, and `Failed` when git cannot tell: it is not installed, there is
    no repository or no common commit, or the clone lacks the history or the files.
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
    """Return whether `path` is `*.yaml` or `*.yml`, and no part of it starts with a dot (interface, "Role files")."""
    names = path.split(b"/")
    return names[-1].endswith(tuple(os.fsencode(suffix) for suffix in _SUFFIXES)) and not any(
        name.startswith(b".") for name in names
    )


def _follow(path: bytes, entries: Mapping[bytes, TreeEntry], links: Mapping[bytes, bytes]) -> bytes | None:
    """Follow links from `path`; return None if one leaves the directory, is part of a circle or is broken."""
    for _ in range(_MOST_LINKS):
        if path not in links:
            return path if path in entries else None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), links[path]))
    return None
