"""PyYAML without libyaml, as it is built where there is no wheel for the platform: the same results, only slower."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents
from reconciler.yamlio.reader import read_documents
from reconciler.yamlio.report import Report
from tests.load.builders import ROLE, placed, problems, rules, said
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


@pytest.fixture
def _no_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "__with_libyaml__", False)


def without_libyaml(*texts: str) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "__with_libyaml__", False)
        return said(*texts)


@pytest.mark.parametrize("text", BROKEN)
def test_a_syntax_error_is_told_in_the_same_words(text: str) -> None:
    assert [words(message) for message in without_libyaml(text)] == [words(message) for message in said(text)]


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
    report = Report("a.yaml")
    nodes = list(read_documents(text, report))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "__with_libyaml__", False)
        pure_report = Report("a.yaml")
        assert list(read_documents(text, pure_report)) == nodes
    assert [problem.rule for problem in pure_report.problems] == [problem.rule for problem in report.problems]


@pytest.mark.usefixtures("_no_libyaml")
def test_roles_are_read() -> None:
    (entry,) = load_documents([("a.yaml", ROLE.encode())]).roles
    assert (entry.role.name, entry.role.permissions) == ("clerk", frozenset({"billing.view"}))


@pytest.mark.usefixtures("_no_libyaml")
@pytest.mark.parametrize("piece", ["[", "{a: ", "- "])
def test_the_nesting_limit_is_the_same(piece: str) -> None:
    assert rules(piece * 100_000) == ["too-deep"]


def test_the_limit_of_libyaml_itself_is_told_as_ours(monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    def stops(_text: str, Loader: object) -> object:  # noqa: N803 - PyYAML's name
        del Loader
        mark = yaml.Mark("a.yaml", 1000, 0, 1000, None, 0)
        raise yaml.MarkedYAMLError("while increasing flow level", mark, "exceeded maximum nesting depth", mark)

    monkeypatch.setattr(yaml, "parse", stops)
    (problem,) = problems("[" * 2000)
    assert placed(problem) == "1:1001 too-deep"
    golden.says("yamlio/reader", "nested too deep", problem.message)


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
    assert (done.returncode, done.stdout, done.stderr) == (0, "Valid: 1 role in 1 file.\n", "")
