from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from time import process_time

import pytest

from reconciler.history.events import Event, History, Life, Version
from reconciler.history.fold import fold
from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.revisions import Revision
from reconciler.model.roles import DesiredRole, Grant
from tests.builders import TODAY, a_desired_role


def a_role(name: str, *codes: str, was: Iterable[str] = (), **ends: str) -> DesiredRole:
    """A role with these codes. Those of `ends` are named after their last part: `view="2026-03-01"` is a.view."""
    until = {f"a.{code}": Grant(Place("a.yaml"), until=Day.fromisoformat(end)) for code, end in ends.items()}
    made = a_desired_role(name, [*codes, *until], renamed_from=was)
    return DesiredRole(made.role, made.location, made.renamed_from, until)


def on(day: str, *roles: DesiredRole) -> Version:
    """The commit of a day, which is its subject too."""
    return Version(Revision(Day.fromisoformat(day), f"commit of {day}", day), {role.role.name: role for role in roles})


def line(event: Event) -> str:
    """An event as `2026-01-01 granted clerk a.view`: by subject, which is the day or says what ended."""
    was = f" from {event.renamed_from}" if event.renamed_from else ""
    return f"{event.revision.subject} {event.kind.word} {event.role}{was}{f' {event.code}' if event.code else ''}"


def lines(events: Iterable[Event]) -> list[str]:
    return [line(event) for event in events]


def of(*versions: Version, today: Day = TODAY, now: Sequence[DesiredRole] | None = None) -> History:
    work_tree = None if now is None else {role.role.name: role for role in now}
    return fold(versions, today, now=work_tree)


def events(*versions: Version, today: Day = TODAY, now: Sequence[DesiredRole] | None = None) -> list[str]:
    return lines(of(*versions, today=today, now=now).events)


def life(history: History, name: str) -> Life:
    found = history.life(name)
    assert found is not None
    return found


def names(found: Life) -> tuple[str, ...]:
    """All names that a role has had, oldest first."""
    return tuple(dict.fromkeys(event.role for event in reversed(found.events)))


def subjects(since: Mapping[str, Revision]) -> dict[str, str]:
    return {code: revision.subject for code, revision in since.items()}


class TestAPair:
    def test_turns_on_and_off(self) -> None:
        assert events(
            on("2026-01-01", a_role("clerk", "a.view")),
            on("2026-01-02", a_role("clerk", "a.edit")),
            on("2026-01-03", a_role("clerk", "a.edit", "a.view")),
        ) == [
            "2026-01-03 granted clerk a.view",
            "2026-01-02 revoked clerk a.view",
            "2026-01-02 granted clerk a.edit",
            "2026-01-01 created clerk",
            "2026-01-01 granted clerk a.view",
        ]

    def test_has_no_event_where_only_the_text_differs(self) -> None:
        before, after = a_role("clerk", "a.view"), a_role("clerk", "a.view", was=["lead"])
        assert before is not after
        assert events(on("2026-01-01", before)) == events(on("2026-01-01", before), on("2026-01-02", after))

    def test_is_on_since_it_was_last_turned_on(self) -> None:
        history = of(
            on("2026-01-01", a_role("clerk", "a.view", "a.edit", "a.old")),
            on("2026-01-02", a_role("clerk", "a.edit")),
            on("2026-01-03", a_role("clerk", "a.edit", "a.view")),
        )
        clerk = history.roles["clerk"]
        assert subjects(clerk.since) == {"a.edit": "2026-01-01", "a.view": "2026-01-03"}
        assert subjects(clerk.granted) == {"a.edit": "2026-01-01", "a.view": "2026-01-03", "a.old": "2026-01-01"}
        assert [history.since("clerk", code) for code in ("a.edit", "a.old", "a.never")] == [
            clerk.since["a.edit"],
            clerk.granted["a.old"],
            None,
        ]
        assert history.since("nurse", "a.view") is None

    def test_is_in_the_life_of_its_role_in_the_same_order(self) -> None:
        codes = [f"a.{number}" for number in range(9)]
        history = of(on("2026-01-01", a_role("clerk", *codes)), on("2026-01-02", a_role("clerk")))
        assert history.roles["clerk"].events == history.events
        assert [event.code for event in history.events[:9]] == codes

    def test_is_ordered_by_code_and_then_by_role_within_a_commit(self) -> None:
        codes = ["b.a", "a.b", "a.a"]
        assert events(
            on("2026-01-01", a_role("b", "x.x"), a_role("a", "x.x"), a_role("gone", "x.x"), a_role("old", "b.a")),
            on("2026-01-02", a_role("b", *codes), a_role("a", "a.a"), a_role("new"), a_role("it", "b.a", was=["old"])),
        )[:13] == [
            "2026-01-02 deleted gone",
            "2026-01-02 renamed it from old",
            "2026-01-02 created new",
            "2026-01-02 revoked a x.x",
            "2026-01-02 revoked b x.x",
            "2026-01-02 revoked gone x.x",
            "2026-01-02 granted a a.a",
            "2026-01-02 granted b a.a",
            "2026-01-02 granted b a.b",
            "2026-01-02 granted b b.a",
            "2026-01-01 created a",
            "2026-01-01 created b",
            "2026-01-01 created gone",
        ]


