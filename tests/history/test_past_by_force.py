"""The past that is read from git is the one that brute force finds, in histories that nobody wrote.

`make test` plays the same few each time, `make test-long` thousands from `MODEL_SEED` on. To play one again, alone:

    MODEL_SEED=4711 MODEL_HISTORIES=1 .venv/bin/pytest tests/history/test_past_by_force.py -m long
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.git.repository import Asker
from reconciler.history.events import Event, History, Life
from reconciler.history.past import read_past
from reconciler.model.revisions import Revision
from tests.history.made import ENDS, TODAY, Commit, Making, imported
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


def disagreement(seed: int, repository: Repository) -> str:
    """What the two histories of a seed do not have in common; empty where they agree."""
    commits = Making(seed).made()
    hashes = imported(repository, commits)
    line = first_parents(commits)
    touched = [at for at in line if matter(commits[at]) != before(commits, at)]
    states = [state_of(commits[at], f"Change {at}") for at in touched]
    past = read_past(str(repository.directory / "roles.d"), repository.directory / "lock.yaml", Asker("why"))
    history = past.history(TODAY)
    truth = expected(states, ENDS, TODAY)
    if [commit.hash for commit in past.log.commits] != [hashes[at] for at in line]:
        return "the commits"
    if found(history) != truth:
        return differing(found(history), truth)
    wrong = {revision for event in history.events if not is_so(revision := event.revision, commits, hashes)}
    if wrong:
        return f"the commit or the authors: {wrong}"
    on = {(name, code) for name, life in history.roles.items() for code in life.since}
    head = seen(state_of(commits[-1], "HEAD"), TODAY)
    if head is not None and on != {(name, code) for name, role in head.items() for code in role.codes}:
        return "what is on at HEAD is not what the files at HEAD desire"
    work = state_of(commits[seed % len(commits)], "not committed")._replace(day=TODAY)
    roles = desired(work, TODAY)
    if roles is None:
        return ""
    again = found(past.history(TODAY, {role.role.name: role for role in roles}))
    truth = expected(states, ENDS, TODAY, work)
    return "" if again == truth else f"with a work tree, {differing(again, truth)}"


def is_so(revision: Revision, commits: list[Commit], hashes: list[str]) -> bool:
    """Whether the hash and the authors are those of the commit that the subject names."""
    if revision.commit is None:
        return revision.subject.startswith("ended ") and not revision.authors
    at = hashes.index(revision.commit)
    people = set(revision.authors)
    return (
        revision.subject == f"Change {at}" and people == authors(commits, at) and len(people) == len(revision.authors)
    )


def differing(found: Expected, truth: Expected) -> str:
    """The first part that differs."""
    parts = zip(Expected._fields, found, truth, strict=True)
    name, ours, theirs = next((name, ours, theirs) for name, ours, theirs in parts if ours != theirs)
    return f"{name}:\n  found {ours}\n  truth {theirs}"[:2000]


def play(seeds: range, directory: Path) -> None:
    repository = Repository(directory)
    wrong = {seed: said for seed in seeds if (said := disagreement(seed, repository))}
    if wrong:
        pytest.fail("\n\n".join(f"seed {seed}: {said}" for seed, said in wrong.items()), pytrace=False)


@pytest.mark.parametrize("start", range(0, FEW, CHUNK))
def test_a_few_histories_are_read_as_brute_force_reads_them(start: int, tmp_path: Path) -> None:
    play(range(start, start + CHUNK), tmp_path)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("start", range(START, START + MANY, 10 * CHUNK))
def test_thousands_of_histories_are_read_as_brute_force_reads_them(start: int, tmp_path: Path) -> None:
    play(range(start, min(start + 10 * CHUNK, START + MANY)), tmp_path)
