"""Read the past of role files from git: every first-parent commit that touched them, expanded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.git.log import FileChange, Log, LoggedCommit, read_log
from reconciler.git.repository import Asker, Repository
from reconciler.git.role_files import LINK, is_role_file, role_files
from reconciler.history.events import History, Version
from reconciler.history.fold import fold
from reconciler.history.pull_requests import pull_request_of
from reconciler.load.lock import lock_in
from reconciler.load.versions import FileVersion, Versions
from reconciler.model.days import Day
from reconciler.model.errors import InvalidInput
from reconciler.model.inert import visible
from reconciler.model.revisions import Revision

if TYPE_CHECKING:
    from reconciler.git.repository import TreeEntry
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole
    from reconciler.policy.items import Item


@dataclass(frozen=True, slots=True)
class Past:
    """The first-parent history of one commit, with the contents of the files that matter, by object.

    `roles_dirs` and `lock` are paths from the top of the repository; `lock` is None if it is not in this repository.
    `lock_path` is the same file as the user would type it. A role of a later directory replaces one of an earlier one,
    and `choice` are the globs that choose roles, those of now at any time.
    """

    log: Log
    contents: Mapping[bytes, bytes]
    repository: Repository
    roles_dirs: tuple[bytes, ...]
    lock: bytes | None
    lock_path: Path
    choice: tuple[Item, ...] = ()

    @property
    def newest(self) -> LoggedCommit:
        """Return the commit whose history this is."""
        return self.log.commits[-1]

    def on(self, day: Day) -> Past | None:
        """Return the past of the newest commit that is not after `day`, None if all commits are."""
        commits = self.log.commits
        last = next((at for at in range(len(commits), 0, -1) if day_of(commits[at - 1]) <= day), 0)
        return self._until(last) if last else None

    def at(self, ref: str) -> Past | None:
        """Return the past of the commit that `ref` names, None if it names none here."""
        commit = self.repository.commit(ref)
        if commit is None:
            return None
        place = next((at for at, each in enumerate(self.log.commits) if each.hash == commit), None)
        if place is not None:
            return self._until(place + 1)
        log, contents = _read(self.repository, self.roles_dirs, self.lock, commit)
        return replace(self, log=log, contents=contents)

    def history(self, today: Day, now: Mapping[str, DesiredRole] | None = None) -> History:
        """Return what happened up to the day `today`. `now` are the roles of the work tree, as the newest version."""
        reading = _Reading(self)
        history = fold(reading.versions(), today, now=now)
        oldest = _revision(reading.oldest or self.newest, self) if self.log.cut else None
        files = {file.path: self.contents[file.key] for file in reading.files}
        unread = self.log.cut and reading.oldest is None
        return history._replace(skipped=reading.skipped, oldest=oldest, files=files, unread=unread)

    def _until(self, last: int) -> Past:
        return replace(self, log=self.log._replace(commits=self.log.commits[:last]))


def read_past(
    roles_dir: str, lock: Path, asker: Asker, later: Sequence[str] = (), choice: tuple[Item, ...] = ()
) -> Past:
    """Return the past of HEAD. `later` are further directories of the same repository.

    One `git log` and one `git cat-file`. Raise `Failed` without git, a repository or a commit, and when the clone lacks
    contents.
    """
    repository = Repository.around(_real(Path(roles_dir)), asker)
    roles_dirs = (repository.prefix, *(repository.at(_real(Path(each))).prefix for each in later))
    locked = repository.path_of(_real(lock))
    return Past(*_read(repository, roles_dirs, locked, "HEAD"), repository, roles_dirs, locked, lock, choice)


def _real(path: Path) -> Path:
    """Return what a link leads to: git stores the link itself, and the history of that is another."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


class _Read(NamedTuple):
    log: Log
    contents: Mapping[bytes, bytes]


def _read(repository: Repository, roles_dirs: tuple[bytes, ...], lock: bytes | None, start: str) -> _Read:
    log = read_log(repository, roles_dirs if lock is None else (*roles_dirs, lock), start)
    return _Read(log, repository.contents(_wanted(log, roles_dirs, lock)))


def _wanted(log: Log, roles_dirs: tuple[bytes, ...], lock: bytes | None) -> dict[bytes, TreeEntry]:
    """Return the objects to read, by object: role files, links and locks, and what a link may lead to."""
    entries = [(path, entry) for commit in log.commits for path, entry in commit.changes if entry is not None]
    linked = any(entry.mode == LINK for _, entry in entries)
    return {
        entry.object: entry
        for path, entry in entries
        if entry.mode != _SUBMODULE
        and (path == lock or any(linked or is_role_file(name) for _, name in _within(path, roles_dirs)))
    }


_SUBMODULE = b"160000"


def day_of(commit: LoggedCommit) -> Day:
    """Return the committer date in UTC; a time that no calendar has is the first or the last day of one."""
    try:
        return datetime.fromtimestamp(commit.time, UTC).date()
    except (OverflowError, ValueError, OSError):
        return Day.max if commit.time > 0 else Day.min


def _below(path: bytes, directory: bytes) -> bytes | None:
    """Return `path` from `directory` on, None if it is not below it."""
    if directory == b".":
        return path
    return path.removeprefix(directory + b"/") if path.startswith(directory + b"/") else None


