from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal, read
from reconciler.history.undo import undo_plan
from reconciler.model.errors import StalePlan
from reconciler.plan.changes import Create, Delete, Update
from reconciler.plan.sources import Undo
from tests.builders import TARGET, a_role, an_id, an_update, approved
from tests.history.past import A, B, C, Histories, notes_of

if TYPE_CHECKING:
    from tests.sentences import Golden

# --- one change


def test_a_created_role_is_deleted(history: Histories) -> None:
    past = history()
    past.apply(Create(A))
    assert past.undo().changes == (Delete(past.id_of("a"), A),)


def test_an_update_is_taken_back(history: Histories) -> None:
    past = history(an_update().before)
    past.apply(an_update())
    assert past.undo().changes == (Update(an_update().id, an_update().after, an_update().before),)


def test_a_rename_is_renamed_back(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    assert past.undo().changes == (Update(an_id("a"), B, A),)


def test_a_deleted_role_is_created_anew_and_the_note_says_what_cannot_come_back(
    history: Histories, golden: Golden
) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    plan = past.undo()
    assert plan.changes == (Create(A),)
    golden.says("history/undo", "a deleted role", notes_of(plan))


def test_a_failed_request_has_nothing_to_take_back(history: Histories) -> None:
    past = history(A)
    past.apply(Create(a_role("a", ["other.code"])))
    assert past.undo().changes == ()


# --- the whole journal


def test_several_runs_are_taken_back_as_one_net_change(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.apply(Update(an_id("a"), B, C))
    assert past.undo().changes == (Update(an_id("a"), C, A),)


def test_a_role_that_was_created_and_deleted_again_is_nothing_to_take_back(history: Histories) -> None:
    past = history()
    past.apply(Create(A))
    past.apply(Delete(past.id_of("a"), A))
    assert past.undo().changes == ()
    assert past.undo().notes == ()


def test_a_role_that_was_deleted_and_made_anew_is_updated_under_its_new_id(history: Histories, golden: Golden) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    other = a_role("a", ["other.code"])
    past.apply(Create(other))
    plan = past.undo()
    assert plan.changes == (Update(past.id_of("a"), other, A),)
    golden.says("history/undo", "a recreated role", notes_of(plan), id=past.id_of("a"))


def test_a_role_that_was_made_anew_twice_is_taken_back_once(history: Histories) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    past.apply(Create(a_role("a", ["other.code"])))
    past.apply(Update(past.id_of("a"), a_role("a", ["other.code"]), B))
    past.apply(Create(a_role("a", ["third.code"])))
    plan = past.undo()
    tenant = past.tenant
    carry_out(approved(*plan.changes), Run(tenant, 1, Stop()))
    assert tenant.roles() == {A}


def test_taking_back_an_undo_that_was_journalled_too_leaves_nothing_to_do(history: Histories) -> None:
    past = history(A, B)
    past.apply(Update(an_id("a"), A, C), Delete(an_id("b"), B))
    past.apply(*past.undo().changes)
    assert past.tenant.roles() == {A, B}
    assert past.undo().changes == ()


def test_changes_are_sorted_by_name(history: Histories) -> None:
    past = history(A, B, C)
    past.apply(Delete(an_id("c"), C), Delete(an_id("a"), A), Delete(an_id("b"), B))
    assert [change.name for change in past.undo().changes] == ["a", "b", "c"]


def test_the_plan_names_the_journal_the_commit_and_what_it_leaves_alone(history: Histories) -> None:
    past = history(A)
    past.apply(Create(B))
    plan = past.undo()
    assert (plan.target, plan.source) == (TARGET, Undo(str(past.path), "c0ffee", edited=True))
    assert plan.unchanged == (A,)
    assert {role.name for role in plan.system} == {"admin", "agent", "supervisor"}


def test_an_empty_journal_gives_an_empty_plan_that_says_so(history: Histories, golden: Golden) -> None:
    past = history(A)
    past.apply()
    plan = past.undo()
    assert plan.changes == ()
    golden.says("history/undo", "an empty journal", notes_of(plan), journal=past.path)


def test_a_cut_off_line_is_said_in_the_plan(history: Histories, golden: Golden) -> None:
    past = history()
    past.apply(Create(A))
    past.path.write_bytes(past.path.read_bytes()[:-9])
    plan = past.undo()
    assert plan.changes == (Delete(past.id_of("a"), A),)
    golden.says("history/undo", "a truncated line", notes_of(plan), journal=past.path)


def test_another_tenants_journal_is_refused(history: Histories) -> None:
    past = history()
    past.apply(Create(A))
    with pytest.raises(StalePlan, match="but none to https://other"):
        undo_plan(read(past.path), past.tenant.list_roles(), target="https://other.example.org")


def test_of_several_runs_the_commit_of_the_last_one_is_named(history: Histories) -> None:
    past = history()
    for number, change in enumerate((Create(A), Create(B))):
        with Journal(past.path, Header("sha256:0", f"commit-{number}", "somebody", TARGET)) as journal:
            carry_out(approved(change), Run(past.tenant, 1, Stop(), journal))
    assert past.undo().source.commit == "commit-1"


# --- what is told, and in which order


def test_changes_and_notes_are_sorted_whatever_the_order_of_the_journal(history: Histories) -> None:
    past = history(A, B, C)
    for role in (C, A, B):
        past.apply(Delete(an_id(role.name), role))
    plan = past.undo()
    assert [change.name for change in plan.changes] == ["a", "b", "c"]
    assert [note.partition(" was deleted")[0] for note in plan.notes] == ["a", "b", "c"]


def test_the_roles_that_are_left_alone_are_sorted(history: Histories) -> None:
    past = history(C, A, B)
    past.apply()
    assert past.undo().unchanged == (A, B, C)


def test_a_plan_made_without_a_catalogue_has_an_empty_one(history: Histories) -> None:
    past = history()
    past.apply(Create(A))
    assert past.undo().catalogue == {}
