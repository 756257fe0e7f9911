"""The comment at the end of an item is the reason that people wrote before there was a key for it."""

from __future__ import annotations

import pytest

from reconciler.yamlio.comments import comment_of_item, rows_of

CASES = {
    "a plain code": ("  - contacts.view # why", 5, "why"),
    "without a space after the sign": ("  - contacts.view #why", 5, "why"),
    "several signs": ("- contacts.view ##  why  ", 3, "why"),
    "a quoted code": ('- "contacts.view" # why', 3, "why"),
    "a sign within quotes": ('- "contacts # view"', 3, ""),
    "a sign that is part of the code": ("- contacts#view", 3, ""),
    "a flow mapping": ('- contacts.view: {reason: "a # b"} # why', 3, "why"),
    "a block mapping": ("- contacts.view: # why", 3, "why"),
    "a value on the line": ("- contacts.view: x # why", 3, "why"),
    "no comment": ("- contacts.view", 3, ""),
    "an empty comment": ("- contacts.view #", 3, ""),
    "an item of a flow list": ("permissions: [contacts.view] # why", 15, ""),
    "not whole on its line": ("- contacts.view: {reason: 'a # why", 3, ""),
    "a tab before the comment": ("- contacts.view\t# why", 3, "why"),
    "tabs around a flow mapping": ("-\tcontacts.view: {until: 2026-12-31}\t\t# why\tnot", 3, "why\tnot"),
    "a tab before the comment of a block mapping": ("- contacts.view:\t# why", 3, "why"),
    "an item within an item": ("- - contacts.view # why", 5, "why"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_comment_is_what_follows_the_item(case: str) -> None:
    row, column, expected = CASES[case]
    assert comment_of_item(rows_of(f"name: lead\n{row}\n"), 2, column) == expected


def test_of_an_item_over_several_lines_the_last_line_counts_without_one_on_the_first() -> None:
    lines = [
        "- contacts.view:",
        "    until: 2026-12-31",
        "",
        "    # about the reason",
        "    reason: x # why",
        "- b # other",
    ]
    assert comment_of_item(rows_of("\n".join(lines)), 1, 3) == "why"
    assert comment_of_item(rows_of("\r\n".join([f"{lines[0]} # first", *lines[1:]])), 1, 3) == "first"


def test_a_last_item_ends_with_the_file() -> None:
    assert comment_of_item(rows_of("- a.b:\n    until: 2026-12-31 # why"), 1, 3) == "why"


def test_a_byte_order_mark_and_a_line_that_is_gone_are_no_trouble() -> None:
    assert comment_of_item(rows_of("\ufeff- a.b # why"), 1, 3) == "why"
    assert comment_of_item(rows_of("- a.b # why"), 7, 3) == ""