class TestARole:
    def test_that_is_created_or_deleted_has_an_event_a_code(self) -> None:
        history = of(on("2026-01-01", a_role("clerk", "a.b", "a.a"), a_role("empty")), on("2026-01-02"))
        assert lines(history.events) == [
            "2026-01-02 deleted clerk",
            "2026-01-02 deleted empty",
            "2026-01-02 revoked clerk a.a",
            "2026-01-02 revoked clerk a.b",
            "2026-01-01 created clerk",
            "2026-01-01 created empty",
            "2026-01-01 granted clerk a.a",
            "2026-01-01 granted clerk a.b",
        ]
        assert history.roles == {}
        assert lines(life(history, "empty").events) == ["2026-01-02 deleted empty", "2026-01-01 created empty"]
        assert (life(history, "clerk").role, life(history, "clerk").since) == (None, {})
        assert history.life("nurse") is None

    def test_that_is_deleted_and_comes_back_is_the_same_one(self) -> None:
        history = of(
            on("2026-01-01", a_role("clerk", "a.a")), on("2026-01-02"), on("2026-01-03", a_role("clerk", "a.b"))
        )
        assert lines(life(history, "clerk").events) == [
            "2026-01-03 created clerk",
            "2026-01-03 granted clerk a.b",
            "2026-01-02 deleted clerk",
            "2026-01-02 revoked clerk a.a",
            "2026-01-01 created clerk",
            "2026-01-01 granted clerk a.a",
        ]
        assert names(life(history, "clerk")) == ("clerk",)
        assert subjects(life(history, "clerk").granted) == {"a.a": "2026-01-01", "a.b": "2026-01-03"}

    def test_that_is_deleted_and_comes_back_as_it_was_is_created_again(self) -> None:
        clerk = a_role("clerk", "a.a")
        assert events(on("2026-01-01", clerk), on("2026-01-02"), on("2026-01-03", clerk))[:2] == [
            "2026-01-03 created clerk",
            "2026-01-03 granted clerk a.a",
        ]

    def test_is_what_the_last_version_says(self) -> None:
        before, after = a_role("clerk", "a.a"), a_role("clerk", "a.a")
        assert of(on("2026-01-01", before), on("2026-01-02", after)).roles["clerk"].role is after


