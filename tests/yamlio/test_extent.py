"""Where a value ends on its line."""

from __future__ import annotations

import pytest

from reconciler.yamlio.extent import end_of_value


@pytest.mark.parametrize(
    ("row", "column", "marked"),
    [
        ("  - reports,view  # why", 5, "reports,view"),
        ("permissions: [a.b, c.d]", 15, "a.b"),
        ("permissions: [a.b, c.d]", 20, "c.d"),
        ("- {code: a.b, until: x}", 10, "a.b"),
        ("permision: [a.b]", 1, "permision"),
        ('name: "x \\" y" # c', 7, '"x \\" y"'),
        ("name: no", 7, "no"),
        ("- *all", 3, "*all"),
        ("name: a: b", 1, "name"),
        ("name: 日本 x", 7, "日本 x"),
    ],
)
def test_a_value_on_one_line_ends_behind_its_last_character(row: str, column: int, marked: str) -> None:
    end = end_of_value(row, column)
    assert end is not None
    assert row[column - 1 : end - 1] == marked


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("  a.b, c.d]", 3),  # the middle of a list in brackets
        ("  c.d]", 3),
        ("  - [a", 5),  # a list
        ("name: 'x", 7),  # goes on in the next line
        ("name: x", 3),
        ("", 1),
        ("a: \x07", 4),
    ],
)
def test_of_anything_else_nothing_is_known(row: str, column: int) -> None:
    assert end_of_value(row, column) is None
