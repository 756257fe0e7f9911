"""The one pass over the YAML: syntax, guards, positions, bytes that are no text."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents
from reconciler.model.errors import InvalidInput
from reconciler.model.inert import is_hidden
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import MAX_NODES, MappingNode, Node, Scalar, read_documents
from reconciler.yamlio.text import MAX_BYTES
from tests.builders import TODAY, place_of
from tests.load.builders import CODES, NAME, ROLE, load, placed, problems, rules
from tests.sentences import Golden, case_of


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: a: b\n", "1:8"),
        ("name: x\n\tdescription: y\n", "2:1"),
        ("permissions:\n\t- x.y\n", "2:1"),
        ("name: x\n description: y\n", "2:13"),
        ("name: x\npermissions []\n", "2:1"),
        ("permissions: [a.b\nname: x\n", "2:5"),
        ("permissions: {a: b\nname: x\n", "2:5"),
        ("name: 'x' y\n", "1:11"),
        ("- x\nname: y\n", "2:1"),
        (ROLE + "... x\n", "3:5"),
        ('name: "x\n', "2:1"),
        ("name: @x\n", "1:7"),
        ('name: "\\q"\n', "1:8"),
        ("%YAML 3.0\n---\nname: x\n", "1:1"),
    ],
)
def test_a_syntax_error_is_said_where_it_stands_and_what_to_do(text: str, place: str, golden: Golden) -> None:
    (problem,) = problems(text)
    assert placed(problem) == f"{place} yaml-syntax"
    golden.says("yamlio/reader", case_of(text), str(problem))


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
def test_a_tag_is_an_error(text: str, tag: str, golden: Golden) -> None:
    (problem,) = [problem for problem in problems(text + CODES) if problem.rule == "yaml-tag"]
    assert tag in problem.message
    golden.says("yamlio/reader", case_of(text), str(problem))


def test_a_tag_on_a_list_or_a_mapping_is_an_error() -> None:
    assert rules(f"{NAME}permissions: !!set [a.b]\n") == ["yaml-tag"]
    assert rules("!role {name: x, permissions: []}\n") == ["yaml-tag"]


def test_an_alias_without_an_anchor_is_an_error_that_thinks_of_patterns(golden: Golden) -> None:
    (problem,) = problems(f"name: *x\n{CODES}")
    assert placed(problem) == "1:7 unknown-alias"
    assert "*x" in problem.message
    golden.says("yamlio/reader", "an alias without an anchor", str(problem))


def test_an_anchor_holds_for_its_own_document_only() -> None:
    assert rules(f"name: &n x\n{CODES}---\nname: *n\n{CODES}") == ["unknown-alias"]


def test_an_anchor_that_is_defined_twice_is_an_error(golden: Golden) -> None:
    (problem,) = problems(f"name: &n x\ndescription: &n y\n{CODES}")
    assert placed(problem) == "2:14 duplicate-anchor"
    golden.says("yamlio/reader", "an anchor that is defined twice", str(problem))


def test_an_alias_inside_the_value_that_it_names_is_an_error(golden: Golden) -> None:
    (problem,) = problems(f"{NAME}permissions: &p [*p]\n")
    assert placed(problem) == "2:18 recursive-alias"
    golden.says("yamlio/reader", "an alias inside the value that it names", str(problem))


def _bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


def test_a_bomb_is_an_error_before_it_explodes(golden: Golden) -> None:
    (problem,) = problems(_bomb(40))  # 9 to the power of 40 nodes: no computer ends it
    assert problem.rule == "alias-bomb"
    golden.says("yamlio/reader", "aliases that multiply", problem.message)


def test_a_document_with_too_many_values_and_no_alias_is_to_be_split(golden: Golden) -> None:
    (problem,) = problems("- &a a\n- *a\n---\n" + "- a\n" * MAX_NODES)[1:]
    assert problem.rule == "alias-bomb"
    golden.says("yamlio/reader", "very many values", problem.message)


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


def test_a_hundred_levels_are_read_and_one_more_is_an_error(golden: Golden) -> None:
    assert rules("[" * 100 + "]" * 100) == ["no-role"]
    (problem,) = problems("[" * 101 + "]" * 101)
    assert (problem.rule, place_of(problem).column) == ("too-deep", 101)
    golden.says("yamlio/reader", "nested too deep", problem.message)


def test_a_million_levels_are_refused_at_the_hundred_and_first() -> None:
    assert rules("[" * 1_000_000) == ["too-deep"]
    assert rules("{a: " * 1_000_000) == ["too-deep"]


def test_a_byte_order_mark_is_fine_and_shifts_nothing() -> None:
    assert load(b"\xef\xbb\xbf" + ROLE.encode()).roles[0].location.column == 7


@pytest.mark.parametrize(
    ("content", "where", "names"),
    [
        (b"name: x\nname: caf\xe9\n", "2:10 not-utf8", "0xe9 at offset 17"),
        (b"\xef\xbb\xbfname: \xff", "1:7 not-utf8", "0xff at offset 9"),
        ("name: x\n".encode("utf-16"), "1:1 not-utf8", "0xff at offset 0"),
        (b"name: \xed\xa0\x80\n", "1:7 not-utf8", "0xed at offset 6"),
    ],
)
def test_a_file_that_is_not_utf8_says_which_byte(content: bytes, where: str, names: str, golden: Golden) -> None:
    (problem,) = problems(content)
    assert placed(problem) == where
    assert names in problem.message
    golden.says("yamlio/reader", case_of(content), str(problem))


@pytest.mark.parametrize(
    ("text", "where", "names"),
    [
        ("name: a\0b\n", "1:8 control-character", "\\x00"),
        ("# é\r\nname: \x1b[31m\n", "2:7 control-character", "\\x1b"),
        ("a: b\n\n  \x7f", "3:3 control-character", "\\x7f"),
        ("a: \ufffe", "1:4 control-character", "\\ufffe"),
    ],
)
def test_a_control_character_is_an_error_where_it_stands(text: str, where: str, names: str, golden: Golden) -> None:
    (problem,) = problems(text)
    assert placed(problem) == where
    assert names in problem.message
    golden.says("yamlio/reader", case_of(text), str(problem))


def test_a_file_over_32_mib_is_an_error(golden: Golden) -> None:
    (problem,) = problems(b"#" * (MAX_BYTES + 1))
    assert placed(problem) == "1:1 too-large"
    golden.says("yamlio/reader", "a file over 32 MiB", str(problem))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_invalid_input(content: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_documents([("a.yaml", content)], today=TODAY)
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
    problems = FileProblems("a.yaml")
    mine = [_plain(node) for node in read_documents(text, problems)]
    if problems.found:
        return
    theirs = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    assert mine == [_composed(node) for node in theirs]


def _plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, MappingNode):
        return [(_plain(key), _plain(value)) for key, value in node.pairs]
    return [_plain(item) for item in node.items]


def _composed(node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.MappingNode):
        return [(_composed(key), _composed(value)) for key, value in node.value]
    return [_composed(item) for item in node.value]
