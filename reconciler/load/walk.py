"""Find and read the role files of a directory. Reading never blocks and never leaves the directory."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from reconciler.model.findings import Finding, Place
from reconciler.model.inert import quoted, visible
from reconciler.reading import NotAFileError, TooLargeError, content_of
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.text import MAX_BYTES, too_large

if TYPE_CHECKING:
    from reconciler.model.findings import Severity
    from reconciler.model.rules import Rule

LOCK_FILE = "permissions.lock.yaml"
"""The default name of the catalogue lock. A file of this name in the directory of role files is an error."""

SUFFIXES = (".yaml", ".yml")
"""How the name of a role file ends."""

_Entry = tuple[str, str, str]  # the path, the same path without links, and the path as shown
_NOTHING: _Entry = ("", "", "")


def empty(shown: str, why: str, *, start: bool) -> Finding:
    """Return the error of a directory that gives no role: `why`. `start` says whether one can start from live roles."""
    hint = f"`reconciler export --dir {shown}` writes the live roles as role files" if start else ""
    return Finding("empty-roles-dir", why, Place(shown), hint=hint)


class Walk:
    """One walk over a directory of role files, in an order that depends on names alone.

    `paths` has the paths on the disk of each path as shown; two names that differ in hidden characters may look alike.
    """

    def __init__(self, roles_dir: str | Path) -> None:
        """Store the directory. Nothing is read yet."""
        self.shown = visible(PurePath(roles_dir).as_posix())
        self.problems: list[Finding] = []
        self.paths: dict[str, list[str]] = {}
        self._top = os.fspath(roles_dir)
        self._real_top = os.path.realpath(self._top)
        self._seen: set[str] = set()
        self._links: deque[tuple[str, str]] = deque()

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield each role file's path as shown and its content. Add what cannot be read to `problems`.

        Directories come before links, so if a link points to a directory that is read anyway, the link is the problem.
        """
        try:
            todo = self._children(self._top, self._real_top, self.shown)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                self.problems.append(empty(self.shown, "no such directory", start=True))
            else:
                self._add(self.shown, "unreadable", f"cannot be read ({_why(error)})")
            return
        while todo or self._links:
            path, real, shown = todo.pop() if todo else self._followed(*self._links.popleft())
            if not path:
                continue
            try:
                mode = os.lstat(path).st_mode
                if stat.S_ISDIR(mode):
                    todo += self._children(path, real, shown)
                    continue
            except OSError as error:
                self._add(shown, "unreadable", f"cannot be read: {_why(error)}")
                continue
            if stat.S_ISLNK(mode):
                self._links.append((path, shown))
            else:
                yield from self._file(path, shown)

    def _children(self, path: str, real: str, shown: str) -> list[_Entry]:
        """Return the entries of a directory, last name first. Return none if the directory is already read."""
        names = sorted((name for name in os.listdir(path) if not name.startswith(".")), reverse=True)  # noqa: PTH208 - only names are needed
        if real in self._seen:
            message = "this symlink points to a directory that is already read; remove the symlink"
            self._add(shown, "link-twice", message)
            return []
        self._seen.add(real)
        return [(f"{path}/{name}", f"{real}/{name}", f"{shown}/{visible(name)}") for name in names]

    def _followed(self, path: str, shown: str) -> _Entry:
        """Return the file or directory that a link points to, or an empty path if it must not be read."""
        try:
            real = os.path.realpath(path, strict=True)
            is_directory = Path(real).is_dir()
        except OSError as error:
            self._add(shown, "broken-link", f"broken symlink ({_why(error)}); fix or remove it")
            return _NOTHING
        if not is_directory and not shown.endswith(SUFFIXES):
            return _NOTHING
        if os.path.commonpath([real, self._real_top]) != self._real_top:
            message = f"this symlink points outside {self.shown} ({quoted(real)}); copy the file here instead"
            self._add(shown, "link-outside", message)
            return _NOTHING
        return real, real, shown

    def _file(self, path: str, shown: str) -> Iterator[tuple[str, bytes]]:
        if not shown.endswith(SUFFIXES):
            if shown.lower().endswith(SUFFIXES):
                self._add(shown, "skipped-file", "this file is skipped; its name must end in .yaml or .yml", "warning")
            return
        if shown.rpartition("/")[2] == LOCK_FILE:
            message = f"the catalogue lock must not be in {self.shown}; move it to the directory of reconciler.yaml"
            self._add(shown, "lock-in-roles-dir", message)
            return
        in_file = FileProblems(shown)
        content = read_bytes(path, in_file)
        self.problems += in_file.found
        if content is not None:
            self.paths.setdefault(shown, []).append(path)
            yield shown, content

    def _add(self, shown: str, rule: Rule, message: str, severity: Severity = "error") -> None:
        self.problems.append(Finding(rule, message, Place(shown), severity))


def read_bytes(path: str, in_file: FileProblems) -> bytes | None:
    """Return the content of a regular file that is not too large, or None with the reason in `in_file`."""
    try:
        return content_of(path, MAX_BYTES)
    except NotAFileError:
        in_file.at(1, 1, "not-a-file", "not a regular file; replace it with a file or remove it")
    except TooLargeError:
        too_large(in_file)
    except OSError as error:
        in_file.at(1, 1, "unreadable", f"cannot be read: {_why(error)}")
    return None


def _why(error: OSError) -> str:
    return visible(error.strerror or str(error))
