"""What an undo makes of a journal's lines: the last outcome, what the server stored, ids, tenants, old journals."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.apply.journal import Header, Journal, read
from reconciler.apply.outcome import Kind, Outcome
from reconciler.history.undo import undo_plan
from reconciler.model.errors import StalePlan
from reconciler.model.roles import LiveRole
from reconciler.plan.changes import Change, Create, Delete, Plan, Update
from reconciler.plan.scope import Scope
from tests.builders import TARGET, a_catalogue, a_role, an_id
from tests.history.past import A, B, C, Histories, History, notes_of

if TYPE_CHECKING:
    from tests.sentences import Golden

OTHER = "https://staging.example.org"


def recorded(past: History, change: Change, *outcomes: Outcome, target: str = TARGET) -> None:
    """Write lines about one request, without sending it."""
    with Journal(past.path, Header("sha256:0", None, "somebody", target)) as journal:
        request = journal.intent(change)
        for outcome in outcomes:
            journal.outcome(request, outcome)


def undone(past: History, target: str = TARGET) -> Plan:
    return undo_plan(read(past.path), past.tenant.list_roles(), target=target)


# --- the last outcome


def test_of_several_outcomes_of_a_request_the_last_one_is_the_truth(history: Histories) -> None:
    past = history(B)
    change = Update(an_id("b"), A, B)
    recorded(past, change, Outcome(change, Kind.OPEN, "cut off"), Outcome(change, Kind.APPLIED))
    assert past.undo().changes == (Update(an_id("b"), B, A),)


def test_a_request_that_turned_out_to_have_failed_is_not_undone(history: Histories) -> None:
    past = history(B)
    change = Update(an_id("b"), A, B)
    recorded(past, change, Outcome(change, Kind.APPLIED), Outcome(change, Kind.FAILED, "no", attempts=1))
    assert (past.undo().changes, past.undo().notes) == ((), ())


def test_what_was_so_already_is_not_undone(history: Histories) -> None:
    past = history()
    change = Delete(an_id("a"), A)
    recorded(past, change, Outcome(change, Kind.ALREADY, attempts=1))
    assert (past.undo().changes, past.undo().notes) == ((), ())


def test_a_later_line_about_an_earlier_request_does_not_move_it_behind_a_later_run(history: Histories) -> None:
    past = history(C)
    first = Update(an_id("c"), A, B)
    with Journal(past.path, Header("sha256:0", None, "somebody", TARGET)) as journal:
        request = journal.intent(first)
        journal.outcome(request, Outcome(first, Kind.APPLIED))
        second = Update(an_id("c"), B, C)
        recorded(past, second, Outcome(second, Kind.APPLIED))
        journal.outcome(request, Outcome(first, Kind.APPLIED))
    assert past.undo().changes == (Update(an_id("c"), C, A),)


# --- what the server stored

IMPLIED = a_role("b", ["area.b", "area.view"])


def test_an_update_that_the_server_stored_otherwise_is_undone_from_what_is_stored(history: Histories) -> None:
    past = history(IMPLIED)
    change = Update(an_id("b"), A, B)
    recorded(past, change, Outcome(change, Kind.APPLIED, stored=IMPLIED))
    assert past.undo().changes == (Update(an_id("b"), IMPLIED, A),)


def test_a_create_that_the_server_stored_otherwise_is_deleted(history: Histories) -> None:
    past = history(IMPLIED)
    recorded(past, Create(B), Outcome(Create(B), Kind.APPLIED, id=an_id("b"), stored=IMPLIED))
    assert past.undo().changes == (Delete(an_id("b"), IMPLIED),)


def test_a_create_of_unknown_id_is_found_by_what_the_server_stored(history: Histories) -> None:
    past = history(IMPLIED)
    recorded(past, Create(B), Outcome(Create(B), Kind.OPEN, "cut off", stored=IMPLIED))
    assert past.undo().changes == (Delete(an_id("b"), IMPLIED),)


def test_a_create_whose_answer_had_no_id_and_that_is_not_as_it_was_made_is_left_alone(
    history: Histories, golden: Golden
) -> None:
    past = history(IMPLIED)
    recorded(past, Create(B), Outcome(Create(B), Kind.APPLIED))
    plan = past.undo()
    assert plan.changes == ()
    (note,) = plan.notes
    golden.says("history/undo", "a created role without an id", note)


def test_a_role_that_is_neither_as_asked_nor_as_stored_is_left_alone(history: Histories) -> None:
    past = history(a_role("b", ["new.code"]))
    change = Update(an_id("b"), A, B)
    recorded(past, change, Outcome(change, Kind.APPLIED, stored=IMPLIED))
    assert past.undo().changes == ()
    assert "b changed after the journal" in notes_of(past.undo())


# --- what failed


def an_old_journal(past: History) -> None:
    """Take the key away by which an older reconciler's lines are told."""
    lines = [json.loads(line) for line in past.path.read_text().splitlines()]
    for line in lines:
        line.pop("stored", None)
    past.path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


