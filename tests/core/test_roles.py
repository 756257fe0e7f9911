"""The canonical role."""

from __future__ import annotations

import pytest

from reconciler.roles import is_code, normalise_name
from tests.builders import a_live_role, a_location


def test_names_are_compared_stripped_and_in_lower_case() -> None:
    assert normalise_name("  Support Lead ") == "support lead"


@pytest.mark.parametrize("code", ["conversations.view", "contact-lists.export_csv"])
def test_a_code_is_category_and_action(code: str) -> None:
    assert is_code(code)


@pytest.mark.parametrize("code", ["", "conversations", ".view", "a.", "a.b.c", "a:b", "a.*", "a. b", "a.b\n"])
def test_anything_else_is_no_code(code: str) -> None:
    assert not is_code(code)


def test_a_system_role_is_untouchable_by_flag_and_by_name() -> None:
    assert a_live_role("owner", is_system=True).untouchable
    assert a_live_role("supervisor").untouchable
    assert not a_live_role("lead").untouchable


def test_a_location_is_written_as_path_and_line() -> None:
    assert str(a_location("roles.d/a.yaml", 3)) == "roles.d/a.yaml:3"
