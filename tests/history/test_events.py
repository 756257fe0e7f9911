from __future__ import annotations

import pytest

from reconciler.history.events import Event, EventKind, History, Life, event_document, held_on
from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.revisions import Revision
from reconciler.model.roles import DesiredRole, Grant
from tests.builders import a_desired_role

REVISION = Revision(Day(2026, 1, 2), "f" * 40, "One (#7)", ("Ana Ruiz",), 7)


def test_the_words_of_the_kinds_are_in_the_order_of_a_commit() -> None:
    assert [kind.word for kind in sorted(EventKind)] == ["deleted", "renamed", "created", "revoked", "granted"]


def test_the_document_of_an_event_has_everything() -> None:
    assert event_document(Event(EventKind.GRANTED, "clerk", REVISION, "a.view")) == {
        "event": "granted",
        "role": "clerk",
        "renamed_from": None,
        "code": "a.view",
        "date": "2026-01-02",
        "commit": "f" * 40,
        "subject": "One (#7)",
        "authors": ["Ana Ruiz"],
        "pull_request": 7,
    }
    renamed = event_document(Event(EventKind.RENAMED, "clerk", REVISION, renamed_from="helper"))
    assert (renamed["event"], renamed["renamed_from"], renamed["code"]) == ("renamed", "helper", None)


def test_a_name_means_the_role_that_has_it_before_one_that_had_it() -> None:
    now, then = (Life(name, None, (), {}, {}) for name in ("now", "then"))
    history = History({"a": now}, {"a": then, "b": then}, ())
    assert [history.life(name) for name in ("a", "b", "c")] == [now, then, None]


@pytest.mark.parametrize(
    ("day", "held"),
    [
        ("2026-01-31", {"a.plain", "a.reason", "a.short", "a.long"}),
        ("2026-02-01", {"a.plain", "a.reason", "a.long"}),
        ("2026-03-31", {"a.plain", "a.reason", "a.long"}),
        ("2026-04-01", {"a.plain", "a.reason"}),
    ],
)
def test_a_role_holds_what_has_not_ended_whatever_day_it_was_expanded_for(day: str, held: set[str]) -> None:
    short, long = (Grant(Place("a.yaml"), until=Day.fromisoformat(end)) for end in ("2026-01-31", "2026-03-31"))
    reason = Grant(Place("a.yaml"), reason="Because")
    early = a_desired_role("clerk", ["a.plain", "a.reason", "a.short", "a.long"])
    late = a_desired_role("clerk", ["a.plain", "a.reason", "a.long"])
    on_the_first = DesiredRole(early.role, early.location, (), {"a.short": short, "a.long": long, "a.reason": reason})
    in_march = DesiredRole(late.role, late.location, (), {"a.long": long, "a.reason": reason}, {"a.short": short})
    for role in (on_the_first, in_march):
        found = held_on(role, Day.fromisoformat(day))
        assert found.keys() == held
        assert found["a.plain"] is None


def test_a_name_on_a_day_means_the_role_that_had_it_then() -> None:
    first, second = (Life(name, None, (), {}, {}) for name in ("first", "second"))
    days = [Day(2026, 1, 1), Day(2026, 3, 1)]
    history = History({}, {}, (), takers={"a": list(zip(days, (first, second), strict=True))})
    for day, expected in {
        Day(2025, 12, 31): first,
        Day(2026, 2, 28): first,
        Day(2026, 3, 1): second,
        None: second,
    }.items():
        assert history.life_on("a", day) is expected
    assert history.life_on("b", days[0]) is None
