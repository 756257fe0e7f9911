"""Laws of the fold, for any roles on any days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.history.events import Event, EventKind, History, Version, held_on
from reconciler.history.fold import fold
from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.revisions import Revision
from reconciler.model.roles import DesiredRole, Grant
from tests.builders import a_desired_role

START = Day(2026, 1, 1)
NAMES = ("a", "b", "c", "d")
DAYS = st.integers(min_value=0, max_value=60).map(lambda days: START + timedelta(days=days))
HELD = st.dictionaries(st.sampled_from(["x.one", "x.two", "x.three"]), st.none() | DAYS, max_size=3)
ROLES = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(HELD, st.lists(st.sampled_from(NAMES), max_size=2)), max_size=4
)


def a_version(number: int, day: Day, roles: dict[str, tuple[dict[str, Day | None], list[str]]]) -> Version:
    made = {}
    for name, (held, earlier) in roles.items():
        plain = a_desired_role(name, held, renamed_from=[each for each in dict.fromkeys(earlier) if each != name])
        grants = {code: Grant(Place("a.yaml"), until=end) for code, end in held.items() if end is not None}
        made[name] = DesiredRole(plain.role, plain.location, plain.renamed_from, grants)
    return Version(Revision(day, f"{number}", f"change {number}"), made)


def in_order(given: Sequence[tuple[Day, dict[str, tuple[dict[str, Day | None], list[str]]]]]) -> list[Version]:
    days = sorted(day for day, _ in given)
    return [a_version(number, day, roles) for number, (day, (_, roles)) in enumerate(zip(days, given, strict=True))]


ANY = st.lists(st.tuples(DAYS, ROLES), max_size=6)
VERSIONS = ANY.map(lambda given: [a_version(number, day, roles) for number, (day, roles) in enumerate(given)])
IN_ORDER = ANY.map(in_order)


def lives(history: History) -> list[tuple[Event, ...]]:
    """The events of each role once, whatever its names."""
    found = {id(life): life for life in (*history.roles.values(), *history.earlier.values())}
    return [life.events for life in found.values()]


@given(VERSIONS, DAYS)
def test_what_is_on_at_the_end_is_what_the_last_version_desires_today(versions: list[Version], today: Day) -> None:
    history = fold(versions, today)
    desired = versions[-1].roles if versions else {}
    assert {name: set(life.since) for name, life in history.roles.items()} == {
        name: set(held_on(role, today)) for name, role in desired.items()
    }
    assert {name: life.role for name, life in history.roles.items()} == desired


@given(VERSIONS, DAYS)
def test_each_event_of_a_role_follows_from_those_before_it(versions: list[Version], today: Day) -> None:
    history = fold(versions, today)
    for name, life in history.roles.items():
        here = ""
        on: dict[str, Revision] = {}
        changes: dict[int, list[Event]] = {}
        for event in reversed(life.events):
            changes.setdefault(id(event.revision), []).append(event)
        for group in changes.values():
            for event in sorted(group):
                if event.kind is EventKind.DELETED:
                    assert (here, event.renamed_from) == (event.role, None)
                    here = ""
                elif event.kind is EventKind.RENAMED:
                    assert here == event.renamed_from != event.role
                    here = event.role
                elif event.kind is EventKind.CREATED:
                    assert (here, on) == ("", {})
                    here = event.role
                elif event.kind is EventKind.REVOKED:
                    assert event.code is not None
                    del on[event.code]
                else:
                    assert event.code is not None
                    assert event.code not in on
                    on[event.code] = event.revision
        assert (here, on) == (name, life.since)


@given(VERSIONS, DAYS)
def test_no_event_is_of_two_roles(versions: list[Version], today: Day) -> None:
    """Of a role that is gone and whose every name another one took, only the history as a whole has the events."""
    history = fold(versions, today)
    assert Counter(event for events in lives(history) for event in events) <= Counter(history.events)


@given(VERSIONS, DAYS)
def test_every_name_leads_to_a_role_that_had_it(versions: list[Version], today: Day) -> None:
    history = fold(versions, today)
    names = {name for version in versions for name in version.roles}
    assert names == history.roles.keys() | history.earlier.keys()
    found = (*history.roles.items(), *history.earlier.items())
    assert all(any(event.role == name for event in life.events) for name, life in found)
    assert all(history.takers[name][-1][1] is history.life(name) for name in names)
    assert all(life.name == name for name, life in history.roles.items())


@given(IN_ORDER, st.integers(min_value=0, max_value=6))
def test_what_comes_later_changes_nothing_that_was(versions: list[Version], length: int) -> None:
    earlier = versions[:length]
    if earlier:
        day = earlier[-1].revision.date
        before, after = fold(earlier, day).events, fold(versions, Day(2027, 1, 1)).events
        assert tuple(after)[len(after) - len(before) :] == before


@given(VERSIONS, st.integers(min_value=0, max_value=5), DAYS)
def test_a_version_that_says_the_same_on_the_same_day_adds_nothing(
    versions: list[Version], place: int, today: Day
) -> None:
    if place < len(versions):
        again = Version(
            versions[place].revision,
            {name: replace(role) for name, role in versions[place].roles.items()},
        )
        repeated = [*versions[: place + 1], again, *versions[place + 1 :]]
        assert fold(repeated, today).events == fold(versions, today).events


@given(VERSIONS, DAYS)
def test_the_order_of_files_does_not_matter(versions: list[Version], today: Day) -> None:
    turned = [Version(revision, dict([*roles.items()][::-1])) for revision, roles in versions]
    assert fold(turned, today).events == fold(versions, today).events
