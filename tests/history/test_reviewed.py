"""Which change gave a role a permission, or took it, since the role was reviewed."""

from __future__ import annotations

from datetime import timedelta

from reconciler.history.events import EMPTY, Event, EventKind, History, Life
from reconciler.history.reviewed import changes_since
from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.revisions import Revision
from reconciler.policy.reviews import Review, Reviewed, judged
from tests.builders import TODAY, a_desired_role

FIRST, SECOND, THIRD = (Revision(TODAY - timedelta(days), str(days) * 20, f"{days} days ago") for days in (30, 20, 10))


def a_past(*events: tuple[EventKind, str, Revision], oldest: Revision | None = None) -> History:
    """The past of the role lead: events of its codes, newest first, and its creation."""
    found = tuple(Event(kind, "lead", revision, code) for kind, code, revision in events)
    life = Life("lead", None, (*found, Event(EventKind.CREATED, "lead", FIRST)), {}, {})
    return EMPTY._replace(roles={"lead": life}, oldest=oldest)


def reviewed(*listed: str, holds: tuple[str, ...], on: Day = TODAY) -> tuple[Reviewed, ...]:
    review = Review("lead", on, "J <j@x>", frozenset(listed), Place("reviews.yaml"))
    return judged([a_desired_role("lead", holds)], [review], TODAY)


def test_an_added_code_has_its_newest_grant_and_a_removed_one_its_newest_revoke() -> None:
    past = a_past(
        (EventKind.GRANTED, "a.b", THIRD),
        (EventKind.REVOKED, "c.d", THIRD),
        (EventKind.REVOKED, "a.b", SECOND),
        (EventKind.GRANTED, "c.d", SECOND),
        (EventKind.GRANTED, "a.b", FIRST),
        (EventKind.GRANTED, "e.f", FIRST),
    )
    found = changes_since(reviewed("c.d", "e.f", holds=("a.b", "e.f")), past)
    assert found == {("lead", "a.b"): THIRD, ("lead", "c.d"): THIRD}


def test_a_revoke_is_not_taken_for_the_grant_of_a_code() -> None:
    past = a_past((EventKind.REVOKED, "a.b", THIRD), (EventKind.GRANTED, "a.b", FIRST))
    assert changes_since(reviewed(holds=("a.b",)), past) == {("lead", "a.b"): FIRST}


def test_what_the_history_does_not_know_is_left_out() -> None:
    assert changes_since(reviewed("c.d", holds=("a.b",)), EMPTY) == {}
    past = a_past((EventKind.GRANTED, "a.b", FIRST), (EventKind.REVOKED, "c.d", SECOND), oldest=FIRST)
    assert changes_since(reviewed("c.d", holds=("a.b",)), past) == {("lead", "c.d"): SECOND}
