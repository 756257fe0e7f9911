"""The report for an auditor: its rows, its changes and its advice, from files, history, journals and reviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.history.applied import AppliedEvent
from reconciler.history.events import EventKind, History, Version
from reconciler.history.evidence import Evidence, advice_on, changes_since, roles_since, rows_of, unknown_since
from reconciler.history.fold import fold
from reconciler.history.report import Row
from reconciler.model.days import Day
from reconciler.model.findings import Finding, Place, Waived
from reconciler.model.revisions import Revision
from reconciler.model.roles import DesiredRole, Grant
from reconciler.policy.reviews import Review
from tests.builders import TODAY, a_desired_role, a_lock, a_locked

MARCH, JUNE, NOVEMBER = Day(2026, 3, 14), Day(2026, 6, 1), Day(2026, 11, 20)


def a_revision(day: Day = MARCH) -> Revision:
    return Revision(day, f"{day:%m%d}" * 10, f"Change of {day} (#{day.month})", ("Ana Ruiz",), day.month)


def a_history(*versions: tuple[Day, Mapping[str, Iterable[str]]], oldest: Revision | None = None) -> History:
    """The history of these versions: a day, and the codes of each role."""
    found = [
        Version(a_revision(day), {name: a_desired_role(name, codes) for name, codes in roles.items()})
        for day, roles in versions
    ]
    return fold(found, TODAY, oldest=oldest)


def rows(*desired: DesiredRole, evidence: Evidence | None = None) -> list[Row]:
    roles = {role.role.name: role for role in desired}
    history = fold([Version(a_revision(), roles)], TODAY)
    return rows_of(desired, evidence._replace(history=history) if evidence else Evidence(history))


NO_HISTORY = History({}, {}, ())


def a_finding(policy: str, *codes: str, role: str = "clerk", waived: Waived | None = None) -> Finding:
    return Finding(f"policy/{policy}", "message", role=role, codes=codes, waived=waived)


def findings_on(role: DesiredRole, *found: Finding) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    made = rows(role, evidence=Evidence(NO_HISTORY, findings=found))
    return [(row.code, row.findings, row.waivers) for row in made]


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c", "d"]), st.frozensets(st.sampled_from(["x.a", "x.b", "y.a", "z.c.d"]))
    )
)
def test_the_rows_are_the_desired_pairs_and_a_role_without_codes_has_one(roles: dict[str, frozenset[str]]) -> None:
    made = rows(*(a_desired_role(name, codes) for name, codes in sorted(roles.items())))
    pairs = [(row.role, row.code) for row in made]
    assert pairs == sorted((name, code) for name, codes in roles.items() for code in codes or [""])


def test_a_row_says_since_when_and_by_which_revision() -> None:
    (row,) = rows(a_desired_role("clerk", ["billing.view"]))
    assert row.since == a_revision()


def test_a_role_without_codes_has_no_since_no_category_and_the_place_of_its_name() -> None:
    role = a_desired_role("clerk", [])
    assert rows(role) == [Row("clerk", "", "", "", role.location.place)]


def test_name_and_category_come_from_the_lock() -> None:
    lock = a_lock(a_locked("billing.view", "View bills", category="Money"))
    (row,) = rows(a_desired_role("clerk", ["billing.view"]), evidence=Evidence(NO_HISTORY, lock))
    assert (row.name, row.category) == ("View bills", "Money")


def test_without_a_lock_the_category_is_what_is_before_the_first_dot() -> None:
    (row,) = rows(a_desired_role("clerk", ["billing.invoices.view"]))
    assert (row.name, row.category) == ("", "billing")


def test_a_row_has_what_the_item_says() -> None:
    grant = Grant(Place("roles.d/desk.yaml", 7, 5), "desk", "billing.*", Day(2026, 12, 31), "OPS-118")
    role = replace(a_desired_role("clerk", ["billing.view"]), grants={"billing.view": grant}, owner=("finance", "Ana"))
    (row,) = rows(role)
    assert (row.place, row.set, row.pattern) == (grant.place, "desk", "billing.*")
    assert (row.until, row.reason, row.owner) == (Day(2026, 12, 31), "OPS-118", ("finance", "Ana"))


def test_the_comment_of_the_item_is_the_reason_where_it_has_no_other() -> None:
    evidence = Evidence(NO_HISTORY, comment=lambda grant: f"line {grant.place.line}")
    assert rows(a_desired_role("clerk", ["a.b"]), evidence=evidence)[0].reason == "line 1"
    role = replace(a_desired_role("clerk", ["a.b"]), grants={"a.b": Grant(Place("f"), reason="OPS-1")})
    assert rows(role, evidence=evidence)[0].reason == "OPS-1"
    assert rows(a_desired_role("clerk", ["a.b"]))[0].reason is None


def test_a_review_counts_only_for_the_codes_that_it_looked_at() -> None:
    review = Review(
        "clerk", NOVEMBER, "Jon Berg <jon@example.com>", frozenset({"a.x", "a.gone"}), Place("reviews.yaml")
    )
    made = rows(
        a_desired_role("clerk", ["a.x", "a.y"]),
        a_desired_role("other", ["a.x"]),
        evidence=Evidence(NO_HISTORY, reviews={"clerk": review}),
    )
    assert [row.review for row in made] == [review, None, None]


def test_a_finding_is_on_the_rows_of_its_codes() -> None:
    role = a_desired_role("clerk", ["a.x", "a.y", "a.z"])
    found = findings_on(role, a_finding("apart", "a.x", "a.z"), a_finding("refunds", "a.x"))
    assert found == [("a.x", ("apart", "refunds"), ()), ("a.y", (), ()), ("a.z", ("apart",), ())]


def test_a_finding_about_no_code_that_the_role_holds_is_on_all_its_rows() -> None:
    role = a_desired_role("clerk", ["a.x", "a.y"])
    found = findings_on(role, a_finding("owned"), a_finding("answering", "messages.send"))
    assert found == [("a.x", ("answering", "owned"), ()), ("a.y", ("answering", "owned"), ())]
    assert findings_on(a_desired_role("clerk", []), a_finding("owned")) == [("", ("owned",), ())]


def test_a_finding_of_another_role_is_not_on_the_row() -> None:
    assert findings_on(a_desired_role("clerk", ["a.x"]), a_finding("refunds", "a.x", role="other")) == [("a.x", (), ())]


def test_a_waiver_is_named_with_its_end_and_reason_beside_the_finding_that_it_allows() -> None:
    waived = Waived(Day(2026, 12, 31), "FIN-212")
    found = findings_on(a_desired_role("clerk", ["a.x"]), a_finding("refunds", "a.x", waived=waived))
    assert found == [("a.x", ("refunds",), ("refunds until 2026-12-31: FIN-212",))]


def test_roles_with_the_same_codes_are_equal_and_unused_codes_are_those_of_the_lock() -> None:
    desired = [a_desired_role(name, ["a.x", "a.y"]) for name in ("b", "a")] + [a_desired_role("c", ["a.x"])]
    lock = a_lock("a.x", "a.y", "a.z", "b.q", withdrawn=["old.code"])
    advice = advice_on(desired, lock)
    assert (advice.equal, advice.unused) == ((("a", "b"),), ("a.z", "b.q"))


def test_without_a_lock_no_code_is_unused() -> None:
    assert advice_on([a_desired_role("a", ["a.x"])], None).unused == ()


HISTORY = a_history(
    (MARCH, {"clerk": ["a.x"], "temp": ["a.y"], "same": ["a.x"]}),
    (JUNE, {"clerk": ["a.x", "a.y"], "temp": ["a.y"], "same": ["a.x"]}),
    (NOVEMBER, {"clerk": ["a.y", "a.z"], "same": ["a.x"]}),
)


def events(history: History, since: Day) -> list[tuple[str, str, str | None]]:
    return [(change.event.kind.word, change.event.role, change.event.code) for change in changes_since(history, since)]


def test_changes_are_those_of_that_day_and_later_newest_first() -> None:
    newest = [
        ("deleted", "temp", None),
        ("revoked", "clerk", "a.x"),
        ("revoked", "temp", "a.y"),
        ("granted", "clerk", "a.z"),
    ]
    assert events(HISTORY, NOVEMBER) == newest
    assert events(HISTORY, JUNE) == [*newest, ("granted", "clerk", "a.y")]
    assert events(HISTORY, Day(2026, 11, 21)) == []


def applied(kind: EventKind, code: str | None, day: str, role: str = "clerk") -> AppliedEvent:
    return AppliedEvent(kind, role, f"{day}T10:00:00Z", "ana", "https://tenant.example", "journal.jsonl", code)


def said(history: History, *found: AppliedEvent) -> dict[tuple[str, Day, str | None], list[str]]:
    """The days on which each change was applied, by kind, day and code."""
    return {
        (change.event.kind.word, change.event.revision.date, change.event.code): [
            one.time[:10] for one in change.applied
        ]
        for change in changes_since(history, Day.min, found)
        if change.applied
    }


def test_what_was_applied_belongs_to_the_newest_change_before_it() -> None:
    twice = a_history(
        (MARCH, {"clerk": ["a.x"]}), (Day(2026, 4, 1), {"clerk": []}), (JUNE, {"clerk": ["a.x"]}), (NOVEMBER, {})
    )
    found = said(
        twice,
        applied(EventKind.GRANTED, "a.x", "2026-06-02"),
        applied(EventKind.GRANTED, "a.x", "2026-03-14"),
        applied(EventKind.GRANTED, "a.x", "2026-03-20"),
        applied(EventKind.REVOKED, "a.x", "2026-04-02"),
        applied(EventKind.DELETED, None, "2026-11-20"),
    )
    assert found == {
        ("granted", MARCH, "a.x"): ["2026-03-14", "2026-03-20"],
        ("revoked", Day(2026, 4, 1), "a.x"): ["2026-04-02"],
        ("granted", JUNE, "a.x"): ["2026-06-02"],
        ("deleted", NOVEMBER, None): ["2026-11-20"],
    }


def test_what_was_applied_before_any_change_or_at_no_time_belongs_to_none() -> None:
    early = applied(EventKind.GRANTED, "a.x", "2026-03-13")
    assert said(HISTORY, early, early._replace(time="yesterday"), early._replace(role="stranger")) == {}


def test_a_renamed_role_is_found_under_both_names() -> None:
    versions = [
        Version(a_revision(MARCH), {"old": a_desired_role("old", ["a.x"])}),
        Version(a_revision(JUNE), {"new": a_desired_role("new", ["a.x"], renamed_from=["old"])}),
    ]
    found = said(fold(versions, TODAY), applied(EventKind.GRANTED, "a.x", "2026-06-02", role="new"))
    assert found == {("granted", MARCH, "a.x"): ["2026-06-02"]}


def before(history: History, since: Day | None, **roles: Iterable[str]) -> dict[str, tuple[bool, set[str]]]:
    """What each role held at the start of that day, and whether it is still there."""
    desired = [a_desired_role(name, codes) for name, codes in sorted(roles.items())]
    return {role.name: (role.place is not None, set(role.before)) for role in roles_since(desired, history, since)}


def test_a_role_is_known_as_it_was_at_the_start_of_that_day() -> None:
    now = {"clerk": ["a.y", "a.z"], "same": ["a.x"]}
    assert before(HISTORY, NOVEMBER, **now) == {
        "clerk": (True, {"a.x", "a.y"}),
        "same": (True, {"a.x"}),
        "temp": (False, {"a.y"}),
    }
    assert before(HISTORY, MARCH, **now) == {"clerk": (True, set()), "same": (True, set())}
    assert before(HISTORY, Day(2026, 11, 21), **now) == {"clerk": (True, {"a.y", "a.z"}), "same": (True, {"a.x"})}


def test_without_a_day_a_role_is_as_it_is() -> None:
    assert before(HISTORY, None, clerk=["a.q"]) == {"clerk": (True, {"a.q"})}


def test_a_role_that_the_history_does_not_know_is_as_it_is() -> None:
    assert before(NO_HISTORY, JUNE, clerk=["a.q"]) == {"clerk": (True, {"a.q"})}


def test_an_earlier_name_of_a_role_is_not_gone() -> None:
    versions = [
        Version(a_revision(MARCH), {"old": a_desired_role("old", ["a.x"])}),
        Version(a_revision(JUNE), {"new": a_desired_role("new", ["a.x"], renamed_from=["old"])}),
    ]
    assert before(fold(versions, TODAY), JUNE, new=["a.x"]) == {"new": (True, {"a.x"})}


def test_a_grant_at_the_oldest_commit_of_a_shallow_clone_is_unknown() -> None:
    cut = a_history((MARCH, {"clerk": ["a.x"]}), (JUNE, {"clerk": ["a.x", "a.y"]}), oldest=a_revision(MARCH))
    made = rows_of([a_desired_role("clerk", ["a.x", "a.y"])], Evidence(cut))
    unknown = unknown_since(made)
    assert unknown is not None
    assert unknown.code == "a.x"
    assert unknown_since(made[1:]) is None
    assert unknown_since(rows(a_desired_role("none", []))) is None
