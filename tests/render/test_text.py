"""The plan in text, held to the interface's section of that name, to the byte."""

from __future__ import annotations

import pytest

from reconciler.plan import Change, Origin, Refusal
from reconciler.render.text import render
from reconciler.render.view import View
from tests.builders import Before, a_create, a_delete, a_location, a_plan, a_role, a_source, an_update

PLAIN = View()

EXAMPLE = """\
  # billing-clerk will be updated in-place            roles.d/billing.yaml:3   MIXED
  ~ billing-clerk
      ~ description = "Old" -> "New"
      + billing.view
      - billing.manage

  # support-lead will be created                      roles.d/support-lead.yaml:1   WIDENS
  + support-lead
      + conversations.assign
      + conversations.view

  # temp-role will be destroyed                       not in roles.d   NARROWS
  - temp-role
      - contacts.view

Plan: 1 to add, 1 to change, 1 to destroy.
Access: 3 grants, 2 revokes in 3 roles: MIXED.
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
    )
    lead = a_create("support-lead", ["conversations.view", "conversations.assign"])
    shown = render(a_plan(billing, lead, a_delete("temp-role", ["contacts.view"])), PLAIN)
    _, _, body = shown.partition("\n\n")
    assert body == EXAMPLE


def test_the_header_of_the_interface_to_the_byte() -> None:
    plan = a_plan(
        a_create("c"), a_create("d"), unchanged=(a_role("a"), a_role("b")), target="https://api-chat.bara.my.id"
    )
    header = render(plan, PLAIN).splitlines()[0]
    assert header == "Plan for https://api-chat.bara.my.id: 4 desired, 5 live (3 system roles left alone)"


def test_a_single_system_role_is_one_role() -> None:
    assert "1 live (1 system role left alone)" in render(a_plan(system=(a_role("admin"),)), PLAIN)


def test_nothing_to_do_is_said_in_terraforms_words() -> None:
    assert lines() == ["No changes. Live roles match roles.d."]


def test_a_rename_names_both_names() -> None:
    shown = lines(an_update("new", ["a.b"], before=Before(name="old"), location=a_location("x.yaml", 7)))
    assert shown[:3] == [
        "  # new will be updated in-place (renamed from old)   x.yaml:7   NEUTRAL",
        "  ~ new",
        '      ~ name = "old" -> "new"',
    ]


def test_a_long_name_keeps_three_spaces_before_the_place() -> None:
    assert lines(a_delete("n" * 60))[0] == f"  # {'n' * 60} will be destroyed   not in roles.d   NARROWS"


def test_the_place_stands_in_its_column_after_wide_characters_too() -> None:
    first = lines(a_delete("日本語"))[0]
    assert first.index("not in roles.d") == 54 - 3


def test_a_combining_accent_takes_no_column() -> None:
    first = lines(a_delete("e\u0301"))[0]
    assert first.index("not in roles.d") == 54 + 1


@pytest.mark.parametrize("change", [a_create("empty", []), a_delete("empty", [])])
def test_a_role_without_permissions_says_so(change: Change) -> None:
    assert lines(change)[2] == "      (no permissions)"


def test_an_update_of_the_description_alone_shows_no_permissions() -> None:
    shown = lines(an_update("r", ["a.b"], "New", before=Before(description="Old")))
    assert shown[1:4] == ["  ~ r", '      ~ description = "Old" -> "New"', ""]


def test_a_description_is_shown_whole_however_long() -> None:
    shown = render(a_plan(an_update("r", [], "x" * 5000, before=Before(description=""))), PLAIN)
    assert f'"" -> "{"x" * 5000}"' in shown


@pytest.mark.parametrize(
    ("origin", "word"),
    [
        (Origin.EDIT, "WIDENS   (edit)"),
        (Origin.DRIFT, "WIDENS   (drift)"),
        (Origin.BOTH, "WIDENS   (edit and drift)"),
        (Origin.UNKNOWN, "WIDENS"),
    ],
)
def test_a_known_origin_stands_behind_the_verdict(origin: Origin, word: str) -> None:
    assert lines(a_create(origin=origin))[0].endswith(f":1   {word}")


def test_one_of_each_is_singular() -> None:
    shown = lines(an_update("r", ["a.b"], before=Before(["c.d"])))
    assert shown[-1] == "Access: 1 grant, 1 revoke in 1 role: MIXED."


def test_a_plan_that_changes_no_access_is_neutral() -> None:
    assert lines(a_create("r", []))[-1] == "Access: 0 grants, 0 revokes in 0 roles: NEUTRAL."


def test_what_is_left_alone_is_listed_after_the_changes() -> None:
    plan = a_plan(a_create("r"), unmanaged=(a_role("stray", ["a.b", "c.d"]),), ignored=(a_role("vendor-x"),))
    shown = render(plan, PLAIN).splitlines()
    assert shown[6:-2] == [
        "Unmanaged: live, not in roles.d, and left alone (`unmanaged: report`):",
        "  - stray (2 permissions)",
        "",
        "Ignored: live, and left alone because a pattern under `ignore` matches:",
        "  - vendor-x (1 permission)",
        "",
    ]


def test_refused_roles_are_listed_under_their_reason() -> None:
    plan = a_plan(a_delete("a"), a_delete("b"), refused=(Refusal("a", "too many"), Refusal("b", "too many")))
    shown = render(plan, PLAIN)
    assert "\nRefused, so that nothing of this plan can be applied:\n  - too many:\n      - a\n      - b\n\n" in shown


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
    assert "\x1b[32mWIDENS\x1b[0m" in shown
    assert "\x1b[31mNARROWS\x1b[0m" in shown
    assert "\x1b[33mMIXED\x1b[0m" in shown
    assert "      \x1b[32m+\x1b[0m x.y\n" in shown
    assert "      \x1b[31m-\x1b[0m x.y\n" in shown
    assert "  \x1b[33m~\x1b[0m c\n" in shown
    assert "   NEUTRAL\n" in shown


def test_without_colour_there_is_no_escape() -> None:
    assert "\x1b" not in render(a_plan(a_create(), a_delete()), PLAIN)


def test_escapes_and_line_breaks_in_names_are_shown_escaped() -> None:
    assert lines(a_delete("a\nb\x1b[31m"))[1] == "  - a\\nb\\x1b[31m"


def test_a_plan_from_a_journal_speaks_of_the_journal_and_not_of_role_files() -> None:
    source = a_source(roles_dir="journal.jsonl", digest=None)
    assert "   from the journal   NARROWS\n" in render(a_plan(a_delete("b", ["x.y"]), source=source), PLAIN)
    assert render(a_plan(source=source), PLAIN).endswith("\n\nNo changes. Nothing is left to take back.\n")
