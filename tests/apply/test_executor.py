from __future__ import annotations

import threading
from concurrent.futures import wait

import pytest

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.outcome import Kind, Outcome
from reconciler.model.errors import Rejected, Unreachable
from reconciler.model.roles import LiveRole
from reconciler.plan.changes import Change, Create, Delete, Update
from tests.apply.running import LEAD, TEMP, error_of, kinds, run
from tests.apply.tenant import Tenant, live
from tests.builders import Before, a_create, a_delete, a_role, an_id, an_update, approved

# --- what is carried out


def test_nothing_to_do_gives_no_outcomes() -> None:
    assert run(Tenant()) == ()


def test_creates_updates_and_deletes_are_carried_out() -> None:
    tenant = Tenant(TEMP, LEAD)
    assert kinds(run(tenant, a_create("clerk"), an_update(), a_delete())) == [Kind.APPLIED] * 3
    assert tenant.roles() == {a_create("clerk").after, an_update().after}


def test_a_create_tells_the_id_that_the_server_gave() -> None:
    tenant = Tenant()
    (outcome,) = run(tenant, a_create("clerk"))
    assert outcome.id in {role.id for role in tenant.list_roles() if role.role.name == "clerk"}


def test_outcomes_stand_in_the_order_of_the_changes() -> None:
    tenant = Tenant(TEMP, LEAD)
    changes = (a_delete(), an_update(), a_create("clerk"))
    assert [outcome.change for outcome in run(tenant, *changes)] == list(changes)


def test_one_at_a_time_runs_creates_then_updates_then_deletes_each_by_name() -> None:
    tenant = Tenant(TEMP, LEAD)
    run(tenant, a_delete(), an_update(), a_create("b"), a_create("a"), concurrency=1)
    assert tenant.log == [("create", "a"), ("create", "b"), ("update", "support-lead"), ("delete", "temp-role")]


def test_independent_changes_run_side_by_side() -> None:
    meeting = threading.Barrier(3, timeout=10)
    tenant = Tenant()
    tenant.before_write = lambda _action, _name: (meeting.wait(), None)[1]
    assert kinds(run(tenant, a_create("a"), a_create("b"), a_create("c"), concurrency=3)) == [Kind.APPLIED] * 3


def test_no_more_than_the_given_number_run_at_a_time() -> None:
    tenant, lock, now, most = Tenant(), threading.Lock(), [0], [0]

    def enter(_action: str, _name: str) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])

    def leave(_action: str, _name: str) -> None:
        with lock:
            now[0] -= 1

    tenant.before_write, tenant.after_write = enter, leave
    run(tenant, *(a_create(f"role-{number}") for number in range(20)), concurrency=2)
    assert most[0] <= 2
    assert now[0] == 0


def test_progress_is_given_each_outcome_as_it_comes() -> None:
    seen: list[Outcome] = []
    changes = (a_create("a"), a_create("b"))
    outcomes = carry_out(approved(*changes), Run(Tenant(), 1, Stop(), progress=seen.append))
    assert seen == list(outcomes)


# --- the order


def test_a_chain_of_renames_runs_from_its_free_end() -> None:
    a, b = live([a_role("a"), a_role("b", ["contacts.view"])])
    first = Update(a.id, a.role, a_role("b"))
    second = Update(b.id, b.role, a_role("c", ["contacts.view"]))
    tenant = Tenant(a, b)
    assert kinds(run(tenant, first, second, concurrency=4)) == [Kind.APPLIED] * 2
    assert tenant.log == [("update", "c"), ("update", "b")]


def test_what_depends_on_a_failed_change_is_skipped_and_says_on_what_it_waited() -> None:
    tenant = Tenant(TEMP, held={"temp-role": 2})
    deleted, created = run(tenant, a_delete(), a_create("temp-role"))
    assert deleted.kind is Kind.FAILED
    assert (created.kind, created.status) == (Kind.UNTRIED, "skipped")
    assert created.error == "it waited for the delete of temp-role, which was not made"


def test_a_create_of_a_name_that_two_roles_have_waits_for_both_deletes() -> None:
    one, other = (LiveRole(an_id(key), TEMP.role, is_system=False) for key in ("one", "other"))
    tenant = Tenant(one, other)
    outcomes = run(tenant, a_create("temp-role"), *(Delete(role.id, role.role) for role in (one, other)), concurrency=4)
    assert kinds(outcomes) == [Kind.APPLIED] * 3
    assert [action for action, _ in tenant.log] == ["delete", "delete", "create"]