FAILED: list[tuple[Change, tuple[LiveRole, ...]]] = [
    (Create(A), (LiveRole(an_id("a"), A, is_system=False),)),
    (Update(an_id("a"), B, A), (LiveRole(an_id("a"), A, is_system=False),)),
    (Delete(an_id("a"), A), ()),
]


@pytest.mark.parametrize(("change", "live"), FAILED, ids=["create", "update", "delete"])
def test_a_failed_request_is_somebody_elses_where_the_live_state_is_as_it_asked(
    history: Histories, change: Change, live: tuple[LiveRole, ...]
) -> None:
    past = history(*(role.role for role in live))
    recorded(past, change, Outcome(change, Kind.FAILED, "no", attempts=2))
    assert (past.undo().changes, past.undo().notes) == ((), ())


@pytest.mark.parametrize(("change", "live"), FAILED, ids=["create", "update", "delete"])
def test_an_older_journals_failed_request_that_seems_to_have_taken_effect_is_named_and_left_alone(
    history: Histories, change: Change, live: tuple[LiveRole, ...], golden: Golden
) -> None:
    past = history(*(role.role for role in live))
    recorded(past, change, Outcome(change, Kind.FAILED, "no", attempts=2))
    an_old_journal(past)
    plan = past.undo()
    assert plan.changes == ()
    golden.says("history/undo", f"a failed {change.action} that may be done", notes_of(plan))


@pytest.mark.parametrize(
    ("change", "attempts"),
    [(Create(B), 1), (Update(an_id("a"), A, B), 1), (Delete(an_id("a"), A), 1), (Update(an_id("a"), B, A), 0)],
    ids=["create", "update", "delete", "nothing sent"],
)
def test_an_older_journals_failed_request_without_effect_is_not_named(
    history: Histories, change: Change, attempts: int
) -> None:
    past = history(A)
    recorded(past, change, Outcome(change, Kind.FAILED, "no", attempts=attempts))
    an_old_journal(past)
    assert (past.undo().changes, past.undo().notes) == ((), ())


def test_an_older_journals_failed_request_that_a_later_one_repeated_is_undone_once(history: Histories) -> None:
    past = history(B)
    change = Update(an_id("b"), A, B)
    recorded(past, change, Outcome(change, Kind.FAILED, "no", attempts=1))
    recorded(past, change, Outcome(change, Kind.APPLIED))
    an_old_journal(past)
    assert past.undo().changes == (Update(an_id("b"), B, A),)
    assert past.undo().notes == ()


def test_an_older_journals_request_that_was_sent_once_and_failed_is_named(history: Histories) -> None:
    past = history(A)
    change = Update(an_id("a"), B, A)
    recorded(past, change, Outcome(change, Kind.FAILED, "no", attempts=1))
    an_old_journal(past)
    assert "undo it by hand" in notes_of(past.undo())


def test_an_older_journals_change_that_was_so_already_is_not_named_as_failed(history: Histories) -> None:
    past = history()
    change = Delete(an_id("a"), A)
    recorded(past, change, Outcome(change, Kind.ALREADY, attempts=1))
    an_old_journal(past)
    assert past.undo().notes == ()


def test_an_older_journals_failed_create_that_a_later_one_repeated_is_not_named(history: Histories) -> None:
    past = history(A)
    recorded(past, Create(A), Outcome(Create(A), Kind.FAILED, "no", attempts=1))
    recorded(past, Create(A), Outcome(Create(A), Kind.APPLIED, id=an_id("a")))
    an_old_journal(past)
    plan = past.undo()
    assert (plan.changes, plan.notes) == ((Delete(an_id("a"), A),), ())


