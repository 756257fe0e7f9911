"""Waivers written into a policy file: every byte that was there stays, and it reads back with the new ones."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.policies import read_policies
from reconciler.load.waiver_text import with_waivers
from reconciler.model.findings import Place
from reconciler.policy.rules import Waiver
from reconciler.yamlio.appending import NoGap

TODAY = date(2026, 11, 29)
HEAD = "policies:\n  - id: p\n    cannot: [a.b]\n  - id: k\n    keys: [owner]\n"
OLD = "  - policy: p\n    role: old\n    codes: [a.b]\n    reason: x\n    until: 2026-12-01\n"
NEW = Waiver("p", "lead", ("a.b", "c.d"), "FIN-212: covers", date(2026, 12, 31), Place(""))
KEY = Waiver("k", "no", (), "one\ttwo", date(2026, 12, 31), Place(""))

WRITTEN = """\
- policy: p
  role: lead
  codes: [a.b, c.d]
  reason: "FIN-212: covers"
  until: 2026-12-31
"""


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


def briefs(text: str) -> list[tuple[object, ...]]:
    """The waivers of a file, without their places."""
    found = read_policies([("a.yaml", text.encode())], TODAY).waivers
    return [(each.policy, each.role, each.codes, each.reason, each.until) for each in found]


def written(text: str, *waivers: Waiver) -> str:
    result = with_waivers(text, waivers or (NEW,))
    assert isinstance(result, str)
    return result


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{HEAD}waivers:\n{OLD}", ""),
        (f"{HEAD}waivers:\n{OLD}", "\n# the end\n"),
        (f"waivers:\n{OLD}", HEAD),
        (f"waivers:\n{OLD}", f"# policies\n\n{HEAD}"),
        (f"{HEAD}waivers:\n{OLD.replace('2026-12-01', '2026-12-01  # soon')}", ""),
        (f"{HEAD}waivers: # all of them\n{OLD}", "...\n"),
    ],
)
def test_a_waiver_is_written_behind_the_last_one(before: str, after: str) -> None:
    assert written(before + after) == before + indented(WRITTEN, 2) + after


def test_the_indentation_of_the_list_is_kept() -> None:
    old = "".join(line[2:] for line in OLD.splitlines(keepends=True))
    assert written(f"{HEAD}waivers:\n{old}") == f"{HEAD}waivers:\n{old}{WRITTEN}"


@pytest.mark.parametrize("end", ["", "\n", "\n# the end\n", "\n\n"])
def test_without_a_list_one_is_begun_at_the_end(end: str) -> None:
    text = HEAD.rstrip("\n") + end
    assert written(text) == f"{text}{'' if end else chr(10)}waivers:\n{indented(WRITTEN, 2)}"


def test_a_list_is_begun_before_the_end_of_the_document() -> None:
    assert written(f"---\n{HEAD}...\n# x\n") == f"---\n{HEAD}waivers:\n{indented(WRITTEN, 2)}...\n# x\n"


def test_a_list_is_begun_in_the_column_of_the_other_keys() -> None:
    head = indented(HEAD, 2)
    assert written(head) == f"{head}  waivers:\n{indented(WRITTEN, 4)}"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", [True, False])
def test_the_line_breaks_of_the_file_are_kept(newline: str, *, end: bool) -> None:
    text = f"{HEAD}waivers:\n{OLD}".replace("\n", newline)
    text = text if end else text.removesuffix(newline)
    assert written(text) == text + ("" if end else newline) + indented(WRITTEN, 2).replace("\n", newline)


@pytest.mark.parametrize(
    "reason",
    [
        "|\n      one\n      two\n",
        ">-\n      one\n\n",
        '"one\n      two"\n',
        "one\n      two\n",
        "'x' # comment\n",
        "|+\n      x\n\n\n",
    ],
)
def test_a_last_value_of_several_lines_stays_whole(reason: str) -> None:
    item = f"  - policy: p\n    role: old\n    codes: [a.b]\n    until: 2026-12-01\n    reason: {reason}"
    for after in ("", "# end\n"):
        text = f"{HEAD}waivers:\n{item}{after}"
        result = written(text)
        assert briefs(result)[:-1] == briefs(text)
        assert len(briefs(result)) == 2
        assert result.replace(indented(WRITTEN, 2), "", 1) == text


def test_an_item_in_braces_and_an_alias_are_behind_too() -> None:
    for last in ("{policy: p, role: old, codes: [a.b], reason: x, until: 2026-12-01}", "*first"):
        first = "&first {policy: p, role: old, codes: [a.b], reason: x, until: 2026-12-01}"
        text = f"{HEAD}waivers:\n  - {first}\n  - {last}\n"
        assert written(text) == text + indented(WRITTEN, 2)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"{HEAD}waivers: []\n", NoGap(6, 10)),
        (f"{HEAD}waivers: &all\n{OLD}", NoGap(6, 10)),
        ("{policies: []}\n", NoGap(1, 1)),
        ("---\n  {policies: []}\n", NoGap(2, 3)),
    ],
)
def test_a_list_in_brackets_is_not_written_to(text: str, place: NoGap) -> None:
    assert with_waivers(text, [NEW]) == place


def test_a_waiver_of_keys_has_no_codes_and_data_is_quoted() -> None:
    result = written(HEAD, KEY)
    assert result.endswith('waivers:\n  - policy: k\n    role: "no"\n    reason: "one\\ttwo"\n    until: 2026-12-31\n')


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12)
NAMES = st.sampled_from(["lead", "no", "1.0", "null", "a: b", "- x", "#x", "ü", "a'b", 'a"b', "日本"])


@given(
    st.lists(st.tuples(st.sampled_from(["p", "k"]), NAMES, WORDS), min_size=1, max_size=3),
    st.sampled_from([HEAD, f"{HEAD}waivers:\n{OLD}", f"waivers:\n{OLD}{HEAD}", f"# x\n{HEAD}\n\n", f"{HEAD}# x"]),
)
def test_what_is_written_reads_back_and_the_rest_stays(added: list[tuple[str, str, str]], text: str) -> None:
    waivers = [
        Waiver(policy, role, ("a.b", "x.1"), reason, date(2026, 12, 31), Place(""))
        if policy == "p"
        else Waiver(policy, role, (), reason, date(2026, 12, 31), Place(""))
        for policy, role, reason in added
    ]
    result = written(text, *waivers)
    new = [(each.policy, each.role, each.codes, each.reason, each.until) for each in waivers]
    assert sorted(map(str, briefs(result))) == sorted(map(str, [*briefs(text), *new]))
    kept = result
    for line in text.splitlines():
        assert line in kept
        kept = kept[kept.index(line) + len(line) :]
