"""The one expansion, against a slow one that does what the rule says word by word; and its laws."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.expand import expand
from reconciler.load.loaded import digest_of
from reconciler.load.written import Item, WrittenRole, WrittenSet
from reconciler.model.catalogue import Lock
from reconciler.model.days import Day
from reconciler.model.findings import Place, errors_of
from reconciler.model.patterns import has_star
from reconciler.model.roles import DesiredRole, Grant, Location, Role
from tests.builders import TODAY, a_lock

CODES = ("a.edit", "a.view", "b.edit", "b.view", "c.view")
PATTERNS = ("a.*", "b.*", "*.view", "*.edit")


@dataclass(frozen=True)
class Files:
    """One role and the sets of its files, as a strategy makes them."""

    own: tuple[Item, ...]
    sets: tuple[WrittenSet, ...]
    include: tuple[str, ...]
    excepted: tuple[str, ...]
    lock: Lock = field(default=a_lock(*CODES))

    @property
    def role(self) -> WrittenRole:
        plain = {item.text: (item.place.line, item.place.column) for item in self.own if item.plain}
        location = Location("role.yaml", 1, marks=plain)
        desired = DesiredRole(Role("clerk", "", frozenset(plain)), location)
        special = tuple(item for item in self.own if not item.plain)
        include = {name: Place("role.yaml", 50, n) for n, name in enumerate(self.include, 1)}
        excepted = {text: Place("role.yaml", 60, n) for n, text in enumerate(self.excepted, 1)}
        return WrittenRole(desired, (), special, include, excepted)

    def expanded(self, today: Day = TODAY) -> DesiredRole:
        (role,) = expand([self.role], self.sets, self.lock, today).roles
        return role


def items(path: str) -> st.SearchStrategy[tuple[Item, ...]]:
    """Items with different texts, as a list of a file has them."""
    ends = st.none() | st.integers(-3, 3).map(lambda days: TODAY + timedelta(days))
    made = st.tuples(st.sampled_from(CODES + PATTERNS), ends, st.sampled_from(["", "why"]))
    listed = st.lists(made, max_size=5, unique_by=lambda item: item[0])
    return listed.map(
        lambda found: tuple(Item(text, Place(path, n, 5), end, why) for n, (text, end, why) in enumerate(found, 2))
    )


@st.composite
def files(draw: st.DrawFn) -> Files:
    names = ("x", "y", "z")
    sets = tuple(WrittenSet(name, Place(f"{name}.yaml"), draw(items(f"{name}.yaml"))) for name in names)
    include = tuple(draw(st.lists(st.sampled_from(names), unique=True)))
    excepted = tuple(draw(st.lists(st.sampled_from(CODES + PATTERNS), unique=True, max_size=2)))
    return Files(draw(items("role.yaml")), sets, include, excepted)


def matches(text: str, code: str) -> bool:
    if text.endswith(".*"):
        return code.startswith(text[:-1])
    return code.endswith(text[1:]) if text.startswith("*") else code == text


def oracle(found: Files, today: Day) -> tuple[dict[str, Grant], dict[str, Grant]]:
    """What the role holds and what ended, by the words of docs/interface.md."""
    sets = {each.name: each.items for each in found.sets}
    lists = [(None, found.own), *((name, sets[name]) for name in found.include)]
    grants: dict[str, Grant] = {}
    ended: dict[str, Grant] = {}
    for code in CODES:
        if any(matches(text, code) for text in found.excepted):
            continue
        sources = [
            Grant(item.place, name, item.text if has_star(item.text) else None, item.until, item.reason)
            for name, listed in lists
            for item in listed
            if matches(item.text, code)
        ]
        if not sources:
            continue
        ends = {source.until for source in sources}
        end = None if None in ends else max(each for each in ends if each)
        counting = [source for source in sources if source.until == end]
        kinds = [(False, False), (False, True), (True, False), (True, True)]
        first = min(counting, key=lambda source: kinds.index((source.set is not None, source.pattern is not None)))
        (ended if end is not None and end < today else grants)[code] = first
    return grants, ended


@given(files())
def test_a_role_holds_what_the_rule_says(found: Files) -> None:
    for days in (-1, 0, 1):
        today = TODAY + timedelta(days)
        grants, ended = oracle(found, today)
        role = found.expanded(today)
        assert role.role.permissions == set(grants)
        assert role.ended == ended
        assert {code: role.grant_of(code) for code in grants} == grants


@given(files())
def test_no_error_depends_on_the_day(found: Files) -> None:
    days = [TODAY + timedelta(days) for days in (-10, 0, 1, 10)]
    assert len({tuple(errors_of(expand([found.role], found.sets, found.lock, day).findings)) for day in days}) == 1


@given(files())
def test_a_pattern_never_grants_what_the_lock_does_not_have(found: Files) -> None:
    by_name = {item.text for each in found.sets for item in each.items} | {item.text for item in found.own}
    for lock in (a_lock("a.view", "c.view"), a_lock("a.view", withdrawn=["a.edit", "b.view"]), a_lock(), None):
        (role,) = expand([found.role], found.sets, lock, TODAY).roles
        assert role.role.permissions - by_name <= (frozenset() if lock is None else lock.grantable)


@given(files())
def test_moving_the_items_of_a_role_into_a_set_changes_nothing(found: Files) -> None:
    moved = WrittenSet("moved", Place("moved.yaml"), found.own)
    then = Files((), (*found.sets, moved), (*found.include, "moved"), found.excepted)
    before, after = found.expanded(), then.expanded()
    assert before.role == after.role
    assert before.ended.keys() == after.ended.keys()
    assert digest_of([before]) == digest_of([after])


@given(files(), st.randoms())
def test_reordering_changes_nothing(found: Files, random: object) -> None:
    def shuffled(values: tuple) -> tuple:  # type: ignore[type-arg]
        listed = list(values)
        random.shuffle(listed)  # type: ignore[attr-defined]
        return tuple(listed)

    sets = shuffled(tuple(each._replace(items=shuffled(each.items)) for each in found.sets))
    then = Files(shuffled(found.own), sets, shuffled(found.include), shuffled(found.excepted))
    before, after = found.expanded(), then.expanded()
    assert before.role == after.role
    assert digest_of([before]) == digest_of([after])
