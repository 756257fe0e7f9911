"""How long a comment gets: never longer than the forge takes, and what widens access is never what is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.plan.changes import Change, Plan
from reconciler.render.code_spans import size
from reconciler.render.markdown import LEAST, MOST, parts, render
from reconciler.render.view import Links, View
from tests.builders import (
    Before,
    a_catalogue,
    a_create,
    a_delete,
    a_permission,
    a_plan,
    a_refusal,
    a_role,
    a_source,
    an_update,
)

CODES = [f"category{number % 30:02}.action-number-{number:04}" for number in range(2000)]
LINKED = View(links=Links("https://github.com/owner/name/blob/abc/"))


def creates(roles: int, codes: int) -> list[Change]:
    return [a_create(f"role-{number:04}", CODES[:codes]) for number in range(roles)]


def in_diffs(text: str) -> list[str]:
    """Each granted code that stands in a diff block of `text`."""
    return [
        line[2:].split(" ")[0]
        for token in MarkdownIt("commonmark").parse(text)
        if token.type == "fence"
        for line in token.content.splitlines()
        if line.startswith("+ ")
    ]


def test_what_narrows_is_left_out_first_and_counted() -> None:
    text = render(a_plan(*creates(5, 20), *(a_delete(f"old-{n:04}", CODES[:40]) for n in range(200))), LINKED)
    assert size(text) <= MOST
    assert len(in_diffs(text)) == 100
    left = re.search(r"_Left out, since it did not fit: (\d+) roles with 0 grants and (\d+) revokes\._", text)
    assert left is not None
    assert (int(left[1]), int(left[2])) == (200 - text.count("will be destroyed"), int(left[1]) * 40)
    assert text.count("will be destroyed") > 10


def test_folded_lists_are_left_out_and_counted() -> None:
    text = render(a_plan(ignored=tuple(a_role(f"vendor-{number:05}") for number in range(5000))), LINKED)
    assert size(text) <= MOST
    shown = text.count("- `vendor-")
    assert f"_Left out, since it did not fit: {5000 - shown} roles._" in text
    assert shown > 1000


def test_a_section_of_which_nothing_fits_is_still_counted() -> None:
    text = render(a_plan(*creates(33, 60), ignored=tuple(a_role("v" * 100 + str(n)) for n in range(900))), LINKED)
    assert "<summary>900 ignored roles: live, and left alone" in text
    assert "_Left out, since it did not fit: " in text


def test_what_widens_loses_its_names_before_anything_of_it_is_left_out() -> None:
    plan = a_plan(*creates(30, 60), catalogue=a_catalogue(*CODES[:60]))
    text = render(plan, LINKED)
    assert size(text) <= MOST
    assert "so it is here without them." in text
    assert all(text.count(f"`{code}`") == 30 for code in CODES[:60])


def test_a_role_that_also_narrows_loses_nothing_of_that_either() -> None:
    changes = [an_update(f"role-{n:02}", CODES[:60], before=Before([CODES[99]])) for n in range(30)]
    text = render(a_plan(*changes, catalogue=a_catalogue(*CODES[:60])), LINKED)
    assert text.count(f" and loses `{CODES[99]}`") == 30


def test_where_what_widens_cannot_fit_the_text_says_so_at_its_top_and_counts() -> None:
    text = render(a_plan(*creates(100, 200)), LINKED)
    assert size(text) <= MOST
    assert text.index("does not fit into one comment, so this is not all of it") < text.index("### Widens")
    assert "### Widens access: 20000 grants in 100 roles\n" in text
    assert text.count(": 200 grants, 0 revokes") == 100


def test_even_counts_may_be_too_many_and_are_counted_then() -> None:
    text = render(a_plan(*creates(3000, 3)), LINKED)
    assert size(text) <= MOST
    shown = text.count(": 3 grants, 0 revokes")
    assert (
        f"_Left out, since it did not fit: {3000 - shown} roles with {(3000 - shown) * 3} grants and 0 revokes._"
        in text
    )


def test_one_part_is_the_comment_itself() -> None:
    plan = a_plan(*creates(3, 3), a_delete("x"))
    assert parts(plan, LINKED) == [render(plan, LINKED)]


@pytest.mark.parametrize(("roles", "codes"), [(100, 50), (700, 3), (1, 2000)])
def test_parts_show_all_that_widens(roles: int, codes: int) -> None:
    plan = a_plan(*creates(roles, codes), a_delete("goes"), catalogue=a_catalogue(*CODES[:codes]))
    texts = parts(plan, LINKED)
    assert all(size(text) <= MOST for text in texts)
    assert sorted(code for text in texts for code in in_diffs(text)) == sorted(CODES[:codes] * roles)
    assert "`goes` will be destroyed" in texts[-1]


def test_each_part_says_which_it_is_in_its_first_line() -> None:
    texts = parts(a_plan(*creates(100, 200)), LINKED)
    numbers = [text.splitlines()[0].rpartition(", part ")[2] for text in texts]
    assert numbers == [f"{number} of {len(texts)}" for number in range(1, len(texts) + 1)]


def test_a_role_too_large_for_one_part_goes_on_in_the_next() -> None:
    texts = parts(a_plan(*creates(1, 2000)), LINKED)
    assert "(continued)" not in texts[0]
    assert all("#### `role-0000` will be created: WIDENS\n\n(continued)\n" in text for text in texts[1:])


def test_more_room_shows_more() -> None:
    plan = a_plan(*creates(30, 60), catalogue=a_catalogue(*CODES[:60]))
    assert len(in_diffs(render(plan, View(most=250_000)))) == 1800


def test_too_little_room_to_say_anything_is_taken_for_the_least() -> None:
    assert LEAST / 2 < size(render(a_plan(*creates(3000, 3)), View(most=10))) <= LEAST


@dataclass(frozen=True)
class Long:
    """How long everything in a plan is, and of which character: most are counted twice, or make fences."""

    character: str
    length: int
    roles: int
    codes: int

    def plan(self) -> Plan:
        long = self.character * self.length
        codes = [f"{long}{number}" for number in range(self.codes)]
        before = Before([f"gone{long}"], f"old{long}", f"old{long}")
        return a_plan(
            *(an_update(f"{number}{long}", codes, long, before=before) for number in range(self.roles)),
            *(a_delete(f"gone{number}{long}", codes) for number in range(3)),
            catalogue={code: a_permission(code, name=long) for code in codes},
            target=long,
            source=a_source(long, commit=long),
            refused=tuple(a_refusal(f"{number}{long}", f"{number}{long}") for number in range(9)),
            notes=(long, long, long),
            ignored=(a_role(long),),
            unmanaged=(a_role(long),),
        )


plans = st.builds(
    Long,
    st.sampled_from(["\U0001f600", "`", "\x1b", "a"]),
    st.sampled_from([1, 59, 61, 199, 201, 490, 510, 3000]),
    st.integers(0, 30),
    st.integers(0, 12),
)


@settings(max_examples=10)
@given(plans, st.sampled_from([LEAST, 20_000, None]))
def test_no_comment_is_longer_than_wanted(long: Long, most: int | None) -> None:
    plan, view = long.plan(), View(most=most, links=LINKED.links)
    assert size(render(plan, view)) <= (most or MOST)
    assert all(size(text) <= (most or MOST) for text in parts(plan, view))


@settings(max_examples=10)
@given(plans)
def test_a_comment_of_262144_characters_fits_into_a_step_summary(long: Long) -> None:
    assert len(render(long.plan(), View(most=262_144)).encode()) <= 1024 * 1024


@settings(max_examples=10)
@given(plans)
def test_parts_leave_out_no_grant_however_long_all_is(long: Long) -> None:
    plan = long.plan()
    grants = sum(len(in_diffs(text)) for text in parts(plan, View(most=LEAST)))
    assert grants == plan.summary().grants
