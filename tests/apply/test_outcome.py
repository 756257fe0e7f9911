from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.apply import outcome
from reconciler.apply.outcome import NOT_KNOWN, NOT_SHOWN, Kind, Outcome
from reconciler.apply.verify import settle
from reconciler.model.errors import ExitCode
from reconciler.plan.changes import Delete
from tests.apply.tenant import live
from tests.builders import a_create, a_delete, a_live_role, a_role, an_update

if TYPE_CHECKING:
    from reconciler.model.roles import LiveRole
    from reconciler.plan.changes import Change
    from tests.sentences import Golden

CREATED = Outcome(a_create("clerk"), Kind.APPLIED, attempts=1, id="the-id")
UPDATED = Outcome(an_update(), Kind.APPLIED, attempts=2)
DELETED = Outcome(a_delete(), Kind.APPLIED, attempts=1)
ALREADY = Outcome(an_update(), Kind.ALREADY)
FAILED = Outcome(a_delete(), Kind.FAILED, "2 agents still hold it", attempts=1)
CHANGED = Outcome(an_update(), Kind.CHANGED, "it changed after the plan was made")
OPEN = Outcome(an_update(), Kind.OPEN, "cut off" + NOT_KNOWN, attempts=5)
UNTRIED = Outcome(a_create("clerk"), Kind.UNTRIED, "it waited for the delete of clerk, which was not done")


# --- exit codes


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], ExitCode.DONE),
        ([CREATED, UPDATED], ExitCode.DONE),
        ([ALREADY], ExitCode.DONE),
        ([CREATED, ALREADY], ExitCode.DONE),
        ([CREATED, FAILED], ExitCode.PARTLY_APPLIED),
        ([CREATED, UNTRIED], ExitCode.PARTLY_APPLIED),
        ([CREATED, CHANGED], ExitCode.PARTLY_APPLIED),
        ([OPEN], ExitCode.PARTLY_APPLIED),
        ([FAILED, ALREADY], ExitCode.FAILED),
        ([FAILED, UNTRIED], ExitCode.FAILED),
        ([CHANGED], ExitCode.FAILED),
    ],
)
def test_the_exit_code_says_what_was_written_and_what_was_not(outcomes: list[Outcome], code: ExitCode) -> None:
    converged = code is ExitCode.DONE
    assert outcome.exit_code(outcomes, converged=converged, interrupted=False, saved=False) is code


def test_a_second_reading_that_shows_something_left_is_partly_applied() -> None:
    assert outcome.exit_code([CREATED], converged=False, interrupted=False, saved=False) is ExitCode.PARTLY_APPLIED


def test_an_applied_change_that_the_journal_does_not_tell_of_is_partly_applied() -> None:
    half = Outcome(a_create(), Kind.APPLIED, "the journal does not record the result")
    assert outcome.exit_code([half], converged=True, interrupted=False, saved=False) is ExitCode.PARTLY_APPLIED


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([CHANGED], ExitCode.STALE),
        ([CHANGED, UNTRIED], ExitCode.STALE),
        ([CHANGED, FAILED], ExitCode.STALE),
        ([CHANGED, CREATED], ExitCode.PARTLY_APPLIED),
        ([FAILED], ExitCode.FAILED),
    ],
)
def test_a_saved_plan_is_stale_where_nothing_was_written_and_a_role_had_changed(
    outcomes: list[Outcome], code: ExitCode
) -> None:
    assert outcome.exit_code(outcomes, converged=False, interrupted=False, saved=True) is code


@pytest.mark.parametrize(
    ("outcomes", "converged", "code"),
    [
        ([CREATED, UNTRIED], False, ExitCode.INTERRUPTED),
        ([UNTRIED], False, ExitCode.INTERRUPTED),
        ([CREATED], False, ExitCode.INTERRUPTED),
        ([CREATED], True, ExitCode.DONE),
    ],
)
def test_a_signal_that_left_work_undone_or_unverified_is_an_interrupt(
    outcomes: list[Outcome],
    *,
    converged: bool,
    code: ExitCode,
) -> None:
    assert outcome.exit_code(outcomes, converged=converged, interrupted=True, saved=False) is code


def test_a_defect_decides_before_all_else() -> None:
    broken = Outcome(a_create(), Kind.OPEN, "a defect", defect=ZeroDivisionError())
    assert outcome.exit_code([CREATED, broken], converged=False, interrupted=True, saved=True) is ExitCode.DEFECT


