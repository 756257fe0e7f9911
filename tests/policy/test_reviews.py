"""Which roles are due for a review, and what changed since the last one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.roles import DesiredRole
from reconciler.policy.reviews import Review, Reviewed, Why, entries_by_role, idle_entries, judged
from tests.builders import TODAY, a_desired_role
from tests.sentences import Golden

BY = "Jon Berg <jon@example.com>"


def a_review(role: str = "support-lead", *codes: str, days_ago: int = 0, line: int = 4) -> Review:
    """An entry of reviews.yaml."""
    on = TODAY - timedelta(days=days_ago)
    return Review(role, on, BY, frozenset(codes), Place("reviews.yaml", line, 5))


def judge_one(role: DesiredRole, *entries: Review, today: Day = TODAY, due_days: int = 90) -> Reviewed:
    (found,) = judged([role], entries, today, due_days)
    return found


def test_a_role_without_an_entry_was_never_reviewed_and_all_it_holds_is_new() -> None:
    role = a_desired_role(permissions=["b.c", "a.b"])
    assert judge_one(role) == Reviewed(role, None, "never", ("a.b", "b.c"), ())


def test_a_role_with_exactly_the_codes_of_its_entry_is_not_due() -> None:
    role, entry = a_desired_role(permissions=["a.b"]), a_review("support-lead", "a.b")
    found = judge_one(role, entry)
    assert found == Reviewed(role, entry, None, (), ())
    assert not found.due


def test_a_code_that_the_entry_does_not_list_makes_the_role_due() -> None:
    found = judge_one(a_desired_role(permissions=["a.b", "c.d"]), a_review("support-lead", "a.b"))
    assert (found.why, found.added, found.removed, found.due) == ("changed", ("c.d",), (), True)


def test_a_code_that_the_role_lost_does_not_and_is_told() -> None:
    found = judge_one(a_desired_role(permissions=["a.b"]), a_review("support-lead", "a.b", "c.d"))
    assert (found.why, found.added, found.removed) == (None, (), ("c.d",))


@pytest.mark.parametrize(
    ("days_ago", "due_days", "why"),
    [(90, 90, None), (91, 90, "old"), (0, 0, None), (1, 0, "old"), (-5, 0, None), (4000, 4000, None)],
)
def test_a_review_is_old_when_it_was_more_than_so_many_days_ago(days_ago: int, due_days: int, why: Why | None) -> None:
    entry = a_review("support-lead", "conversations.view", days_ago=days_ago)
    assert judge_one(a_desired_role(), entry, due_days=due_days).why == why


@pytest.mark.parametrize(("days_ago", "due"), [(90, False), (91, True)])
def test_a_review_counts_for_90_days_unless_another_number_is_given(days_ago: int, *, due: bool) -> None:
    (found,) = judged([a_desired_role()], [a_review("support-lead", "conversations.view", days_ago=days_ago)], TODAY)
    assert found.due == due


def test_of_two_reasons_the_age_is_given_and_what_changed_is_there_too() -> None:
    found = judge_one(a_desired_role(permissions=["c.d"]), a_review("support-lead", "a.b", days_ago=91))
    assert (found.why, found.added, found.removed) == ("old", ("c.d",), ("a.b",))


def test_a_renamed_role_has_the_entry_of_its_earlier_name() -> None:
    lead = a_desired_role("lead", renamed_from=["never-was", "support-lead", "older"])
    earlier, older = a_review("support-lead", "conversations.view"), a_review("older")
    assert judge_one(lead, older, earlier).entry == earlier


def test_the_entry_of_its_own_name_comes_first() -> None:
    lead = a_desired_role("lead", renamed_from=["support-lead"])
    own, earlier = a_review("lead"), a_review("support-lead")
    assert judge_one(lead, earlier, own).entry == own


def test_the_entry_of_a_name_that_another_role_has_now_stays_with_that_role() -> None:
    b, c = a_desired_role("b", renamed_from=["a"]), a_desired_role("c", renamed_from=["b"])
    entry = a_review("b", "conversations.view")
    assert entries_by_role([b, c], [entry]) == {"b": entry}
    assert [each.why for each in judged([b, c], [entry], TODAY)] == [None, "never"]


def test_an_entry_of_a_role_that_no_file_defines_is_a_warning(golden: Golden) -> None:
    lead = a_desired_role("lead", renamed_from=["support-lead"])
    gone, used = a_review("gone\u202e", line=4), a_review("support-lead", line=9)
    (finding,) = idle_entries([lead], [gone, used])
    assert (finding.rule, finding.severity, finding.place, finding.role) == (
        "idle-review",
        "warning",
        gone.place,
        "gone\u202e",
    )
    golden.says("policy/reviews", "an entry of a role that no file defines", str(finding))


def test_so_is_an_entry_of_an_earlier_name_beside_one_of_the_name_now(golden: Golden) -> None:
    lead = a_desired_role("lead", renamed_from=["support-lead"])
    (finding,) = idle_entries([lead], [a_review("lead"), a_review("support-lead")])
    golden.says("policy/reviews", "an entry of an earlier name beside one of the name now", str(finding))


CODES = st.frozensets(st.sampled_from(["a.b", "a.c", "b.a", "b.c", "c.d.e"]))
NAMES = st.sampled_from(["a", "b", "c", "d"])
DAYS = st.integers(0, 200)
ROLES = st.dictionaries(NAMES, st.tuples(CODES, st.lists(NAMES, max_size=2, unique=True)), max_size=4)
ENTRIES = st.dictionaries(NAMES, st.tuples(CODES, DAYS), max_size=4)


@given(ROLES, ENTRIES, DAYS)
def test_the_delta_and_the_verdict_are_those_of_comparing_one_by_one(
    roles: dict[str, tuple[frozenset[str], list[str]]], entries: dict[str, tuple[frozenset[str], int]], due_days: int
) -> None:
    desired = [a_desired_role(name, codes, renamed_from=earlier) for name, (codes, earlier) in roles.items()]
    reviews = [a_review(name, *codes, days_ago=ago) for name, (codes, ago) in entries.items()]
    found = judged(desired, reviews, TODAY, due_days)
    assert [each.role for each in found] == desired
    for each in found:
        listed = each.entry.permissions if each.entry else ()
        held = each.role.role.permissions
        assert each.added == tuple(code for code in sorted(held) if code not in listed)
        assert each.removed == tuple(code for code in sorted(listed) if code not in held)
        too_old = each.entry is not None and each.entry.on + timedelta(days=due_days) < TODAY
        assert each.due == (each.entry is None or too_old or bool(each.added))
        assert each.entry == expected_entry(each.role, {entry.role: entry for entry in reviews}, roles)
    used = [each.entry.role for each in found if each.entry]
    assert len(used) == len(set(used)) or shared_earlier_name(desired)
    assert {finding.role for finding in idle_entries(desired, reviews)} == entries.keys() - set(used)


def expected_entry(role: DesiredRole, entries: dict[str, Review], roles: Iterable[str]) -> Review | None:
    own = entries.get(role.role.name)
    if own is not None:
        return own
    return next((entries[name] for name in role.renamed_from if name in entries and name not in roles), None)


def shared_earlier_name(desired: Iterable[DesiredRole]) -> bool:
    """Whether two roles have one earlier name, which is an error in role files."""
    earlier = [name for role in desired for name in role.renamed_from]
    return len(earlier) != len(set(earlier))
