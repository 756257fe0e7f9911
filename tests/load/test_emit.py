"""A role as text: it reads back as the very same role, and people like to read it."""

from __future__ import annotations

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.load import load_documents
from reconciler.load.emit import role_yaml
from reconciler.model.inert import steers
from reconciler.model.roles import SYSTEM_NAMES, Role, normalise_name
from tests.builders import TODAY
from tests.load.builders import load

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_NAMES = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)
    .map(normalise_name)
    .filter(lambda name: name and name not in SYSTEM_NAMES)
    .filter(lambda name: normalise_name(name) == name)
)
_WORDS = st.lists(
    st.sampled_from(
        ["a", "#", "##[error]", "::error::", "b:", "- c", "---", "", " ", "  x", "'", "no", "é", "\t", "word " * 20]
    )
).flatmap(lambda words: st.sampled_from([" ", "\n"]).map(lambda gap: gap.join(words)))
_CODES = st.frozensets(st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", fullmatch=True), max_size=5)


@given(_NAMES, _TEXT | _WORDS, _CODES)
@example("no", "on\n", frozenset({"1.0", "0x1.5"}))
@example("x", "a\n\n", frozenset())
@example("x", " a\nb", frozenset())
@example("x", "\ufeffa", frozenset())
@example("x", "a  " + "b" * 200 + "  c\n", frozenset())
def test_every_role_reads_back_as_the_very_same_role(name: str, description: str, codes: frozenset[str]) -> None:
    role = Role(name, description, codes)
    (read,) = load_documents([("a.yaml", role_yaml(role).encode())], today=TODAY).roles
    assert read.role == role


@given(_NAMES, _TEXT | _WORDS, _CODES)
def test_other_readers_read_the_same(name: str, description: str, codes: frozenset[str]) -> None:
    read = yaml.safe_load(role_yaml(Role(name, description, codes)))
    assert (read["name"], read.get("description", ""), read["permissions"]) == (name, description, sorted(codes))


@given(_NAMES | st.just("##[error]x"), _TEXT | _WORDS)
@example("##[a]", "a\n::error::b")
@example("x", "word " * 19 + " ::error::b " + "word " * 10 + "word")
@example("x", "a\n##[error]b")
def test_what_is_printed_steers_no_log(name: str, description: str) -> None:
    assert not steers(role_yaml(Role(name, description, frozenset())).split("\n"))


def test_a_plain_role_is_written_plainly() -> None:
    role = Role("support-lead", "Leads the support floor.", frozenset({"b.view", "a.view"}))
    assert role_yaml(role) == (
        "name: support-lead\ndescription: Leads the support floor.\npermissions:\n  - a.view\n  - b.view\n"
    )


def test_nothing_is_written_for_a_description_that_says_nothing() -> None:
    assert role_yaml(Role("x", "", frozenset())) == "name: x\npermissions: []\n"


def test_what_yaml_would_read_as_something_else_is_quoted() -> None:
    assert role_yaml(Role("no", "1.0", frozenset({"1.5"}))) == (
        'name: "no"\ndescription: "1.0"\npermissions:\n  - "1.5"\n'
    )


def test_other_scripts_are_left_alone_and_what_nobody_sees_is_escaped() -> None:
    assert 'name: "支持\\u202e"' in role_yaml(Role("支持\u202e", "", frozenset()))


def test_several_lines_are_written_as_several_lines() -> None:
    assert "description: |-\n  First: this.\n\n  Then # that.\npermissions" in role_yaml(
        Role("x", "First: this.\n\nThen # that.", frozenset())
    )
    assert "description: |\n  One.\n  Two.\npermissions" in role_yaml(Role("x", "One.\nTwo.\n", frozenset()))


def test_a_long_line_is_folded() -> None:
    text = role_yaml(Role("x", "word " * 40 + "end", frozenset()))
    assert text.startswith("name: x\ndescription: >-\n  word word")
    assert max(map(len, text.splitlines())) <= 102


def test_a_long_word_is_not_cut() -> None:
    assert f"  {'w' * 200}\n  end" in role_yaml(Role("x", "w" * 200 + " end", frozenset()))


def test_lines_that_a_block_would_not_keep_are_quoted() -> None:
    for description in ("a\n \nb", " a\nb", "a\n\n", "a\tb\nc", "\na"):
        assert "\\n" in role_yaml(Role("x", description, frozenset()))
        assert load(role_yaml(Role("x", description, frozenset()))).roles[0].role.description == description
