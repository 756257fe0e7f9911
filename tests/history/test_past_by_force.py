"""The past that is read from git is the one that brute force finds, in histories that nobody wrote.

`make test` plays the same few each time, `make test-long` thousands from `MODEL_SEED` on. To play one again, alone:

    MODEL_SEED=4711 MODEL_HISTORIES=1 .venv/bin/pytest tests/history/test_past_by_force.py -m long
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.git.repository import Asker
from reconciler.history.events import Event, History, Life
from reconciler.history.past import Past, read_past
from reconciler.model.days import Day
from reconciler.model.revisions import Revision
from tests.history.made import ENDS, TODAY, Commit, Making, imported
from tests.history.made import START as START_OF_ALL
from tests.history.oracle import Expected, Fact, Known, State, desired, expected, is_role_file, seen
from tests.repository import Repository

FEW = 30
MANY = int(os.environ.get("MODEL_HISTORIES", "2000"))
START = int(os.environ.get("MODEL_SEED", "1000000"))
CHUNK = 10


def state_of(commit: Commit, label: str) -> State:
    files = {path: content for path, content in commit.files.items() if is_role_file(path)}
    return State(label, commit.day, files, commit.files.get("lock.yaml"))


def first_parents(commits: list[Commit]) -> list[int]:
    line = [len(commits) - 1]
    while commits[line[-1]].parents:
        line.append(commits[line[-1]].parents[0])
    return line[::-1]


def matter(commit: Commit) -> dict[str, bytes]:
    """The files that say something about access."""
    return {path: content for path, content in commit.files.items() if is_role_file(path) or path == "lock.yaml"}


def before(commits: list[Commit], at: int) -> dict[str, bytes]:
    parents = commits[at].parents
    return matter(commits[parents[0]]) if parents else {}


def authors(commits: list[Commit], at: int) -> set[str]:
    """Who is named for a commit: for a merge, those of what it brought that touched role files, or else the lock."""
    brought = (
        ancestors(commits, at) - {at} - ancestors(commits, commits[at].parents[0]) if commits[at].parents else set()
    )
    single = [each for each in brought if len(commits[each].parents) < 2]
    lock = {each for each in single if matter(commits[each]) != before(commits, each)}
    roles = {
        each
        for each in lock
        if {**matter(commits[each]), "lock.yaml": b""} != {**before(commits, each), "lock.yaml": b""}
    }
    return {commits[each].author for each in roles or lock or {at}}


def ancestors(commits: list[Commit], at: int) -> set[int]:
    return {at}.union(*(ancestors(commits, parent) for parent in commits[at].parents))


def fact(event: Event) -> Fact:
    date, _, subject, *_ = event.revision
    return Fact(date, subject, event.kind.word, event.role, event.code or "", event.renamed_from or "")


def known(life: Life) -> Known:
    since = {code: revision.subject for code, revision in life.since.items()}
    return Known(life.name, [fact(event) for event in life.events], since)


def found(history: History) -> Expected:
    roles, earlier = ({name: known(life) for name, life in lives.items()} for lives in (history.roles, history.earlier))
    return Expected([fact(event) for event in history.events], roles, earlier, history.skipped)


def disagreements(seed: int, repository: Repository) -> Iterator[str]:
    """What the two histories of a seed do not have in common."""
    commits = Making(seed).made()
    hashes = imported(repository, commits)
    line = first_parents(commits)
    today = (TODAY, TODAY, START_OF_ALL + timedelta(days=seed % 300))[seed % 3]
    past = read_past(str(repository.directory / "roles.d"), repository.directory / "lock.yaml", Asker("why"))
    if [commit.hash for commit in past.log.commits] != [hashes[at] for at in line]:
        yield "the commits"
    history = past.history(today)
    yield from differing("at HEAD", history, expected(states(commits, line), ENDS, today))
    wrong = {revision for event in history.events if not is_so(revision := event.revision, commits, hashes)}
    if wrong:
        yield f"the commit or the authors: {wrong}"
    on = {(name, code) for name, life in history.roles.items() for code in life.since}
    head = seen(state_of(commits[-1], "HEAD"), today)
    if head is not None and on != {(name, code) for name, role in head.items() for code in role.codes}:
        yield "what is on at HEAD is not what the files at HEAD desire"
    work = state_of(commits[seed % len(commits)], "not committed")._replace(day=today)
    roles = desired(work, today)
    if roles is not None:
        edited = past.history(today, {role.role.name: role for role in roles})
        yield from differing("with a work tree", edited, expected(states(commits, line), ENDS, today, work))
    yield from on_a_day(START_OF_ALL + timedelta(days=seed % 200), past, commits, hashes)


def states(commits: list[Commit], line: list[int]) -> list[State]:
    """The states of those commits of the line that touched what matters."""
    touched = [at for at in line if matter(commits[at]) != before(commits, at)]
    return [state_of(commits[at], f"Change {at}") for at in touched]


def on_a_day(day: Day, past: Past, commits: list[Commit], hashes: list[str]) -> Iterator[str]:
    """What differs for the newest commit until a day, looking from HEAD backwards."""
    line = first_parents(commits)
    while line and commits[line[-1]].day > day:
        line.pop()
    then = past.on(day)
    if then is None or not line:
        if line or then is not None:
            yield f"whether there was a commit on {day}"
    elif then.newest.hash != hashes[line[-1]]:
        yield f"the commit of {day}"
    else:
        yield from differing(f"on {day}", then.history(day), expected(states(commits, line), ENDS, day))


def is_so(revision: Revision, commits: list[Commit], hashes: list[str]) -> bool:
    """Whether the hash and the authors are those of the commit that the subject names."""
    if revision.commit is None:
        return revision.subject.startswith("ended ") and not revision.authors
    at = hashes.index(revision.commit)
    people = set(revision.authors)
    return (
        revision.subject == f"Change {at}" and people == authors(commits, at) and len(people) == len(revision.authors)
    )


def differing(when: str, history: History, truth: Expected) -> Iterator[str]:
    """The first part that differs."""
    for name, ours, theirs in zip(Expected._fields, found(history), truth, strict=True):
        if ours != theirs:
            yield f"{when}, {name}:\n  found {ours}\n  truth {theirs}"[:2000]
            return


def play(seeds: range, directory: Path) -> None:
    repository = Repository(directory)
    wrong = {seed: said for seed in seeds if (said := list(disagreements(seed, repository)))}
    if wrong:
        pytest.fail("\n\n".join(f"seed {seed}: {said[0]}" for seed, said in wrong.items()), pytrace=False)


@pytest.mark.parametrize("start", range(0, FEW, CHUNK))
def test_a_few_histories_are_read_as_brute_force_reads_them(start: int, tmp_path: Path) -> None:
    play(range(start, start + CHUNK), tmp_path)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("start", range(START, START + MANY, 10 * CHUNK))
def test_thousands_of_histories_are_read_as_brute_force_reads_them(start: int, tmp_path: Path) -> None:
    play(range(start, min(start + 10 * CHUNK, START + MANY)), tmp_path)
