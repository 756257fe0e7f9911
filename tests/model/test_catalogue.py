from __future__ import annotations

import pytest

from reconciler.model.catalogue import Lock, MeaningPart, Permission, meanings, parts_of_meaning
from tests.builders import TARGET, a_catalogue, a_locked


def test_patterns_match_every_code_of_a_lock_that_is_not_withdrawn() -> None:
    lock = Lock("permissions.lock.yaml", TARGET, a_catalogue("a.view", "a.edit"), frozenset({"a.edit"}))
    assert lock.grantable == {"a.view"}


@pytest.mark.parametrize(("one", "other"), [("aB", "Ab"), (None, "1"), ("1", None), (None, None)])
def test_ids_without_case_or_of_one_side_alone_are_no_other_meaning(one: str | None, other: str | None) -> None:
    before, after = meanings(a_locked("a.view", id=one), a_locked("a.view", id=other))
    assert before == after


def test_ids_of_different_tenants_are_not_compared() -> None:
    before, after = meanings(a_locked("a.view", id="1"), a_locked("a.view", id="2"), with_ids=False)
    assert before == after
    assert before.id is None


def test_each_part_of_a_meaning_that_differs_is_named() -> None:
    then, now = Permission("a.view", "A", "a", "See.", "1"), Permission("a.view", "B", "b", "Look.", "2")
    assert parts_of_meaning(*meanings(then, now)) == [
        MeaningPart("name", "A", "B"),
        MeaningPart("description", "See.", "Look."),
        MeaningPart("category", "a", "b"),
        MeaningPart("id", "1", "2"),
    ]