# --- ids and names


def test_ids_compare_without_case_and_the_plan_has_the_one_that_is_live(history: Histories) -> None:
    past = history()
    past.tenant.put(LiveRole("ABC-1", C, is_system=False))
    for change in (Update("abc-1", A, B), Update("Abc-1", B, C)):
        recorded(past, change, Outcome(change, Kind.APPLIED))
    assert past.undo().changes == (Update("ABC-1", C, A),)


def test_a_name_that_a_role_of_another_case_gives_back_is_free(history: Histories) -> None:
    past = history()
    past.tenant.put(LiveRole("ABC-1", B, is_system=False))
    past.tenant.put(LiveRole("ABC-2", a_role("a", []), is_system=False))
    create, rename = Create(a_role("a", [])), Update("abc-1", A, B)
    recorded(past, rename, Outcome(rename, Kind.APPLIED))
    recorded(past, create, Outcome(create, Kind.APPLIED, id="abc-2"))
    assert set(past.undo().changes) == {Update("ABC-1", B, A), Delete("ABC-2", a_role("a", []))}


def test_of_two_live_roles_of_one_name_the_one_that_the_journal_made_is_deleted(history: Histories) -> None:
    past = history()
    twins = [LiveRole(an_id(which), A, is_system=False) for which in ("ours", "theirs")]
    for twin in twins:
        past.tenant.put(twin)
    recorded(past, Create(A), Outcome(Create(A), Kind.APPLIED, id=an_id("ours")))
    assert past.undo().changes == (Delete(an_id("ours"), A),)


def test_deletes_of_one_name_are_sorted_by_id(history: Histories) -> None:
    past = history()
    for role_id in ("id-2", "id-1", "id-3"):
        past.tenant.put(LiveRole(role_id, A, is_system=False))
        recorded(past, Create(A), Outcome(Create(A), Kind.APPLIED, id=role_id))
    assert past.undo().changes == (Delete("id-1", A), Delete("id-2", A), Delete("id-3", A))


def test_a_name_that_an_older_version_did_not_compose_is_composed_as_it_is_read(history: Histories) -> None:
    past = history()
    decomposed = a_role("cafe\u0301")
    recorded(past, Delete(an_id("x"), decomposed), Outcome(Delete(an_id("x"), decomposed), Kind.APPLIED))
    (entry, _) = read(past.path).entries
    assert entry.before is not None
    assert entry.before.role().permissions == decomposed.permissions


def test_a_system_role_just_like_a_lost_create_is_not_taken_for_it(history: Histories) -> None:
    past = history()
    past.tenant.put(LiveRole(an_id("a"), A, is_system=True))
    recorded(past, Create(A))
    plan = past.undo()
    assert plan.changes == ()
    assert "treated as another role" in notes_of(plan)
    assert "system role" not in notes_of(plan)


# --- heirs


def test_a_role_that_is_live_has_no_heir(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B), Create(C))
    past.apply(Update(past.id_of("c"), C, a_role("a", ["area.c"])))
    assert set(past.undo().changes) == {
        Update(an_id("a"), B, A),
        Delete(past.id_of("a"), a_role("a", ["area.c"])),
    }


def test_a_role_whose_delete_did_not_happen_has_no_heir(history: Histories) -> None:
    past = history(A)
    recorded(past, Delete(an_id("a"), A))
    twin = LiveRole(an_id("twin"), a_role("a", ["other.code"]), is_system=False)
    past.tenant.put(twin)
    recorded(past, Create(twin.role), Outcome(Create(twin.role), Kind.APPLIED, id=twin.id))
    assert past.undo().changes == (Delete(twin.id, twin.role),)


def test_a_role_that_somebody_else_deleted_has_no_heir(history: Histories) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.tenant.drop(an_id("a"))
    past.apply(Create(a_role("a", ["other.code"])))
    plan = past.undo()
    assert plan.changes == (Delete(past.id_of("a"), a_role("a", ["other.code"])),)
    assert "it no longer exists" in notes_of(plan)


