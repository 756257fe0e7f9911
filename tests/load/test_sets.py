"""What a file may say about a set, and about the sets that a role includes."""

from __future__ import annotations

import pytest

from tests.builders import a_lock, place_of
from tests.load.builders import NAME, ROLE, load, placed, problems, rules
from tests.sentences import Golden, case_of

SET = "set: answering\npermissions: [messages.send, messages.view]\n"
LOCK = a_lock("contacts.view", "contacts.delete", "messages.send", "messages.view")


def including(*names: str, more: str = "") -> str:
    return f"{NAME}include: [{', '.join(names)}]\n{more}"


def test_a_role_holds_what_its_sets_hold() -> None:
    loaded = load(SET, including("answering"))
    (entry,) = loaded.roles
    assert entry.role.permissions == {"messages.send", "messages.view"}


def test_a_set_is_no_role() -> None:
    assert [entry.role.name for entry in load(f"{ROLE}include: [answering]\n---\n{SET}").roles] == ["clerk"]


def test_a_role_may_include_sets_and_list_codes() -> None:
    (entry,) = load(SET, including("answering", more="permissions: [contacts.view]\n")).roles
    assert entry.role.permissions == {"messages.send", "messages.view", "contacts.view"}


def test_a_set_may_be_empty_and_have_a_description() -> None:
    (entry,) = load("set: nothing\ndescription: For later.\npermissions: []\n", including("nothing")).roles
    assert entry.role.permissions == frozenset()


@pytest.mark.parametrize("name", ["clerk", "admin", "Supervisor", "  Clerk  ", "支持"])
def test_a_set_may_have_any_name(name: str) -> None:
    (entry,) = load(f'set: "{name}"\npermissions: [x.view]\n', including(f'"{name}"')).roles
    assert entry.role.permissions == {"x.view"}


def test_names_of_sets_are_compared_as_names_of_roles_are() -> None:
    assert load('set: " Answering "\npermissions: [x.view]\n', including("ANSWERING")).roles[0].role.permissions


def test_a_role_knows_where_it_includes_a_set() -> None:
    (entry,) = load(SET, including("answering")).roles
    assert {name: (place.path, place.line, place.column) for name, place in entry.includes.items()} == {
        "answering": ("b.yaml", 2, 11)
    }


def test_a_set_has_the_codes_of_its_lines_and_patterns_except_those_that_ended() -> None:
    text = "set: answering\npermissions: ['messages.*', contacts.view, contacts.delete: {until: 2020-01-01}]\n"
    assert load(text, including("answering"), lock=LOCK).sets["answering"].codes == LOCK.permissions.keys() - {
        "contacts.delete"
    }


def test_an_owner_is_one_text_or_a_list_of_texts() -> None:
    assert load(f"{ROLE}owner: team-support\n").roles[0].owner == ("team-support",)
    assert load(f"{ROLE}owner: [team-support, finance]\n").roles[0].owner == ("team-support", "finance")
    assert load(f'{ROLE}owner: ""\n').roles[0].owner == ()
    assert load(ROLE).roles[0].owner == ()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("set: a\n", "1:1 missing-key"),
        ("set:\npermissions: []\n", "1:5 no-value"),
        ('set: ""\npermissions: []\n', "1:6 empty-name"),
        ("set: no\npermissions: []\n", "1:6 needs-quotes"),
        ('set: "a\\nb"\npermissions: []\n', "1:6 name-character"),
        ("set: a\npermissions:\n", "2:13 no-value"),
        ("set: a\npermissions: x.view\n", "2:14 wrong-type"),
        ("set: a\npermissions: []\ndescription: [x]\n", "3:14 wrong-type"),
        ("set: a\npermissions: []\nname: a\n", "3:1 unknown-key"),
        ("set: a\npermissions: []\ninclude: [b]\n", "3:1 unknown-key"),
        ("set: a\npermissions: []\nowner: b\n", "3:1 unknown-key"),
        ("set: a\npermissions: []\ndescripton: b\n", "3:1 unknown-key"),
        ("set: a\npermissions: []\nset: b\n", "3:1 duplicate-key"),
        ("set: a\npermissions: [x.view, x.view]\n", "2:23 duplicate-code"),
        ("set: a\npermissions: [[x.view]]\n", "2:15 wrong-type"),
    ],
)
def test_what_is_wrong_with_a_set_is_said_at_its_place(text: str, where: str, golden: Golden) -> None:
    (problem,) = [each for each in problems(text) if each.severity == "error"]
    assert placed(problem) == where
    golden.says("load/sets", case_of(text), problem.message)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("include:\n", "2:9 no-value"),
        ("include: []\n", "2:10 no-value"),
        ("include: answering\n", "2:10 wrong-type"),
        ("include: [[answering]]\n", "2:11 wrong-type"),
        ("include: [no]\n", "2:11 needs-quotes"),
        ("include: [answering, Answering]\n", "2:22 duplicate-set"),
        ("include: [answerign]\n", "2:11 unknown-set"),
        ("include: [other]\n", "2:11 unknown-set"),
        ("include: [clerk]\n", "2:11 include-of-role"),
        ("include: [answering]\nexcept: []\n", "3:9 no-value"),
        ("include: [answering]\nexcept: messages.send\n", "3:9 wrong-type"),
        ("include: [answering]\nexcept: [messages]\n", "3:10 malformed-code"),
        ("include: [answering]\nexcept: [con*]\n", "3:10 bad-pattern"),
        ("include: [answering]\nexcept: [messages.send, messages.send]\n", "3:25 duplicate-code"),
        ("include: [answering]\nexcept: [messages.send: {reason: no}]\n", "3:10 wrong-type"),
        ("include: [answering]\nexcept: [contacts.view]\n", "3:10 no-effect"),
        ("include: [answering]\nexcept: [contacts.*]\n", "3:10 no-effect"),
        ("include: [answering]\nexcept: [calls.*]\n", "3:10 no-effect"),
        ("include: [answering]\npermissions: [contacts.view]\nexcept: [contacts.view]\n", "4:10 listed-and-excepted"),
        ("include: [answering]\npermissions: [messages.view]\nexcept: [messages.*]\n", "4:10 listed-and-excepted"),
        ("permissions: [calls.*]\n", "2:15 no-effect"),
        ("owner:\n", "2:7 no-value"),
        ("owner: {a: b}\n", "2:8 wrong-type"),
        ("owner: [no]\n", "2:9 needs-quotes"),
    ],
)
def test_what_is_wrong_with_a_role_is_said_at_its_place(text: str, where: str, golden: Golden) -> None:
    body = text if "permissions" in text or "include" in text else f"{text}permissions: []\n"
    (problem,) = [each for each in problems(NAME + body, SET, lock=LOCK) if each.severity == "error"]
    assert placed(problem) == where
    golden.says("load/sets", case_of(text), problem.message)


