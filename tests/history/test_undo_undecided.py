from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal, read
from reconciler.apply.outcome import Kind, Outcome
from reconciler.history.undo import undo_plan
from reconciler.model.errors import Unreachable
from reconciler.model.roles import LiveRole
from reconciler.plan.changes import Change, Create, Delete, Update
from reconciler.plan.scope import Scope
from tests.builders import TARGET, a_create, a_delete, a_role, an_id, approved
from tests.history.past import A, B, C, Histories, History, notes_of

if TYPE_CHECKING:
    from tests.sentences import Golden

# --- answers that never came


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (Update(an_id("a"), A, B), [Update(an_id("a"), B, A)]),
        (Delete(an_id("a"), A), [Create(A)]),
    ],
    ids=["update", "delete"],
)
def test_a_request_without_an_answer_is_taken_back_where_the_live_state_shows_it(
    history: Histories, change: Change, back: Sequence[Change]
) -> None:
    past = history(A)
    past.apply(change)
    past.forget_the_last_answer()
    assert list(past.undo().changes) == back


@pytest.mark.parametrize("change", [Update(an_id("a"), A, B), Delete(an_id("a"), A), Create(B)])
def test_a_request_without_an_answer_is_nothing_where_the_live_state_is_as_before(
    history: Histories, change: Change
) -> None:
    past = history(A)
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        journal.intent(change)
    assert past.undo().changes == ()


def test_a_create_without_an_answer_is_the_live_role_just_like_it_and_the_note_says_so(
    history: Histories, golden: Golden
) -> None:
    past = history()
    past.apply(Create(A))
    past.forget_the_last_answer()
    plan = past.undo()
    assert plan.changes == (Delete(past.id_of("a"), A),)
    golden.says("history/undo", "a create without an answer", notes_of(plan), id=past.id_of("a"))


def test_a_create_without_an_answer_is_found_by_what_a_later_run_did_to_it(history: Histories) -> None:
    past = history()
    past.apply(Create(A))
    past.forget_the_last_answer()
    past.apply(Update(past.id_of("a"), A, B))
    assert past.undo().changes == (Delete(past.id_of("b"), B),)


def test_a_create_without_an_answer_leaves_another_role_of_its_name_alone(history: Histories, golden: Golden) -> None:
    past = history(a_role("a", ["other.code"]))
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        journal.intent(Create(A))
    plan = past.undo()
    assert plan.changes == ()
    golden.says("history/undo", "a create without an answer, and another role", notes_of(plan))


def test_a_create_without_an_answer_is_not_a_role_that_the_journal_knows_already(history: Histories) -> None:
    past = history(B)
    past.apply(Update(an_id("b"), B, A))
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        journal.intent(Create(A))
    plan = past.undo()
    assert plan.changes == (Update(an_id("b"), A, B),)
    assert "treated as another role" in notes_of(plan)


