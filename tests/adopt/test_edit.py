"""One role in the text of a file: which bytes an edit changes, in each spelling of a list."""

from __future__ import annotations

import pytest

from reconciler.adopt.edit import Obstacles, Request, edited, obstacles

COMMENT = "  # adopted"


def after(text: str, *codes: str, description: str | None = None) -> str | None:
    """The text after codes came in (`+a.b`) and went out (`-a.b`)."""
    add = frozenset(code[1:] for code in codes if code.startswith("+"))
    remove = frozenset(code[1:] for code in codes if code.startswith("-"))
    return edited(text, Request(add, remove, description), COMMENT)


BLOCK = "name: a\npermissions:\n  - b.view\n  # about d\n  - d.view  # why\nowner: x\n"


def test_a_code_goes_before_the_first_that_sorts_after_it() -> None:
    assert after(BLOCK, "+a.view", "+c.view") == BLOCK.replace("  - b", "  - a.view  # adopted\n  - b").replace(
        "  - d", "  - c.view  # adopted\n  - d"
    )


def test_the_first_that_sorts_after_it_counts_in_a_list_that_is_not_sorted() -> None:
    text = "name: a\npermissions:\n- z.view\n- b.view\n"
    assert after(text, "+c.view") == text.replace("- z", "- c.view  # adopted\n- z")


def test_else_a_code_goes_behind_the_last_item_before_comments() -> None:
    text = "name: a\npermissions:\n  - b.view\n  # the end\n"
    assert after(text, "+c.view", "+d.view") == text.replace(
        "b.view\n", "b.view\n  - c.view  # adopted\n  - d.view  # adopted\n"
    )


def test_a_pattern_is_no_code_that_sorts_after_it() -> None:
    text = 'name: a\npermissions:\n  - d.*\n  - "*.view"\n  - e.edit\n'
    assert after(text, "+c.edit") == text.replace("  - e", "  - c.edit  # adopted\n  - e")
    assert after(text, "+f.edit") == f"{text}  - f.edit  # adopted\n"


def test_a_code_that_leaves_is_no_neighbour_while_another_is_there() -> None:
    text = "name: a\npermissions:\n  - c.view\n  - d.view\n"
    assert after(text, "+b.view", "-c.view") == "name: a\npermissions:\n  - b.view  # adopted\n  - d.view\n"
    assert after(text, "+b.view", "-c.view", "-d.view") == "name: a\npermissions:\n  - b.view  # adopted\n"


def test_an_item_goes_with_its_lines_and_comments_that_are_alone_stay() -> None:
    text = (
        "name: a\npermissions:\n  # about b\n  - b.view:  # until then\n      # inner\n      until: 2026-12-31\n\n"
        "      reason: |\n        one\n        # not a comment\n  - c.view\n"
    )
    assert after(text, "-b.view") == "name: a\npermissions:\n  # about b\n      # inner\n  - c.view\n"


def test_the_last_item_gone_leaves_brackets() -> None:
    text = "name: a\npermissions:  # none\n  # about b\n  - b.view\n"
    assert after(text, "-b.view") == "name: a\npermissions: []  # none\n  # about b\n"
    anchored = "name: a\npermissions: &list\n  - b.view\n"
    assert after(anchored, "-b.view") == "name: a\npermissions: &list []\n"


def test_empty_brackets_become_a_list_with_a_line_for_each_item() -> None:
    text = "name: a\npermissions: []  # none\nowner: x\n"
    lines = "  - b.view  # adopted\n  - c.view  # adopted\n"
    assert after(text, "+c.view", "+b.view") == f"name: a\npermissions:  # none\n{lines}owner: x\n"


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("{name: a, permissions: []}", "{name: a, permissions: [b.view]}"),
        ("name: a\npermissions: [\n  ]\n", "name: a\npermissions: [\n  b.view]\n"),
        ("name: a\n? permissions\n: []\n", "name: a\n? permissions\n: [b.view]\n"),
        ("name: a\npermissions: &p []\n", "name: a\npermissions: &p [b.view]\n"),
    ],
)
def test_brackets_that_cannot_become_lines_stay(before: str, behind: str) -> None:
    assert after(before, "+b.view") == behind