def test_a_create_that_waits_for_two_deletes_is_skipped_once_where_neither_is_made() -> None:
    one, other = (LiveRole(an_id(key), TEMP.role, is_system=False) for key in ("one", "other"))
    seen: list[Outcome] = []
    changes: tuple[Change, ...] = (a_create("temp-role"), *(Delete(role.id, role.role) for role in (one, other)))
    tenant = Tenant(one, other, held={"temp-role": 2})
    outcomes = carry_out(approved(*changes), Run(tenant, 1, Stop(), progress=seen.append))
    assert kinds(outcomes) == [Kind.UNTRIED, Kind.FAILED, Kind.FAILED]
    assert len(seen) == len(changes)


def test_a_skipped_change_skips_what_waits_for_it_in_turn() -> None:
    a, b = live([a_role("a"), a_role("b")])
    tenant = Tenant(TEMP, a, b, held={"temp-role": 1})
    changes = (a_delete(), Update(b.id, b.role, a_role("temp-role")), Update(a.id, a.role, a_role("b")))
    assert kinds(run(tenant, *changes)) == [Kind.FAILED, Kind.UNTRIED, Kind.UNTRIED]


def test_independent_work_goes_on_after_a_failure() -> None:
    tenant = Tenant(TEMP, LEAD, held={"temp-role": 2})
    assert kinds(run(tenant, a_delete(), an_update(), concurrency=1)) == [Kind.FAILED, Kind.APPLIED]


def test_what_waits_goes_on_where_the_change_before_it_was_so_already() -> None:
    tenant = Tenant()
    assert kinds(run(tenant, a_delete(), a_create("temp-role"))) == [Kind.ALREADY, Kind.APPLIED]


def test_names_that_go_round_in_a_circle_are_not_tried() -> None:
    a, b = live([a_role("a"), a_role("b", ["contacts.view"])])
    tenant = Tenant(a, b)
    outcomes = run(tenant, Update(a.id, a.role, a_role("b")), Update(b.id, b.role, a_role("a")))
    assert kinds(outcomes) == [Kind.UNTRIED] * 2
    assert "in a circle" in error_of(outcomes[0])
    assert tenant.log == []


# --- the read right before a write


def test_a_role_that_is_as_wanted_already_is_not_written() -> None:
    tenant = Tenant(*live([an_update().after]))
    (outcome,) = run(tenant, an_update())
    assert (outcome.kind, outcome.status, outcome.error) == (Kind.ALREADY, "skipped", None)
    assert tenant.log == []


def test_a_role_that_changed_meanwhile_is_left_alone_and_the_difference_told() -> None:
    tenant = Tenant(*live([a_role(permissions=["billing.manage"])]))
    (outcome,) = run(tenant, an_update())
    assert (outcome.kind, outcome.status) == (Kind.CHANGED, "failed")
    assert outcome.error == "it changed since the plan was made, so it was left alone: + billing.manage"
    assert tenant.log == []


def test_a_role_to_delete_that_changed_meanwhile_is_left_alone() -> None:
    tenant = Tenant(LiveRole(TEMP.id, a_role("temp-role", ["billing.manage"], "For now."), is_system=False))
    assert kinds(run(tenant, a_delete())) == [Kind.CHANGED]
    assert tenant.log == []


def test_a_role_to_delete_that_is_gone_is_nothing_to_do() -> None:
    assert kinds(run(Tenant(), a_delete())) == [Kind.ALREADY]


def test_a_role_to_update_that_is_gone_is_reported() -> None:
    (outcome,) = run(Tenant(), an_update())
    assert outcome.kind is Kind.CHANGED
    assert "it is gone from OmniStream" in error_of(outcome)


def test_a_role_that_cannot_be_read_right_before_is_not_written() -> None:
    tenant = Tenant(LEAD)

    def fail(_name: str) -> None:
        raise Unreachable("no answer came")

    tenant.before_read = fail
    (outcome,) = run(tenant, an_update())
    assert outcome.kind is Kind.FAILED
    assert outcome.error == "no answer came (read before the change; nothing was sent to change it)"
    assert tenant.log == []


# --- system roles


def test_a_role_that_became_a_system_role_is_not_written_even_where_it_is_as_planned() -> None:
    tenant = Tenant(LiveRole(LEAD.id, LEAD.role, is_system=True))
    (outcome,) = run(tenant, an_update())
    assert outcome.kind is Kind.FAILED
    assert "system role" in error_of(outcome)
    assert tenant.log == []


