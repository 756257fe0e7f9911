"""The comment of a plan with `--base`: what the edit does, what is drift and what ended, each in its section."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import pytest

from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.roles import Grant
from reconciler.plan.action import Origin
from reconciler.plan.changes import Change
from reconciler.render.markdown import parts, render
from reconciler.render.view import View
from tests.builders import Before, Rest, a_catalogue, a_comparison, a_create, a_delete, a_plan, a_refusal, an_update

PLAIN = View()


def heading_before(text: str, needle: str) -> str:
    """The last `###` heading above `needle`."""
    return [line for line in text[: text.index(needle)].splitlines() if line.startswith("### ")][-1]


def drifted(change: Change, *codes: str) -> Change:
    """The change with these of its codes as drift; without codes, all of them."""
    return replace(change, drifted=frozenset(codes) or change.granted | change.revoked)


def compared(*changes: Change, **rest: Unpack[Rest]) -> str:
    return render(replace(a_plan(*changes, **rest), compared=True), PLAIN)


SENTENCE = "Not from this branch: applying it reverts a change made in OmniStream."


def test_drift_is_a_section_with_its_sentence_once() -> None:
    gone, back = drifted(a_delete("gone", origin=Origin.DRIFT)), drifted(a_create("back", origin=Origin.DRIFT))
    text = compared(gone, back, a_create("new", origin=Origin.EDIT), a_delete("old", origin=Origin.EDIT))
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings == [
        "### This edit widens access: 1 grant in 1 role",
        "### This edit narrows access: 1 revoke in 1 role",
        "### Drift: 1 grant, 1 revoke in 2 roles",
    ]
    assert text.count(SENTENCE) == 1
    assert [heading_before(text, f"`{name}`") for name in ("new", "old", "back", "gone")] == [
        *headings[:2],
        *headings[2:] * 2,
    ]


def test_drift_without_effect_on_access_is_folded_in_its_section() -> None:
    words = an_update("words", ["a.b"], "New", before=Before(description="Old"), origin=Origin.DRIFT)
    text = compared(words)
    assert text.startswith("## NEUTRAL. This edit: no changes. Drift: 1 role without effect on access.\n")
    below = text.partition("### Drift: 1 role without effect on access\n")[2].partition("<details>\n")[2]
    assert below.startswith("<summary>Drift: 1 change without effect on access</summary>\n\n#### `words`")


def test_drift_of_a_refused_plan_would_be_reverted() -> None:
    gone = drifted(a_delete("a", origin=Origin.DRIFT))
    text = compared(gone, refused=(a_refusal("a", "too many"),))
    assert "\nNot from this branch: applying it would revert a change made in OmniStream.\n" in text


def test_a_role_that_is_edit_and_drift_is_in_both_sections_each_with_its_codes() -> None:
    update = an_update("r", ["a.b", "c.d"], "New", before=Before(["e.f"], "Old"), origin=Origin.BOTH)
    edit, drift = compared(drifted(update, "a.b", "e.f"), catalogue=a_catalogue("a.b", "c.d", "e.f")).split(
        "### Drift: "
    )
    assert edit.startswith("## MIXED. This edit: 1 grant in 1 role. Drift: 1 grant, 1 revoke in 1 role.\n")
    assert "#### `r` will be updated in-place: WIDENS\n" in edit
    assert "origin: edit and drift (here: only the edit)\n\ndescription: `Old` becomes `New`\n" in edit
    assert "```diff\n+ c.d (edit)   C: d\n```" in edit
    assert "#### `r` will be updated in-place: MIXED\n" in drift
    assert (
        "origin: edit and drift (here: only drift)\n\n```diff\n+ a.b (drift)   A: b\n- e.f (drift)   E: f\n```" in drift
    )


def test_a_description_that_is_drift_is_in_the_section_of_drift() -> None:
    update = an_update("r", ["a.b", "c.d"], "New", before=Before(["e.f"], "Old"), origin=Origin.BOTH)
    update = replace(update, drifted_fields=frozenset({"description"}))
    edit, drift = compared(drifted(update, "a.b", "e.f")).split("### Drift: ")
    assert "becomes `New`" not in edit
    assert "(here: only drift)\n\ndescription: `Old` becomes `New`\n" in drift


def test_a_description_that_is_all_of_the_drift_has_a_section_without_effect_on_access() -> None:
    update = an_update("r", ["a.b"], "New", before=Before([], "Old"), origin=Origin.BOTH)
    text = compared(replace(update, drifted_fields=frozenset({"description"})))
    assert text.startswith("## WIDENS. This edit: 1 grant in 1 role. Drift: 1 role without effect on access.\n")
    edit, drift = text.split("### Drift: ")
    assert "origin: edit and drift (here: only the edit)\n\n```diff\n+ a.b (edit)\n```" in edit
    assert "origin: edit and drift (here: only drift)\n\ndescription: `Old` becomes `New`\n" in drift


def test_a_grant_that_ended_is_neither_edit_nor_drift() -> None:
    ended = {"a.b": Grant(Place("roles.d/r.yaml"), until=Day(2026, 11, 1))}
    update = an_update("r", ["x.y"], before=Before(["a.b", "x.y"]), origin=Origin.ENDED)
    text = compared(replace(update, ended=ended))
    assert text.startswith("## NARROWS. This edit: no changes. Ended: 1 revoke in 1 role. No drift.\n")
    assert "### Ended: 1 revoke in 1 role\n\nThe last day of these grants is over.\n" in text


def test_the_edit_of_a_role_beside_a_grant_that_ended() -> None:
    ended = {"a.b": Grant(Place("roles.d/r.yaml"), until=Day(2026, 11, 1))}
    update = an_update("r", ["x.y"], before=Before(["a.b"]), origin=Origin.EDIT)
    edit, end = compared(replace(update, ended=ended)).split("### Ended: ")
    assert "origin: edit (here: only the edit)\n\n```diff\n+ x.y\n```" in edit
    assert "origin: edit (here: only what ended)\n\n```diff\n- a.b (ended 2026-11-01)\n```" in end


@pytest.mark.parametrize(
    ("change", "first"),
    [
        (a_create(origin=Origin.EDIT), "WIDENS. This edit: 1 grant in 1 role. No drift."),
        (a_delete(origin=Origin.EDIT), "NARROWS. This edit: 1 revoke in 1 role. No drift."),
        (drifted(a_delete(origin=Origin.DRIFT)), "NARROWS. This edit: no changes. Drift: 1 revoke in 1 role."),
        (
            a_create(permissions=[], origin=Origin.EDIT),
            "NEUTRAL. This edit: 1 role without effect on access. No drift.",
        ),
        # Its codes are the edit's, and something else of it is drift.
        (a_create(origin=Origin.BOTH), "WIDENS. This edit: 1 grant in 1 role."),
        (drifted(a_create(origin=Origin.BOTH)), "WIDENS. This edit: no changes. Drift: 1 grant in 1 role."),
        (
            drifted(an_update(before=Before([], "Old"), origin=Origin.BOTH)),
            "WIDENS. This edit: 1 role without effect on access. Drift: 1 grant in 1 role.",
        ),
        (
            drifted(an_update(before=Before([]), origin=Origin.BOTH)),
            "WIDENS. This edit: no changes. Drift: 1 grant in 1 role.",
        ),
        (
            drifted(a_delete(permissions=["a.b", "c.d"], origin=Origin.BOTH), "a.b"),
            "NARROWS. This edit: 1 revoke in 1 role. Drift: 1 revoke in 1 role.",
        ),
        (
            drifted(a_create(permissions=["a.b", "c.d"], origin=Origin.BOTH), "a.b"),
            "WIDENS. This edit: 1 grant in 1 role. Drift: 1 grant in 1 role.",
        ),
    ],
)
def test_the_first_line_says_what_the_edit_does_and_what_is_drift(change: Change, first: str) -> None:
    assert compared(change).splitlines()[0] == f"## {first}"


@pytest.mark.parametrize(
    ("change", "first"),
    [
        (a_create(), "WIDENS: 1 grant in 1 role (1 to add, 0 to change, 0 to destroy)"),
        (a_delete(), "NARROWS: 1 revoke in 1 role (0 to add, 0 to change, 1 to destroy)"),
        (a_create(permissions=[]), "NEUTRAL: 1 role without effect on access (1 to add, 0 to change, 0 to destroy)"),
    ],
)
def test_without_a_base_the_first_line_says_what_the_plan_does(change: Change, first: str) -> None:
    assert render(a_plan(change), PLAIN).splitlines()[0] == f"## {first}"


def test_a_comparison_is_all_the_edit() -> None:
    text = render(a_plan(a_create(origin=Origin.EDIT), source=a_comparison(), target="", system=()), PLAIN)
    assert text.splitlines()[0] == "## WIDENS. This edit: 1 grant in 1 role."


def test_what_the_author_edited_comes_before_drift() -> None:
    text = compared(
        *(a_create("a", origin=Origin.DRIFT), a_create("b", origin=Origin.BOTH), a_create("c", origin=Origin.EDIT)),
        *(a_delete("d", origin=Origin.DRIFT), a_delete("e", origin=Origin.EDIT)),
    )
    assert [line[6:7] for line in text.splitlines() if line.startswith("#### ")] == ["c", "b", "e", "a", "d"]


def test_parts_say_the_sentence_of_drift_once_and_show_what_it_revokes_below() -> None:
    codes = [f"c.action-{number:04}" for number in range(900)]
    edit = a_create("edit", codes, origin=Origin.EDIT)
    drift = drifted(a_create("drift", codes, origin=Origin.DRIFT)), drifted(a_delete("gone", origin=Origin.DRIFT))
    texts = parts(replace(a_plan(edit, *drift), compared=True), View(most=16_000))
    whole = "\n".join(texts)
    assert len(texts) > 2
    assert [whole.count(text) for text in (SENTENCE, "### Drift: ", "### This edit widens")] == [1, 1, 1]
    assert whole.index(SENTENCE) < whole.index("#### `gone` will be destroyed")


def test_parts_without_a_grant_of_drift_have_its_heading_in_the_last_one() -> None:
    edit = a_create("edit", [f"c.action-{number:04}" for number in range(900)], origin=Origin.EDIT)
    plan = a_plan(edit, drifted(a_delete("gone", origin=Origin.DRIFT)))
    *first, last = parts(replace(plan, compared=True), View(most=16_000))
    assert not any(SENTENCE in text for text in first)
    assert last.index(SENTENCE) < last.index("#### `gone` will be destroyed")
