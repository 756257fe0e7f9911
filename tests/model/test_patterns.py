"""Patterns of codes, against a slow statement of what they match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.patterns import CodeIndex, has_star, is_pattern

PARTS = st.sampled_from(["a", "b", "view", "View", "a-b"])
CODES = st.frozensets(st.lists(PARTS, min_size=2, max_size=4).map(".".join), max_size=30)


@pytest.mark.parametrize("text", ["contacts.*", "*.view", "a-b_c.*", "*.A1"])
def test_a_star_in_place_of_all_before_or_after_one_part_is_a_pattern(text: str) -> None:
    assert is_pattern(text)
    assert has_star(text)


@pytest.mark.parametrize(
    "text", ["*", "*.*", "con*", "a.b.*", "*.a.b", "a.*.b", "a*.b", ".*", "*.", "", "a b.*", "a.*\n"]
)
def test_any_other_text_is_no_pattern(text: str) -> None:
    assert not is_pattern(text)


def test_a_code_has_no_star() -> None:
    assert not has_star("contacts.view")


@given(CODES, PARTS)
def test_a_pattern_of_a_category_matches_every_code_that_begins_with_it(codes: frozenset[str], part: str) -> None:
    assert CodeIndex(codes).matching(f"{part}.*") == {code for code in codes if code.startswith(f"{part}.")}


@given(CODES, PARTS)
def test_a_pattern_of_an_action_matches_every_code_that_ends_in_it(codes: frozenset[str], part: str) -> None:
    assert CodeIndex(codes).matching(f"*.{part}") == {code for code in codes if code.endswith(f".{part}")}


@given(CODES, CODES)
def test_a_code_matches_itself_if_it_is_known(codes: frozenset[str], asked: frozenset[str]) -> None:
    index = CodeIndex(codes)
    assert {found for code in asked for found in index.matching(code)} == codes & asked