class TestARename:
    def test_keeps_what_the_role_holds(self) -> None:
        history = of(
            on("2026-01-01", a_role("clerk", "a.a", "a.b")),
            on("2026-01-02", a_role("billing", "a.b", "a.c", was=["clerk"])),
        )
        assert lines(history.events)[:3] == [
            "2026-01-02 renamed billing from clerk",
            "2026-01-02 revoked billing a.a",
            "2026-01-02 granted billing a.c",
        ]
        assert subjects(history.roles["billing"].since) == {"a.b": "2026-01-01", "a.c": "2026-01-02"}
        assert names(history.roles["billing"]) == ("clerk", "billing")
        assert history.life("clerk") is history.life("billing")
        assert list(history.earlier) == ["clerk"]

    def test_needs_the_key(self) -> None:
        assert events(on("2026-01-01", a_role("clerk", "a.a")), on("2026-01-02", a_role("billing", "a.a")))[:4] == [
            "2026-01-02 deleted clerk",
            "2026-01-02 created billing",
            "2026-01-02 revoked clerk a.a",
            "2026-01-02 granted billing a.a",
        ]

    def test_needs_an_earlier_name_that_goes(self) -> None:
        history = of(
            on("2026-01-01", a_role("clerk", "a.a")),
            on("2026-01-02", a_role("clerk", "a.a"), a_role("billing", "a.a", was=["clerk"])),
            on("2026-01-03", a_role("billing", "a.a", was=["clerk"])),
        )
        assert lines(history.events)[:4] == [
            "2026-01-03 deleted clerk",
            "2026-01-03 revoked clerk a.a",
            "2026-01-02 created billing",
            "2026-01-02 granted billing a.a",
        ]
        assert subjects(history.roles["billing"].since) == {"a.a": "2026-01-02"}

    def test_needs_an_earlier_name_that_is_there(self) -> None:
        assert events(
            on("2026-01-01", a_role("clerk", "a.a")),
            on("2026-01-02"),
            on("2026-01-03", a_role("billing", "a.a", was=["clerk"])),
        )[:2] == ["2026-01-03 created billing", "2026-01-03 granted billing a.a"]

    def test_needs_a_new_name_that_comes(self) -> None:
        history = of(
            on("2026-01-01", a_role("clerk", "a.a"), a_role("billing", "a.b")),
            on("2026-01-02", a_role("billing", "a.b", was=["clerk"])),
        )
        assert lines(history.events)[:2] == ["2026-01-02 deleted clerk", "2026-01-02 revoked clerk a.a"]
        assert life(history, "clerk").name == "clerk"

    def test_may_go_on_and_come_back(self) -> None:
        history = of(
            on("2026-01-01", a_role("a", "x.x")),
            on("2026-01-02", a_role("b", "x.x", was=["a"])),
            on("2026-01-03", a_role("c", "x.x", was=["b", "a"])),
            on("2026-01-04", a_role("a", "x.x", was=["c"])),
        )
        assert lines(history.events)[:3] == [
            "2026-01-04 renamed a from c",
            "2026-01-03 renamed c from b",
            "2026-01-02 renamed b from a",
        ]
        assert names(history.roles["a"]) == ("a", "b", "c")
        assert {name: found.name for name, found in history.earlier.items()} == {"b": "a", "c": "a"}

    def test_of_several_at_once_may_be_a_chain(self) -> None:
        history = of(
            on("2026-01-01", a_role("a", "x.a"), a_role("b", "x.b"), a_role("c", "x.c")),
            on(
                "2026-01-02",
                a_role("b", "x.a", was=["a"]),
                a_role("c", "x.b", was=["b"]),
                a_role("d", "x.c", was=["c"]),
            ),
        )
        assert lines(history.events)[:3] == [
            "2026-01-02 renamed b from a",
            "2026-01-02 renamed c from b",
            "2026-01-02 renamed d from c",
        ]
        assert {name: names(found) for name, found in history.roles.items()} == {
            "b": ("a", "b"),
            "c": ("b", "c"),
            "d": ("c", "d"),
        }
        assert [found.name for found in (life(history, "a"), life(history, "b"), life(history, "c"))] == ["b", "b", "c"]

    def test_chain_whose_first_name_does_not_go_renames_nothing(self) -> None:
        history = of(
            on("2026-01-01", a_role("a", "x.a"), a_role("b", "x.b")),
            on("2026-01-02", a_role("a", "x.a"), a_role("b", "x.b", was=["a"]), a_role("c", "x.b", was=["b"])),
        )
        assert lines(history.events)[:2] == ["2026-01-02 created c", "2026-01-02 granted c x.b"]

    def test_has_the_earlier_name_that_goes_where_another_one_does_not(self) -> None:
        history = of(
            on("2026-01-01", a_role("a", "x.a"), a_role("b", "x.b")),
            on("2026-01-02", a_role("a", "x.a"), a_role("c", "x.b", was=["a", "b"])),
        )
        assert lines(history.events)[:1] == ["2026-01-02 renamed c from b"]

    def test_of_two_roles_into_one_leaves_open_which_is_meant(self) -> None:
        assert events(
            on("2026-01-01", a_role("a", "x.a"), a_role("b", "x.b")),
            on("2026-01-02", a_role("c", "x.a", was=["a", "b"])),
        )[:5] == [
            "2026-01-02 deleted a",
            "2026-01-02 deleted b",
            "2026-01-02 created c",
            "2026-01-02 revoked a x.a",
            "2026-01-02 revoked b x.b",
        ]

    def test_in_a_circle_ends(self) -> None:
        circle = [a_role("a", was=["b", "gone"]), a_role("b", was=["a"]), a_role("new", was=["old"])]
        before = [a_role(name) for name in ("a", "b", "gone", "old")]
        assert events(on("2026-01-01", *before), on("2026-01-02", *circle))[:3] == [
            "2026-01-02 deleted gone",
            "2026-01-02 renamed new from old",
            "2026-01-01 created a",
        ]

    def test_of_a_thousand_roles_in_one_commit_is_one_step(self) -> None:
        before = [a_role(f"r{at}") for at in range(1000)]
        after = [a_role(f"r{at + 1}", was=[f"r{at}"]) for at in range(1000)]
        history = of(on("2026-01-01", *before), on("2026-01-02", *after))
        assert len([event for event in history.events if event.renamed_from]) == 1000

    def test_leaves_the_name_to_a_role_of_its_own(self) -> None:
        history = of(
            on("2026-01-01", a_role("a", "x.a")),
            on("2026-01-02", a_role("b", "x.a", was=["a"])),
            on("2026-01-03", a_role("b", "x.a", was=["a"]), a_role("a", "x.new")),
        )
        assert lines(history.roles["a"].events) == ["2026-01-03 created a", "2026-01-03 granted a x.new"]
        assert names(history.roles["b"]) == ("a", "b")

    def test_of_a_role_that_came_back_goes_on_with_it(self) -> None:
        history = of(
            on("2026-01-01", a_role("a")),
            on("2026-01-02"),
            on("2026-01-03", a_role("a")),
            on("2026-01-04", a_role("b", was=["a"])),
        )
        assert len(history.roles["b"].events) == 4

    def test_a_name_means_the_last_role_that_had_it(self) -> None:
        history = of(
            on("2026-01-01", a_role("a", "x.one")),
            on("2026-01-02", a_role("b", "x.one", was=["a"])),
            on("2026-01-03", a_role("b", "x.one"), a_role("a", "x.two")),
            on("2026-01-04", a_role("b", "x.one"), a_role("c", "x.two", was=["a"])),
            on("2026-01-05", a_role("c", "x.two", was=["a"])),
        )
        assert (life(history, "a").name, life(history, "b").name) == ("c", "b")
        assert names(life(history, "b")) == ("a", "b")

    def test_a_role_of_a_deleted_name_is_another_one_if_that_one_had_gone_on_under_another_name(self) -> None:
        history = of(
            on("2026-01-01", a_role("a", "x.one")),
            on("2026-01-02", a_role("b", "x.one", was=["a"])),
            on("2026-01-03"),
            on("2026-01-04", a_role("a", "x.two")),
        )
        assert lines(history.roles["a"].events) == ["2026-01-04 created a", "2026-01-04 granted a x.two"]


