"""The one pass over the YAML: syntax, guards, positions, bytes that are no text."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents
from reconciler.model.errors import InvalidInput
from reconciler.model.inert import is_hidden
from reconciler.yamlio.reader import MAX_NODES, Mapping, Node, Scalar, read_documents
from reconciler.yamlio.report import Report
from reconciler.yamlio.text import MAX_BYTES
from tests.builders import place_of
from tests.load.builders import CODES, NAME, ROLE, load, problems, rules, said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "name: a: b\n",
            "1:8: not valid YAML: mapping values are not allowed in this context; a text that holds a colon",
        ),
        ("name: x\n\tdescription: y\n", "2:1: not valid YAML: found a tab character that violates indentation"),
        ("permissions:\n\t- x.y\n", "a text that starts with this character is written in quotes; indentation is"),
        ("name: x\n description: y\n", "2:13: not valid YAML: mapping values are not allowed in this context"),
        (
            "name: x\npermissions []\n",
            "2:1: not valid YAML: could not find expected ':' (while scanning a simple key in",
        ),
        ("permissions: [a.b\nname: x\n", "a list that starts with [ ends with ], with commas between its items"),
        ('name: "x\n', "not valid YAML: found unexpected end of stream (while scanning a quoted scalar in line 1)"),
        ("name: @x\n", "1:7: not valid YAML: found character that cannot start any token"),
        ('name: "\\q"\n', "in double quotes a backslash is written twice"),
        ("%YAML 3.0\n---\nname: x\n", "1:1: not valid YAML: found incompatible YAML document"),
    ],
)
def test_a_syntax_error_is_said_where_it_stands_and_what_to_do(text: str, expected: str) -> None:
    (message,) = said(text)
    assert expected in message


def test_a_syntax_error_hides_neither_earlier_documents_nor_other_files() -> None:
    assert rules("name: admin\npermissions: []\n---\nname: [\n", "name: agent\npermissions: []\n") == [
        "system-role",
        "yaml-syntax",
        "system-role",
    ]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("name: !!str no\n", "!!str"),
        ("name: !thing x\n", "!thing"),
        ("name: ! x\n", "!"),
        ('name: !!python/object/apply:os.system "x"\n', "!!python/object/apply:os.system"),
    ],
)
def test_a_tag_is_an_error(text: str, tag: str) -> None:
    assert f"tag {tag} is not known here" in "".join(said(text + CODES))
    assert "yaml-tag" in rules(text + CODES)


def test_a_tag_on_a_list_or_a_mapping_is_an_error() -> None:
    assert rules(f"{NAME}permissions: !!set [a.b]\n") == ["yaml-tag"]
    assert rules("!role {name: x, permissions: []}\n") == ["yaml-tag"]


def test_an_alias_without_an_anchor_is_an_error_that_thinks_of_patterns() -> None:
    assert said(f"name: *x\n{CODES}") == [
        "a.yaml:1:7: alias *x names no anchor before it; a text that starts with * is written in quotes"
    ]


def test_an_anchor_holds_for_its_own_document_only() -> None:
    assert rules(f"name: &n x\n{CODES}---\nname: *n\n{CODES}") == ["unknown-alias"]


def test_an_anchor_that_is_defined_twice_is_an_error() -> None:
    assert said(f"name: &n x\ndescription: &n y\n{CODES}") == [
        "a.yaml:2:14: anchor &n is defined twice in this document"
    ]


def test_an_alias_inside_the_value_that_it_names_is_an_error() -> None:
    assert said(f"{NAME}permissions: &p [*p]\n") == ["a.yaml:2:18: alias *p stands inside the value that it names"]


def _bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


def test_a_bomb_is_an_error_before_it_explodes() -> None:
    start = time.monotonic()
    (problem,) = problems(_bomb(40))
    assert time.monotonic() - start < 5
    assert problem.rule == "alias-bomb"
    assert problem.message == "this document holds more than 1,000,000 values once its aliases are expanded"


def test_a_bomb_hides_no_problem_of_other_files() -> None:
    assert rules("name: admin\npermissions: []\n---\n" + _bomb(9), "name: agent\npermissions: []\n") == [
        "system-role",
        "alias-bomb",
        "system-role",
    ]


# Lists of 999 values, one after the other, and the list around them: a million values in all, and not one more.
_MILLION = "- &a [" + "x," * 998 + "]\n" + "- *a\n" * 1000


def test_a_million_values_are_read() -> None:
    assert MAX_NODES == 1_000_000
    assert rules(_MILLION) == ["no-role"]


@pytest.mark.parametrize(
    ("more", "line"), [("- x\n", 1), ("- x\n- x\n", 1003), ("- *a\n", 1002), ("- []\n- []\n", 1003)]
)
def test_one_value_more_is_an_error_wherever_it_comes_from(more: str, line: int) -> None:
    (problem,) = problems(_MILLION + more)
    assert (problem.rule, place_of(problem).line) == ("alias-bomb", line)


def test_aliases_below_the_guard_are_allowed() -> None:
    assert "alias-bomb" not in rules(_bomb(5))


def test_a_hundred_levels_are_read_and_one_more_is_an_error() -> None:
    assert rules("[" * 100 + "]" * 100) == ["no-role"]
    (problem,) = problems("[" * 101 + "]" * 101)
    assert (problem.rule, place_of(problem).column) == ("too-deep", 101)
    assert problem.message == "nested deeper than 100 levels; nothing here needs more than three"


def test_a_million_levels_take_no_time() -> None:
    start = time.monotonic()
    assert rules("[" * 1_000_000) == ["too-deep"]
    assert rules("{a: " * 1_000_000) == ["too-deep"]
    assert time.monotonic() - start < 5


def test_a_byte_order_mark_is_fine_and_shifts_nothing() -> None:
    assert load(b"\xef\xbb\xbf" + ROLE.encode()).roles[0].location.column == 7


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"name: x\nname: caf\xe9\n", "a.yaml:2:10: not UTF-8: byte 0xe9 at offset 17 is none of it"),
        (b"\xef\xbb\xbfname: \xff", "a.yaml:1:7: not UTF-8: byte 0xff at offset 9"),
        ("name: x\n".encode("utf-16"), "a.yaml:1:1: not UTF-8: byte 0xff at offset 0"),
        (b"name: \xed\xa0\x80\n", "not UTF-8: byte 0xed at offset 6"),
    ],
)
def test_a_file_that_is_not_utf8_says_which_byte(content: bytes, expected: str) -> None:
    (message,) = said(content)
    assert expected in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\0b\n", "a.yaml:1:8: the character \\x00 may not stand in a YAML file"),
        ("# é\r\nname: \x1b[31m\n", "a.yaml:2:7: the character \\x1b"),
        ("a: b\n\n  \x7f", "a.yaml:3:3: the character \\x7f"),
        ("a: \ufffe", "the character \\ufffe"),
    ],
)
def test_a_control_character_is_an_error_where_it_stands(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert expected in str(problem)
    assert problem.rule == "control-character"


def test_a_file_over_32_mib_is_an_error() -> None:
    assert said(b"#" * (MAX_BYTES + 1)) == [
        "a.yaml:1:1: this file is larger than 32 MiB; split it: roles.d may hold any number of files"
    ]


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_invalid_input(content: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_documents([("a.yaml", content)])
    assert not any(is_hidden(character) for problem in caught.value.findings for character in problem.message)


_PIECES = st.sampled_from(
    [
        *[
            "name",
            "permissions",
            "renamed_from",
            ": ",
            ":",
            "\n",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&a ",
            "*a",
            "!t ",
            "? ",
        ],
        *[
            "---\n",
            "...\n",
            "x.view",
            "clerk",
            "'",
            '"',
            "|\n",
            ">-\n",
            "#",
            "%YAML 1.1\n",
            "~",
            "1",
            "\t",
            "\\",
            "é",
            "\u2028",
        ],
    ]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_no_yaml_raises_anything_but_invalid_input(text: str) -> None:
    assert all(place.line > 0 and place.column > 0 for place in map(place_of, problems(text)))


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_values_are_those_that_pyyaml_reads(text: str) -> None:
    report = Report("a.yaml")
    mine = [_plain(node) for node in read_documents(text, report)]
    if report.problems:
        return
    theirs = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    assert mine == [_composed(node) for node in theirs]


def _plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return [(_plain(key), _plain(value)) for key, value in node.pairs]
    return [_plain(item) for item in node.items]


def _composed(node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.MappingNode):
        return [(_composed(key), _composed(value)) for key, value in node.value]
    return [_composed(item) for item in node.value]