def test_a_second_update_that_did_not_happen_does_not_hide_the_first(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        journal.intent(Update(an_id("a"), B, C))
    assert past.undo().changes == (Update(an_id("a"), B, A),)


def test_an_outcome_that_is_not_known_is_decided_by_the_live_state_too(history: Histories) -> None:
    past = history(A)

    def lose(_action: str, _name: str) -> None:
        past.tenant.before_read = _unreachable
        past.tenant.before_list = lambda: _unreachable("")
        raise Unreachable("cut off")

    past.tenant.after_write = lose
    (outcome,) = past.apply(Update(an_id("a"), A, B))
    assert outcome.kind is Kind.OPEN
    past.tenant.before_list = lambda: None
    assert past.undo().changes == (Update(an_id("a"), B, A),)


def _unreachable(_name: str) -> None:
    raise Unreachable("cut off")


# --- two roles that had one name, one after the other


def another_a_of_somebody_else(past: History) -> LiveRole:
    role = LiveRole(an_id("other"), a_role("a", ["other.code"]), is_system=False)
    past.tenant.put(role)
    return role


def test_of_two_deleted_roles_of_one_name_the_first_comes_back(history: Histories) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    other = another_a_of_somebody_else(past)
    past.apply(Delete(other.id, other.role))
    plan = past.undo()
    assert plan.changes == (Create(A),)
    assert "another role a cannot be restored, because the plan already restores one of that name" in plan.notes


def test_of_two_deleted_roles_of_one_name_the_first_gets_the_new_id(history: Histories) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    other = another_a_of_somebody_else(past)
    past.apply(Delete(other.id, other.role))
    third = a_role("a", ["third.code"])
    past.apply(Create(third))
    assert past.undo().changes == (Update(past.id_of("a"), third, A),)


# --- what changed since


def test_a_role_that_changed_after_the_journal_ends_is_left_alone_and_named(history: Histories, golden: Golden) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.tenant.put(LiveRole(an_id("a"), a_role("b", ["area.b", "new.code"]), is_system=False))
    plan = past.undo()
    assert plan.changes == ()
    (note,) = plan.notes
    assert note.endswith(": + new.code")
    golden.says("history/undo", "left alone: changed", note)


def test_a_role_that_somebody_deleted_after_the_journal_ends_is_not_made_again(
    history: Histories, golden: Golden
) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.tenant.drop(an_id("a"))
    plan = past.undo()
    assert plan.changes == ()
    (note,) = plan.notes
    golden.says("history/undo", "left alone: gone", note)


def test_a_deleted_id_that_is_live_again_with_other_content_is_left_alone(history: Histories, golden: Golden) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    past.tenant.put(LiveRole(an_id("a"), B, is_system=False))
    plan = past.undo()
    assert plan.changes == ()
    golden.says("history/undo", "left alone: live again", notes_of(plan))


def test_a_role_that_somebody_took_back_already_is_nothing_to_do(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.tenant.put(LiveRole(an_id("a"), A, is_system=False))
    assert past.undo().changes == ()
    assert past.undo().notes == ()


def test_a_role_that_became_a_system_role_is_never_touched(history: Histories, golden: Golden) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.tenant.put(LiveRole(an_id("a"), B, is_system=True))
    plan = past.undo()
    assert plan.changes == ()
    golden.says("history/undo", "left alone: a system role", notes_of(plan))


def test_a_role_that_is_ignored_is_left_alone_and_said(history: Histories, golden: Golden) -> None:
    past = history(A, B)
    past.apply(Update(an_id("a"), A, C))
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, scope=Scope(ignore=("C*",)))
    assert (plan.changes, plan.ignored, plan.unchanged) == ((), (C,), (B,))
    (note,) = plan.notes
    golden.says("history/undo", "left alone: ignored", note)


def test_a_deleted_role_that_is_ignored_does_not_come_back(history: Histories) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    assert undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, scope=Scope(ignore=("a",))).changes == ()


# --- names


def test_a_name_that_another_role_has_taken_since_does_not_come_back(history: Histories, golden: Golden) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.tenant.put(LiveRole(an_id("new"), a_role("a", ["new.code"]), is_system=False))
    plan = past.undo()
    assert plan.changes == ()
    (note,) = plan.notes
    golden.says("history/undo", "the name is taken", note)


def test_what_waits_for_a_name_that_does_not_come_free_stays_too(history: Histories) -> None:
    past = history(A, B)
    past.apply(Update(an_id("b"), B, C))
    past.apply(Update(an_id("a"), A, a_role("b", ["area.a"])))
    past.tenant.put(LiveRole(an_id("new"), a_role("a", ["new.code"]), is_system=False))
    plan = past.undo()
    assert plan.changes == ()
    assert len(plan.notes) == 2


def test_a_chain_of_renames_is_taken_back_in_one_plan(history: Histories) -> None:
    past = history(A, B)
    past.apply(Update(an_id("b"), B, C), Update(an_id("a"), A, a_role("b", ["area.a"])))
    carry_out(approved(*past.undo().changes), Run(past.tenant, 2, Stop()))
    assert past.tenant.roles() == {A, B}


