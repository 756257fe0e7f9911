"""What files said is kept between two readings of the same directory, and is never taken for what they say now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.loaded import parse
from reconciler.load.recall import Recall

CLERK = b"name: clerk\npermissions: [a.view]\n"
LEAD = b"name: lead\npermissions: [a.view, {b.edit: {until: 2026-12-31}}]\n"
CONTENTS = (
    CLERK,
    LEAD,
    CLERK + b"---\n" + LEAD,
    b"set: desk\npermissions: [a.view]\n",
    b"name: clerk\npermissions: [a.view, a.view]\n",
    b"name: clerk\npermissions: [a.wiev\n",
    b"\xff",
    b"",
)

files = st.lists(
    st.tuples(st.sampled_from(["a.yaml", "b.yaml", "c\u202e.yaml"]), st.sampled_from(CONTENTS)), max_size=4
)


@given(st.lists(st.tuples(st.sampled_from(["base", "over"]), files), max_size=6))
def test_whatever_was_read_before_a_directory_says_what_its_files_say_now(
    readings: list[tuple[str, list[tuple[str, bytes]]]],
) -> None:
    recall = Recall()
    for directory, now in readings:
        assert recall.parse(directory, now) == parse(now)


def test_a_file_with_the_same_content_is_not_taken_apart_again() -> None:
    recall = Recall()
    first = recall.parse("roles.d", [("a.yaml", CLERK), ("b.yaml", LEAD)])
    again = recall.parse("roles.d", [("a.yaml", CLERK), ("b.yaml", CLERK)])
    assert again.roles[0] is first.roles[0]
    assert again.roles[1] is not first.roles[1]


def test_a_file_that_was_gone_is_taken_apart_again_because_nothing_of_it_is_kept() -> None:
    recall = Recall()
    first = recall.parse("roles.d", [("a.yaml", CLERK)])
    recall.parse("roles.d", [])
    assert recall.parse("roles.d", [("a.yaml", CLERK)]).roles[0] is not first.roles[0]
