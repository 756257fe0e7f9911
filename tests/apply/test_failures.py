from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.apply.advice import refusal
from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.outcome import NOT_KNOWN, Kind, Outcome, defect_in, exit_code
from reconciler.model.errors import BadAnswer, ExitCode, Failed, NotSent, Overloaded, Rejected, Unreachable
from reconciler.model.roles import LiveRole
from tests.apply.running import LEAD, TEMP, error_of, kinds, run
from tests.apply.tenant import Tenant, live
from tests.builders import a_create, a_delete, a_role, an_update, approved

if TYPE_CHECKING:
    from reconciler.plan.changes import Change
    from tests.sentences import Golden

# --- failures


def test_a_refusal_is_reported_with_the_message_that_the_client_built() -> None:
    tenant = Tenant(*live([a_role("clerk", ["billing.view"])]))
    (outcome,) = run(tenant, a_create("clerk"))
    assert (outcome.status, outcome.error) == ("failed", "the server refused with 409: name is taken")


def refused(status: int, detail: str) -> Outcome:
    """What becomes of a delete that the server refuses in these words."""
    tenant = Tenant(TEMP)

    def refuse(_action: str, _name: str) -> None:
        raise Rejected("no", status=status, detail=detail)

    tenant.before_write = refuse
    (outcome,) = run(tenant, a_delete())
    assert outcome.kind is Kind.FAILED
    return outcome


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (409, "role is assigned to 2 agents"),
        (409, "1 agent has this role"),
        (409, ""),
        (400, "Role is in use"),
        (409, " "),
    ],
)
def test_a_delete_that_agents_stand_in_the_way_of_says_what_to_do(status: int, detail: str, golden: Golden) -> None:
    outcome = refused(status, detail)
    assert error_of(outcome).endswith("(no)")
    golden.says("apply/advice", f"{status} {detail.strip()}".strip(), error_of(outcome))


def test_the_advice_does_not_say_again_which_role_could_not_be_deleted() -> None:
    gone = a_delete()
    said = f'could not delete the role "{gone.id}": the server answered 409 Conflict: held by 2 agents'
    told = refusal(gone, Rejected(said, status=409, detail="held by 2 agents"))
    assert told.endswith(", then apply again (the server answered 409 Conflict: held by 2 agents)")


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (422, "cannot delete"),
        (422, ""),
        (403, "agents.manage is missing for agents"),
        (401, "unknown agents"),
        (409, "another change is under way"),
    ],
)
def test_a_delete_that_is_refused_for_another_reason_is_told_in_the_servers_words(status: int, detail: str) -> None:
    assert refused(status, detail).error == "no"


def test_an_update_is_refused_in_the_servers_words_whatever_they_say_of_agents() -> None:
    tenant = Tenant(LEAD)

    def refuse(_action: str, _name: str) -> None:
        raise Rejected("no", status=409, detail="role is assigned to 2 agents")

    tenant.before_write = refuse
    assert error_of(run(tenant, an_update())[0]) == "no"


LOST = [Unreachable("cut off"), Overloaded("503", status=503), BadAnswer("half a body", status=200)]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("change", [an_update(), a_delete()], ids=["update", "delete"])
def test_a_write_that_was_done_though_its_answer_was_lost_counts_as_applied(change: Change, error: Failed) -> None:
    tenant = Tenant(TEMP, LEAD)

    def lose(_action: str, _name: str) -> None:
        raise error

    tenant.after_write = lose
    (outcome,) = run(tenant, change)
    assert (outcome.kind, outcome.attempts, outcome.error) == (Kind.APPLIED, 1, None)


@pytest.mark.parametrize("change", [an_update(), a_delete()], ids=["update", "delete"])
def test_a_write_that_was_not_done_fails_with_the_reason(change: Change, golden: Golden) -> None:
    tenant = Tenant(TEMP, LEAD)

    def lose(_action: str, _name: str) -> None:
        raise Unreachable("cut off")

    tenant.before_write = lose
    (outcome,) = run(tenant, change)
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 5)
    golden.says("apply/attempts", "not done: the role is as before", error_of(outcome))


def test_a_write_of_which_nothing_can_be_read_is_not_known(golden: Golden) -> None:
    tenant = Tenant(LEAD)

    def lose(_action: str, _name: str) -> None:
        tenant.before_read = _raise_unreachable
        tenant.before_list = lambda: _raise_unreachable("")
        raise Unreachable("cut off")

    tenant.after_write = lose
    (outcome,) = run(tenant, an_update())
    assert (outcome.kind, outcome.status) == (Kind.OPEN, "failed")
    assert error_of(outcome).endswith(NOT_KNOWN)
    golden.says("apply/attempts", "unknown: nothing can be read", error_of(outcome))


def _raise_unreachable(_name: str) -> None:
    raise Unreachable("cut off")


