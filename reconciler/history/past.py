"""Read the past of role files from git: every first-parent commit that touched them, expanded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class Past:
    """The first-parent history of one commit, with the contents of the files that matter, by object.

    `roles_dir` and `lock` are paths from the top of the repository; `lock` is None if it is not in this repository.
    `lock_path` is the same file as the user would type it.
    """

    log: Log
    contents: Mapping[bytes, bytes]
    repository: Repository
    roles_dir: bytes
    lock: bytes | None
    lock_path: Path

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
        return _read(self.repository, self.lock, self.lock_path, commit) if place is None else self._until(place + 1)

    def history(self, today: Day, now: Mapping[str, DesiredRole] | None = None) -> History:
        """Return what happened up to the day `today`. `now` are the roles of the work tree, as the newest version."""
        reading = _Reading(self)
        history = fold(reading.versions(), today, now=now)
        oldest = _revision(reading.oldest or self.newest, self) if self.log.cut else None
        files = {file.path: self.contents[file.key] for file in reading.files}
        return history._replace(skipped=reading.skipped, oldest=oldest, files=files)

    def _until(self, last: int) -> Past:
        return replace(self, log=self.log._replace(commits=self.log.commits[:last]))


def read_past(roles_dir: str, lock: Path, asker: Asker) -> Past:
    """Return the past of HEAD.

    One `git log` and one `git cat-file`. Raise `Failed` without git, a repository or a commit, and when the clone lacks
    contents.
    """
    repository = Repository.around(_real(Path(roles_dir)), asker)
    return _read(repository, repository.path_of(_real(lock)), lock, "HEAD")


def _real(path: Path) -> Path:
    """Return what a link leads to: git stores the link itself, and the history of that is another."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _read(repository: Repository, lock: bytes | None, lock_path: Path, start: str) -> Past:
    roles_dir = repository.prefix
    log = read_log(repository, [roles_dir] if lock is None else [roles_dir, lock], start)
    contents = repository.contents(_wanted(log, roles_dir, lock))
    return Past(log, contents, repository, roles_dir, lock, lock_path)


def _wanted(log: Log, roles_dir: bytes, lock: bytes | None) -> dict[bytes, TreeEntry]:
    """Return the objects to read, by object: role files, links and locks, and what a link may lead to."""
    entries = [(path, entry) for commit in log.commits for path, entry in commit.changes if entry is not None]
    linked = any(entry.mode == LINK for _, entry in entries)
    return {
        entry.object: entry
        for path, entry in entries
        if entry.mode != _SUBMODULE
        and (path == lock or ((name := _below(path, roles_dir)) is not None and (linked or is_role_file(name))))
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


def _revision(commit: LoggedCommit, past: Past) -> Revision:
    return Revision(
        day_of(commit),
        commit.hash,
        commit.subject,
        _authors(commit, past),
        pull_request_of(commit.subject, commit.message),
    )


def _authors(commit: LoggedCommit, past: Past) -> tuple[str, ...]:
    """Return the commit's author; of a merge, those of the merged commits that touched role files, or else the lock."""
    roles = [
        each.author
        for each in commit.merged
        if any((name := _below(path, past.roles_dir)) is not None and is_role_file(name) for path, _ in each.changes)
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
        self._versions = Versions(past.contents)
        self._tree: dict[bytes, TreeEntry] = {}
        self._links: dict[bytes, bytes] = {}
        self._broken = False
        self._files: dict[bytes, FileVersion] = {}
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
                self.files = tuple(self._files.values())
                yield Version(_revision(commit, self._past), roles)

    def _roles(self) -> Mapping[str, DesiredRole] | None:
        """Return the roles as they are now, None if a file, a link or the lock is not valid."""
        lock = self._lock_now()
        if self._broken or isinstance(lock, InvalidInput):
            return None
        return self._versions.roles(self._files, lock)

    def _touched(self, changes: Sequence[FileChange]) -> bool:
        """Follow the changes of a commit. Return whether one of them may concern a role."""
        touched = False
        for path, entry in changes:
            if path == self._past.lock:
                self._lock = entry
                touched = True
            name = _below(path, self._past.roles_dir)
            if name is not None:
                touched |= self._changed(name, entry)
        if touched and self._links:  # what a link leads to may be any file
            found = role_files(self._tree, self._links)
            self._files = {name: _version(name, entry) for name, entry in found.items()}
        if touched:
            self._broken = any(is_role_file(name) and name not in self._files for name in self._links)
        return touched

    def _changed(self, name: bytes, entry: TreeEntry | None) -> bool:
        """Follow the change of one file below the directory. Return whether it may concern a role."""
        linked = bool(self._links) or (entry is not None and entry.mode == LINK)
        self._tree.pop(name, None)
        self._links.pop(name, None)
        self._files.pop(name, None)
        if entry is not None and entry.mode != _SUBMODULE:
            self._tree[name] = entry
            if entry.mode == LINK:
                self._links[name] = self._past.contents[entry.object]
            elif is_role_file(name):
                self._files[name] = _version(name, entry)
        return linked or is_role_file(name)

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


def _version(name: bytes, entry: TreeEntry) -> FileVersion:
    return FileVersion(visible(os.fsdecode(name)), entry.object)
