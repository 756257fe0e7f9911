"""The plan in text, held to the interface's section of that name, to the byte."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.inert import visible
from reconciler.plan.action import Origin
from reconciler.plan.changes import Change, Create, Delete, Update
from reconciler.render.text import render
from reconciler.render.view import View
from tests.builders import (
    Before,
    a_create,
    a_delete,
    a_location,
    a_plan,
    a_refusal,
    a_role,
    a_source,
    an_undo,
    an_update,
)

PLAIN = View()

EXAMPLE = """\
  # billing-clerk will be updated in-place
  # MIXED, edit, roles.d/billing.yaml:3
  ~ billing-clerk
      ~ description = "Old" -> "New"
      + billing.view
      - billing.manage

  # support-lead will be created
  # WIDENS, edit, roles.d/support-lead.yaml:1
  + support-lead
      + conversations.assign
      + conversations.view

  # temp-role will be destroyed
  # NARROWS, drift, not in roles.d
  - temp-role
      - contacts.view

Plan: 1 to add, 1 to change, 1 to destroy.
Access: 3 grants, 2 revokes in 3 roles: MIXED.
From this edit: 3 grants, 1 revoke. From drift: 0 grants, 1 revoke.
"""


def lines(*changes: Change) -> list[str]:
    return render(a_plan(*changes), PLAIN).splitlines()[2:]


def test_the_example_of_the_interface_to_the_byte() -> None:
    billing = an_update(
        "billing-clerk",
        ["billing.view"],
        "New",
        before=Before(["billing.manage"], "Old"),
        location=a_location("roles.d/billing.yaml", 3),
        origin=Origin.EDIT,
    )
    lead = a_create("support-lead", ["conversations.view", "conversations.assign"], origin=Origin.EDIT)
    temp = replace(a_delete("temp-role", ["contacts.view"], origin=Origin.DRIFT), drifted=frozenset({"contacts.view"}))
    _, _, body = render(a_plan(billing, lead, temp, compared=True), PLAIN).partition("\n\n")
    assert body == EXAMPLE


def test_without_a_base_neither_the_origin_nor_the_split_is_told() -> None:
    shown = lines(a_delete("temp-role", ["contacts.view"]))
    assert shown[1] == "  # NARROWS, not in roles.d"
    assert shown[-1] == "Access: 0 grants, 1 revoke in 1 role: NARROWS."


def test_a_code_that_is_drift_says_so_where_the_change_is_not_all_of_it() -> None:
    codes = ["billing.view", "billing.refund"]
    update = an_update("clerk", codes, before=Before(["billing.manage"]), origin=Origin.BOTH)
    plan = a_plan(replace(update, drifted=frozenset({"billing.view", "billing.manage"})), compared=True)
    shown = render(plan, PLAIN).splitlines()
    assert shown[3:8] == [
        "  # MIXED, edit and drift, roles.d/clerk.yaml:1",
        "  ~ clerk",
        "      + billing.refund",
        "      + billing.view (drift)",
        "      - billing.manage (drift)",
    ]
    assert shown[-1] == "From this edit: 1 grant, 0 revokes. From drift: 1 grant, 1 revoke."


def test_a_change_that_is_all_drift_says_so_once() -> None:
    change = replace(
        a_delete("temp-role", ["contacts.view"], origin=Origin.DRIFT), drifted=frozenset({"contacts.view"})
    )
    assert render(a_plan(change, compared=True), PLAIN).splitlines()[5] == "      - contacts.view"


def test_the_header_of_the_interface_to_the_byte() -> None:
    plan = a_plan(
        a_create("c"), a_create("d"), unchanged=(a_role("a"), a_role("b")), target="https://api-chat.bara.my.id"
    )
    header = render(plan, PLAIN).splitlines()[0]
    assert header == "Plan for https://api-chat.bara.my.id: 4 desired, 5 live (3 system roles left alone)"


def test_the_header_counts_every_live_role() -> None:
    plan = a_plan(
        *(a_create("new"), a_delete("gone"), an_update("other")),
        unchanged=(a_role("same"),),
        unmanaged=(a_role("stray"), a_role("stray-2")),
        ignored=(a_role("vendor-1"), a_role("vendor-2"), a_role("vendor-3")),
    )
    assert ": 3 desired, 11 live (3 system roles left alone)\n" in render(plan, PLAIN)


def test_a_single_system_role_is_one_role() -> None:
    assert "1 live (1 system role left alone)" in render(a_plan(system=(a_role("admin"),)), PLAIN)


def test_nothing_to_do_is_said_in_terraforms_words() -> None:
    assert lines() == ["No changes. Live roles match roles.d."]


def test_a_rename_names_both_names_in_a_line_of_terraforms() -> None:
    shown = lines(an_update("new", ["a.b"], before=Before(name="old"), location=a_location("x.yaml", 7)))
    assert shown[:5] == [
        "  # new will be updated in-place",
        "  # (moved from old)",
        "  # NEUTRAL, x.yaml:7",
        "  ~ new",
        '      ~ name = "old" -> "new"',
    ]


def test_the_directory_has_its_real_name_wherever_it_stands() -> None:
    access = a_source("teams/access/")
    assert "  # NARROWS, not in teams/access\n" in render(a_plan(a_delete(), source=access), PLAIN)
    assert "\nNo changes. Live roles match teams/access.\n" in render(a_plan(source=access), PLAIN)
    shown = render(a_plan(unmanaged=(a_role("stray"),), source=access), PLAIN)
    assert "\nNo changes. Managed roles match teams/access; 1 unmanaged role is live.\n" in shown
    assert "\nUnmanaged: live, not in teams/access, and left alone (`unmanaged: report`):\n" in shown


def test_unmanaged_roles_that_stay_are_no_match() -> None:
    plan = a_plan(unmanaged=(a_role("a"), a_role("b")))
    assert "\nNo changes. Managed roles match roles.d; 2 unmanaged roles are live.\n" in render(plan, PLAIN)


def test_ignored_roles_that_stay_leave_the_match_as_it_is() -> None:
    assert "\nNo changes. Live roles match roles.d.\n" in render(a_plan(ignored=(a_role("vendor-x"),)), PLAIN)


def test_a_live_state_without_system_roles_matches_nothing() -> None:
    shown = render(a_plan(system=()), PLAIN)
    assert shown.endswith("\nNo changes. The live state shows no system role, so the answer cannot be trusted.\n")


def test_an_empty_name_is_quoted_wherever_it_stands() -> None:
    plan = a_plan(
        a_delete("", ["a.b"]),
        an_update("new", before=Before(name="")),
        unmanaged=(a_role("", ["a.b"]),),
        ignored=(a_role("", ["a.b"]),),
        refused=(a_refusal("", "too many"),),
    )
    shown = render(plan, PLAIN).splitlines()
    assert [line for line in shown if '""' in line] == [
        '  # "" will be destroyed',
        '  - ""',
        '  # (moved from "")',
        '      ~ name = "" -> "new"',
        '  - "" (1 permission): a.b',
        '  - "" (1 permission)',
        '      - ""',
    ]


def test_two_changes_of_one_name_are_told_apart_by_their_ids() -> None:
    first, second = (replace(a_delete("twin", [code]), id=f"id-{code}") for code in ("a.b", "c.d"))
    shown = lines(first, second, a_delete("single"))
    assert [line for line in shown if "twin" in line] == [
        "  # twin (id id-a.b) will be destroyed",
        "  - twin (id id-a.b)",
        "  # twin (id id-c.d) will be destroyed",
        "  - twin (id id-c.d)",
    ]
    assert "  # single will be destroyed" in shown


def test_two_unmanaged_roles_of_one_name_are_told_apart_by_their_ids() -> None:
    plan = a_plan(unmanaged=(a_role("twin", ["a.b"]), a_role("twin", [])), unmanaged_ids=("id-1", "id-2"))
    shown = render(plan, PLAIN).splitlines()
    assert shown[-2:] == ["  - twin (id id-1) (1 permission): a.b", "  - twin (id id-2) (0 permissions)"]


@pytest.mark.parametrize("change", [a_create("empty", []), a_delete("empty", [])])
def test_a_role_without_permissions_says_so(change: Change) -> None:
    assert lines(change)[3] == "      (no permissions)"


def test_an_update_of_the_description_alone_shows_no_permissions() -> None:
    shown = lines(an_update("r", ["a.b"], "New", before=Before(description="Old")))
    assert shown[2:5] == ["  ~ r", '      ~ description = "Old" -> "New"', ""]


def test_a_description_is_shown_whole_however_long() -> None:
    shown = render(a_plan(an_update("r", [], "x" * 5000, before=Before(description=""))), PLAIN)
    assert f'"" -> "{"x" * 5000}"' in shown


@pytest.mark.parametrize(
    ("origin", "word"),
    [
        (Origin.EDIT, "WIDENS, edit, "),
        (Origin.DRIFT, "WIDENS, drift, "),
        (Origin.BOTH, "WIDENS, edit and drift, "),
        (Origin.ENDED, "WIDENS, ended, "),
        (Origin.UNKNOWN, "WIDENS, "),
    ],
)
def test_a_known_origin_stands_between_the_verdict_and_the_place(origin: Origin, word: str) -> None:
    assert lines(a_create(origin=origin))[1] == f"  # {word}roles.d/support-lead.yaml:1"


def test_one_of_each_is_singular() -> None:
    shown = lines(an_update("r", ["a.b"], before=Before(["c.d"])))
    assert shown[-1] == "Access: 1 grant, 1 revoke in 1 role: MIXED."


def test_a_plan_that_changes_no_access_is_neutral() -> None:
    assert lines(a_create("r", []))[-1] == "Access: 0 grants, 0 revokes in 0 roles: NEUTRAL."


def test_what_is_left_alone_is_listed_after_the_changes() -> None:
    plan = a_plan(a_create("r"), unmanaged=(a_role("stray", ["a.b", "c.d"]),), ignored=(a_role("vendor-x"),))
    shown = render(plan, PLAIN).splitlines()
    assert shown[7:-2] == [
        "Unmanaged: live, not in roles.d, and left alone (`unmanaged: report`):",
        "  - stray (2 permissions): a.b, c.d",
        "",
        "Ignored: live, and left alone because a pattern under `ignore` matches:",
        "  - vendor-x (1 permission)",
        "",
    ]


def test_refused_roles_are_listed_under_their_reason() -> None:
    plan = a_plan(a_delete("a"), a_delete("b"), refused=(a_refusal("a", "too many"), a_refusal("b", "too many")))
    shown = render(plan, PLAIN)
    assert "\nRefused. Nothing of this plan can be applied:\n  - too many:\n      - a\n      - b\n\n" in shown


def test_notes_are_listed_last() -> None:
    shown = lines_of_a_plan_with_a_note()
    assert shown[-2:] == ["Notes:", "  - did you mean `renamed_from`?"]


def lines_of_a_plan_with_a_note() -> list[str]:
    return render(a_plan(notes=("did you mean `renamed_from`?",), ignored=(a_role("x"),)), PLAIN).splitlines()


def test_colour_marks_signs_and_verdicts() -> None:
    plan = a_plan(
        a_create("a", ["x.y"]),
        a_delete("b", ["x.y"]),
        an_update("c", ["x.y"], before=Before(["y.z"])),
        a_create("d", []),
    )
    shown = render(plan, View(color=True))
    assert "\x1b[38;5;28mWIDENS\x1b[0m" in shown
    assert "\x1b[38;5;196mNARROWS\x1b[0m" in shown
    assert "\x1b[38;5;136mMIXED\x1b[0m" in shown
    assert "      \x1b[38;5;28m+\x1b[0m x.y\n" in shown
    assert "      \x1b[38;5;196m-\x1b[0m x.y\n" in shown
    assert "  \x1b[38;5;136m~\x1b[0m c\n" in shown
    assert "  # NEUTRAL, roles.d/d.yaml:1\n" in shown


def test_without_colour_there_is_no_escape() -> None:
    assert "\x1b" not in render(a_plan(a_create(), a_delete()), PLAIN)


def test_escapes_and_line_breaks_in_names_are_shown_escaped() -> None:
    assert lines(a_delete("a\nb\x1b[31m"))[2] == "  - a\\nb\\x1b[31m"


def test_a_plan_from_a_journal_speaks_of_the_journal_and_not_of_role_files() -> None:
    source = an_undo()
    assert "  # NARROWS, from the journal\n" in render(a_plan(a_delete("b", ["x.y"]), source=source), PLAIN)
    assert render(a_plan(source=source), PLAIN).endswith("\n\nNo changes. Nothing is left to undo.\n")
    left = render(a_plan(source=source, notes=("a was changed after the journal ends",)), PLAIN)
    assert "No changes. Nothing can be undone; see the notes.\n" in left


# As published: tfcmt, pkg/terraform/parser.go, NewPlanParser.
PASS = re.compile(r"(?m)^(Plan: \d|No changes.)")
FAIL = re.compile(r"(?m)^([│|] )?(Error: )")
HAS_DESTROY = re.compile(r"(?m)([1-9][0-9]* to destroy.)")
HAS_NO_CHANGES = re.compile(r"(?m)^(No changes.)")
CREATED = re.compile(r"^ *# (.*) will be created$")
UPDATED = re.compile(r"^ *# (.*) will be updated in-place$")
DESTROYED = re.compile(r"^ *# (.*) will be destroyed$")
MOVED_FROM = re.compile(r"^ *# \(moved from (.*?)\)$")

NAMES = st.text(st.characters(categories=("L", "N", "S"), include_characters=" -_./:"), min_size=1, max_size=90)
ORIGINS = st.sampled_from(Origin)
CHANGES = st.one_of(
    st.builds(lambda name, origin: a_create(name, origin=origin), NAMES, ORIGINS),
    st.builds(lambda name, origin: a_delete(name, origin=origin), NAMES, ORIGINS),
    st.builds(
        lambda name, old, origin: an_update(name, before=Before([], name=old), origin=origin), NAMES, NAMES, ORIGINS
    ),
)


def found(pattern: re.Pattern[str], shown: str) -> list[str]:
    return [match[1] for line in shown.split("\n") if (match := pattern.match(line))]


@given(st.lists(CHANGES, unique_by=lambda change: change.name, max_size=5), st.booleans())
def test_the_patterns_of_tfcmt_find_every_change(changes: list[Change], compared: bool) -> None:  # noqa: FBT001 - drawn
    plan = a_plan(*changes, compared=compared, unmanaged=(a_role("stray"),))
    shown = render(plan, PLAIN)
    assert PASS.search(shown)
    assert not FAIL.search(shown)
    assert found(CREATED, shown) == [visible(change.name) for change in plan.changes if isinstance(change, Create)]
    assert found(UPDATED, shown) == [visible(change.name) for change in plan.changes if isinstance(change, Update)]
    assert found(DESTROYED, shown) == [visible(change.name) for change in plan.changes if isinstance(change, Delete)]
    moved = [
        visible(change.renamed_from) for change in plan.changes if isinstance(change, Update) and change.renamed_from
    ]
    assert found(MOVED_FROM, shown) == moved
    assert bool(HAS_NO_CHANGES.search(shown)) is not bool(plan.changes)
    assert bool(HAS_DESTROY.search(shown)) is any(isinstance(change, Delete) for change in plan.changes)


@given(st.lists(CHANGES, unique_by=lambda change: change.name, max_size=5))
def test_no_line_ends_in_padding_or_is_padded_inside(changes: list[Change]) -> None:
    for change in changes:
        heading = lines(change)[0]
        assert heading.startswith(f"  # {visible(change.name)} will be ")
        assert not heading.endswith(" ")