@pytest.mark.parametrize(
    ("before", "codes", "behind"),
    [
        ("[b.view, d.view]", "+c.view", "[b.view, c.view, d.view]"),
        ("[b.view, d.view]", "+e.view +f.view", "[b.view, d.view, e.view, f.view]"),
        ("[b.view,]", "+c.view", "[b.view, c.view,]"),
        ("[b.view, c.view, d.view]", "-c.view", "[b.view, d.view]"),
        ("[b.view, c.view, d.view]", "-c.view -d.view", "[b.view]"),
        ("[b.view, c.view,]", "-c.view", "[b.view,]"),
        ("[ b.view: {until: 2026-12-31}, c.view ]", "-b.view", "[ c.view ]"),
        ("[ b.view ]", "-b.view", "[]"),
        ("[ b.view, ]", "-b.view", "[]"),
        ("[b.view, # why\n  c.view]", "-c.view", "[b.view, # why\n  ]"),
        ("[b.view, # why\n  c.view]", "-b.view -c.view", "[# why\n  ]"),
        ("[\n  b.view,  # why\n  d.view\n]", "+c.view", "[\n  b.view,  # why\n  c.view,  # adopted\n  d.view\n]"),
        ("[\n  b.view  # why\n]", "+c.view", "[\n  b.view,  # why\n  c.view  # adopted\n]"),
        (
            "[\n  b.view,  # why\n]",
            "+c.view +d.view",
            "[\n  b.view,  # why\n  c.view,  # adopted\n  d.view,  # adopted\n]",
        ),
        ("[\n  b.view,  # why\n  c.view\n]", "-b.view", "[\n  c.view\n]"),
        ("[\n  b.view,\n  c.view\n]", "-c.view", "[\n  b.view,\n]"),
        ("[\n  # all\n  b.view\n]", "-b.view", "[\n  # all\n]"),
        ("[ b.view\n  , d.view\n  ]", "+c.view", "[ b.view\n  , c.view  # adopted\n  , d.view\n  ]"),
        ("[ b.view\n  , c.view\n  ]", "+d.view", "[ b.view\n  , c.view\n  , d.view  # adopted\n  ]"),
        ("[ b.view\n  , c.view\n  , d.view\n  ]", "-c.view", "[ b.view\n  , d.view\n  ]"),
        ("[ b.view\n  , c.view\n  ]", "-b.view", "[ \n  c.view\n  ]"),
        ("[\n  b.view\n  , ]", "+c.view", "[\n  b.view\n  , c.view, ]"),
    ],
)
def test_in_brackets_codes_go_in_and_out(before: str, codes: str, behind: str) -> None:
    assert after(f"name: a\npermissions: {before}\n", *codes.split()) == f"name: a\npermissions: {behind}\n"


def test_the_spelling_of_the_neighbours_is_kept() -> None:
    text = "name: a\npermissions:\n-   b.view\n-\n  d.view\n"
    assert after(text, "+a.view", "+c.view") == (
        "name: a\npermissions:\n-   a.view  # adopted\n-   b.view\n- c.view  # adopted\n-\n  d.view\n"
    )
    assert after(text, "-d.view") == "name: a\npermissions:\n-   b.view\n"


def test_line_ends_and_a_missing_last_one_stay() -> None:
    assert after("name: a\r\npermissions:\r\n- b.view", "+c.view") == (
        "name: a\r\npermissions:\r\n- b.view\r\n- c.view  # adopted"
    )
    assert after("{name: a, permissions: [b.view],\n include: [s]}", "+a.view") == (
        "{name: a, permissions: [a.view, b.view],\n include: [s]}"
    )


def test_a_role_that_only_includes_sets_gets_a_list() -> None:
    text = "name: a\ninclude:\n  - s  # set\nowner: x\n"
    assert after(text, "+b.view") == text.replace("owner", "permissions:\n  - b.view  # adopted\nowner")
    assert after("{name: a, include: [s]}", "+b.view") == "{name: a, include: [s], permissions: [b.view]}"


@pytest.mark.parametrize(
    ("before", "description", "behind"),
    [
        ("description: Old  # why\n", "New", "description: New  # why\n"),
        ("description: Old\n", "a: b", 'description: "a: b"\n'),
        ('description: "Old"\n', "New", 'description: "New"\n'),
        ("description: 'Old'\n", "It's", "description: 'It''s'\n"),
        ("description: 'Old'\n", "a\nb", 'description: "a\\nb"\n'),
        ("description: &d Old\n", "", 'description: &d ""\n'),
    ],
)
def test_a_description_is_replaced_where_it_is(before: str, description: str, behind: str) -> None:
    text = "name: a\n{}permissions: []\n"
    assert after(text.format(before), description=description) == text.format(behind)


def test_a_description_that_is_not_there_goes_behind_the_name() -> None:
    assert after("permissions: []\nname: a  # x\n", description="New") == (
        "permissions: []\nname: a  # x\ndescription: New  # adopted\n"
    )
    assert after("{name: a, permissions: []}", description="a, b") == (
        '{name: a, description: "a, b", permissions: []}'
    )


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("name: a\n? permissions\n: - b.view\n", "+c.view"),
        ("name: a\n? permissions\n: - b.view\n  - c.view\n", "-b.view"),
        ("name: a\n? permissions\n: - b.view\n", "-b.view"),
        ("name: a\ninclude: [s]\n", "-b.view"),
    ],
)
def test_a_spelling_that_it_does_not_know_is_left_alone(text: str, codes: str) -> None:
    assert after(text, codes) is None


def test_an_edit_after_which_the_rest_is_not_yaml_is_left_alone() -> None:
    """Libyaml takes a tab before a comment on its own line behind a plain value, and not behind the key of a list."""
    text = "name: a\ndescription: x\npermissions:\n- b.view\n \t# about c\n- c.view\n"
    assert after(text, "+d.view", description="y") is not None
    assert after(text, "-b.view", description="y") is None


def test_aliases_and_blocks_are_obstacles() -> None:
    text = "name: &n b.view\npermissions: [*n, *m: {until: 2026-12-31}, c.view]\ndescription: *n\n"
    text = text.replace("name:", "owner: &m d.view\nname:")
    request = Request(remove=frozenset({"b.view", "c.view", "d.view"}), description="x")
    assert obstacles(text, request) == Obstacles(None, {"b.view": 3, "d.view": 3}, 4)
    listed = "name: a\nexcept: &l [b.view]\npermissions: *l\ndescription: |\n  x\n"
    assert obstacles(listed, request) == Obstacles(3, {}, 4)
    assert obstacles('name: a\ninclude: [s]\ndescription: "a\n  b"\n', request) == Obstacles(None, {}, 3)
    assert obstacles("name: a\ndescription: x\n", request) == Obstacles()
