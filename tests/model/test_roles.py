"""The canonical role."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.findings import Place
from reconciler.model.roles import Grant, is_code, normalise_name, role_document
from tests.builders import a_desired_role, a_live_role, a_location, a_role


def test_names_are_compared_stripped_and_in_lower_case() -> None:
    assert normalise_name("  Support Lead ") == "support lead"


def test_a_name_is_the_same_however_its_accents_are_written() -> None:
    assert normalise_name("Cafe\u0301-Lead") == "caf\u00e9-lead"


@given(st.text())
def test_a_name_in_the_compared_form_stays_as_it_is(name: str) -> None:
    assert normalise_name(normalise_name(name)) == normalise_name(name)


@given(st.text(), st.sampled_from(["NFC", "NFD"]))
def test_every_spelling_of_a_name_is_one_name(name: str, form: Literal["NFC", "NFD"]) -> None:
    assert normalise_name(unicodedata.normalize(form, name)) == normalise_name(name)


@given(st.text())
def test_what_is_sent_is_composed(name: str) -> None:
    assert unicodedata.is_normalized("NFC", normalise_name(name))


@pytest.mark.parametrize("code", ["conversations.view", "contact-lists.export_csv", "billing.invoices.view", "a.b.c.d"])
def test_a_code_is_category_and_action_and_may_have_more_parts(code: str) -> None:
    assert is_code(code)


@pytest.mark.parametrize("code", ["", "conversations", ".view", "a.", "a..b", "a.b.", "a:b", "a.*", "a. b", "a.b\n"])
def test_anything_else_is_no_code(code: str) -> None:
    assert not is_code(code)


def test_a_system_role_is_untouchable_by_flag_and_by_name() -> None:
    assert a_live_role("owner", is_system=True).untouchable
    assert a_live_role("supervisor").untouchable
    assert not a_live_role("lead").untouchable


def test_a_location_is_written_as_path_and_line() -> None:
    assert str(a_location("roles.d/a.yaml", 3)) == "roles.d/a.yaml:3"


def test_the_document_of_a_role_has_its_codes_sorted() -> None:
    codes = [f"area.code{number:02}" for number in range(20)]
    assert role_document(a_role("clerk", codes, "Bills.")) == {
        "name": "clerk",
        "description": "Bills.",
        "permissions": codes,
    }


def test_where_there_is_no_role_there_is_no_document() -> None:
    assert role_document(None) is None


def test_a_code_that_the_role_itself_lists_comes_from_its_place() -> None:
    role = a_desired_role("clerk", ["a.view"], location=a_location("roles.d/clerk.yaml", marks={"a.view": (4, 5)}))
    assert role.grant_of("a.view") == Grant(Place("roles.d/clerk.yaml", 4, 5))


def test_a_code_of_a_set_comes_from_the_item_of_the_set() -> None:
    grant = Grant(Place("roles.d/sets.yaml", 2, 5), set="answering")
    role = replace(a_desired_role("clerk", ["a.view"]), grants={"a.view": grant})
    assert role.grant_of("a.view") == grant
