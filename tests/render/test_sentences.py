"""The plan in sentences: what they say of each kind of change, and that no data can pass for one of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.model.catalogue import Permission
from reconciler.model.days import Day
from reconciler.model.findings import Finding, Place
from reconciler.model.roles import Grant
from reconciler.plan.action import Action, Origin
from reconciler.plan.catalogue_changes import CatalogueChanges, Changed
from reconciler.plan.changes import Change, Plan
from reconciler.plan.only import LeftAlone
from reconciler.render.phrases import PermissionPhrases, RolePhrases
from reconciler.render.sentences import render, wrapped
from reconciler.render.view import View
from tests.builders import (
    Before,
    a_comparison,
    a_create,
    a_delete,
    a_plan,
    a_refusal,
    a_role,
    an_update,
)

if TYPE_CHECKING:
    from tests.sentences import Golden

NAMES = {
    "contacts.merge": "Merge contacts",
    "contacts.export": "Export contacts",
    "contacts.view": "View contacts",
    "messages.delete": "Delete messages",
    "reports.export": "CSV export",
    "fax.send": "",
}
CATALOGUE = {code: Permission(code, name, code.partition(".")[0]) for code, name in NAMES.items()}


def told(plan: Plan) -> str:
    return render(replace(plan, catalogue=CATALOGUE), View())


def about(*changes: Change) -> str:
    """The paragraphs of what changes, unwrapped, without the lines around them."""
    text = re.sub(r"\n    (?! )", " ", told(a_plan(*changes)))
    return text.partition("What changes:\n")[2].strip()


def drifted(change: Change, *codes: str) -> Change:
    return replace(change, drifted=frozenset(codes) or change.granted | change.revoked)


def test_a_plan_with_a_base_in_sentences(golden: Golden) -> None:
    tier = an_update("support-tier-2", ["contacts.merge", "messages.delete"], before=Before(["contacts.export"]))
    plan = a_plan(
        drifted(replace(tier, origin=Origin.BOTH), "contacts.merge", "contacts.export"),
        a_create("quality-reviewer", NAMES, origin=Origin.EDIT),
        drifted(a_delete("temp-export", ["contacts.export"], origin=Origin.DRIFT)),
        unmanaged=(a_role("night-shift", ["contacts.view", "fax.send"]), a_role("empty", [])),
        ignored=(a_role("vendor-x"),),
        notes=("`a` looks like `b`",),
    )
    golden.says("render/sentences", "with a base", told(replace(plan, compared=True)))


def test_a_refused_plan_says_what_would_be(golden: Golden) -> None:
    finding = Finding("policy/refunds", "role a holds contacts.view", Place("roles.d/a.yaml", 3, 5), role="a")
    plan = a_plan(
        a_delete("a", ["contacts.view"]),
        an_update("b", ["contacts.merge"], "New", before=Before(["contacts.view"], "Old", "c")),
        a_create("d", []),
        refused=(a_refusal("a", "it matches a*"),),
    )
    golden.says("render/sentences", "refused", told(replace(plan, findings=(finding,))))


def test_what_drift_of_a_refused_plan_would_do() -> None:
    plan = a_plan(drifted(a_delete("a", origin=Origin.DRIFT)), refused=(a_refusal("a"),))
    assert "\nDrift. Not from this branch: applying it would revert a change made in\n  OmniStream.\n" in told(
        replace(plan, compared=True)
    )


def test_a_grant_that_ended_says_when() -> None:
    ended = {"contacts.view": Grant(Place("roles.d/r.yaml"), until=Day(2026, 11, 1))}
    plan = a_plan(replace(an_update("r", [], before=Before(["contacts.view"]), origin=Origin.ENDED), ended=ended))
    assert told(replace(plan, compared=True)).endswith(
        "Ended, because the last day of these grants is over:\n"
        "  - R will no longer be able to view contacts (ended 2026-11-01).\n"
    )


def test_a_plan_of_revokes_says_what_it_leaves_alone() -> None:
    left = LeftAlone("night-shift", Action.DELETE, (), (), None)
    plan = a_plan(a_delete(), only="revokes", left_alone=(left,))
    text = told(plan)
    assert "\nOnly revokes: 1 change was left alone.\n" in text
    assert "\nLeft alone, because this plan only revokes (`--only revokes`):\n  - night-shift: delete\n" in text


def test_a_permission_that_means_another_thing_now_is_said_above_the_changes() -> None:
    before, after = Permission("contacts.merge", "Merge", "contacts"), CATALOGUE["contacts.merge"]
    changes = CatalogueChanges(changed=(Changed(before, after, ("r",)),))
    text = told(replace(a_plan(a_create("r", ["contacts.merge"])), catalogue_changes=changes))
    assert text.index("Catalogue changed: ") < text.index("contacts.merge (held by r)") < text.index("What changes:")


def test_nothing_to_do_is_said() -> None:
    assert told(a_plan()).endswith("\nNo changes. Live roles match roles.d.\n")


def test_a_comparison_is_all_the_edit() -> None:
    text = told(a_plan(a_create(), source=a_comparison(), target="", system=()))
    assert "\nThis edit: 1 grant in 1 role.\n\nThis edit:\n  - Support lead will be created." in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            an_update("support-tier-2", ["contacts.merge"], before=Before([])),
            "- Support tier 2 will be able to merge contacts.",
        ),
        (
            an_update("r", ["contacts.merge"], before=Before(["contacts.view"])),
            "- R will be able to merge contacts. It will no longer be able to view contacts.",
        ),
        (a_create("r", []), "- R will be created, without permissions."),
        (a_create("r", ["contacts.merge"]), "- R will be created. It will be able to merge contacts."),
        (a_delete("r", []), "- R will be deleted."),
        (
            a_delete("r", ["contacts.merge", "contacts.view"]),
            "- R will be deleted, and with it the permission to merge contacts and view contacts.",
        ),
        (
            an_update("new-name", ["contacts.merge"], before=Before([], name="old-name")),
            "- Old name will be renamed to New name. It will be able to merge contacts.",
        ),
        (
            an_update("r", [], "New", before=Before(description="Old.")),
            '- R will have the description "New" instead of "Old."',
        ),
        (
            an_update("r", NAMES, before=Before(["billing.view"])),
            """\
