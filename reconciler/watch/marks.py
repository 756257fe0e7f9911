"""Notice that files change while they are read: what the directory says of them, before and after."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_SUFFIXES = (".yaml", ".yml")


class Mark(NamedTuple):
    """What the file system says of one file, without its content. Every edit changes one of the numbers.

    `real` is the path without links: where a link leads may change too. A file that is missing has zeros.
    """

    path: str
    real: str
    device: int = 0
    inode: int = 0
    size: int = 0
    modified: int = 0
    changed: int = 0


def marks_of(paths: Iterable[str | Path]) -> tuple[Mark, ...]:
    """Return the marks of these files, and of the YAML files below those that are directories, in one order."""
    return tuple(sorted(mark for path in paths for mark in _marks(os.fspath(path))))


def _marks(path: str) -> Iterator[Mark]:
    yield _mark(path)
    pending = [path]
    while pending:
        for entry in _entries(pending.pop()):
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif entry.is_symlink() or entry.name.endswith(_SUFFIXES):
                yield _mark(entry.path)


def _entries(directory: str) -> list[os.DirEntry[str]]:
    """Return the entries; none of a file, or of a directory that is gone or closed, which reading it reports."""
    try:
        with os.scandir(directory) as found:
            return list(found)
    except OSError:
        return []


def _mark(path: str) -> Mark:
    real = os.path.realpath(path)
    try:
        found = os.stat(path)  # noqa: PTH116 - called for each file in each pass
    except OSError:
        return Mark(path, real)
    if os.path.isdir(path):  # noqa: PTH112 - likewise
        return Mark(path, real, found.st_dev, found.st_ino)
    return Mark(path, real, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