def _within(path: bytes, roles_dirs: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Return the number of each directory that contains `path`, with the path from there on. At most one does."""
    below = ((number, _below(path, directory)) for number, directory in enumerate(roles_dirs))
    return [(number, name) for number, name in below if name is not None]


def _revision(commit: LoggedCommit, past: Past) -> Revision:
    return Revision(
        day_of(commit),
        commit.hash,
        commit.subject,
        _authors(commit, past),
        pull_request_of(commit.subject, commit.message),
    )


def _authors(commit: LoggedCommit, past: Past) -> tuple[str, ...]:
    """Return the commit's author; of a merge, those of the merged commits that touched role files, or else the lock.

    None of a merge of which a shallow clone does not have all commits.
    """
    if commit.merged is None:
        return ()
    roles = [
        each.author
        for each in commit.merged
        if any(is_role_file(name) for path, _ in each.changes for _, name in _within(path, past.roles_dirs))
    ]
    lock = [each.author for each in commit.merged if any(path == past.lock for path, _ in each.changes)]
    return tuple(dict.fromkeys(roles or lock or [commit.author]))


class _Reading:
    """One run over the commits: the files as they are after each.

    `skipped` is how many commits could not be read, `oldest` the oldest commit whose roles are known, `files` are those
    of the newest.
    """

    def __init__(self, past: Past) -> None:
        self.skipped = 0
        self.oldest: LoggedCommit | None = None
        self.files: Sequence[FileVersion] = ()
        self._past = past
        several = len(past.roles_dirs) > 1
        self._versions = Versions(past.contents, past.choice, several=several)
        self._directories = [
            _Directory(past, number, visible(os.fsdecode(path)) + "/" if several else "")
            for number, path in enumerate(past.roles_dirs)
        ]
        self._lock: TreeEntry | None = None
        self._locks: dict[bytes, Lock | InvalidInput] = {}

    def versions(self) -> Iterator[Version]:
        """Yield the version of each commit that touched role files, sets or the lock, oldest first."""
        for at, commit in enumerate(self._past.log.commits):
            touched = self._touched(commit.changes)
            roles = self._roles() if touched else None
            if roles is None:
                self.skipped += touched
            if self.oldest is None and (roles is not None or (at == 0 and not touched)):
                self.oldest = commit
            if roles is not None:
                self.files = tuple(self._files_now().values())
                yield Version(_revision(commit, self._past), roles)

    def _roles(self) -> Mapping[str, DesiredRole] | None:
        """Return the roles as they are now, None if a file, a link or the lock is not valid."""
        lock = self._lock_now()
        if any(each.broken for each in self._directories) or isinstance(lock, InvalidInput):
            return None
        return self._versions.roles(self._files_now(), lock)

    def _files_now(self) -> Mapping[bytes, FileVersion]:
        """Return the files of all directories; of one alone, by the paths below it."""
        first, *later = self._directories
        if not later:
            return first.files
        return {file.path.encode(): file for each in self._directories for file in each.files.values()}

    def _touched(self, changes: Sequence[FileChange]) -> bool:
        """Follow the changes of a commit. Return whether one of them may concern a role."""
        touched = False
        for path, entry in changes:
            if path == self._past.lock:
                self._lock = entry
                touched = True
            for number, name in _within(path, self._past.roles_dirs):
                touched |= self._directories[number].changed(name, entry)
        if touched:
            for each in self._directories:
                each.settle()
        return touched

    def _lock_now(self) -> Lock | InvalidInput | None:
        if self._lock is None or self._lock.mode == _SUBMODULE:
            return None
        key = self._lock.object
        if key not in self._locks:
            try:
                self._locks[key] = lock_in(self._past.contents[key], self._past.lock_path, str)
            except InvalidInput as error:
                self._locks[key] = error
        return self._locks[key]


class _Directory:
    """The role files of one directory after each commit. `layer` is its number, `shown` what its paths start with.

    `broken` is true while a link is not valid.
    """

    def __init__(self, past: Past, layer: int, shown: str) -> None:
        self.files: dict[bytes, FileVersion] = {}
        self.broken = False
        self._past = past
        self._layer = layer
        self._shown = shown
        self._tree: dict[bytes, TreeEntry] = {}
        self._links: dict[bytes, bytes] = {}

    def changed(self, name: bytes, entry: TreeEntry | None) -> bool:
        """Follow the change of one file below the directory. Return whether it may concern a role."""
        linked = bool(self._links) or (entry is not None and entry.mode == LINK)
        self._tree.pop(name, None)
        self._links.pop(name, None)
        self.files.pop(name, None)
        if entry is not None and entry.mode != _SUBMODULE:
            self._tree[name] = entry
            if entry.mode == LINK:
                self._links[name] = self._past.contents[entry.object]
            elif is_role_file(name):
                self.files[name] = self._version(name, entry)
        return linked or is_role_file(name)

    def settle(self) -> None:
        """Follow the links once all changes of a commit are known: what a link leads to may be any file."""
        if self._links:
            found = role_files(self._tree, self._links)
            self.files = {name: self._version(name, entry) for name, entry in found.items()}
        self.broken = any(is_role_file(name) and name not in self.files for name in self._links)

    def _version(self, name: bytes, entry: TreeEntry) -> FileVersion:
        return FileVersion(self._shown + visible(os.fsdecode(name)), entry.object, self._layer)
