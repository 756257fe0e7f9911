"""A revision in words."""

from __future__ import annotations

from reconciler.model.days import Day
from reconciler.model.revisions import Revision
from reconciler.render.revisions import briefly, change_of, since

HASH = "3f2a9c1d0b4e" + "0" * 28
TODAY = Day(2026, 11, 25)


def a_revision(*authors: str, subject: str = "Let clerks pay back (#212)", request: int | None = 212) -> Revision:
    return Revision(Day(2026, 3, 14), HASH, subject, authors or ("Ana Ruiz",), request)


def test_a_commit_is_told_with_subject_authors_and_pull_request() -> None:
    assert since(a_revision(), TODAY) == (
        '2026-03-14 (256 days): 3f2a9c1d0b4e "Let clerks pay back (#212)" by Ana Ruiz, pull request 212'
    )
    assert change_of(a_revision(request=None)).endswith("by Ana Ruiz")


def test_of_many_authors_three_are_named() -> None:
    assert change_of(a_revision(*"abcde", request=None)).endswith("by a, b, c and 2 more")


def test_a_shallow_clone_may_not_know_the_authors() -> None:
    found = Revision(Day(2026, 3, 14), HASH, "Merge a", pull_request=212)
    assert change_of(found) == '3f2a9c1d0b4e "Merge a", authors unknown (shallow clone), pull request 212'


def test_an_author_may_have_no_name() -> None:
    assert change_of(a_revision("", "Ana", request=None)).endswith(" by (no name), Ana")


def test_hostile_subjects_and_names_are_inert() -> None:
    text = change_of(a_revision("\x1b[31mEve\u202e", subject='"\n::error::', request=None))
    assert text == '3f2a9c1d0b4e "\\"\\n::error::" by \\x1b[31mEve\\u202e'


def test_an_end_and_an_edit_have_no_commit() -> None:
    end = Revision(Day(2027, 1, 1), None, "ended 2026-12-31")
    assert change_of(end) == "ended 2026-12-31"
    assert briefly(end) == "2027-01-01 (ended 2026-12-31)"


def test_briefly_is_the_pull_request_or_else_the_commit() -> None:
    assert briefly(a_revision()) == "2026-03-14 (#212)"
    assert briefly(a_revision(request=None)) == "2026-03-14 (3f2a9c1d0b4e)"


def test_a_date_after_today_has_no_age() -> None:
    assert since(a_revision(), Day(2026, 3, 13)).startswith("2026-03-14: 3f2a9c1d0b4e ")
    assert since(a_revision(), Day(2026, 3, 14)).startswith("2026-03-14 (0 days): ")