def test_a_lost_update_of_a_role_that_is_gone_or_changed_since_is_left_alone_and_counts_as_written() -> None:
    tenant = Tenant(LEAD)

    def lose(_action: str, _name: str) -> None:
        tenant.drop(LEAD.id)
        raise Unreachable("cut off")

    tenant.after_write = lose
    outcomes = run(tenant, an_update())
    assert kinds(outcomes) == [Kind.CHANGED]
    assert exit_code(outcomes, converged=False, interrupted=False, saved=True) is ExitCode.PARTLY_APPLIED
    other = Tenant(LEAD)

    def change(_action: str, _name: str) -> None:
        other.put(LiveRole(LEAD.id, a_role(permissions=["billing.view"]), is_system=False))
        raise Unreachable("cut off")

    other.after_write = change
    assert kinds(run(other, an_update())) == [Kind.CHANGED]


def test_a_create_whose_answer_stays_open_is_not_known() -> None:
    tenant = Tenant()

    def lose(_action: str, _name: str) -> None:
        raise Unreachable("cut off")

    tenant.before_write = lose
    assert kinds(run(tenant, a_create())) == [Kind.OPEN]


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(("lost", "kind"), [(False, Kind.ALREADY), (True, Kind.APPLIED)])
def test_a_role_that_is_gone_is_deleted_by_us_only_where_an_earlier_try_may_have_done_it(
    status: int, kind: Kind, *, lost: bool
) -> None:
    tenant = Tenant(TEMP)
    tries = []

    def vanish(_action: str, _name: str) -> None:
        tries.append(1)
        if lost and len(tries) == 1:
            raise Unreachable("cut off")
        tenant.drop(TEMP.id)
        raise Rejected("gone", status=status)

    tenant.before_write = vanish
    assert kinds(run(tenant, a_delete())) == [kind]


# --- interrupts and defects


def test_an_interrupt_lets_what_is_in_flight_finish_and_starts_nothing_new() -> None:
    tenant, stop = Tenant(), Stop()
    tenant.before_write = lambda _action, _name: stop.set()
    first, second = run(tenant, a_create("a"), a_create("b"), concurrency=1, stop=stop)
    assert first.kind is Kind.APPLIED
    assert (second.kind, second.status) == (Kind.UNTRIED, "skipped")
    assert "interrupt" in error_of(second)


def test_an_interrupt_between_the_read_and_the_write_starts_no_write() -> None:
    tenant, stop = Tenant(LEAD), Stop()
    tenant.before_read = lambda _name: stop.set()
    assert kinds(run(tenant, an_update(), stop=stop)) == [Kind.UNTRIED]
    assert tenant.log == []


def test_a_read_before_the_write_that_an_interrupt_cuts_short_leaves_it_untried() -> None:
    tenant, stop = Tenant(LEAD), Stop()

    def lose(_name: str) -> None:
        stop.set()
        raise Unreachable("no answer within 5 s after the interrupt")

    tenant.before_read = lose
    assert kinds(run(tenant, an_update(), stop=stop)) == [Kind.UNTRIED]
    assert tenant.log == []


def test_an_interrupt_that_comes_while_a_write_waits_to_be_sent_leaves_it_untried() -> None:
    tenant, stop = Tenant(), Stop()

    def withhold(_action: str, _name: str) -> None:
        stop.set()
        raise NotSent("an interrupt came before it was sent")

    tenant.before_write = withhold
    assert kinds(run(tenant, a_create("a"), stop=stop)) == [Kind.UNTRIED]


def test_a_write_with_an_open_end_during_an_interrupt_is_not_told_as_untried() -> None:
    tenant, stop = Tenant(), Stop()

    def lose(_action: str, _name: str) -> None:
        stop.set()
        raise Unreachable("cut off")

    tenant.before_write = lose
    assert kinds(run(tenant, a_create("a"), stop=stop)) == [Kind.OPEN]


def test_a_defect_in_a_write_loses_no_other_outcome_and_starts_nothing_new(golden: Golden) -> None:
    tenant = Tenant()

    def break_down(_action: str, name: str) -> None:
        if name == "b":
            raise ZeroDivisionError("unforeseen")

    tenant.before_write = break_down
    outcomes = run(tenant, a_create("a"), a_create("b"), a_create("c"), concurrency=1)
    assert kinds(outcomes) == [Kind.APPLIED, Kind.OPEN, Kind.UNTRIED]
    assert isinstance(defect_in(outcomes), ZeroDivisionError)
    assert outcomes[1].attempts == 1
    assert "ZeroDivisionError: unforeseen" in error_of(outcomes[1])
    golden.says("apply/executor", "an internal error", "\n".join(map(error_of, outcomes[1:])))


def test_a_defect_in_the_read_before_is_kept_too() -> None:
    tenant = Tenant(LEAD)

    def break_down(_name: str) -> None:
        raise ZeroDivisionError

    tenant.before_read = break_down
    (outcome,) = run(tenant, an_update())
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 0)
    assert isinstance(outcome.defect, ZeroDivisionError)


def test_a_defect_in_showing_progress_loses_no_outcome() -> None:
    def break_down(_outcome: Outcome) -> None:
        raise ZeroDivisionError

    outcomes = carry_out(approved(a_create("a"), a_create("b")), Run(Tenant(), 1, Stop(), progress=break_down))
    assert kinds(outcomes) == [Kind.APPLIED, Kind.UNTRIED]
    assert isinstance(defect_in(outcomes), ZeroDivisionError)