def test_no_defect_is_found_where_there_is_none() -> None:
    assert outcome.defect_in([CREATED, FAILED]) is None


# --- the second reading


def test_an_open_write_whose_result_is_there_is_applied() -> None:
    (settled,) = settle([OPEN], live([an_update().after, a_role("other")]))
    assert (settled.kind, settled.kind.value, settled.error) == (Kind.APPLIED, "applied", None)


def test_an_open_write_whose_result_is_not_there_failed_for_the_reason_it_gave() -> None:
    (settled,) = settle([OPEN], live([an_update().before]))
    assert (settled.kind, settled.error) == (Kind.FAILED, "cut off")


def test_an_open_create_that_is_there_is_applied_and_gets_its_id() -> None:
    role = a_live_role()
    (settled,) = settle([Outcome(a_create(), Kind.OPEN, "cut off")], [role])
    assert (settled.kind, settled.id) == (Kind.APPLIED, role.id)


def test_an_open_delete_is_decided_by_its_id() -> None:
    lost = Outcome(a_delete(), Kind.OPEN, "cut off")
    assert settle([lost], [])[0].kind is Kind.APPLIED
    assert settle([lost], live([a_delete().before]))[0].kind is Kind.FAILED


def test_an_applied_create_without_an_id_gets_the_one_that_is_live() -> None:
    role = a_live_role()
    (settled,) = settle([Outcome(a_create(), Kind.APPLIED)], [role])
    assert settled.id == role.id


def test_a_refused_create_whose_role_somebody_else_made_is_so_already() -> None:
    (settled,) = settle([Outcome(a_create(), Kind.FAILED, "name is taken")], [a_live_role()])
    assert (settled.kind, settled.error) == (Kind.ALREADY, None)


@pytest.mark.parametrize(
    "other", [a_live_role(permissions=["billing.view"]), a_live_role(is_system=True)], ids=["different", "system"]
)
def test_a_refused_create_stays_refused_where_the_role_of_that_name_is_another(other: LiveRole) -> None:
    assert settle([Outcome(a_create(), Kind.FAILED, "name is taken")], [other])[0].kind is Kind.FAILED


@pytest.mark.parametrize("applied", [CREATED, UPDATED, DELETED], ids=["create", "update", "delete"])
def test_what_the_server_said_was_done_and_nothing_shows_is_not_known(applied: Outcome) -> None:
    (settled,) = settle([applied], live([a_delete().before]))
    assert (settled.kind, settled.error) == (Kind.OPEN, NOT_SHOWN)


def test_what_is_known_stays_as_it_is() -> None:
    known = (FAILED, CHANGED, UNTRIED, ALREADY)
    assert settle(known, live([a_delete().before])) == known


# --- JSON


def test_the_document_has_the_keys_of_the_interface() -> None:
    document = outcome.document("sha256:0", [CREATED], converged=True)
    assert document == {
        "format_version": "1.0",
        "plan_digest": "sha256:0",
        "outcomes": [
            {
                "action": "create",
                "name": "clerk",
                "id": "the-id",
                "status": "applied",
                "reason": "applied",
                "error": None,
                "attempts": 1,
                "stored": None,
            }
        ],
        "summary": {"applied": 1, "failed": 0, "skipped": 0},
        "converged": True,
        "remaining": [],
    }


def test_the_document_names_the_id_of_the_role_that_was_to_change() -> None:
    (entry,) = outcome.document("sha256:0", [FAILED], converged=False, remaining=["x"])["outcomes"]
    assert entry["id"] == a_delete().id


def test_what_was_so_already_and_what_was_not_tried_are_both_skipped_and_told_apart() -> None:
    document = outcome.document("sha256:0", [ALREADY, UNTRIED], converged=False, remaining=["something"])
    assert [(e["status"], e["reason"], e["error"] is None) for e in document["outcomes"]] == [
        ("skipped", "already-so", True),
        ("skipped", "not-tried", False),
    ]
    assert document["remaining"] == ["something"]
    json.dumps(document)


# --- text and Markdown


def test_two_roles_of_one_name_are_told_apart_by_their_ids_and_an_empty_name_is_quoted() -> None:
    deletes = [Outcome(Delete(key, a_role("")), Kind.APPLIED, attempts=1) for key in ("one", "other")]
    lines = outcome.text([*deletes, Outcome(a_create(""), Kind.APPLIED, attempts=1)], converged=True).splitlines()
    assert lines[:3] == ['  - "" (id one): deleted', '  - "" (id other): deleted', '  + "": created']