@pytest.mark.parametrize(
    "change",
    [
        Create(a_role("admin")),
        Delete(an_id("x"), a_role("supervisor")),
        Update(an_id("x"), a_role("agent"), a_role("x")),
        Update(an_id("x"), a_role("x"), a_role("agent")),
    ],
    ids=["create", "delete", "rename-from", "rename-to"],
)
def test_a_change_that_names_a_system_role_is_never_sent(change: Change) -> None:
    tenant = Tenant(*live([a_role("x")]))
    (outcome,) = run(tenant, change)
    assert outcome.kind is Kind.FAILED
    assert tenant.log == []


def test_updates_come_before_deletes_and_after_creates_whatever_their_names() -> None:
    first, last = live([a_role("a"), a_role("z", ["contacts.view"])])
    tenant = Tenant(first, last)
    changes = (Delete(first.id, first.role), Update(last.id, last.role, a_role("z")), Create(a_role("zz")))
    run(tenant, *changes, concurrency=1)
    assert tenant.log == [("create", "zz"), ("update", "z"), ("delete", "a")]


# --- refusals


def refusing(tenant: Tenant, status: int, *names: str) -> None:
    """Every write of a role of these names is refused."""

    def refuse(_action: str, name: str) -> None:
        if name in names:
            raise Rejected("no", status=status)

    tenant.before_write = refuse


def told(tenant: Tenant, *changes: Change) -> list[str]:
    """The names in the order of the progress, with one change at a time."""
    names: list[str] = []
    carry_out(approved(*changes), Run(tenant, 1, Stop(), progress=lambda outcome: names.append(outcome.change.name)))
    return names


def test_a_refused_create_is_told_at_once_where_nothing_is_deleted() -> None:
    tenant = Tenant()
    refusing(tenant, 422, "a")
    assert told(tenant, a_create("a"), a_create("b")) == ["a", "b"]


def test_a_create_whose_key_is_not_taken_is_told_before_the_deletes() -> None:
    tenant = Tenant(TEMP)
    refusing(tenant, 401, "a")
    assert told(tenant, a_create("a"), a_delete()) == ["a", "temp-role"]


@pytest.mark.parametrize("before", [(), ("a",)], ids=["at once", "after a success"])
def test_two_writes_in_a_row_that_are_forbidden_are_enough(before: tuple[str, ...]) -> None:
    tenant = Tenant()
    refusing(tenant, 403, "b", "c")
    outcomes = run(tenant, *map(a_create, (*before, "b", "c", "d")), concurrency=1)
    assert kinds(outcomes) == [*(Kind.APPLIED for _ in before), Kind.FAILED, Kind.FAILED, Kind.UNTRIED]


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        ((401, 403, 403), "the server no longer accepts the API key (401)"),
        ((403, 403, 401), "the server refused two writes in a row (403)"),
    ],
)
def test_the_first_refusal_that_stops_the_apply_is_the_reason(statuses: tuple[int, ...], why: str) -> None:
    tenant, ended = Tenant(LEAD), {name: threading.Event() for name in "abc"}

    under_way = threading.Barrier(4, timeout=10)

    def refuse(_action: str, name: str) -> None:  # b waits for the end of a, and c for that of b
        under_way.wait()
        assert name == "a" or ended[chr(ord(name) - 1)].wait(10)
        raise Rejected("no", status=statuses["abc".index(name)])

    def look(_name: str) -> None:
        under_way.wait()
        assert ended["c"].wait(10)

    def progress(outcome: Outcome) -> None:
        if outcome.change.name in ended:
            ended[outcome.change.name].set()

    tenant.before_write, tenant.before_read = refuse, look
    changes: list[Change] = [*map(a_create, "abc"), an_update()]
    *_, last = carry_out(approved(*changes), Run(tenant, 4, Stop(), progress=progress))
    assert last.kind is Kind.UNTRIED
    assert error_of(last).startswith(why)


# --- which comes first


def test_what_becomes_ready_goes_before_a_delete_that_was_ready_earlier() -> None:
    tenant = Tenant(TEMP, *live([a_role("old")]))
    renamed = an_update("new", before=Before(name="old"))
    run(tenant, a_delete(), renamed, a_create("old", ["x.y"]), concurrency=1)
    assert tenant.log == [("update", "new"), ("create", "old"), ("delete", "temp-role")]


def test_of_changes_that_end_together_the_first_of_the_plan_is_told_first() -> None:
    told: list[Outcome] = []
    changes = [a_create(f"role-{number}") for number in range(8)]
    together = Run(Tenant(), 8, Stop(), progress=told.append, some_done=lambda flying: wait(flying, timeout=10).done)
    carry_out(approved(*changes), together)
    assert [outcome.change.name for outcome in told] == [change.name for change in changes]
