"""Notice that files change while they are read: what the directory says of them, before and after."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_SUFFIXES = (".yaml", ".yml")


class Mark(NamedTuple):
    """What the file system says of one file, without its content. Every edit changes one of the numbers.

    `real` is the path without links, for a link and for what was asked for: where a link leads may change too. A file
    that is missing has zeros.
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
    found: list[Mark] = []
    for path in paths:
        _add(found, os.fspath(path))
    found.sort()
    return tuple(found)


def _add(found: list[Mark], path: str) -> None:
    found.append(_mark(path))
    pending = [path]
    while pending:
        for entry in _entries(pending.pop()):
            name = entry.name
            if name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif entry.is_symlink():
                found.append(_mark(entry.path))
            elif name.endswith(_SUFFIXES):
                found.append(mark_of(entry))


def _entries(directory: str) -> list[os.DirEntry[str]]:
    """Return the entries; none of a file, or of a directory that is gone or closed, which reading it reports."""
    try:
        with os.scandir(directory) as found:
            return list(found)
    except OSError:
        return []


def mark_of(entry: os.DirEntry[str]) -> Mark:
    """Return the mark of an entry that is not a link: the directory above has been followed already."""
    try:
        of = entry.stat(follow_symlinks=False)
    except OSError:  # it was removed just now
        return Mark(entry.path, "")
    # Twice for each file in each pass: a function for the five numbers would be a tenth of it.
    return Mark(entry.path, "", of.st_dev, of.st_ino, of.st_size, of.st_mtime_ns, of.st_ctime_ns)


def _mark(path: str) -> Mark:
    real = os.path.realpath(path)
    try:
        found = os.stat(path)  # noqa: PTH116 - called for each file in each pass
    except OSError:
        return Mark(path, real)
    if os.path.isdir(path):  # noqa: PTH112 - likewise
        return Mark(path, real, found.st_dev, found.st_ino)
    return Mark(path, real, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