class TestAnEnd:
    def test_is_a_revoke_on_the_day_after_by_no_commit(self) -> None:
        history = of(on("2026-01-01", a_role("clerk", "a.keep", view="2026-03-31")))
        assert lines(history.events)[0] == "ended 2026-03-31 revoked clerk a.view"
        assert history.events[0].revision == Revision(Day(2026, 4, 1), None, "ended 2026-03-31")
        assert subjects(history.roles["clerk"].since) == {"a.keep": "2026-01-01"}

    @pytest.mark.parametrize(("today", "held"), [("2026-03-30", True), ("2026-03-31", True), ("2026-04-01", False)])
    def test_comes_after_its_last_day(self, today: str, *, held: bool) -> None:
        version = on("2026-01-01", a_role("clerk", view="2026-03-31"))
        history = of(version, today=Day.fromisoformat(today))
        assert ("a.view" in history.roles["clerk"].since) is held
        assert len(history.events) == 3 - held

    def test_stands_between_the_commits_around_it(self) -> None:
        clerk = a_role("clerk", view="2026-03-31", edit="2026-02-28", send="2026-02-28")
        assert events(
            on("2026-01-01", clerk, a_role("lead", edit="2026-02-28")),
            on("2026-03-01", clerk),
            on("2026-05-01", clerk, a_role("lead")),
        )[:9] == [
            "2026-05-01 created lead",
            "ended 2026-03-31 revoked clerk a.view",
            "2026-03-01 deleted lead",
            "ended 2026-02-28 revoked clerk a.edit",
            "ended 2026-02-28 revoked lead a.edit",
            "ended 2026-02-28 revoked clerk a.send",
            "2026-01-01 created clerk",
            "2026-01-01 created lead",
            "2026-01-01 granted clerk a.edit",
        ]

    def test_that_a_commit_on_its_last_day_moved_does_not_come(self) -> None:
        assert events(
            on("2026-01-01", a_role("clerk", view="2026-03-31")), on("2026-03-31", a_role("clerk", "a.view"))
        ) == ["2026-01-01 created clerk", "2026-01-01 granted clerk a.view"]

    def test_that_a_commit_on_the_day_after_moved_came_and_is_granted_again(self) -> None:
        assert events(
            on("2026-01-01", a_role("clerk", view="2026-03-31")), on("2026-04-01", a_role("clerk", view="2026-12-31"))
        )[:2] == ["2026-04-01 granted clerk a.view", "ended 2026-03-31 revoked clerk a.view"]

    def test_that_a_commit_made_earlier_comes_earlier(self) -> None:
        assert events(
            on("2026-01-01", a_role("clerk", view="2026-03-31")), on("2026-01-02", a_role("clerk", view="2026-02-28"))
        )[:1] == ["ended 2026-02-28 revoked clerk a.view"]

    def test_of_a_code_that_a_commit_took_away_before_does_not_come(self) -> None:
        assert events(on("2026-01-01", a_role("clerk", view="2026-03-31")), on("2026-03-31", a_role("clerk")))[:1] == [
            "2026-03-31 revoked clerk a.view"
        ]

    def test_of_another_code_may_be_on_its_last_day(self) -> None:
        version = on("2026-01-01", a_role("clerk", edit="2026-03-30", view="2026-03-31"))
        assert subjects(of(version, today=Day(2026, 3, 31)).roles["clerk"].since) == {"a.view": "2026-01-01"}

    def test_that_is_past_when_it_is_written_grants_nothing(self) -> None:
        assert events(on("2026-04-01", a_role("clerk", view="2026-03-31"))) == ["2026-04-01 created clerk"]

    def test_of_a_role_that_is_gone_does_not_come(self) -> None:
        assert events(on("2026-01-01", a_role("clerk", view="2026-03-31")), on("2026-02-01"))[0] == (
            "2026-02-01 deleted clerk"
        )

    def test_goes_with_the_role_into_its_new_name(self) -> None:
        assert events(
            on("2026-01-01", a_role("a", view="2026-03-31")),
            on("2026-02-01", a_role("b", was=["a"], view="2026-03-31")),
        )[:2] == ["ended 2026-03-31 revoked b a.view", "2026-02-01 renamed b from a"]

    def test_of_many_roles_on_one_day_is_one_step(self) -> None:
        codes = {f"c{number}": "2026-03-01" for number in range(10)}
        roles = [a_role(f"r{number}", **codes) for number in range(3000)]
        before = process_time()
        ended = [event for event in of(on("2026-01-01", *roles)).events if event.revision.commit is None]
        assert len(ended) == len(codes) * len(roles)
        assert process_time() - before < 10  # comparing each with each takes some 20 s

    def test_on_the_last_day_of_the_calendar_never_comes(self) -> None:
        assert len(events(on("2026-01-01", a_role("clerk", view="9999-12-31")), today=Day.max)) == 2

    def test_counts_where_the_roles_were_expanded_for_a_later_day(self) -> None:
        late = a_role("clerk")
        ended = {"a.view": Grant(Place("a.yaml"), until=Day(2026, 3, 31))}
        expanded = DesiredRole(late.role, late.location, ended=ended)
        assert events(on("2026-01-01", expanded))[:2] == [
            "ended 2026-03-31 revoked clerk a.view",
            "2026-01-01 created clerk",
        ]


