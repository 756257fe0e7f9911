"""Names that people take for each other."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.lookalikes import lookalikes, notes, skeleton, warnings
from reconciler.model.roles import DesiredRole, Location, Role
from tests.builders import Before, a_create, a_delete, a_plan, a_role, an_update
from tests.load.builders import load
from tests.sentences import Golden


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


def test_the_warning_names_the_other_role_and_the_strange_letters(golden: Golden) -> None:
    (message,) = said("billing", "b\u0456lling")
    assert "U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I" in message
    golden.says("load/lookalikes", "like another role", message)
    (message,) = said("\u0430dmin")
    golden.says("load/lookalikes", "like a system role", message)


def test_names_that_differ_in_the_number_of_blanks_alone_say_so(golden: Golden) -> None:
    (message,) = said("team lead", "team  lead")
    golden.says("load/lookalikes", "one space fewer", message)


def test_of_many_differences_a_few_are_named() -> None:
    (message,) = said("aaaaabbbbb", "\uff41a\uff41a\uff41\uff42b\uff42b\uff42")
    assert message.count("instead of") == 2
    assert message.count("U+FF42") == 1


def test_names_as_long_as_a_file_are_no_trouble() -> None:
    assert "instead of" in said("ab" * 50_000, "\uff41\uff42" * 50_000)[0]
    assert "instead of" in said("ab" * 50_000, "\uff41\u200b\uff42" * 50_000)[0]


def test_a_name_that_looks_like_a_live_one_which_would_be_deleted_is_noted_with_code_points(golden: Golden) -> None:
    plan = a_plan(a_create("support lead"), a_delete("support\xa0lead"))
    (note,) = notes(desired("support lead"), plan)
    assert note.startswith("a.yaml:1:1: warning: ")
    assert '"support\\xa0lead"' in note
    golden.says("load/lookalikes", "like a live role that is to be deleted", note)


@pytest.mark.parametrize("kind", ["unmanaged", "ignored"])
def test_a_live_role_that_stays_is_looked_at_too(kind: str, golden: Golden) -> None:
    live = (a_role("team\u2010lead"),)
    plan = a_plan(unmanaged=live) if kind == "unmanaged" else a_plan(ignored=live)
    (note,) = notes(desired("team-lead"), plan)
    golden.says("load/lookalikes", "like a live role that stays", note)


def test_a_live_role_that_is_asked_for_is_not_noted_again() -> None:
    plan = a_plan(a_create("team lead"), unchanged=(a_role("team\xa0lead"),))
    assert notes(desired("team lead", "team\xa0lead"), plan) == []


def test_a_renamed_role_is_not_noted() -> None:
    plan = a_plan(an_update("team lead", before=Before(name="team\xa0lead")))
    assert notes(desired("team lead"), plan) == []


def test_a_character_that_nobody_sees_is_a_warning_by_itself(golden: Golden) -> None:
    (message,) = said("clerk\u200b\u202e\u200b")
    assert message.count("U+200B ZERO WIDTH SPACE") == 1
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in message
    golden.says("load/lookalikes", "hidden characters", message)


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
