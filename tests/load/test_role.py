"""What one role file may say, and what is said about one that says something else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents
from reconciler.model.errors import InvalidInput
from reconciler.model.roles import Role
from reconciler.yamlio.scalars import other_than_text
from tests.builders import place_of
from tests.load.builders import CODES, NAME, ROLE, load, problems, rules, said


def test_a_role_file_holds_one_role() -> None:
    loaded = load("name: clerk\ndescription: Pays back.\npermissions:\n- billing.view\n- billing.refund\n")
    (entry,) = loaded.roles
    assert entry.role == Role("clerk", "Pays back.", frozenset({"billing.view", "billing.refund"}))
    assert loaded.files == 1


def test_several_documents_are_several_roles_sorted_by_name() -> None:
    loaded = load("name: b\npermissions: []\n---\nname: a\npermissions: []\n")
    assert [entry.role.name for entry in loaded.roles] == ["a", "b"]


def test_the_description_defaults_to_nothing() -> None:
    assert load(ROLE).roles[0].role.description == ""


def test_an_empty_list_of_permissions_is_allowed_when_it_is_written() -> None:
    assert load("name: x\npermissions: []\n").roles[0].role.permissions == frozenset()


def test_names_are_compared_without_blanks_around_and_in_lower_case() -> None:
    assert load(f'name: " Support Lead "\n{CODES}').roles[0].role.name == "support lead"


def test_a_name_may_be_of_any_script() -> None:
    assert load(f"name: Поддержка 支持\n{CODES}").roles[0].role.name == "поддержка 支持"


def test_a_role_knows_where_it_stands() -> None:
    text = "description: x\nname: clerk\npermissions:\n  - billing.view\n  - billing.refund\n"
    location = load(text).roles[0].location
    assert (location.path, location.line, location.column, location.permissions_line) == ("a.yaml", 2, 7, 3)
    assert location.marks == {"billing.view": (4, 5), "billing.refund": (5, 5)}


def test_earlier_names_are_one_name_or_a_list() -> None:
    assert load(f"{ROLE}renamed_from: Old Clerk\n").roles[0].renamed_from == ("old clerk",)
    assert load(f"{ROLE}renamed_from: [b, a]\n").roles[0].renamed_from == ("b", "a")


def test_codes_are_one_string_wherever_they_stand() -> None:
    first, second = load("name: a\npermissions: [x.view]\n---\nname: b\npermissions: [x.view]\n").roles
    assert next(iter(first.role.permissions)) is next(iter(second.role.permissions))


def test_anchors_and_aliases_can_be_used_inside_a_role() -> None:
    assert load(f"name: &n clerk\ndescription: *n\n{CODES}").roles[0].role.description == "clerk"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: no\n", '1:7: name is a text, and YAML reads no without quotes as true or false: write "no" in quotes'),
        ("name: 1.0\n", '1:7: name is a text, and YAML reads 1.0 without quotes as a number: write "1.0" in quotes'),
        ("name: ~\n", '1:7: name is a text, and YAML reads ~ without quotes as nothing: write "~" in quotes'),
        ("name: 2026-11-23\n", 'YAML reads 2026-11-23 without quotes as a date: write "2026-11-23" in quotes'),
        ("name:\n", "1:6: name has no value: write the role's name"),
        ('name: " "\n', "1:7: name is empty: write the role's name"),
        ("name: [a]\n", "1:7: name is a text, and this is a list"),
        ('name: "a\\nb"\n', '1:7: name "a\\nb" holds a control character or a line break: take it out'),
        ('name: "a\\u2028b"\n', 'name "a\\u2028b" holds a control character or a line break: take it out'),
        ("name: |\n  clerk\n", 'name "clerk\\n" holds a control character or a line break: take it out'),
        ("name: Admin\n", '1:7: name "Admin" is that of a system role, which is never written to: choose another name'),
        (NAME + "description:\n", '2:13: description has no value: write "" or leave it out'),
        (NAME + "description: 1e3\n", "2:14: description is a text, and YAML reads 1e3 without quotes as a number"),
        (NAME + "description: {a: b}\n", "2:14: description is a text, and this is a mapping"),
        (NAME + "nmae: x\n", '2:1: unknown key "nmae"; did you mean "name"?'),
        (
            NAME + "colour: x\n",
            '2:1: unknown key "colour"; known here: name, description, permissions, renamed_from',
        ),
        (NAME + NAME, '2:1: key "name" stands here again; first in line 1'),
        (NAME + "1: x\n", '2:1: a key is plain text, and YAML reads "1" as a number'),
        (NAME + "[a]: x\n", "2:1: a key is plain text, and this is a list"),
        (NAME + "<<: {a: b}\n", "2:1: merge keys (<<) are not known: write out what the mapping shall hold"),
        (
            NAME + "renamed_from: clerk\n",
            'renamed_from "clerk" is the role\'s own name: take it out, or give the role its new name',
        ),
        (NAME + "renamed_from: [a, b, A]\n", 'earlier name "a" is listed again; first in line 2'),
        (NAME + "renamed_from: [agent]\n", 'renamed_from "agent" is that of a system role, which is never written to'),
        (NAME + "renamed_from:\n", "renamed_from has no value: write the role's name"),
        (NAME + "renamed_from: {a: b}\n", "renamed_from is a text, and this is a mapping"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text: str, expected: str) -> None:
    (message,) = said(text + CODES)
    assert expected in message


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ("permissions:\n", "a.yaml:2:13: this list has no value: write [] for a role without permissions"),
        ("permissions: x.view\n", 'a list is wanted here, and this is "x.view": write [...] or - ...'),
        ("permissions: {x: y}\n", "a list is wanted here, and this is a mapping"),
        ("permissions: [on]\n", "2:15: a permission is a text, and YAML reads on without quotes as true or false"),
        ("permissions: [1.5]\n", 'a permission is a text, and YAML reads 1.5 without quotes as a number: write "1.5"'),
        ("permissions:\n-\n", "a permission has no value: write a code like conversations.view or take the item out"),
        ("permissions: [conversations:view]\n", '"conversations:view" is no permission code: write conversations.view'),
        ("permissions: [conversations/view]\n", "write conversations.view"),
        ('permissions: [" x.view"]\n', '" x.view" is no permission code: write x.view'),
        ('permissions: ["x.*"]\n', '"x.*" is no permission code: wildcards are not known, so write out each code'),
        ("permissions: [view]\n", '"view" is no permission code: a code has the form category.action'),
        ("permissions: [a..c]\n", '"a..c" is no permission code: a code has the form category.action'),
        ('permissions: [""]\n', '"" is no permission code: a code has the form category.action'),
        ("permissions: [x.view, x.view]\n", '2:23: permission "x.view" is listed again; first in line 2'),
        ("permissions: [[x.view]]\n", "a permission is a text, and this is a list; each item is one code"),
        ("permissions: [{x: view}]\n", "a permission is a text, and this is a mapping; write x.view"),
        ("permissions:\n- x.view:\n", "a permission is a text, and this is a mapping; write x.view"),
        ("permissions: [{x: a b}]\n", "this is a mapping; each item is one code"),
        ("permissions: [{x: [y]}]\n", "this is a mapping; each item is one code"),
        ("permissions: [{}]\n", "this is a mapping; each item is one code"),
    ],
)
def test_what_is_wrong_with_permissions_is_said_where_it_stands(permissions: str, expected: str) -> None:
    (message,) = said(NAME + permissions)
    assert expected in message


def test_a_code_that_looks_like_a_number_is_right_in_quotes() -> None:
    assert load(f'{NAME}permissions: ["1.5"]\n').roles[0].role.permissions == {"1.5"}
    assert rules(f'{NAME}permissions: ["1.5"]\n---\nname: b\npermissions: [1.5]\n') == ["needs-quotes"]


def test_a_role_without_a_name_and_permissions_says_what_is_missing() -> None:
    assert said("description: x\n") == [
        "a.yaml:1:1: this role has no name and no permissions; a role without permissions says permissions: []"
    ]
    assert said(CODES) == ["a.yaml:1:1: this role has no name"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n", "\ufeff"])
def test_a_file_without_a_role_is_an_error(text: str) -> None:
    assert said(text) == ["a.yaml:1:1: this file holds no role: write one, or delete the file"]


@pytest.mark.parametrize("text", [f"{ROLE}---\n", f"---\n---\n{ROLE}", f"---\n# later\n---\n{ROLE}"])
def test_a_document_without_a_role_is_an_error(text: str) -> None:
    (problem,) = problems(text)
    assert problem.message == "this document holds no role: write one, or take the --- line out"
    assert problem.rule == "no-role"


def test_a_document_that_is_no_mapping_is_an_error() -> None:
    assert "and this is a list; several roles are several documents, with --- between" in said("- name: x\n")[0]
    assert said("null\n") == ['a.yaml:1:1: a role is a mapping with name and permissions, and this is "null"']


def test_every_problem_is_reported_in_one_run_sorted_by_place() -> None:
    found = problems(
        "name: no\npermissions: [x, x.y, x.y]\ncolour: red\n---\nname: admin\npermissions:\n",
        "name: 'b'\npermissions: 3\n",
    )
    assert [(place_of(p).path, place_of(p).line, p.rule) for p in found] == [
        ("a.yaml", 1, "needs-quotes"),
        ("a.yaml", 2, "malformed-code"),
        ("a.yaml", 2, "duplicate-code"),
        ("a.yaml", 3, "unknown-key"),
        ("a.yaml", 5, "system-role"),
        ("a.yaml", 6, "no-value"),
        ("b.yaml", 2, "wrong-type"),
    ]


def test_a_file_of_nothing_but_problems_is_read_no_further_than_a_thousand() -> None:
    found = problems("---\n" * 5000, "name: admin\n" + CODES)
    assert len(found) == 1003
    (last,) = [problem for problem in found if problem.rule == "too-many"]
    assert last.message == "more than 1,000 problems in this file: what follows was not looked at"
    assert place_of(last).line == 1002
    assert place_of(found[-1]).path == "b.yaml"


def test_warnings_are_reported_beside_errors() -> None:
    assert [(p.severity, place_of(p).line) for p in problems(f"name: \u0430dmin\n{CODES}---\n{CODES}")] == [
        ("warning", 1),
        ("error", 4),
    ]


def test_text_from_a_file_cannot_steer_the_terminal() -> None:
    (message,) = said('name: "\\e[31mred"\n' + CODES)
    assert "\x1b" not in message
    assert "\\x1b[31mred" in message


def test_the_path_is_shown_inert() -> None:
    with pytest.raises(InvalidInput, match=r"a\\x1bb\.yaml:1:1"):
        load_documents([("a\x1bb.yaml", b"")])


_SPECIAL = st.sampled_from("0123456789-+._:eExobnNyYtTfFuUlLaAsSrRiI=<~ Z")


@given(st.text(_SPECIAL, min_size=1, max_size=12) | st.sampled_from(["yes", "Off", "NULL", ".inf", "0o17", "1_000"]))
def test_what_pyyaml_reads_as_something_else_is_never_taken_for_text(plain: str) -> None:
    try:
        read = yaml.safe_load(f"name: {plain}")
    except (yaml.YAMLError, ValueError):
        return
    if isinstance(read, dict) and not isinstance(read.get("name"), str):
        assert other_than_text(plain.strip()) is not None


@pytest.mark.parametrize("plain", ["0o17", "1e3", "+.5", ".NaN", "-.INF", "0x1F", "190:20:30", "=", "<<", "1_0"])
def test_what_either_yaml_reads_as_something_else_is_not_text(plain: str) -> None:
    assert other_than_text(plain) is not None


@pytest.mark.parametrize("plain", ["nobody", "1st", "v1.0", "a-1", "12-34", "1.2.3", "truely", "0o19x", "x", "e3", "-"])
def test_what_no_yaml_reads_as_something_else_is_text(plain: str) -> None:
    assert other_than_text(plain) is None


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("|\n  Leads.\n", "ends with a line break, which a server may trim, so that no apply is ever done; write |- "),
        ("' Leads.'", "has white space at an end, which a server may trim, so that no apply is ever done; remove it"),
        ('"Leads.\\t"', "has white space at an end"),
    ],
)
def test_a_description_with_white_space_at_an_end_is_a_warning(description: str, expected: str) -> None:
    (warning,) = load(f"name: a\npermissions: []\ndescription: {description}\n").warnings
    assert str(warning).startswith("a.yaml:3:14: warning: description ")
    assert expected in warning.message
    assert warning.rule == "description-ends"


@pytest.mark.parametrize("description", ["|-\n  Leads.\n  Two lines.\n", "''", "Leads."])
def test_any_other_description_is_none(description: str) -> None:
    assert load(f"name: a\npermissions: []\ndescription: {description}\n").warnings == ()
