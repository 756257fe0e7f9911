"""What the history of access is, by brute force: every commit is expanded by itself, and states are compared.

It shares no code with `reconciler.history` and `reconciler.load.versions`. It expands with the ordinary
`load_documents`, on the day of the commit and with its lock, once more for each day on which an end may count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from reconciler.load import load_documents
from reconciler.load.lock import lock_in
from reconciler.model.days import Day
from reconciler.model.errors import InvalidInput
from reconciler.model.roles import DesiredRole

KINDS = ("deleted", "renamed", "created", "revoked", "granted")
DIRECTORY = "roles.d/"
ONE_DAY = timedelta(days=1)


class State(NamedTuple):
    """The role files by path and the lock, as a commit (or the work tree) has them."""

    label: str
    day: Day
    files: Mapping[str, bytes]
    lock: bytes | None


class Fact(NamedTuple):
    """One event. `label` is the commit's, or says what ended."""

    day: Day
    label: str
    kind: str
    role: str
    code: str = ""
    renamed_from: str = ""


class Known(NamedTuple):
    """A role: its name, its facts, newest first, and what granted each code that it holds."""

    name: str
    facts: list[Fact]
    since: dict[str, str]


class Expected(NamedTuple):
    """Everything that happened, newest first; the roles at the end, and the last one of each other name."""

    facts: list[Fact]
    roles: dict[str, Known]
    earlier: dict[str, Known]
    skipped: int


class Seen(NamedTuple):
    """A role as the files say that it is on one day."""

    codes: frozenset[str]
    earlier_names: tuple[str, ...]


def is_role_file(path: str) -> bool:
    """Whether a file of the repository is a role file, for the directory `roles.d`."""
    parts = path.removeprefix(DIRECTORY).split("/")
    return (
        path.startswith(DIRECTORY)
        and path.endswith((".yaml", ".yml"))
        and not any(part.startswith(".") for part in parts)
    )


def desired(state: State, day: Day) -> tuple[DesiredRole, ...] | None:
    """The roles on a day, None where the files or the lock are not valid."""
    try:
        lock = None if state.lock is None else lock_in(state.lock, Path("lock.yaml"), str)
        return load_documents(sorted(state.files.items()), today=day, lock=lock).roles
    except InvalidInput:
        return None


def seen(state: State, day: Day) -> dict[str, Seen] | None:
    """What the roles hold on a day, and their earlier names."""
    roles = desired(state, day)
    if roles is None:
        return None
    return {each.role.name: Seen(each.role.permissions, each.renamed_from) for each in roles}


def expected(states: Iterable[State], ends: Iterable[Day], today: Day, now: State | None = None) -> Expected:
    """What these states mean up to `today`, oldest first. `ends` are all days that any file names as an end."""
    work = _Work(sorted(set(ends)))
    for state in states:
        work.go(state, min(state.day, today))
    work.wait(today)
    if now is not None:
        work.go(now, today)
    return work.result()


class _Work:
    def __init__(self, ends: list[Day]) -> None:
        self.ends = ends
        self.state: State | None = None
        self.day = Day.min
        self.number = 0
        self.ids: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.on: dict[int, dict[str, str]] = {}
        self.groups: list[list[tuple[int, Fact]]] = []
        self.skipped = 0

    def go(self, state: State, day: Day) -> None:
        """The state of a commit follows."""
        after = seen(state, day)
        if after is None:
            self.skipped += 1
            return
        self.wait(day)
        ids = {name: self.ids[name] for name in after if name in self.ids}
        ids |= {name: self.ids[before] for name, before in links(set(self.ids), after).items()}
        back = {name: self.last[name] for name in after if name not in ids and self._is_deleted(name)}
        new = {name: self.number + at for at, name in enumerate(after) if name not in ids and name not in back}
        self.number += len(after)
        group: list[tuple[int, Fact]] = []
        for before, number in self.ids.items():
            if number not in ids.values():
                group.append((number, Fact(state.day, state.label, "deleted", before)))
                group += self._turned(number, before, frozenset(), state)
        for name, number in (ids | back | new).items():
            if name not in ids:
                group.append((number, Fact(state.day, state.label, "created", name)))
            elif self.names[number] != name:
                group.append((number, Fact(state.day, state.label, "renamed", name, renamed_from=self.names[number])))
            self.names[number] = name
            group += self._turned(number, name, after[name].codes, state)
        self.groups.append(group)
        self.ids = ids | back | new
        self.last |= self.ids
        self.state, self.day = state, day

    def wait(self, day: Day) -> None:
        """Days pass without a commit: what is on, and not on the day after an end, ended."""
        for end in self.ends:
            if self.state is None or not self.day < end + ONE_DAY <= day:
                continue
            after = seen(self.state, end + ONE_DAY)
            assert after is not None, "no error depends on the day"
            when = self.state._replace(day=end + ONE_DAY, label=f"ended {end}")
            turned = [self._turned(number, name, after[name].codes, when) for name, number in self.ids.items()]
            self.groups.append([fact for facts in turned for fact in facts])
        self.day = max(self.day, day)

    def _turned(self, number: int, name: str, codes: frozenset[str], when: State) -> list[tuple[int, Fact]]:
        on = self.on.setdefault(number, {})
        off, came = on.keys() - codes, codes - on.keys()
        self.on[number] = {code: on.get(code, when.label) for code in codes}
        turned = [("revoked", code) for code in off] + [("granted", code) for code in came]
        return [(number, Fact(when.day, when.label, kind, name, code)) for kind, code in turned]

    def _is_deleted(self, name: str) -> bool:
        number = self.last.get(name)
        return number is not None and number not in self.ids.values() and self.names[number] == name

    def result(self) -> Expected:
        groups = [sorted(group, key=_order) for group in reversed(self.groups)]
        facts = [each for group in groups for each in group]
        known = {
            number: Known(name, [fact for of, fact in facts if of == number], self.on[number])
            for number, name in self.names.items()
        }
        roles = {name: known[number] for name, number in self.ids.items()}
        earlier = {name: known[number] for name, number in self.last.items() if name not in roles}
        return Expected([fact for _, fact in facts], roles, earlier, self.skipped)


def _order(each: tuple[int, Fact]) -> tuple[int, str, str]:
    return KINDS.index(each[1].kind), each[1].code, each[1].role


def links(before: set[str], after: Mapping[str, Seen]) -> dict[str, str]:
    """The earlier name of each role that takes one over: along every way from a new name to a name that goes."""
    ways = [way for name in after if name not in before for way in _ways((name,), before, after)]
    crossing = Counter(name for way in ways for name in way[:-1])
    clear = [way for way in ways if all(crossing[name] == 1 for name in way[:-1])]
    return {name: earlier for way in clear for name, earlier in pairwise(way)}


def _ways(way: tuple[str, ...], before: set[str], after: Mapping[str, Seen]) -> Iterator[tuple[str, ...]]:
    for name in after[way[-1]].earlier_names:
        if name in before and name not in way:
            if name in after:
                yield from _ways((*way, name), before, after)
            else:
                yield (*way, name)
