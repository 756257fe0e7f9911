"""The role files and the other files at a merge base."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from reconciler.git.repository import BASE, Asker, Repository, TreeEntry
from reconciler.git.role_files import LINK, follow, role_files
from reconciler.model.inert import visible

_ANY_DEPTH = b"**"
"""The part of a glob pattern that matches any number of directories, also none."""


@dataclass(frozen=True, slots=True)
class Base:
    """The role files at the merge base: (path, content), sorted by path.

    A path is as `load_roles` shows it: below `roles_dir` as given, and inert. `commit` is the merge base's full hash.
    `later` has the files of each further directory.
    """

    commit: str
    files: tuple[tuple[str, bytes], ...]
    _repository: Repository = field(compare=False, repr=False)
    later: tuple[tuple[tuple[str, bytes], ...], ...] = ()

    @property
    def layers(self) -> tuple[tuple[tuple[str, bytes], ...], ...]:
        """Return the files of each directory, in the order of the directories."""
        return (self.files, *self.later)

    def file(self, path: Path | str) -> bytes | None:
        """Return the content of a file that is not a role file, or None if it did not exist; links are followed.

        `path` is relative to the working directory. A file outside the repository did not exist at the merge base.
        Raise `Failed` when the clone lacks the history or the file.
        """
        wanted = self._repository.path_of(Path(path))
        return None if wanted is None else self._contents([wanted]).get(wanted)

    def matching(self, pattern: str) -> tuple[tuple[str, bytes], ...]:
        """Return the files that a glob pattern matches as (path from the repository's top, content), sorted by path.

        The rules are those of Python's `glob.glob`: `**` is any number of directories, no other star matches a `/`, and
        none a dot at the start of a name. `pattern` is relative to the working directory. Raise what `file` raises.
        """
        wanted = self._repository.path_of(Path(pattern))
        if wanted is None:
            return ()
        parts = wanted.split(b"/")
        entries, _ = _whole_tree(self._repository, self.commit)
        names = [path for path in entries if _matches(path.split(b"/"), parts)]
        found = self._contents(names)
        return tuple((_shown(path), found[path]) for path in sorted(found))

    def from_top(self, path: str) -> str:
        """Return the path of a file from the repository's top, as `matching` has it, or as it is if it is elsewhere."""
        return _shown(self._repository.path_of(Path(path)) or os.fsencode(path))

    def _contents(self, paths: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Return the contents of those of `paths`, from the repository's top, that exist."""
        entries, links = _whole_tree(self._repository, self.commit)
        real = {path: entries[to] for path in paths if (to := follow(path, entries, links))}
        return self._repository.contents(real)


@functools.lru_cache(maxsize=1)
def _whole_tree(repository: Repository, commit: str) -> tuple[Mapping[bytes, TreeEntry], Mapping[bytes, bytes]]:
    """Return every file and link of a commit, and where the links lead: once for all files that are asked for."""
    entries = repository.entries(commit)
    return entries, repository.contents({path: entry for path, entry in entries.items() if entry.mode == LINK})


def _shown(path: bytes) -> str:
    return visible(os.fsdecode(path))


def _matches(names: Sequence[bytes], patterns: Sequence[bytes]) -> bool:
    """Return whether the names match the patterns, each the one at its place, or several a `**`."""
    if not patterns or not names:
        return not names and not patterns
    first, *others = patterns
    if first == _ANY_DEPTH and not others:
        return not any(name.startswith(b".") for name in names)
    if first == _ANY_DEPTH:
        return _matches(names, others) or (not names[0].startswith(b".") and _matches(names[1:], patterns))
    hidden = names[0].startswith(b".") and not first.startswith(b".")
    return not hidden and fnmatchcase(names[0], first) and _matches(names[1:], others)


def files_at_merge_base(roles_dir: Path | str, ref: str, asker: Asker = BASE, later: Sequence[Path | str] = ()) -> Base:
    """Return the role files below `roles_dir` at the merge base of `ref` and HEAD; none if it did not exist.

    `later` are further directories of the same repository.

    Links within `roles_dir` are followed; others are left out, since no role can come from them. Raise
    `CommandLineError` when `ref` names no commit here, and `Failed` when git cannot tell: it is not installed, there is
    no repository or no common commit, or the clone lacks the history or the files.
    """
    asked = Repository.around(Path(roles_dir), asker)
    commit = asked.merge_base(ref)
    first, *others = (
        _below(each, Path(directory), commit)
        for each, directory in ((asked, roles_dir), *((asked.at(Path(each)), each) for each in later))
    )
    return Base(commit, first, asked, tuple(others))


def _below(asked: Repository, roles_dir: Path, commit: str) -> tuple[tuple[str, bytes], ...]:
    """Return the role files of the directory that `asked` is about."""
    tree = asked.tree(commit)
    if tree is None:
        return ()
    entries = asked.entries(tree)
    links = asked.contents({path: entry for path, entry in entries.items() if entry.mode == LINK})
    wanted = role_files(entries, links)
    contents = asked.contents(wanted)
    top = visible(roles_dir.as_posix())
    return tuple((f"{top}/{_shown(path)}", contents[path]) for path in sorted(wanted))
