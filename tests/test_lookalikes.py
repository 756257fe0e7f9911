"""Names that people take for each other."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.lookalikes import lookalikes, skeleton, warnings
from reconciler.roles import DesiredRole, Location, Role
from tests.load.builders import load


def said(*names: str) -> list[str]:
    return [problem.message for problem in warnings(desired(*names))]


def desired(*names: str) -> list[DesiredRole]:
    return [DesiredRole(Role(name, "", frozenset()), Location("a.yaml", n + 1)) for n, name in enumerate(names)]


@pytest.mark.parametrize(
    "name",
    [
        "b\u0456lling",  # Cyrillic i
        "b\u03b9lling",  # Greek iota
        "ｂｉｌｌｉｎｇ",
        "billing\u200b",
        "bill\u00ading",
        "b\u0131lling",  # i without its dot
        "bi\u04cf\u04cfing",
        "\U0001d41b\U0001d422\U0001d425\U0001d425\U0001d422\U0001d427\U0001d420",  # the mathematicians' bold
        "b\u2170lling",  # the Roman numeral one
    ],
)
def test_a_name_that_looks_like_another_one_is_found(name: str) -> None:
    assert lookalikes(["billing", name]) == [(name, "billing")]


@pytest.mark.parametrize("name", ["аdmin", "ａｇｅｎｔ", "superv\u0456sor", "admin\u200b", "а\u200bgеnt"])
def test_a_name_that_looks_like_a_system_role_is_found(name: str) -> None:
    ((found, other),) = lookalikes([name])
    assert found == name
    assert other in {"admin", "agent", "supervisor"}


def test_dashes_and_blanks_of_other_kinds_look_like_the_plain_ones() -> None:
    assert lookalikes(["team-lead", "team\u2010lead"]) == [("team\u2010lead", "team-lead")]
    assert lookalikes(["team lead", "team\u00a0lead"]) == [("team\u00a0lead", "team lead")]
    assert lookalikes(["team lead", "team  lead"]) == [("team lead", "team  lead")]


def test_names_that_differ_for_everybody_are_left_alone() -> None:
    assert lookalikes(["billing", "billing-clerk", "поддержка", "支持", "café", "cafe", "role1", "rolel"]) == []
    assert said("поддержка", "支持") == []


def test_two_names_of_another_script_are_compared_too() -> None:
    assert lookalikes(["支持", "支持\u200d"]) == [("支持\u200d", "支持")]


def test_the_warning_names_the_other_role_and_the_strange_letters() -> None:
    (message,) = said("billing", "b\u0456lling")
    assert message == (
        'name "b\u0456lling" looks like role "billing", but is another name (it has U+0456 CYRILLIC SMALL LETTER '
        "BYELORUSSIAN-UKRAINIAN I): is it meant?"
    )
    assert 'looks like the system role "admin"' in said("\u0430dmin")[0]


def test_names_of_the_same_letters_still_make_a_sentence() -> None:
    assert "(it has U+0074 LATIN SMALL LETTER T)" in said("team lead", "team  lead")[0]


def test_a_character_that_nobody_sees_is_a_warning_by_itself() -> None:
    (message,) = said("clerk\u200b\u202e\u200b")
    assert message == (
        'name "clerk\\u200b\\u202e\\u200b" holds U+200B ZERO WIDTH SPACE, U+202E RIGHT-TO-LEFT OVERRIDE, '
        "which nobody sees"
    )


def test_loading_warns_where_the_name_stands_and_goes_on() -> None:
    loaded = load("name: billing\npermissions: []\n---\nname: b\u0456lling\npermissions: []\n")
    assert len(loaded.roles) == 2
    (warning,) = loaded.warnings
    assert str(warning).startswith("a.yaml:4:7: warning: name ")
    assert (warning.rule, warning.severity) == ("lookalike-name", "warning")


@given(st.text())
def test_a_skeleton_looks_like_itself(name: str) -> None:
    assert skeleton(skeleton(name)) == skeleton(name)


@given(st.lists(st.text(st.characters(max_codepoint=127)).map(lambda text: " ".join(text.split()))))
def test_plain_names_are_never_warned_of(names: list[str]) -> None:
    assert lookalikes(set(names) - {"admin", "agent", "supervisor"}) == []


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1))
def test_full_width_letters_always_look_like_the_plain_ones(name: str) -> None:
    wide = "".join(chr(ord(letter) - ord("a") + 0xFF41) for letter in name)
    assert unicodedata.normalize("NFKC", wide) == name
    assert lookalikes([name, wide])[0][0] == wide
