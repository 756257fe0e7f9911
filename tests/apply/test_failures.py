from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.apply import Run, carry_out
from reconciler.errors import BadAnswer, Failed, NotSent, Overloaded, Rejected, Unreachable
from reconciler.interrupts import Stop
from reconciler.outcome import Kind, Outcome, defect_in
from reconciler.roles import LiveRole
from tests.apply.running import LEAD, TEMP, error_of, kinds, lost, run
from tests.apply.tenant import Tenant, live
from tests.builders import a_create, a_delete, a_role, an_update

if TYPE_CHECKING:
    from reconciler.plan import Change

# --- failures


def test_a_refusal_is_reported_with_the_message_that_the_client_built() -> None:
    tenant = Tenant(*live([a_role("clerk")]))
    (outcome,) = run(tenant, a_create("clerk"))
    assert (outcome.status, outcome.error) == ("failed", "the server refused with 409: name is taken")


@pytest.mark.parametrize(
    ("status", "detail", "told"),
    [
        (409, "role is assigned to 2 agents", "2 agents still hold it: give them another role in OmniStream"),
        (409, "1 agent has this role", "1 agent still holds it: give them another role in OmniStream"),
        (409, "", "agents still hold it: give them another role in OmniStream"),
        (400, "Role is in use", "agents still hold it: give them another role in OmniStream"),
        (422, "cannot delete", "no"),
        (403, "agents.manage is missing for agents", "no"),
    ],
)
def test_a_delete_that_agents_stand_in_the_way_of_says_what_to_do(status: int, detail: str, told: str) -> None:
    tenant = Tenant(TEMP)

    def refuse(_action: str, _name: str) -> None:
        raise Rejected("no", status=status, detail=detail)

    tenant.before_write = refuse
    (outcome,) = run(tenant, a_delete())
    assert outcome.kind is Kind.FAILED
    assert error_of(outcome).startswith(told)
    assert "no" in error_of(outcome)


LOST = [Unreachable("cut off"), Overloaded("503", status=503), BadAnswer("half a body", status=200)]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("change", [an_update(), a_delete()], ids=["update", "delete"])
def test_a_write_that_was_done_though_its_answer_was_lost_counts_as_applied(change: Change, error: Failed) -> None:
    tenant = Tenant(TEMP, LEAD)

    def lose(_action: str, _name: str) -> None:
        raise lost(error)

    tenant.after_write = lose
    (outcome,) = run(tenant, change)
    assert (outcome.kind, outcome.attempts, outcome.error) == (Kind.APPLIED, 5, None)


@pytest.mark.parametrize("change", [an_update(), a_delete()], ids=["update", "delete"])
def test_a_write_that_was_not_done_fails_with_the_reason(change: Change) -> None:
    tenant = Tenant(TEMP, LEAD)

    def lose(_action: str, _name: str) -> None:
        raise lost(Unreachable("cut off"), 3)

    tenant.before_write = lose
    (outcome,) = run(tenant, change)
    assert (outcome.kind, outcome.attempts, outcome.error) == (Kind.FAILED, 3, "cut off; it is as it was")


def test_a_write_of_which_nothing_can_be_read_is_not_known() -> None:
    tenant = Tenant(LEAD)

    def lose(_action: str, _name: str) -> None:
        tenant.before_read = _raise_unreachable
        raise lost(Unreachable("cut off"))

    tenant.after_write = lose
    (outcome,) = run(tenant, an_update())
    assert (outcome.kind, outcome.status) == (Kind.OPEN, "failed")
    assert "whether it was done is not known" in error_of(outcome)


def _raise_unreachable(_name: str) -> None:
    raise Unreachable("cut off")


def test_a_lost_update_of_a_role_that_is_gone_or_changed_since_is_not_known() -> None:
    tenant = Tenant(LEAD)

    def lose(_action: str, _name: str) -> None:
        tenant.drop(LEAD.id)
        raise lost(Unreachable("cut off"))

    tenant.after_write = lose
    assert kinds(run(tenant, an_update())) == [Kind.OPEN]
    other = Tenant(LEAD)

    def change(_action: str, _name: str) -> None:
        other.put(LiveRole(LEAD.id, a_role(permissions=["billing.view"]), is_system=False))
        raise lost(Unreachable("cut off"))

    other.after_write = change
    assert kinds(run(other, an_update())) == [Kind.OPEN]


def test_a_create_whose_answer_stays_open_is_not_known() -> None:
    tenant = Tenant()

    def lose(_action: str, _name: str) -> None:
        raise lost(Unreachable("cut off"))

    tenant.before_write = lose
    assert kinds(run(tenant, a_create())) == [Kind.OPEN]


@pytest.mark.parametrize(("attempts", "kind"), [(1, Kind.ALREADY), (2, Kind.APPLIED)])
def test_a_delete_answered_with_404_is_done_and_ours_where_it_was_sent_before(attempts: int, kind: Kind) -> None:
    tenant = Tenant(TEMP)

    def vanish(_action: str, _name: str) -> None:
        tenant.drop(TEMP.id)

    tenant.before_write = vanish
    (outcome,) = carry_out([a_delete()], Run(_Counting(tenant, attempts), 1, Stop()))
    assert outcome.kind is kind


class _Counting(Tenant):
    """A client that makes so many attempts before it raises."""

    def __init__(self, inner: Tenant, attempts: int) -> None:
        super().__init__()
        self._inner = inner
        self._attempts = attempts

    def get_role(self, role_id: str) -> LiveRole:
        return self._inner.get_role(role_id)

    def delete_role(self, role_id: str) -> int:
        try:
            return self._inner.delete_role(role_id)
        except Failed as error:
            raise lost(error, self._attempts) from None


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


def test_an_interrupt_that_comes_while_a_write_waits_to_be_sent_leaves_it_untried() -> None:
    tenant, stop = Tenant(), Stop()

    def withhold(_action: str, _name: str) -> None:
        stop.set()
        raise NotSent("an interrupt came before it was sent")

    tenant.before_write = withhold
    assert kinds(run(tenant, a_create("a"), stop=stop)) == [Kind.UNTRIED]


def test_a_defect_in_a_write_loses_no_other_outcome_and_starts_nothing_new() -> None:
    tenant = Tenant()

    def break_down(_action: str, name: str) -> None:
        if name == "b":
            raise ZeroDivisionError("unforeseen")

    tenant.before_write = break_down
    outcomes = run(tenant, a_create("a"), a_create("b"), a_create("c"), concurrency=1)
    assert kinds(outcomes) == [Kind.APPLIED, Kind.OPEN, Kind.UNTRIED]
    assert isinstance(defect_in(outcomes), ZeroDivisionError)
    assert error_of(outcomes[1]) == "a defect in reconciler: ZeroDivisionError: unforeseen"


def test_a_defect_in_the_read_before_is_kept_too() -> None:
    tenant = Tenant(LEAD)

    def break_down(_name: str) -> None:
        raise ZeroDivisionError

    tenant.before_read = break_down
    (outcome,) = run(tenant, an_update())
    assert outcome.kind is Kind.FAILED
    assert isinstance(outcome.defect, ZeroDivisionError)


def test_a_defect_in_showing_progress_loses_no_outcome() -> None:
    def break_down(_outcome: Outcome) -> None:
        raise ZeroDivisionError

    outcomes = carry_out([a_create("a"), a_create("b")], Run(Tenant(), 1, Stop(), progress=break_down))
    assert kinds(outcomes) == [Kind.APPLIED, Kind.UNTRIED]
    assert isinstance(defect_in(outcomes), ZeroDivisionError)
