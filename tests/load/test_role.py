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
from tests.builders import TODAY, place_of
from tests.load.builders import CODES, NAME, ROLE, load, placed, problems, rules, said
from tests.sentences import Golden, case_of


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
    ("text", "where", "names"),
    [
        ("name: no\n", "1:7 needs-quotes", '"no"'),
        ("name: 1.0\n", "1:7 needs-quotes", '"1.0"'),
        ("name: ~\n", "1:7 needs-quotes", '"~"'),
        ("name: 2026-11-23\n", "1:7 needs-quotes", '"2026-11-23"'),
        ("name:\n", "1:6 no-value", ""),
        ('name: " "\n', "1:7 empty-name", ""),
        ("name: [a]\n", "1:7 wrong-type", ""),
        ('name: "a\\nb"\n', "1:7 name-character", '"a\\nb"'),
        ('name: "a\\u2028b"\n', "1:7 name-character", '"a\\u2028b"'),
        ("name: |\n  clerk\n", "1:7 name-character", '"clerk\\n"'),
        ("name: Admin\n", "1:7 system-role", '"Admin"'),
        (NAME + "description:\n", "2:13 no-value", '""'),
        (NAME + "description: 1e3\n", "2:14 needs-quotes", "1e3"),
        (NAME + "description: {a: b}\n", "2:14 wrong-type", ""),
        (NAME + "nmae: x\n", "2:1 unknown-key", '"name"'),
        (
            NAME + "colour: x\n",
            "2:1 unknown-key",
            "owner, include, permissions, except, renamed_from",
        ),
        (NAME + NAME, "2:1 duplicate-key", "line 1"),
        (NAME + "1: x\n", "2:1 key-not-text", '"1"'),
        (NAME + "[a]: x\n", "2:1 key-not-text", ""),
        (NAME + "<<: {a: b}\n", "2:1 unknown-key", ""),
        (NAME + "renamed_from: clerk\n", "2:15 renamed-from-self", '"clerk"'),
        (NAME + "renamed_from: [a, b, A]\n", "2:22 renamed-from-repeated", '"a"'),
        (NAME + "renamed_from: [agent]\n", "2:16 system-role", '"agent"'),
        (NAME + "renamed_from:\n", "2:14 no-value", ""),
        (NAME + "renamed_from: {a: b}\n", "2:15 wrong-type", ""),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text: str, where: str, names: str, golden: Golden) -> None:
    (problem,) = problems(text + CODES)
    assert placed(problem) == where
    assert names in problem.message
    golden.says("load/role", case_of(text), str(problem))


@pytest.mark.parametrize(
    ("permissions", "where", "names"),
    [
        ("permissions:\n", "2:13 no-value", ""),
        ("permissions: x.view\n", "2:14 wrong-type", '"x.view"'),
        ("permissions: {x: y}\n", "2:14 wrong-type", ""),
        ("permissions: [on]\n", "2:15 needs-quotes", '"on"'),
        ("permissions: [1.5]\n", "2:15 needs-quotes", '"1.5"'),
        ("permissions:\n-\n", "3:2 no-value", ""),
        ("permissions: [conversations:view]\n", "2:15 malformed-code", "write conversations.view"),
        ("permissions: [conversations/view]\n", "2:15 malformed-code", "write conversations.view"),
        ('permissions: [" x.view"]\n', "2:15 malformed-code", "write x.view"),
        ('permissions: ["x.*"]\n', "2:15 pattern-needs-lock", "x.*"),
        ("permissions: [view]\n", "2:15 malformed-code", '"view"'),
        ("permissions: [a..c]\n", "2:15 malformed-code", '"a..c"'),
        ('permissions: [""]\n', "2:15 malformed-code", '""'),
        ("permissions: [x.view, x.view]\n", "2:23 duplicate-code", "line 2"),
        ("permissions: [[x.view]]\n", "2:15 wrong-type", ""),
        ("permissions: [{x: view}]\n", "2:15 wrong-type", "x.view"),
        ("permissions:\n- x.view:\n", "3:3 wrong-type", "x.view"),
        ("permissions: [{x: a b}]\n", "2:15 wrong-type", ""),
        ("permissions: [{x: [y]}]\n", "2:15 wrong-type", ""),
        ("permissions: [{}]\n", "2:15 wrong-type", ""),
    ],
)
def test_what_is_wrong_with_permissions_is_said_where_it_stands(
    permissions: str, where: str, names: str, golden: Golden
) -> None:
    (problem,) = problems(NAME + permissions)
    assert placed(problem) == where
    assert names in problem.message
    golden.says("load/role", case_of(permissions), str(problem))


