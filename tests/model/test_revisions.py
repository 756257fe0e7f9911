from __future__ import annotations

from reconciler.model.days import Day
from reconciler.model.revisions import NOT_COMMITTED, Revision, revision_document


def test_the_short_hash_has_twelve_digits() -> None:
    assert Revision(Day(2026, 1, 2), "0123456789abcdef" * 4, "One").short == "0123456789ab"


def test_what_is_no_commit_has_no_short_hash() -> None:
    assert Revision(Day(2026, 1, 2), None, NOT_COMMITTED).short == ""


def test_the_document_has_everything() -> None:
    assert revision_document(Revision(Day(2026, 1, 2), "f" * 40, "One (#7)", ("Ana Ruiz", "Jon Berg"), 7)) == {
        "date": "2026-01-02",
        "commit": "f" * 40,
        "subject": "One (#7)",
        "authors": ["Ana Ruiz", "Jon Berg"],
        "pull_request": 7,
    }


def test_the_document_of_an_end_has_no_commit_and_no_author() -> None:
    assert revision_document(Revision(Day(2027, 1, 1), None, "ended 2026-12-31")) == {
        "date": "2027-01-01",
        "commit": None,
        "subject": "ended 2026-12-31",
        "authors": [],
        "pull_request": None,
    }
