"""A review written into `reviews.yaml`: in place of the earlier one or as the last, and every other byte stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.review_text import first_review, with_review
from reconciler.load.reviews import is_reviewer, read_reviews
from reconciler.model.findings import Place
from reconciler.policy.reviews import Review
from reconciler.yamlio.appending import NoGap

TODAY = date(2026, 11, 29)
NOWHERE = Place("")
NEW = Review("lead", TODAY, "Ana Ruiz <ana@example.com>", frozenset({"b.c", "a.b"}), NOWHERE)
WRITTEN = """\
- role: lead
  on: 2026-11-29
  by: Ana Ruiz <ana@example.com>
  permissions:
    - a.b
    - b.c
"""
HEAD = "# reviews.yaml\nversion: 1\nreviews:\n"
OLD = """\
  - role: clerk
    on: 2026-11-20
    by: Jon Berg <jon@example.com>
    permissions: [a.b]   # looked at with Ana
"""
LEAD = OLD.replace("clerk", "lead")


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


def read(text: str) -> list[Review]:
    """The entries of a file, without their places."""
    return [entry._replace(place=NOWHERE) for entry in read_reviews(text.encode(), "reviews.yaml", TODAY)]


def written(text: str, replaced: int | None = None, review: Review = NEW) -> str:
    result = with_review(text, review, replaced)
    assert isinstance(result, str)
    return result


def test_the_first_review_makes_the_file() -> None:
    text = first_review(NEW)
    assert text.splitlines()[1:3] == ["version: 1", "reviews:"]
    assert text.endswith(indented(WRITTEN, 2))
    assert read(text) == [NEW]


@pytest.mark.parametrize("end", ["", "\n# the end\n", "...\n", "version: 1\n"])
def test_a_new_entry_is_the_last_one(end: str) -> None:
    head = HEAD.replace("version: 1\n", "") + OLD
    assert written(head + end) == head + indented(WRITTEN, 2) + end


@pytest.mark.parametrize("end", ["", "  # the next one\n", "\n\n", OLD.replace("clerk", "other"), "version: 1\n"])
@pytest.mark.parametrize("before", [HEAD, HEAD + OLD], ids=["first", "second"])
def test_an_entry_is_replaced_where_it_is(before: str, end: str) -> None:
    head = before.replace("version: 1\n", "")
    expected = head + indented(WRITTEN, 2) + end
    assert written(f"{head}{LEAD}{end}", 0 if before == HEAD else 1) == expected


def test_a_role_without_codes_says_so() -> None:
    bare = NEW._replace(permissions=frozenset())
    assert written(f"{HEAD}{OLD}", None, bare).endswith("    permissions: []\n")
    assert read(written(f"{HEAD}{OLD}", None, bare))[-1] == bare


@pytest.mark.parametrize(
    "old",
    [
        "  - {role: lead, on: 2026-11-20, by: J <j@x.y>, permissions: []} # why\n",
        "  - {role: lead,\n     on: 2026-11-20, by: J <j@x.y>,\n     permissions: []}\n",
        "  - permissions:\n    - a.b # x\n    # y\n    - b.c\n    on: 2026-11-20\n    role: lead\n    by: J <j@x.y>\n",
        "  - role: lead\n    on: 2026-11-20\n    permissions: []\n    by: >-\n      J\n      <j@x.y>\n",
        "  - role: lead\n    on: 2026-11-20\n    permissions: []\n    by: |-\n      J <j@x.y>\n\n",
        "  -   # why\n    role: lead\n    on: 2026-11-20\n    permissions: []\n    by: J <j@x.y>\n",
    ],
)
def test_however_an_entry_is_written_it_is_replaced_as_a_whole(old: str) -> None:
    for index, before in enumerate((HEAD, HEAD + OLD)):
        for after in ("", OLD.replace("clerk", "other")):
            text = written(before + old + after, index)
            names = ["clerk", "lead", "other"][1 - index : 2 + bool(after)]
            assert [entry.role for entry in read(text)] == names
            assert NEW in read(text)
            assert text.startswith(before)
            assert text.endswith(after)


def test_the_column_of_an_entry_is_kept() -> None:
    text = "reviews:\n-   role: lead\n    on: 2026-11-20\n    by: J <j@x.y>\n    permissions: []\n"
    assert written(text, 0) == "reviews:\n-   " + indented(WRITTEN.replace("- role", "  role"), 2).lstrip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reviews: []\n", f"reviews:\n{indented(WRITTEN, 2)}"),
        ("reviews: [] # none yet\nversion: 1\n", f"reviews: # none yet\n{indented(WRITTEN, 2)}version: 1\n"),
        ("version: 1\nreviews: [\n]", f"version: 1\nreviews:\n{indented(WRITTEN, 2)}"),
        ("  reviews: []\n", f"  reviews:\n{indented(WRITTEN, 4)}"),
    ],
)
def test_empty_brackets_become_a_list(text: str, expected: str) -> None:
    assert written(text) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{reviews: []}\n", NoGap(1, 1)),
        ("reviews: [{role: lead, on: 2026-11-20, by: J <j@x.y>, permissions: []}]\n", NoGap(1, 10)),
    ],
)
def test_a_list_in_brackets_is_not_written_to(text: str, place: NoGap) -> None:
    assert with_review(text, NEW, None) == place
    assert with_review(text, NEW, 0) == place


def test_a_list_that_is_an_alias_is_not_written_to() -> None:
    assert with_review("version: &a []\nreviews: *a\n", NEW, None) == NoGap(2, 10)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", [True, False])
def test_the_line_breaks_of_the_file_are_kept(newline: str, *, end: bool) -> None:
    text = f"{HEAD}{LEAD}".replace("\n", newline)
    text = text if end else text.removesuffix(newline)
    new = (HEAD + indented(WRITTEN, 2)).replace("\n", newline)
    assert written(text, 0) == (new if end else new.removesuffix(newline))
    assert written(text) == text + ("" if end else newline) + indented(WRITTEN, 2).replace("\n", newline)


class Drawn(NamedTuple):
    """An entry as a file writes it: in which of four ways, and with which lines around it."""

    review: Review
    way: int
    between: str


NAMES = st.sampled_from(["lead", "no", "1.0", "null", "a: b", "- x", "#x", "ü", "a'b", 'a"b', "日本", "x\u202ey", "~"])
CODES = st.frozensets(st.sampled_from(["a.b", "1.0", "1e3.5", "c-d.e_f", "0x1.y", "z.z.z", "Yes.no"]), max_size=4)
PEOPLE = st.builds(
    "{} <{}@{}>".format,
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=8),
    *[st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=4)] * 2,
).filter(is_reviewer)
REVIEWS = st.builds(
    Review, NAMES, st.integers(0, 400).map(lambda days: TODAY - timedelta(days)), PEOPLE, CODES, st.just(NOWHERE)
)
BETWEEN = st.sampled_from(["", "\n", "  # a comment\n", "# - role: x\n", "\n  # two\n\n"])
DRAWN = st.lists(
    st.builds(Drawn, REVIEWS, st.integers(0, 3), BETWEEN), max_size=4, unique_by=lambda drawn: drawn.review.role
)


def text_of(drawn: Drawn) -> str:
    """One entry in one of several ways."""
    review = drawn.review
    block = first_review(review).partition("reviews:\n")[2]
    codes = ", ".join(f'"{code}"' for code in sorted(review.permissions))
    escaped = [re.sub(r'(["\\])', r"\\\1", text) for text in (review.role, review.by)]
    role, by = (f'"{text}"' for text in escaped)
    ways = (
        block,
        f"  - {{role: {role}, on: {review.on}, by: {by}, permissions: [{codes}]}}  # in braces\n",
        f"  -\n    permissions: [{codes}] # x\n    by: {by}\n    on: {review.on}\n    # y\n    role: {role}\n",
        f"  - by: {by}\n    role: {role}\n    on: '{review.on}'\n    permissions: [\n    {codes}\n    ]\n",
    )
    return ways[drawn.way]


@given(drawn=DRAWN, review=REVIEWS, newline=st.sampled_from(["\n", "\r\n"]), whole=st.booleans())
def test_what_is_written_reads_back_and_every_other_byte_is_as_it_was(
    drawn: Sequence[Drawn], review: Review, newline: str, *, whole: bool
) -> None:
    pieces = [piece for each in drawn for piece in (text_of(each), each.between)]
    head = HEAD if drawn else f"{HEAD.rstrip()} []\n"
    text = "".join([head, *pieces]).replace("\n", newline)
    if drawn and not whole and not drawn[-1].between:
        text = text.removesuffix(newline)
    before = read(text)
    assert before == [each.review for each in drawn]
    names = [entry.role for entry in before]
    index = names.index(review.role) if review.role in names else None
    result = written(text, index, review)
    new = indented(first_review(review).partition("reviews:\n")[2], 0).replace("\n", newline)
    if index is None:
        assert read(result) == [*before, review]
        kept = text if drawn else text.replace(" []", "")
        assert result.count(new) == 1
        assert result.replace(new, "") in {kept, kept + newline}
        return
    assert read(result) == [*before[:index], review, *before[index + 1 :]]
    first = "".join([head, *pieces[: 2 * index]]).replace("\n", newline)
    last = "".join(pieces[2 * index + 1 :]).replace("\n", newline)
    assert result.startswith(first)
    assert result.removesuffix(newline).endswith(last.removesuffix(newline))