def test_codes_that_are_listed_and_excepted_are_told_in_their_order() -> None:
    codes = [f"calls.{letter}" for letter in "hgfedcba"]
    text = f"{NAME}permissions: [{', '.join(codes)}]\nexcept: ['calls.*']\n"
    (problem,) = problems(text, lock=a_lock(*codes))
    assert problem.codes == tuple(sorted(codes))


def test_a_set_may_be_defined_only_once(golden: Golden) -> None:
    (problem,) = problems(
        SET, SET.upper().replace("SET", "set").replace("PERMISSIONS", "permissions"), including("answering")
    )
    assert (placed(problem), place_of(problem).path) == ("1:6 duplicate-set", "b.yaml")
    golden.says("load/sets", "a set twice", problem.message)


def test_a_set_that_no_role_includes_is_a_warning(golden: Golden) -> None:
    (warning,) = load(SET, ROLE).warnings
    assert (placed(warning), warning.severity) == ("1:6 unused-set", "warning")
    golden.says("load/sets", "an unused set", warning.message)


def test_without_a_lock_every_pattern_is_an_error_that_names_the_command(golden: Golden) -> None:
    found = problems(
        "set: reading\npermissions: ['*.view']\n",
        including("reading", more="permissions: [contacts.*]\nexcept: [messages.*]\n"),
    )
    assert [(place_of(each).path, placed(each)) for each in found] == [
        ("a.yaml", "2:15 pattern-needs-lock"),
        ("b.yaml", "3:15 pattern-needs-lock"),
        ("b.yaml", "4:10 pattern-needs-lock"),
    ]
    golden.says("load/sets", "a pattern without a lock", found[0].message)


def test_what_cannot_be_read_is_not_called_without_effect() -> None:
    """`except` may take away what an item gives that is wrong, in the role or in its set."""
    assert rules(including("answering", "other", more="except: [x.view]\n"), SET) == ["unknown-set"]
    wrong = "set: answering\npermissions: [messages.send, x]\n"
    assert rules(including("answering", more="except: [x.view]\n"), wrong) == ["malformed-code"]
    assert rules(f"{NAME}permissions: [x]\nexcept: [x.view]\n") == ["malformed-code"]
    assert rules(f"{NAME}permissions: [x, 'messages.*']\nexcept: [contacts.view]\n", lock=LOCK) == ["malformed-code"]
    assert rules(f"{NAME}permissions: ['x.*']\nexcept: [x.view]\n") == ["pattern-needs-lock"]


def test_a_warning_of_the_document_does_not_hide_what_has_no_effect() -> None:
    found = problems(including("answering", more='description: "x "\nexcept: [x.view]\n'), SET)
    assert [each.rule for each in found] == ["description-ends", "no-effect"]


@pytest.mark.parametrize("name", ["a", "''"])
def test_a_pattern_of_a_set_that_matches_nothing_is_an_error_once(name: str) -> None:
    text = f"set: {name}\npermissions: [calls.*]\n"
    found = problems(text, including("a"), including("a").replace("clerk", "lead"), lock=LOCK)
    assert [each.rule for each in found].count("no-effect") == 1


def test_a_pattern_that_matches_nothing_hides_no_other_item_without_effect() -> None:
    found = problems(f"{NAME}permissions: [calls.*, messages.send]\nexcept: [contacts.view]\n", lock=LOCK)
    assert list(map(placed, found)) == ["2:15 no-effect", "3:10 no-effect"]