- R will be able to:
      - export contacts
      - merge contacts
      - view contacts
      - use fax.send
      - delete messages
      - CSV export
  - R will no longer be able to use billing.view.""",
        ),
    ],
)
def test_each_kind_of_change_has_its_sentences(change: Change, said: str) -> None:
    assert about(change) == said


def test_what_widens_comes_first() -> None:
    roles = a_delete("a"), an_update("b", [], "New", before=Before(description="Old")), a_create("c")
    assert re.findall(r"^- (\w)|^  - (\w)", about(*roles), re.MULTILINE) == [("C", ""), ("", "A"), ("", "B")]


def test_a_grant_with_an_end_says_until_when() -> None:
    grants = {"contacts.merge": Grant(Place("roles.d/r.yaml"), until=Day(2026, 12, 31), reason="Move")}
    change = replace(an_update("r", ["contacts.merge"], before=Before([])), grants=grants)
    assert about(change) == "- R will be able to merge contacts (until 2026-12-31: Move)."


def test_a_sensitive_permission_is_marked() -> None:
    plan = replace(a_plan(a_create("r", ["contacts.merge"])), sensitive=frozenset({"contacts.merge"}))
    assert "be able to merge contacts ⚠ sensitive." in told(plan)


def test_roles_of_one_name_are_told_apart_by_their_ids() -> None:
    twins = [replace(a_delete("twin", []), id=number) for number in ("id-1", "id-2")]
    assert about(*twins).splitlines() == [
        '- Role "twin" (id id-1) will be deleted.',
        '  - Role "twin" (id id-2) will be deleted.',
    ]


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("support-tier-2", "Support tier 2"),
        ("night_shift", "Night shift"),
        ("équipe nuit", "Équipe nuit"),
        ("日本", "日本"),
        ("a/b", 'Role "a/b"'),
        ("", 'Role ""'),
        ("ends ", 'Role "ends "'),
        ("hangul\u3164filler", 'Role "hangul\\u3164filler"'),
        ("a" * 61, f'Role "{"a" * 61}"'),
        ("will be deleted. admin", 'Role "will be deleted. admin"'),
    ],
)
def test_a_role_is_read_as_words_only_where_it_is_plain_words(name: str, reading: str) -> None:
    assert RolePhrases([name]).of(name) == reading


def test_roles_that_read_the_same_are_in_quotes() -> None:
    phrases = RolePhrases(["support-lead", "support_lead"])
    assert [phrases.of(name) for name in ("support-lead", "support_lead")] == [
        'Role "support-lead"',
        'Role "support_lead"',
    ]


@pytest.mark.parametrize(
    ("entry", "phrase"),
    [
        (Permission("contacts.merge", "Merge contacts", "contacts"), "merge contacts"),
        (Permission("reports.export", "CSV export", "reports"), "CSV export"),
        (Permission("a.b", "X", "a"), "x"),
        (Permission("a.b", "E mail people", "a"), "e mail people"),
        (Permission("contacts.view", "Contacts: view", "contacts"), 'use "Contacts: view"'),
        (Permission("contacts.manage", "Contact management", "contacts"), 'use "Contact management"'),
        (Permission("a.b", "Do this. Admin will be deleted", "a"), 'use "Do this. Admin will be deleted"'),
        (Permission("a.b", "x" * 61, "a"), f'use "{"x" * 61}"'),
        (Permission("a.b", "View\u3164", "a"), 'use "View\\u3164"'),
        (Permission("a.b", "", "a"), "use a.b"),
        (Permission("a.b", "", "a", "Sends a fax."), 'use a.b ("Sends a fax.")'),
    ],
)
def test_a_permission_is_what_a_role_is_able_to_do(entry: Permission, phrase: str) -> None:
    assert PermissionPhrases({entry.code: entry}).of(entry.code) == phrase


def test_a_permission_that_the_catalogue_does_not_know_is_its_code() -> None:
    assert PermissionPhrases({}).of("fax.send\n") == "use fax.send\\n"


def test_permissions_of_one_name_have_their_codes() -> None:
    both = {code: Permission(code, "View all", code) for code in ("a.view", "b.view")}
    assert PermissionPhrases(both).of("b.view") == "view all (b.view)"


def test_a_long_line_is_wrapped_below_its_text() -> None:
    first, second = wrapped(f"  - {'word ' * 30}")[:2]
    assert len(first) <= 80
    assert second.startswith("    word")


@pytest.mark.parametrize("mark", ["::error::x", "##[error]x", "- item", "  - item"])
def test_no_line_starts_with_what_could_be_a_command_or_an_item(mark: str) -> None:
    for length in range(60, 90):
        lines = wrapped(f"  - {'x' * length} {mark}")
        assert not any(line.lstrip().startswith(mark.lstrip()) for line in lines[1:])


def test_a_word_that_is_too_long_stays_whole() -> None:
    assert wrapped(f"  - {'x' * 100}")[-1].strip() in {"x" * 100, f"- {'x' * 100}"}
