from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.apply.outcome import NOT_SHOWN, Kind, Outcome, defect_in, exit_code
from reconciler.apply.verify import settle
from reconciler.model.errors import ExitCode
from tests.apply.outcomes import ALREADY, CHANGED, CREATED, DELETED, FAILED, OPEN, UNTRIED, UPDATED
from tests.apply.tenant import live
from tests.builders import a_create, a_delete, a_live_role, a_role, an_update

if TYPE_CHECKING:
    from reconciler.model.roles import LiveRole
    from reconciler.plan.changes import Change


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
    assert exit_code(outcomes, converged=converged, interrupted=False, saved=False) is code


def test_a_second_reading_that_shows_something_left_is_partly_applied() -> None:
    assert exit_code([CREATED], converged=False, interrupted=False, saved=False) is ExitCode.PARTLY_APPLIED


def test_an_applied_change_that_the_journal_does_not_tell_of_is_partly_applied() -> None:
    half = Outcome(a_create(), Kind.APPLIED, "the journal does not record the result")
    assert exit_code([half], converged=True, interrupted=False, saved=False) is ExitCode.PARTLY_APPLIED


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
    assert exit_code(outcomes, converged=False, interrupted=False, saved=True) is code


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
    assert exit_code(outcomes, converged=converged, interrupted=True, saved=False) is code


def test_a_defect_decides_before_all_else() -> None:
    broken = Outcome(a_create(), Kind.OPEN, "a defect", defect=ZeroDivisionError())
    assert exit_code([CREATED, broken], converged=False, interrupted=True, saved=True) is ExitCode.DEFECT


def test_no_defect_is_found_where_there_is_none() -> None:
    assert defect_in([CREATED, FAILED]) is None


def test_what_is_stored_differently_is_not_done_even_where_nothing_is_left() -> None:
    kept = Outcome(a_create("clerk"), Kind.APPLIED, stored=a_role("clerk", ["b.b"]))
    assert exit_code([kept], converged=True, interrupted=False, saved=False) is ExitCode.PARTLY_APPLIED


def test_a_refusal_after_which_nothing_changed_wrote_nothing_though_it_was_ours() -> None:
    refused = Outcome(a_delete(), Kind.FAILED, "no", 1, ours=True)
    assert exit_code([refused], converged=False, interrupted=False, saved=False) is ExitCode.FAILED


@pytest.mark.parametrize("saved", [True, False])
def test_a_role_that_changed_while_an_answer_was_lost_may_have_been_written(*, saved: bool) -> None:
    lost = [replace(CHANGED, ours=True)]
    assert exit_code(lost, converged=False, interrupted=False, saved=saved) is ExitCode.PARTLY_APPLIED


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


def test_a_defect_stays_one_whatever_the_second_reading_shows() -> None:
    broken = Outcome(a_create(), Kind.OPEN, "a defect", 1, defect=ZeroDivisionError())
    (settled,) = settle([broken], [a_live_role()])
    assert (settled.kind, settled.defect is not None) == (Kind.OPEN, True)


# --- the data


def test_what_the_journal_does_not_hold_makes_no_outcome_another_one() -> None:
    more = Outcome(a_delete(), Kind.FAILED, "no", 1, ours=True, refused=409, note="x", shown=True, defect=ValueError())
    assert more == Outcome(a_delete(), Kind.FAILED, "no", 1)


def test_an_outcome_of_which_nothing_is_said_took_no_request() -> None:
    assert Outcome(a_create(), Kind.UNTRIED, "it waited").attempts == 0