def test_a_code_that_looks_like_a_number_is_right_in_quotes() -> None:
    assert load(f'{NAME}permissions: ["1.5"]\n').roles[0].role.permissions == {"1.5"}
    assert rules(f'{NAME}permissions: ["1.5"]\n---\nname: b\npermissions: [1.5]\n') == ["needs-quotes"]


@pytest.mark.parametrize("text", ["description: x\n", CODES])
def test_a_role_without_a_name_and_permissions_says_what_is_missing(text: str, golden: Golden) -> None:
    (problem,) = problems(text)
    assert placed(problem) == "1:1 missing-key"
    golden.says("load/role", case_of(text), str(problem))


@pytest.mark.parametrize("text", ["nmae: x\npermisions: []\n", "set: x\npermisions: []\n"])
def test_a_mistyped_key_is_not_a_missing_key_too(text: str) -> None:
    assert set(rules(text)) - {"unused-set"} == {"unknown-key"}


def test_a_key_that_is_like_no_other_does_not_hide_a_missing_one() -> None:
    assert rules(f"owners_of_it: x\n{CODES}") == ["missing-key", "unknown-key"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n", "\ufeff"])
def test_a_file_without_a_role_is_an_error(text: str, golden: Golden) -> None:
    (problem,) = problems(text)
    assert placed(problem) == "1:1 no-role"
    golden.says("load/role", "a file without a role", str(problem))


@pytest.mark.parametrize("text", [f"{ROLE}---\n", f"---\n---\n{ROLE}", f"---\n# later\n---\n{ROLE}"])
def test_a_document_without_a_role_is_an_error(text: str, golden: Golden) -> None:
    (problem,) = problems(text)
    assert problem.rule == "no-role"
    golden.says("load/role", "a document without a role", problem.message)


@pytest.mark.parametrize("text", ["- name: x\n", "null\n"])
def test_a_document_that_is_no_mapping_is_an_error(text: str, golden: Golden) -> None:
    (problem,) = problems(text)
    assert placed(problem) == "1:1 no-role"
    golden.says("load/role", case_of(text), str(problem))


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


def test_a_file_of_nothing_but_problems_is_read_no_further_than_a_thousand(golden: Golden) -> None:
    found = problems("---\n" * 5000, "name: admin\n" + CODES)
    assert len(found) == 1003
    (last,) = [problem for problem in found if problem.rule == "too-many"]
    assert place_of(last).line == 1002
    assert "1,000" in last.message
    golden.says("load/role", "too many problems", last.message)
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
        load_documents([("a\x1bb.yaml", b"")], today=TODAY)


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


@pytest.mark.parametrize("description", ["|\n  Leads.\n", "' Leads.'", '"Leads.\\t"'])
def test_a_description_with_white_space_at_an_end_is_a_warning(description: str, golden: Golden) -> None:
    (warning,) = load(f"name: a\npermissions: []\ndescription: {description}\n").warnings
    assert (placed(warning), warning.severity) == ("3:14 description-ends", "warning")
    golden.says("load/role", case_of(f"description: {description}"), str(warning))


@pytest.mark.parametrize("description", ["|-\n  Leads.\n  Two lines.\n", "''", "Leads."])
def test_any_other_description_is_none(description: str) -> None:
    assert load(f"name: a\npermissions: []\ndescription: {description}\n").warnings == ()