def test_of_several_heirs_the_first_one_takes_over(history: Histories) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    past.apply(Create(a_role("a", ["second.code"])))
    heir = past.id_of("a")
    past.apply(Update(heir, a_role("a", ["second.code"]), B))
    past.apply(Create(a_role("a", ["third.code"])))
    third = past.id_of("a")
    plan = past.undo()
    assert set(plan.changes) == {Update(heir, B, A), Delete(third, a_role("a", ["third.code"]))}
    assert plan.notes == (f"a was deleted and recreated with a new id ({heir}); the old id cannot be restored",)


def test_a_new_role_of_another_name_is_no_heir(history: Histories) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    past.apply(Create(B))
    assert past.undo().changes == (Create(A), Delete(past.id_of("b"), B))


def test_a_role_that_was_there_before_is_no_heir_of_the_one_whose_name_it_got(history: Histories) -> None:
    past = history(A, B)
    now = a_role("a", ["area.b"])
    past.apply(Delete(an_id("a"), A))
    past.apply(Update(an_id("b"), B, now))
    assert past.undo().changes == (Create(A), Update(an_id("b"), now, B))


def test_a_new_role_that_was_deleted_again_is_no_heir(history: Histories) -> None:
    past = history(A)
    past.apply(Delete(an_id("a"), A))
    past.apply(Create(A))
    past.apply(Delete(past.id_of("a"), A))
    assert past.undo().changes == (Create(A),)


def test_a_role_that_the_journal_made_and_deleted_has_no_heir(history: Histories) -> None:
    past = history()
    past.apply(Create(A))
    past.apply(Delete(past.id_of("a"), A))
    past.apply(Create(A))
    assert past.undo().changes == (Delete(past.id_of("a"), A),)


def test_what_somebody_else_changed_between_two_runs_is_said_where_it_is_not_kept(
    history: Histories, golden: Golden
) -> None:
    past = history(A)
    past.apply(Update(an_id("a"), A, B))
    past.tenant.put(LiveRole(an_id("a"), IMPLIED, is_system=False))
    past.apply(Update(an_id("a"), IMPLIED, C))
    plan = past.undo()
    assert plan.changes == (Update(an_id("a"), C, A),)
    (note,) = plan.notes
    golden.says("history/undo", "changed between two runs", note)


# --- tenants


def two_tenants(history: Histories) -> History:
    past = history(B)
    change = Update(an_id("b"), A, B)
    recorded(past, change, Outcome(change, Kind.APPLIED))
    for target in (OTHER, "https://third.example.org"):
        recorded(past, Create(C), Outcome(Create(C), Kind.APPLIED, id=an_id("c")), target=target)
    return past


def test_only_the_lines_about_the_tenant_count_and_the_others_are_said(history: Histories) -> None:
    past = two_tenants(history)
    plan = past.undo()
    assert plan.changes == (Update(an_id("b"), B, A),)
    assert plan.notes == (
        f"{past.path}: skipped 4 lines about 2 other tenants (https://staging.example.org, https://third.example.org)",
    )


def test_one_line_about_one_other_tenant_is_said_so(history: Histories) -> None:
    past = history(A)
    recorded(past, Create(C), target=OTHER)
    recorded(past, Create(B))
    assert past.undo().notes == (f"{past.path}: skipped 1 line about another tenant ({OTHER})",)


def test_a_journal_without_a_line_about_the_tenant_names_the_others(history: Histories, golden: Golden) -> None:
    past = two_tenants(history)
    with pytest.raises(StalePlan) as caught:
        undone(past, "https://none.example.org")
    said = str(caught.value)
    for url in ("https://api-chat.", "https://staging.", "https://third.", "https://none."):
        assert f"{url}example.org" in said
    golden.says("history/undo", "a journal of other tenants", said, journal=past.path)


def test_tenants_compare_in_the_form_that_the_caller_gives_urls(history: Histories) -> None:
    past = history(B)
    change = Update(an_id("b"), A, B)
    recorded(past, change, Outcome(change, Kind.APPLIED), target=f"{TARGET.upper()}")
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, form=str.lower)
    assert (len(plan.changes), plan.notes) == (1, ())


# --- the catalogue