def test_a_name_that_a_delete_sets_free_comes_back(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.apply(a_create("a"))
    plan = past.undo()
    assert {type(change) for change in plan.changes} == {Delete, Update}
    carry_out(approved(*plan.changes), Run(past.tenant, 2, Stop()))
    assert past.tenant.roles() == {A}


def test_swapped_names_are_left_alone_and_said(history: Histories, golden: Golden) -> None:
    past = history(A, B, a_delete().before)
    past.apply(Update(an_id("a"), A, C))
    past.apply(Update(an_id("b"), B, a_role("a", ["area.b"])))
    past.apply(Update(an_id("a"), C, a_role("b", ["area.a"])), a_delete())
    plan = past.undo()
    assert plan.changes == (Create(a_delete().before),)
    golden.says("history/undo", "a swap of names", notes_of(plan))


def test_a_journal_that_names_a_system_role_brings_nothing_back_under_that_name(history: Histories) -> None:
    past = history(A)
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        change = Delete(an_id("x"), a_role("admin"))
        journal.outcome(journal.intent(change), Outcome(change, Kind.APPLIED))
    assert past.undo().changes == ()


def test_the_names_that_would_have_to_be_swapped_are_sorted(history: Histories) -> None:
    names = "hgfedcba"
    roles = [a_role(name, [f"area.{name}"]) for name in names]
    past = history(*roles)
    away = [a_role(f"{role.name}-away", role.permissions) for role in roles]
    for role, other in zip(roles, away, strict=True):
        past.apply(Update(an_id(role.name), role, other))
    there = [a_role(name, role.permissions) for name, role in zip(names[1:] + names[:1], roles, strict=True)]
    past.apply(*(Update(an_id(role.name), was, now) for role, was, now in zip(roles, away, there, strict=True)))
    assert " the names a, b, c, d, e, f, g, h, " in notes_of(past.undo())


def test_a_create_without_an_answer_is_told_as_such_where_another_role_has_its_name(history: Histories) -> None:
    past = history()
    past.apply(Create(A))
    past.forget_the_last_answer()
    past.tenant.drop(past.id_of("a"))
    past.tenant.put(LiveRole(an_id("other"), a_role("a", ["other.code"]), is_system=False))
    assert "does not say whether the create of a happened" in notes_of(past.undo())


def test_an_update_without_an_answer_is_not_told_as_a_create(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.forget_the_last_answer()
    assert past.undo().notes == ()


def test_a_create_without_an_answer_is_none_of_the_other_roles_that_later_lines_are_about(history: Histories) -> None:
    past = history(B)
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        journal.intent(Create(A))
    past.apply(Update(an_id("b"), B, C), a_create("d"))
    assert past.undo().changes == (Update(an_id("b"), C, B), Delete(past.id_of("d"), a_role("d")))


def test_of_what_a_journal_may_have_left_the_last_by_name_is_compared_with_what_is_live(history: Histories) -> None:
    names = "abcdefgh"
    past = history(*(a_role(f"{name}-now") for name in names))
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        for name in names:
            journal.intent(Update(an_id(f"{name}-now"), a_role(f"{name}-1"), a_role(f"{name}-2")))
    assert [note.partition(": ")[2] for note in past.undo().notes] == [
        f'name "{name}-2" -> "{name}-now"' for name in names
    ]


# --- why a name does not come back


def test_a_name_is_told_as_taken_by_a_role_also_beside_other_changes(history: Histories) -> None:
    past = history(A, C)
    past.apply(Update(an_id("a"), A, B))
    past.apply(Delete(an_id("c"), C))
    past.tenant.put(LiveRole(an_id("new"), a_role("a", ["new.code"]), is_system=False))
    plan = past.undo()
    assert plan.changes == (Create(C),)
    assert "a cannot be restored, because another role has that name; rename or delete" in notes_of(plan)


def test_a_deleted_role_that_is_live_again_as_it_was_is_left_alone(history: Histories) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    past.tenant.put(LiveRole(an_id("new"), A, is_system=False))
    plan = past.undo()
    assert (plan.changes, plan.notes) == ((), ("a is live again as it was, so it is left alone",))


def test_a_delete_of_a_role_of_that_name_is_not_told_as_restoring_it(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.apply(a_create("a"))
    made = past.id_of("a")
    past.tenant.put(LiveRole(an_id("new"), a_role("a", ["new.code"]), is_system=False))
    plan = past.undo()
    assert plan.changes == (Delete(made, a_role("a")),)
    assert "a cannot be restored, because another role has that name; rename or delete" in notes_of(plan)


def test_of_what_differs_in_codes_alone_the_last_by_its_codes_is_compared_with_what_is_live(history: Histories) -> None:
    names = "abcdefgh"
    both = {name: [f"{name}.code{number}" for number in range(9)] for name in names}
    past = history(*(a_role(name, [*both[name], "y.code"]) for name in names))
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        for name in names:
            old, new = a_role(name, [*both[name], "z.code"]), a_role(name, [*both[name], "x.code"])
            journal.intent(Update(an_id(name), old, new))
    assert [note.partition(": ")[2] for note in past.undo().notes] == ["+ y.code, - z.code"] * len(names)
