"""Which known words are near to one that is not known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.suggestions import MOST, Suggester, did_you_mean, near
from reconciler.sandbox.catalogue import CODES

_KEYS = ("name", "description", "permissions", "renamed_from")
_LIMITS = ("max_creates", "max_updates", "max_deletes")
_COMMANDS = ("validate", "plan", "apply", "show", "export", "permissions", "schema", "comment", "undo")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("biling.view", "billing.view"),
        ("billing.veiw", "billing.view"),
        ("billing.views", "billing.view"),
        ("contacts.exprot", "contacts.export"),
        ("contacts.imprt", "contacts.import"),
        ("contact.edit", "contacts.edit"),
        ("contacts_export", "contacts.export"),
        ("contactsexport", "contacts.export"),
        ("Conversation.veiw", "conversations.view"),
        ("conversations.asign", "conversations.assign"),
        ("CONVERSATIONS.CLOSE", "conversations.close"),
        ("con.versations.close", "conversations.close"),
        ("settngs.manage", "settings.manage"),
        ("message.send", "messages.send"),
        ("webhook.replay", "webhooks.replay"),
    ],
)
def test_a_mistyped_code_has_one_near_code(word: str, meant: str) -> None:
    assert near(word, CODES) == [meant]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("nmae", _KEYS, "name"),
        ("Name", _KEYS, "name"),
        ("desciption", _KEYS, "description"),
        ("permision", _KEYS, "permissions"),
        ("rename_from", _KEYS, "renamed_from"),
        ("renamedFrom", _KEYS, "renamed_from"),
        ("renamed-from", _KEYS, "renamed_from"),
        ("max_delete", _LIMITS, "max_deletes"),
        ("max-deletes", _LIMITS, "max_deletes"),
        ("plna", _COMMANDS, "plan"),
        ("aply", _COMMANDS, "apply"),
        ("exports", _COMMANDS, "export"),
        ("permission", _COMMANDS, "permissions"),
        ("temp-rolle", ("temp-role", "night-shift"), "temp-role"),
        ("nightshift", ("temp-role", "night-shift"), "night-shift"),
    ],
)
def test_a_mistyped_key_command_or_name_has_one_near_word(word: str, known: tuple[str, ...], meant: str) -> None:
    assert near(word, known) == [meant]


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("biling.view", "settings.view"),
        ("biling.view", "divisions.view"),
        ("contacts.exprot", "contacts.import"),
        ("contacts.exprot", "contacts.edit"),
        ("contacts.import", "contacts.export"),
        ("contactsexport", "contacts.import"),
        ("conversations.create", "conversations.delete"),
        ("conversations.read", "conversations.view"),
        ("conversations.view.all", "conversations.view"),
        ("billing", "billing.view"),
        ("ai.view", "kb.view"),
        ("role-1", "role-2"),
        ("perms", "permissions"),
        ("max_creates", "max_deletes"),
        ("xyzzy", "apply"),
        ("", "name"),
        ("name", ""),
    ],
)
def test_words_of_which_one_part_is_another_are_not_near(word: str, known: str) -> None:
    assert near(word, [known]) == []


def test_no_code_of_the_catalogue_is_near_to_another() -> None:
    assert {code: near(code, CODES) for code in CODES} == {code: [code] for code in CODES}


def test_the_nearest_word_comes_first() -> None:
    assert near("temp-role", ["temp-roll", "temp-roles"]) == ["temp-roles", "temp-roll"]


def test_of_words_that_are_as_near_the_first_ones_are_named() -> None:
    known = [f"team-{letter}support" for letter in "abcde"]
    assert near("team-support", known) == known[:MOST]


@given(st.text(), st.text())
def test_a_word_is_near_to_itself_whatever_it_is(word: str, other: str) -> None:
    assert word in near(word, [other, word])


def test_only_the_start_of_a_very_long_word_is_compared() -> None:
    assert near("x" * 100 + "y" * 1000, ["x" * 100]) == ["x" * 100]
    assert near("x" * 99 + "y" * 34, ["x" * 99]) == ["x" * 99]


def test_the_near_words_are_quoted_in_a_question() -> None:
    assert did_you_mean("temp-rol", ["temp-role", "temp-roll"]) == '; did you mean "temp-role" or "temp-roll"?'


def test_where_no_word_is_near_there_is_no_question() -> None:
    assert did_you_mean("zzz.qqq", CODES) == ""


class Counted(list[str]):
    """Known words that count how often somebody looks through them."""

    looks = 0

    def __iter__(self) -> Iterator[str]:
        self.looks += 1
        return super().__iter__()


def test_a_word_that_is_unknown_again_is_not_looked_up_again() -> None:
    known = Counted(["temp-role"])
    suggester = Suggester(known)
    assert suggester.did_you_mean("temp-rol") == suggester.did_you_mean("temp-rol") == '; did you mean "temp-role"?'
    assert known.looks == 1


@pytest.mark.parametrize(("known", "looks"), [(1, 100), (1_000, 100), (50_000, 2), (100_001, 1)])
def test_the_more_words_are_known_the_fewer_get_a_suggestion(known: int, looks: int) -> None:
    words = Counted(f"w.{'x' * 50}{number}" for number in range(known))
    suggester = Suggester(words)
    found = [suggester.near(f"w{number}") for number in range(200)]
    assert (words.looks, found) == (looks, [[]] * 200)


def test_without_known_words_nothing_is_suggested() -> None:
    assert Suggester(()).did_you_mean("temp-rol") == ""
