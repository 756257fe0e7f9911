"""The first-parent history of HEAD: each commit, and what it did to the files that matter. One `git log`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.git.repository import Repository, TreeEntry

_SETTINGS = ("log.follow=false", "log.showRoot=true", "log.showSignature=false", "log.mailmap=true")
"""What a user's configuration could change about the answer."""

_LOG = (
    "--date-order",
    "--full-history",  # with a path, git otherwise drops side branches,
    "--sparse",  # and the commits that did not touch it
    "--diff-merges=first-parent",
    "--raw",
    "--no-renames",
    "--no-relative",
    "--ignore-submodules=none",
    "--no-abbrev",
    "--no-color",
    "--no-notes",
    "--no-ext-diff",
    "--encoding=UTF-8",
    "-z",
    "--format=tformat:%x00%H%x00%P%x00%ct%x00%aN%x00%s%x00%B%x00",
)
_FIELDS = 6

FileChange = tuple[bytes, TreeEntry | None]
"""A file's path from the top of the repository, and what it is after the commit: None if it is gone."""


class LoggedCommit(NamedTuple):
    """One commit. `time` is the committer date in seconds since 1970, `changes` are against the first parent.

    `merged` are the commits that a merge brought in, oldest first, without merges.
    """

    hash: str
    parents: tuple[str, ...]
    time: int
    author: str
    subject: str
    message: str
    changes: tuple[FileChange, ...]
    merged: tuple[LoggedCommit, ...] = ()


class Log(NamedTuple):
    """The first-parent history, oldest first. `cut` is true if the oldest commit has parents that this clone lacks."""

    commits: tuple[LoggedCommit, ...]
    cut: bool


def read_log(repository: Repository, paths: Sequence[bytes], start: str = "HEAD") -> Log:
    """Return the first-parent history of the commit `start` with its changes to `paths`, from the repository's top.

    Raise `Failed` when there is no commit, or when the clone lacks a part that is needed.
    """
    limits = [] if b"." in paths else [b":(top,literal)" + path for path in paths]
    answer = repository.log([*_LOG, start, "--", *limits], _SETTINGS)
    by_hash = {commit.hash: commit for commit in _commits(answer)}
    line = list(_first_parents(by_hash))[::-1]
    place = {hash_: at for at, hash_ in enumerate(reversed(by_hash))}  # the log is newest first
    seen: set[str] = set()
    commits = []
    for commit in line:
        seen.add(commit.hash)
        merged = _merged(commit, by_hash, seen)
        merged.sort(key=lambda each: place[each.hash])
        commits.append(commit._replace(merged=tuple(each for each in merged if len(each.parents) < 2)))  # noqa: PLR2004 - a merge has two
    oldest = line[0].hash
    return Log(tuple(commits), oldest in repository.shallow() and repository.has_parents(oldest))


def _first_parents(by_hash: Mapping[str, LoggedCommit]) -> Iterator[LoggedCommit]:
    """Yield the first-parent history, newest first. The log starts with HEAD."""
    commit = next(iter(by_hash.values()), None)
    while commit is not None:
        yield commit
        commit = by_hash.get(commit.parents[0]) if commit.parents else None


def _merged(merge: LoggedCommit, by_hash: Mapping[str, LoggedCommit], seen: set[str]) -> list[LoggedCommit]:
    """Return the commits that the merge brought in, and add them to `seen`: those that were there before."""
    found = []
    todo = list(merge.parents[1:])
    while todo:
        hash_ = todo.pop()
        commit = by_hash.get(hash_)
        if commit is None or hash_ in seen:
            continue
        seen.add(hash_)
        found.append(commit)
        todo += commit.parents
    return found


def _commits(answer: bytes) -> Iterator[LoggedCommit]:
    """Yield the commits of a log: six fields between NULs, then the changes as `git log --raw -z` writes them."""
    tokens = answer.split(b"\0")
    at = 1
    while at + _FIELDS <= len(tokens):
        fields = [token.decode("utf-8", "replace") for token in tokens[at : at + _FIELDS]]
        at += _FIELDS + 1
        changes: list[FileChange] = []
        while at < len(tokens) and (change := tokens[at].lstrip(b"\n")).startswith(b":"):
            _, mode, _, object_, _ = change.split(b" ")
            gone = mode == b"000000"
            changes.append((tokens[at + 1], None if gone else TreeEntry(mode, object_)))
            at += 2
        at += 1
        hash_, parents, time, author, subject, message = fields
        seconds = int(time or 0)  # of a broken date, and of one before 1970, git says nothing and shows 1970-01-01
        yield LoggedCommit(hash_, tuple(parents.split()), seconds, author, subject, message, tuple(changes))
