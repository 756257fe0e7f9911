"""The word list of CONTRIBUTING.md, enforced where users and contributors read it."""

from __future__ import annotations

import ast
import re
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sentences import FOLDER, cases

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
# Each pattern begins like the phrase of the list. `there is none` is plain English; `mended` is a word of the journal,
# and `: nobody.` one of `who`.
UNWANTED = re.compile(
    r"""\b(?:
      anew
    | (?:take|takes|taken|taking|took)\ (?:(?:it|them|that|this|one)\ )?(?:away|out)
    | mend(?:s|ing)?
    | shall
    | stands?
    | save\ for
    | (?<!there\ )is\ (?:none|no(?=\ [\w.])(?!\ longer))
    | blanks
    | a\ text
    | (?:new|another)\ try
    | the\ whole\ round
    | of\ (?:its|their)\ own
    | so\ that
    | (?<!:\ )(?:some|no)body | whoever
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
SENTENCES = sorted(FOLDER.rglob("*.txt"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / ".github").rglob("*.*")])
SOURCES = sorted(path for path in (ROOT / "reconciler").rglob("*") if path.suffix in {".py", ".jinja", ".js", ".css"})


def unwanted(text: str) -> list[str]:
    return [match.group() for match in UNWANTED.finditer(" ".join(text.split()))]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SENTENCES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_sentence_uses_the_words_of_the_list(path: Path) -> None:
    assert {case: words for case, said in cases(path).items() if (words := unwanted(said))} == {}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_uses_the_words_of_the_list(path: Path) -> None:
    assert unwanted(newest(path) if path.name == "CHANGELOG.md" else without_the_list(path.read_text())) == []


def newest(path: Path) -> str:
    """Return the first section of a changelog: older entries stay as they were released."""
    return path.read_text().split("\n## ")[1]


def without_the_list(text: str) -> str:
    before, mark, rest = text.partition("| write | instead of |\n")
    return before + (rest.partition("\n\n")[2] if mark else "")


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_the_strings_and_comments_of_a_module_use_the_words_of_the_list(path: Path) -> None:
    texts = strings_and_comments(path) if path.suffix == ".py" else [path.read_text()]
    assert [(words, text) for text in texts if (words := unwanted(text))] == []


def strings_and_comments(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.replace("is None", "")  # the value of Python
    with tokenize.open(path) as file:
        yield from (token.string for token in tokenize.generate_tokens(file.readline) if token.type == tokenize.COMMENT)


def test_each_phrase_of_the_list_is_looked_for() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("| write | instead of |\n")[2].partition("\n\n")[0]
    phrases = [phrase for row in table.splitlines()[1:] for phrase in re.split(", | in ", row.split("|")[2])]
    plain = [phrase for phrase in phrases if "`" not in phrase]
    assert len(plain) > 15
    assert [phrase for phrase in plain if not unwanted(phrase)] == []