def test_a_role_that_changed_while_an_answer_was_lost_is_not_said_to_be_untouched() -> None:
    said = outcome.sentence(replace(CHANGED, ours=True))
    assert said == "unknown: the update may or may not have happened: it changed after the plan was made"
    assert outcome.sentence(CHANGED) == "NOT updated: it changed after the plan was made"


def test_the_text_tells_what_became_of_each_change(golden: Golden) -> None:
    changes = [CREATED, UPDATED, FAILED, OPEN, ALREADY, UNTRIED]
    shown = outcome.text(changes, converged=False, remaining=["temp-role is still live"])
    marks = [
        "  + clerk: ",
        "  ~ support-lead: ",
        "  - temp-role: ",
        "  ~ support-lead: ",
        "  ~ support-lead: ",
        "  + clerk: ",
    ]
    assert [line.startswith(mark) for line, mark in zip(shown.splitlines(), marks, strict=False)] == [True] * 6
    assert "\nApplied: 1 added, 1 changed, 0 destroyed. 2 failed, 2 skipped.\n" in shown
    assert shown.endswith("\n  left: temp-role is still live\n")
    golden.says("apply/outcome", "text: something is left", shown)


def test_the_text_says_that_nothing_is_left() -> None:
    assert outcome.text([DELETED], converged=True).endswith(
        "Applied: 0 added, 0 changed, 1 destroyed. 0 failed, 0 skipped.\nVerified: live roles match.\n"
    )


def test_an_applied_change_can_carry_a_word_of_warning() -> None:
    assert outcome.sentence(Outcome(a_create(), Kind.APPLIED, "no journal")) == "created; no journal"


@given(st.text(), st.text())
def test_no_name_and_no_message_changes_the_structure_of_the_markdown(name: str, message: str) -> None:
    change: Change = a_create(name)
    shown = outcome.markdown([Outcome(change, Kind.FAILED, message)], converged=False)
    tokens = [token.type for token in MarkdownIt().parse(shown)]
    plain = outcome.markdown([Outcome(a_create("clerk"), Kind.FAILED, "no")], converged=False)
    assert tokens == [token.type for token in MarkdownIt().parse(plain)]
    for token in MarkdownIt().parse(shown):
        if token.type == "inline" and not token.content.startswith("**"):
            assert [child.type for child in token.children or ()] == ["code_inline"]


@given(st.text(), st.text())
def test_each_change_is_one_line_of_text_whatever_its_name(name: str, message: str) -> None:
    shown = outcome.text([Outcome(a_create(name), Kind.FAILED, message)], converged=True)
    assert len(shown.splitlines()) == 4


def test_the_markdown_tells_each_change_and_what_is_left(golden: Golden) -> None:
    shown = outcome.markdown([CREATED, FAILED], converged=False, remaining=["temp-role is `still` live"])
    assert shown.startswith(
        "**Applied: 1 added, 0 changed, 0 destroyed. 1 failed, 0 skipped.**\n\n- ` + clerk: created `\n"
    )
    assert shown.endswith("- ``   left: temp-role is `still` live ``\n")
    golden.says("apply/outcome", "Markdown: something is left", shown)


@pytest.mark.parametrize("change", [a_create(), an_update(), a_delete()], ids=["create", "update", "delete"])
@pytest.mark.parametrize(("ours", "kind"), [(True, Kind.APPLIED), (False, Kind.ALREADY)])
def test_a_refused_change_whose_result_is_there_was_applied_where_it_may_be_ours(
    change: Change, kind: Kind, *, ours: bool
) -> None:
    there = live([change.after]) if change.after else ()
    (settled,) = settle([Outcome(change, Kind.FAILED, "no", 1, ours=ours)], there)
    assert (settled.kind, settled.error) == (kind, None)


def test_an_open_update_that_left_another_state_stays_not_known() -> None:
    assert settle([OPEN], live([a_role(permissions=["x.y"])])) == (OPEN,)


def test_an_open_create_that_was_refused_at_last_stays_not_known() -> None:
    refused = Outcome(a_create(), Kind.OPEN, "taken", 2, refused=409)
    assert settle([refused], ()) == (refused,)


def test_an_open_create_says_how_the_role_of_its_name_differs() -> None:
    (settled,) = settle([Outcome(a_create(), Kind.OPEN, "cut off")], [a_live_role(permissions=["x.y"])])
    assert settled.kind is Kind.OPEN
    assert "the live role of this name differs: + x.y" in str(settled.error)


