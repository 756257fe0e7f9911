"""What a list that is behind, and a 404 that is wrong, hide from the looks at what an apply did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal, read
from reconciler.apply.looks import UNREADABLE
from reconciler.apply.outcome import Kind, Outcome
from reconciler.apply.through import Applied, apply_changes
from reconciler.apply.verify import verified
from reconciler.model.errors import NotFound, Overloaded, Rejected, Unreachable
from reconciler.model.roles import LiveRole
from reconciler.transport.retry import Retry
from tests.apply.running import LEAD, TEMP, error_of, kinds
from tests.apply.tenant import Tenant
from tests.builders import a_create, a_delete, a_live_role, a_role, an_update, approved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.model.errors import Failed
    from reconciler.plan.changes import Change

REFUSED = Rejected("no", status=422)
GONE = NotFound("there is no such role", status=404)
CUT = Unreachable("cut off")


class Behind(Tenant):
    """Its next `late` lists show the roles that were live at the start."""

    def __init__(self, *roles: LiveRole, late: int) -> None:
        super().__init__(*roles)
        self._first = super().list_roles()
        self.late = late

    def list_roles(self) -> tuple[LiveRole, ...]:
        now = super().list_roles()
        self.late -= 1
        return self._first if self.late >= 0 else now


def applied(tenant: Tenant, *changes: Change, journal: Journal | None = None) -> Applied:
    return apply_changes(approved(*changes), Run(tenant, 1, Stop(), journal), tenant.list_roles, lambda _: [])


def refusing(tenant: Tenant, *, done: bool, status: int = 422) -> None:
    """Each write is refused, and done all the same where `done` says so."""

    def refuse(_action: str, _name: str) -> None:
        raise Rejected("no", status=status)

    if done:
        tenant.after_write = refuse
    else:
        tenant.before_write = refuse


def denying(tenant: Tenant, answers: list[bool]) -> None:
    """Reading a role by its id is answered with 404 where `answers` says so, in their order, and rightly after them."""
    left: Iterator[bool] = iter(answers)

    def deny(_name: str) -> None:
        if next(left, False):
            raise GONE

    tenant.before_read = deny


# --- a create that is refused and done, while the list is behind


def test_a_create_that_took_effect_although_it_was_refused_is_found_once_the_list_shows_it(tmp_path: Path) -> None:
    tenant, path = Behind(late=2), tmp_path / "journal.jsonl"
    refusing(tenant, done=True)
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        result = applied(tenant, a_create("clerk"), journal=journal)
    assert kinds(result.outcomes) == [Kind.APPLIED]
    assert [entry.reason for entry in read(path).entries] == [None, "failed", "applied"]


def test_however_many_creates_are_refused_the_list_is_waited_for_once() -> None:
    tenant = Tenant()
    refusing(tenant, done=False)
    result = applied(tenant, *(a_create(f"role-{number}") for number in range(9)))
    assert kinds(result.outcomes) == [Kind.FAILED] * 9
    assert tenant.waits.seconds == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("status", [401, 403, 409])
def test_a_create_that_cannot_be_done_by_such_a_refusal_is_not_waited_for(status: int) -> None:
    tenant = Tenant()
    refusing(tenant, done=False, status=status)
    assert kinds(applied(tenant, a_create("clerk")).outcomes) == [Kind.FAILED]
    assert tenant.waits.seconds == []


def test_a_refused_update_is_not_waited_for_since_the_role_itself_was_read() -> None:
    tenant = Tenant(LEAD)
    refusing(tenant, done=False)
    assert kinds(applied(tenant, an_update()).outcomes) == [Kind.FAILED]
    assert tenant.waits.seconds == []


def test_a_refused_create_that_a_late_list_shows_as_another_role_is_not_known() -> None:
    tenant = Behind(late=2)
    tenant.keeps = lambda role: a_role(role.name, ["x.y"])
    refusing(tenant, done=True)
    (outcome,) = applied(tenant, a_create("clerk")).outcomes
    assert outcome.kind is Kind.OPEN
    assert "no; the live role of this name differs: " in error_of(outcome)
    assert tenant.waits.seconds == [1.0]


@pytest.mark.parametrize("after", [0, 1])
def test_a_refused_create_is_not_known_where_the_list_cannot_be_read_to_the_end(after: int) -> None:
    tenant = Tenant()
    refusing(tenant, done=False)
    reads: list[int] = []

    def listed() -> tuple[LiveRole, ...]:
        reads.append(1)
        if len(reads) > after:
            raise Unreachable("cut off")
        return tenant.list_roles()

    result = apply_changes(approved(a_create("clerk")), Run(tenant, 1, Stop()), listed, lambda _: ["x"])
    assert kinds(result.outcomes) == [Kind.OPEN]


def test_a_refused_create_that_is_there_when_it_is_tried_once_more_is_ours() -> None:
    tenant = Behind(TEMP, late=1)
    refusing(tenant, done=True)
    refuse = tenant.after_write
    tenant.after_write = lambda action, name: refuse(action, name) if action == "create" else None
    created, deleted = carry_out(approved(a_create("clerk"), a_delete()), Run(tenant, 1, Stop()))
    assert (created.kind, created.attempts, deleted.kind) == (Kind.APPLIED, 2, Kind.APPLIED)


def test_a_refused_create_whose_name_is_taken_when_it_is_tried_once_more_is_found_once_the_list_shows_it() -> None:
    tenant = Behind(TEMP, late=3)
    refusing(tenant, done=True)
    refuse = tenant.after_write
    tenant.after_write = lambda action, name: refuse(action, name) if action == "create" else None
    result = applied(tenant, a_create("clerk"), a_delete())
    assert kinds(result.outcomes) == [Kind.APPLIED] * 2


@pytest.mark.parametrize(("change", "live"), [(an_update(), LEAD), (a_delete(), TEMP)], ids=["update", "delete"])
def test_a_refused_change_of_a_role_that_is_as_it_was_failed_though_the_list_cannot_be_read(
    change: Change, live: LiveRole
) -> None:
    tenant = Tenant(live)
    refusing(tenant, done=False)

    def unlisted() -> tuple[LiveRole, ...]:
        raise CUT

    result = apply_changes(approved(change), Run(tenant, 1, Stop()), unlisted, lambda _: ["x"])
    assert kinds(result.outcomes) == [Kind.FAILED]


def test_a_create_that_was_refused_after_a_lost_answer_is_found_behind_the_role_that_had_its_name() -> None:
    tenant = Behind(a_live_role("clerk", ["x.y"]), late=1)
    tenant.put(a_live_role("clerk"))
    told = Outcome(a_create("clerk"), Kind.OPEN, "taken", attempts=2, ours=True, refused=409)
    (settled,), _ = verified([told], tenant, tenant.list_roles)
    assert (settled.kind, tenant.waits.seconds) == (Kind.APPLIED, [1.0])


# --- a role that cannot be read by its id


def test_an_update_whose_role_could_not_be_read_is_decided_by_the_list_once_that_shows_it() -> None:
    tenant = Behind(LEAD, late=1)
    told = an_update()
    tenant.update_role(told.id, told.before, told.after)

    def unread(_name: str) -> None:
        raise CUT

    tenant.before_read = unread
    (settled,), _ = verified([Outcome(told, Kind.OPEN, "cut off", ours=True)], tenant, tenant.list_roles)
    assert settled.kind is Kind.APPLIED


def test_a_create_that_only_the_list_denies_stays_not_known_where_the_waiting_ends_early() -> None:
    tenant = Tenant()
    tenant.retry = Retry(base=0, sleep=lambda _seconds: True)
    told = Outcome(a_create("clerk"), Kind.OPEN, "cut off", attempts=1, ours=True)
    assert verified([told], tenant, tenant.list_roles)[0] == (told,)


# --- a 404 that is wrong


@pytest.mark.parametrize("error", [Overloaded("503", status=503), CUT, REFUSED], ids=["503", "cut", "422"])
def test_a_role_that_a_wrong_404_denies_after_a_try_is_not_told_as_deleted(error: Failed) -> None:
    tenant = Tenant(TEMP)

    def fail(_action: str, _name: str) -> None:
        tenant.before_write = lambda _action, _name: None
        denying(tenant, [True])
        raise error

    tenant.before_write = fail
    (outcome,) = carry_out(approved(a_delete()), Run(tenant, 1, Stop()))
    assert (outcome.kind is Kind.APPLIED) == (tenant.log == [("delete", "temp-role")])


def test_a_delete_whose_answer_was_lost_is_done_once_the_list_agrees_with_the_404() -> None:
    tenant = Behind(TEMP, late=2)

    def lose(_action: str, _name: str) -> None:
        raise Unreachable("cut off")

    tenant.after_write = lose
    tenant.retry = Retry(base=0, sleep=tenant.waits)
    (outcome,) = carry_out(approved(a_delete()), Run(tenant, 1, Stop()))
    assert (outcome.kind, outcome.attempts) == (Kind.APPLIED, 1)
    assert [wait for wait in tenant.waits.seconds if wait] == [1.0, 2.0]


@pytest.mark.parametrize("refusal", [None, 404])
def test_a_delete_whose_role_only_the_list_shows_to_the_end_is_not_known(refusal: int | None) -> None:
    tenant = Tenant(TEMP)
    tries: list[int] = []

    def fail(_action: str, _name: str) -> None:
        tries.append(1)
        if refusal is None or len(tries) == 2:
            denying(tenant, [True] * 99)
        raise Rejected("gone", status=refusal) if refusal and len(tries) == 2 else Unreachable("cut off")

    tenant.before_write = fail
    (outcome,) = applied(tenant, a_delete()).outcomes
    assert outcome.kind is Kind.OPEN
    assert UNREADABLE in error_of(outcome)


def test_a_404_that_no_list_confirms_does_not_make_a_lost_delete_done() -> None:
    tenant = Tenant(TEMP)

    def unlisted() -> None:
        raise Unreachable("cut off")

    def lose(_action: str, _name: str) -> None:
        tenant.before_list = unlisted
        denying(tenant, [True])
        raise Unreachable("cut off")

    tenant.before_write = lose
    (outcome,) = carry_out(approved(a_delete()), Run(tenant, 1, Stop()))
    assert (outcome.kind, outcome.attempts) == (Kind.OPEN, 1)
    assert "cut off" in error_of(outcome)


@pytest.mark.parametrize("kind", [Kind.APPLIED, Kind.OPEN])
def test_a_wrong_404_in_the_second_reading_is_looked_into_again(kind: Kind) -> None:
    tenant = Tenant(TEMP)
    denying(tenant, [True])
    told = Outcome(a_delete(), kind, "cut off" if kind is Kind.OPEN else None, attempts=1, ours=True)
    (settled,), live = verified([told], tenant, tenant.list_roles)
    assert settled.kind is (Kind.OPEN if kind is Kind.APPLIED else Kind.FAILED)
    assert TEMP in live


def test_two_404s_that_do_not_follow_each_other_are_not_believed_against_the_list() -> None:
    tenant = Tenant(TEMP)
    denying(tenant, [True, False, True, False])
    told = Outcome(a_delete(), Kind.APPLIED, attempts=1, ours=True)
    (settled,), live = verified([told], tenant, tenant.list_roles)
    assert settled.kind is Kind.OPEN
    assert TEMP in live


def test_a_role_that_is_as_it_was_is_not_waited_for_before_a_delete_is_tried_again() -> None:
    tenant = Tenant(TEMP)

    def fail(_action: str, _name: str) -> None:
        tenant.before_write = lambda _action, _name: None
        raise Unreachable("cut off")

    tenant.before_write = fail
    (outcome,) = carry_out(approved(a_delete()), Run(tenant, 1, Stop()))
    assert (outcome.kind, outcome.attempts) == (Kind.APPLIED, 2)
    assert [wait for wait in tenant.waits.seconds if wait] == []


def test_a_create_that_is_there_as_a_system_role_is_not_found_done() -> None:
    tenant = Tenant()
    refusing(tenant, done=False)
    late = (*tenant.list_roles(), a_live_role("clerk", is_system=True))
    result = apply_changes(approved(a_create("clerk")), Run(tenant, 1, Stop()), lambda: late, lambda _: ["x"])
    assert kinds(result.outcomes) == [Kind.OPEN]
