"""The first-parent history of HEAD: each commit, and what it did to the files that matter. One `git log`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
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

    `merged` are the commits that a merge brought in, oldest first, without merges; None if this clone lacks some of
    them or what tells them from older ones.
    """

    hash: str
    parents: tuple[str, ...]
    time: int
    author: str
    subject: str
    message: str
    changes: tuple[FileChange, ...]
    merged: tuple[LoggedCommit, ...] | None = ()


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
    ends = {each.hash for each in by_hash.values() if not each.parents}
    shallow = repository.shallow()
    cut = line[0].hash in shallow and repository.has_parents(line[0].hash)
    place = {hash_: at for at, hash_ in enumerate(reversed(by_hash))}  # the log is newest first
    # Of a cut history, a root that a merge reaches may be an ancestor of the oldest commit: it is not merged then.
    sides = _Sides(by_hash, ends if cut else {hash_ for hash_ in ends & shallow if repository.has_parents(hash_)})
    commits = []
    for commit in line:
        merged = sides.merged(commit)
        if merged is not None:
            merged = [each for each in merged if len(each.parents) < 2]  # noqa: PLR2004 - a merge has two
            merged.sort(key=lambda each: place[each.hash])
        commits.append(commit._replace(merged=None if merged is None else tuple(merged)))
    return Log(tuple(commits), cut)


def _first_parents(by_hash: Mapping[str, LoggedCommit]) -> Iterator[LoggedCommit]:
    """Yield the first-parent history, newest first. The log starts with HEAD."""
    commit = next(iter(by_hash.values()), None)
    while commit is not None:
        yield commit
        commit = by_hash.get(commit.parents[0]) if commit.parents else None


class _Sides:
    """The side branches of a first-parent history, merge after merge, oldest first.

    `ends` are commits at which the history at hand may end too early.
    """

    def __init__(self, by_hash: Mapping[str, LoggedCommit], ends: AbstractSet[str]) -> None:
        self._by_hash = by_hash
        self._ends = ends
        self._seen: set[str] = set()
        self._doubtful: set[str] = set()

    def merged(self, merge: LoggedCommit) -> list[LoggedCommit] | None:
        """Return the commits that the merge brought in, so none of those before it; None if this is not known."""
        self._seen.add(merge.hash)
        found: list[LoggedCommit] = []
        known = True
        todo = list(merge.parents[1:])
        while todo:
            hash_ = todo.pop()
            commit = self._by_hash.get(hash_)
            if commit is None or hash_ in self._seen:
                known = known and hash_ not in self._doubtful
                continue
            known = known and hash_ not in self._ends
            self._seen.add(hash_)
            found.append(commit)
            todo += commit.parents
        if known:
            return found
        self._doubtful.update(each.hash for each in found)
        return None


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
