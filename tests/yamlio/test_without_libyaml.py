"""PyYAML without libyaml, as it is built where there is no wheel for the platform: the same results, only slower."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.findings import Finding
from reconciler.yamlio import pure
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import Node, read_documents
from tests.load.builders import ROLE, placed
from tests.sentences import Golden

BROKEN = [
    "a: [1, 2",
    "a: [1, 2\n",
    "a: {b: c",
    "a: 'x",
    'a: "x\\q"',
    'a: "\\x4"',
    'a: "\\ud800"',
    'a: "\\U00110000"',
    'a: "\\Uffffffff"',
    "a: b: c",
    "\ta: b",
    "a:\n\t- b",
    "a\nb: c\n",
    "- a\nb: c\n",
    "a: b\n- c\n",
    "key: [a b\nc: d",
    "a: @x",
    "a: % b",
    "a: |x\n  b",
    "a: 'b' c",
    "a: 'b\n---\nc'",
    "[a, b]]",
    "a: }",
    "a: [,]",
    "a: !x!y z",
    "%YAML 3.0\n---\na: b",
    "a: - b",
    "a: ? b",
    "&a &b c",
    "a: b\n--- x\n...\ny\n z: q",
]


Events = Callable[[str], Iterator[yaml.Event]]


def read_by(events: Events | None, text: str) -> tuple[list[Node], tuple[Finding, ...]]:
    """Return what is read of a text, and what is wrong with it; None reads it as the program does."""
    problems = FileProblems("a.yaml")
    return list(read_documents(text, problems, events)), tuple(problems.found)


def said_by(events: Events | None, text: str) -> list[str]:
    return [words(str(finding)) for finding in read_by(events, text)[1]]


@pytest.mark.parametrize("text", BROKEN)
def test_a_syntax_error_is_told_in_the_same_words(text: str) -> None:
    told = said_by(pure.events, text)
    assert told
    assert told == said_by(None, text)


def words(message: str) -> str:
    """A message with its line, and without the column and the context, in which the two may differ by a little."""
    place, _, rest = message.partition(": ")
    return f"{place.rpartition(':')[0]}: {rest.partition(' (')[0]}"


_PIECES = st.sampled_from(
    [
        "name",
        "permissions",
        ": ",
        "\n",
        "\n  ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a",
        "x.view",
        "é",
        "'",
        '"',
        "#",
    ]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_what_libyaml_reads_is_read_alike(text: str) -> None:
    nodes, findings = read_by(None, text)
    pure_nodes, pure_findings = read_by(pure.events, text)
    assert pure_nodes == nodes
    assert [finding.rule for finding in pure_findings] == [finding.rule for finding in findings]


def test_a_role_is_read_alike() -> None:
    assert read_by(pure.events, ROLE) == read_by(None, ROLE)


@pytest.mark.parametrize("piece", ["[", "{a: ", "- "])
def test_the_nesting_limit_is_the_same(piece: str) -> None:
    (finding,) = read_by(pure.events, piece * 100_000)[1]
    assert finding.rule == "too-deep"


def test_the_limit_of_libyaml_itself_is_told_as_ours(golden: Golden) -> None:
    def stops(_text: str) -> Iterator[yaml.Event]:
        mark = yaml.Mark("a.yaml", 1000, 0, 1000, None, 0)
        raise yaml.MarkedYAMLError("while increasing flow level", mark, "exceeded maximum nesting depth", mark)

    (finding,) = read_by(stops, "[" * 2000)[1]
    assert placed(finding) == "1:1001 too-deep"
    golden.says("yamlio/reader", "nested too deep", finding.message)


def test_the_command_works_where_pyyaml_has_no_libyaml(tmp_path: Path) -> None:
    (tmp_path / "roles.d").mkdir()
    (tmp_path / "roles.d" / "clerk.yaml").write_text(ROLE)
    program = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from reconciler.cli import main\n"
        "import yaml; assert not yaml.__with_libyaml__\n"
        "main(['validate'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.splitlines()[0], done.stderr) == (0, "Valid: 1 role in 1 file.", "")