def test_a_withdrawn_code_is_not_given_back_and_the_rest_of_the_role_is(history: Histories, golden: Golden) -> None:
    before = a_role("a", ["fax.send", "area.a", "fax.read"], "Old.")
    past = history(replace(A, permissions=frozenset({"area.z"})))
    change = Update(an_id("a"), before, a_role("a", ["area.z"]))
    recorded(past, change, Outcome(change, Kind.APPLIED))
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, catalogue=a_catalogue("area.a"))
    assert plan.changes == (Update(an_id("a"), a_role("a", ["area.z"]), a_role("a", ["area.a"], "Old.")),)
    (note,) = plan.notes
    assert "fax.read, fax.send" in note
    golden.says("history/undo", "withdrawn codes", note)
    assert plan.catalogue == a_catalogue("area.a")


def test_withdrawn_codes_are_told_sorted_however_many(history: Histories) -> None:
    past = history(a_role("a", []))
    change = Update(an_id("a"), a_role("a", [f"fax.{letter}" for letter in "hgfedcba"]), a_role("a", []))
    recorded(past, change, Outcome(change, Kind.APPLIED))
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, catalogue={})
    codes = ", ".join(f"fax.{letter}" for letter in "abcdefgh")
    assert f" {codes} " in notes_of(plan)


def test_a_withdrawn_code_that_the_role_still_holds_stays(history: Histories) -> None:
    past = history(a_role("a", ["fax.send", "area.a"]))
    change = Update(an_id("a"), a_role("a", ["fax.send"]), a_role("a", ["fax.send", "area.a"]))
    recorded(past, change, Outcome(change, Kind.APPLIED))
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, catalogue=a_catalogue("area.a"))
    assert plan.changes == (Update(an_id("a"), a_role("a", ["fax.send", "area.a"]), a_role("a", ["fax.send"])),)
    assert plan.notes == ()


def test_where_a_withdrawn_code_is_all_there_is_to_give_back_nothing_is_planned(
    history: Histories, golden: Golden
) -> None:
    past = history(a_role("a", []))
    change = Update(an_id("a"), a_role("a", ["fax.send"]), a_role("a", []))
    recorded(past, change, Outcome(change, Kind.APPLIED))
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, catalogue=a_catalogue("area.a"))
    assert plan.changes == ()
    (note,) = plan.notes
    golden.says("history/undo", "a withdrawn code", note)


def test_a_deleted_role_is_created_without_a_withdrawn_code(history: Histories) -> None:
    past = history()
    change = Delete(an_id("a"), a_role("a", ["area.a", "fax.send"]))
    recorded(past, change, Outcome(change, Kind.APPLIED))
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, catalogue=a_catalogue("area.a"))
    assert plan.changes == (Create(a_role("a", ["area.a"])),)


# --- the configuration


def test_a_role_that_is_not_managed_is_left_alone_and_said(history: Histories, golden: Golden) -> None:
    past = history(A, B)
    past.apply(Update(an_id("a"), A, C))
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, scope=Scope(manage=("a",)))
    assert (plan.changes, plan.unchanged, plan.ignored) == ((), (), ())
    (note,) = plan.notes
    golden.says("history/undo", "left alone: not managed", note)


def test_a_role_that_the_journal_made_is_deleted_also_where_unmanaged_roles_are_reported(history: Histories) -> None:
    past = history()
    past.apply(Create(A))
    plan = undo_plan(read(past.path), past.tenant.list_roles(), target=TARGET, scope=Scope("report"))
    assert plan.changes == (Delete(past.id_of("a"), A),)


def test_a_create_that_was_made_and_whose_id_is_not_known_is_not_told_as_unsure(history: Histories) -> None:
    past = history(B)
    recorded(past, Create(B), Outcome(Create(B), Kind.APPLIED))
    plan = past.undo()
    assert plan.changes == (Delete(an_id("b"), B),)
    assert plan.notes == ()


def test_an_older_journals_failed_request_that_does_not_say_how_often_it_was_sent_is_not_named(
    history: Histories,
) -> None:
    past = history(B)
    recorded(past, Create(B), Outcome(Create(B), Kind.FAILED, "no"))
    lines = [json.loads(line) for line in past.path.read_text().splitlines()]
    for line in lines:
        line.pop("stored", None)
        line.pop("attempts", None)
    past.path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert not any("failed" in note for note in past.undo().notes)