def test_a_confirmed_update_of_which_the_answer_showed_nothing_is_not_known_where_the_role_is_as_it_was() -> None:
    assert settle([UPDATED], live([an_update().before]))[0].kind is Kind.OPEN


def test_changes_that_a_refused_key_kept_from_being_tried_share_one_line() -> None:
    halted = [Outcome(a_create(name), Kind.UNTRIED, "no key" + outcome.HALTED) for name in ("a", "b")]
    assert "  2 changes not tried: no key; no further change was started: a, b\n" in outcome.text(
        halted, converged=False
    )


def test_the_document_has_the_role_as_it_is_stored() -> None:
    kept = Outcome(a_create("clerk"), Kind.APPLIED, stored=a_role("clerk", ["b.b", "a.a"], "Cut."))
    (entry,) = outcome.document("sha256:0", [kept], converged=False)["outcomes"]
    assert entry["stored"] == {"name": "clerk", "description": "Cut.", "permissions": ["a.a", "b.b"]}


def test_a_defect_stays_one_whatever_the_second_reading_shows() -> None:
    broken = Outcome(a_create(), Kind.OPEN, "a defect", 1, defect=ZeroDivisionError())
    (settled,) = settle([broken], [a_live_role()])
    assert (settled.kind, settled.defect is not None) == (Kind.OPEN, True)


def test_what_the_journal_does_not_hold_makes_no_outcome_another_one() -> None:
    more = Outcome(a_delete(), Kind.FAILED, "no", 1, ours=True, refused=409, note="x", shown=True, defect=ValueError())
    assert more == Outcome(a_delete(), Kind.FAILED, "no", 1)


def test_what_is_stored_differently_is_not_done_even_where_nothing_is_left() -> None:
    kept = Outcome(a_create("clerk"), Kind.APPLIED, stored=a_role("clerk", ["b.b"]))
    assert outcome.exit_code([kept], converged=True, interrupted=False, saved=False) is ExitCode.PARTLY_APPLIED


def test_a_refusal_after_which_nothing_changed_wrote_nothing_though_it_was_ours() -> None:
    refused = Outcome(a_delete(), Kind.FAILED, "no", 1, ours=True)
    assert outcome.exit_code([refused], converged=False, interrupted=False, saved=False) is ExitCode.FAILED


def test_an_outcome_of_which_nothing_is_said_took_no_request() -> None:
    assert Outcome(a_create(), Kind.UNTRIED, "it waited").attempts == 0


@pytest.mark.parametrize("saved", [True, False])
def test_a_role_that_changed_while_an_answer_was_lost_may_have_been_written(*, saved: bool) -> None:
    lost = [replace(CHANGED, ours=True)]
    assert outcome.exit_code(lost, converged=False, interrupted=False, saved=saved) is ExitCode.PARTLY_APPLIED


def test_the_one_change_that_a_refused_key_kept_from_being_tried_is_counted_in_the_singular() -> None:
    halted = Outcome(a_create("a"), Kind.UNTRIED, "no key" + outcome.HALTED)
    assert outcome.text([halted], converged=False).startswith(
        "  1 change not tried: no key; no further change was started: a\n"
    )


def test_a_change_that_was_refused_is_not_among_those_that_were_not_tried() -> None:
    refused = Outcome(a_create("a"), Kind.FAILED, "no key" + outcome.HALTED)
    assert outcome.text([refused], converged=False).startswith("  + a: NOT created: no key")


def test_a_line_names_no_id_unless_it_is_asked_to() -> None:
    assert outcome.line(DELETED) == "- temp-role: deleted"


def test_two_deletes_of_one_name_are_enough_to_show_their_ids() -> None:
    deletes = [Outcome(Delete(key, a_role("a")), Kind.APPLIED) for key in ("one", "other")]
    assert outcome.text(deletes, converged=True).startswith("  - a (id one): deleted\n  - a (id other): deleted\n")


def test_a_note_on_what_is_applied_stands_before_what_is_wrong() -> None:
    noted = Outcome(a_create(), Kind.APPLIED, "no journal", note="somebody else made it too")
    assert outcome.sentence(noted) == "created; somebody else made it too; no journal"


def test_the_codes_of_a_stored_role_are_sorted() -> None:
    codes = [f"area.code{number:02}" for number in range(20)]
    shown = outcome.role_document(a_role("clerk", codes))
    assert shown is not None
    assert shown["permissions"] == codes