class TestAClock:
    def test_that_goes_back_brings_ended_grants_back(self) -> None:
        clerk = a_role("clerk", view="2026-03-31")
        assert events(on("2026-01-01", clerk), on("2026-05-01", clerk), on("2026-02-01", clerk))[:3] == [
            "ended 2026-03-31 revoked clerk a.view",
            "2026-02-01 granted clerk a.view",
            "ended 2026-03-31 revoked clerk a.view",
        ]

    def test_that_is_ahead_of_today_counts_as_today(self) -> None:
        clerk = a_role("clerk", view="2026-12-24")
        history = of(on("2030-01-01", clerk))
        assert lines(history.events) == ["2030-01-01 created clerk", "2030-01-01 granted clerk a.view"]
        assert history.events[0].revision.date == Day(2030, 1, 1)

    def test_may_say_any_day(self) -> None:
        clerk = a_role("clerk", view="2026-03-31")
        ancient = Version(Revision(Day.min, "1", "ancient"), {"clerk": clerk})
        future = Version(Revision(Day.max, "2", "future"), {"clerk": clerk})
        assert events(future, ancient, future) == [
            "ended 2026-03-31 revoked clerk a.view",
            "ancient granted clerk a.view",
            "future created clerk",
        ]


class TestTheWorkTree:
    def test_that_differs_is_the_newest_version(self) -> None:
        history = of(on("2026-01-01", a_role("clerk", "a.a")), now=[a_role("billing", "a.b", was=["clerk"])])
        assert lines(history.events)[:3] == [
            "not committed renamed billing from clerk",
            "not committed revoked billing a.a",
            "not committed granted billing a.b",
        ]
        assert history.events[0].revision == Revision(TODAY, None, "not committed")

    def test_that_is_as_committed_has_no_event_and_gives_the_role(self) -> None:
        now = a_role("clerk", "a.a", view="2026-03-31")
        history = of(on("2026-01-01", a_role("clerk", "a.a", view="2026-03-31")), now=[now])
        assert lines(history.events)[0] == "ended 2026-03-31 revoked clerk a.view"
        assert history.roles["clerk"].role is now

    def test_comes_after_the_ends_until_today(self) -> None:
        version = on("2026-01-01", a_role("clerk", view="2026-11-28"))
        assert events(version, now=[a_role("clerk", "a.view")])[:2] == [
            "not committed granted clerk a.view",
            "ended 2026-11-28 revoked clerk a.view",
        ]

    def test_is_not_of_an_earlier_day_than_a_commit_from_a_clock_that_is_ahead(self) -> None:
        clerk = a_role("clerk", view="2026-12-24")
        assert len(events(on("2030-01-01", clerk), now=[a_role("clerk", view="2026-12-24")])) == 2


class TestAHistory:
    def test_of_nothing_is_empty(self) -> None:
        assert of() == History({}, {}, ())

    def test_says_what_it_is_told_about_commits_that_it_lacks(self) -> None:
        oldest = Revision(Day(2026, 1, 1), "commit of 2026-01-01", "2026-01-01")
        versions = [on("2026-01-01", a_role("clerk", "a.a")), on("2026-01-02", a_role("clerk", "a.a", "a.b"))]
        history = fold(versions, TODAY, skipped=3, oldest=oldest)
        assert (history.skipped, history.oldest) == (3, oldest)
        assert history.since("clerk", "a.a") is None
        assert history.since("clerk", "a.never") is None
        assert history.since("clerk", "a.b") == history.roles["clerk"].since["a.b"]
        assert [history.is_known(event.revision) for event in history.events] == [True, False, False]
