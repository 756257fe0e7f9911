"""What one change does between its tries, asked and counted request by request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.apply.attempts import ANYWAY, GONE, Sending
from reconciler.apply.executor import Run
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal, read
from reconciler.apply.looks import UNREADABLE
from reconciler.apply.outcome import NOT_KNOWN, NOT_SHOWN, Kind, Outcome
from reconciler.apply.through import apply_changes
from reconciler.apply.verify import settle, verified
from reconciler.model.errors import Failed, NotSent, Overloaded, Rejected, Unreachable
from reconciler.model.roles import LiveRole
from reconciler.plan.changes import Change
from reconciler.plan.staleness import difference
from reconciler.transport.retry import Retry
from tests.apply.running import LEAD, TEMP, error_of, run
from tests.apply.tenant import Tenant, Written
from tests.builders import a_create, a_delete, a_live_role, a_role, an_id, an_update, approved

if TYPE_CHECKING:
    from tests.sentences import Golden

BUSY = Overloaded("429", status=429)
CUT = Unreachable("cut off")


def sent(tenant: Tenant, change: Change, stop: Stop | None = None) -> Outcome:
    sending = Sending(change, tenant, stop or Stop())
    return sending.look() or sending.outcome()


def failing(tenant: Tenant, *errors: Failed) -> None:
    """The first writes fail with these, before the server does anything."""
    left = list(errors)

    def fail(_action: str, _name: str) -> None:
        if left:
            raise left.pop(0)

    tenant.before_write = fail


def looks(tenant: Tenant) -> list[str]:
    """What is read from now on, as it is read."""
    seen: list[str] = []
    tenant.before_list = lambda: seen.append("list")
    tenant.before_read = seen.append
    return seen


def test_what_may_have_been_done_is_looked_for_over_six_seconds() -> None:
    tenant = Tenant(LEAD)
    tenant.retry = Retry(base=0, tries=1, sleep=tenant.waits)
    failing(tenant, Unreachable("cut off"))
    outcome = sent(tenant, an_update())
    assert (outcome.kind, tenant.waits.seconds) == (Kind.FAILED, [1.0, 2.0, 3.0])


def test_a_refusal_is_looked_into_once_and_without_a_wait() -> None:
    tenant = Tenant(LEAD)
    failing(tenant, Rejected("no", status=422))
    seen = looks(tenant)
    assert sent(tenant, an_update()).kind is Kind.FAILED
    assert (seen, tenant.waits.seconds) == (["support-lead"] * 2, [])


@pytest.mark.parametrize(("status", "reads"), [(401, 1), (403, 1), (400, 2)])
def test_a_refusal_of_the_key_is_not_looked_into(status: int, reads: int) -> None:
    tenant = Tenant(LEAD)
    failing(tenant, Rejected("no", status=status))
    seen = looks(tenant)
    assert sent(tenant, an_update()).kind is Kind.FAILED
    assert len(seen) == reads


def test_a_refusal_after_which_the_role_cannot_be_read_is_not_known() -> None:
    tenant = Tenant(LEAD)

    def refuse(_action: str, _name: str) -> None:
        tenant.before_read = lambda _name: (_ for _ in ()).throw(Unreachable("cut off"))
        raise Rejected("no", status=422)

    tenant.before_write = refuse
    outcome = sent(tenant, an_update())
    assert outcome.kind is Kind.OPEN
    assert error_of(outcome).startswith("no; cut off")


def test_a_refused_write_that_left_something_else_is_not_known_and_says_what_is_there(golden: Golden) -> None:
    tenant = Tenant(LEAD)

    def half(_action: str, _name: str) -> None:
        tenant.put(LiveRole(LEAD.id, a_role("support-lead", ["x.y"]), is_system=False))
        raise Rejected("no", status=422)

    tenant.before_write = half
    outcome = sent(tenant, an_update())
    assert outcome.kind is Kind.OPEN
    assert "(+ x.y" in error_of(outcome)
    golden.says("apply/attempts", "unknown: refused, and the role differs", error_of(outcome))


def test_an_update_that_is_given_up_says_how_the_role_is_now(golden: Golden) -> None:
    tenant = Tenant(LEAD)
    tenant.retry = Retry(base=0, tries=1, sleep=tenant.waits)

    def half(_action: str, _name: str) -> None:
        tenant.put(LiveRole(LEAD.id, a_role("support-lead", ["x.y"]), is_system=False))
        raise Unreachable("cut off")

    tenant.before_write = half
    outcome = sent(tenant, an_update())
    assert outcome.kind is Kind.OPEN
    assert "(+ x.y" in error_of(outcome)
    assert error_of(outcome).endswith(NOT_KNOWN)
    golden.says("apply/attempts", "unknown: no answer, and the role differs", error_of(outcome))


def test_a_create_that_is_given_up_and_not_there_says_nothing_of_a_live_role() -> None:
    tenant = Tenant()
    tenant.retry = Retry(base=0, tries=1, sleep=tenant.waits)
    failing(tenant, Unreachable("cut off"))
    outcome = sent(tenant, a_create())
    assert outcome.kind is Kind.OPEN
    assert "live role" not in error_of(outcome)


def test_an_interrupt_after_a_try_does_not_make_the_change_untried() -> None:
    tenant, stop = Tenant(LEAD), Stop()
    failing(tenant, BUSY, *[NotSent("stopped")] * 9)
    tenant.waits.then = stop.set
    tenant.retry = Retry(base=1, random=lambda: 1.0, sleep=tenant.waits)
    outcome = sent(tenant, an_update(), stop)
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 1)


def test_after_a_429_a_create_is_looked_for_once() -> None:
    tenant = Tenant()
    tenant.retry = Retry(base=1, random=lambda: 0.5, sleep=tenant.waits)
    failing(tenant, BUSY)
    seen = looks(tenant)
    assert sent(tenant, a_create()).attempts == 2
    assert (seen, tenant.waits.seconds) == (["list"], [0.5])


def test_of_two_live_roles_just_as_asked_the_first_one_is_taken_for_the_create() -> None:
    tenant = Tenant()
    twins = [LiveRole(an_id(which), a_create().after, is_system=False) for which in ("one", "two")]

    def lose(_action: str, _name: str) -> None:
        for twin in twins:
            tenant.put(twin)
        raise Unreachable("cut off")

    tenant.before_write = lose
    assert sent(tenant, a_create()).id == twins[0].id


def deeds(tenant: Tenant, *steps: Callable[[], Failed]) -> None:
    """Each write does the next of these instead, and fails with what it gives back."""
    left = iter(steps)

    def step(_action: str, _name: str) -> None:
        error = next(left)()
        raise error

    tenant.before_write = step


def then(error: Failed, do: Callable[[], object]) -> Callable[[], Failed]:
    def deed() -> Failed:
        do()
        return error

    return deed


def unreadable(tenant: Tenant, error: Failed) -> None:
    """Nothing can be read from now on."""

    def fail(*_: object) -> None:
        raise error

    tenant.before_list = tenant.before_read = fail


NO = Rejected("no", status=422)
UPDATED = LiveRole(LEAD.id, an_update().after, is_system=False)


def test_an_update_that_the_server_confirmed_is_ours_and_tells_no_id() -> None:
    outcome = sent(Tenant(LEAD), an_update())
    assert (outcome.kind, outcome.ours, outcome.id) == (Kind.APPLIED, True, None)


def test_an_update_that_was_done_though_its_answer_was_lost_tells_no_id() -> None:
    tenant = Tenant(LEAD)
    deeds(tenant, then(CUT, lambda: tenant.put(UPDATED)))
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.ours, outcome.id) == (Kind.APPLIED, True, None)


def test_a_refused_delete_after_which_nothing_can_be_read_is_not_taken_for_done() -> None:
    tenant = Tenant(TEMP)
    deeds(tenant, then(NO, lambda: unreadable(tenant, CUT)))
    assert sent(tenant, a_delete()).kind is Kind.OPEN


@pytest.mark.parametrize(("error", "refused"), [(CUT, 422), (Rejected("who?", status=401), 401)])
def test_of_a_refusal_after_a_lost_answer_that_cannot_be_looked_into_its_status_is_kept_unless_the_key_is_refused(
    error: Failed, refused: int
) -> None:
    tenant = Tenant(LEAD)
    deeds(tenant, lambda: CUT, then(NO, lambda: unreadable(tenant, error)))
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.attempts, outcome.refused) == (Kind.OPEN, 2, refused)


def test_what_is_there_is_compared_with_what_was_asked_for() -> None:
    tenant = Tenant(LEAD)
    deeds(tenant, then(NO, lambda: tenant.put(LiveRole(LEAD.id, a_role("support-lead", ["x.y"]), is_system=False))))
    outcome = sent(tenant, an_update())
    asked = difference(an_update().after, a_role("support-lead", ["x.y"]))
    assert error_of(outcome).endswith(f" ({asked})")


def test_a_create_whose_answer_was_lost_may_be_the_first_role_of_its_name_whatever_that_is_like() -> None:
    tenant = Tenant()
    name = a_create().name

    def others() -> None:
        for permission in ("x.y", "y.z"):
            tenant.put(LiveRole(an_id(permission), a_role(name, [permission]), is_system=False))

    deeds(tenant, then(CUT, others))
    outcome = sent(tenant, a_create())
    assert (outcome.kind, outcome.ours) == (Kind.OPEN, True)
    assert difference(a_create().after, a_role(name, ["x.y"])) in error_of(outcome)


def test_a_lost_answer_is_not_forgotten_when_the_server_throttles_later() -> None:
    tenant = Tenant()
    failing(tenant, CUT, *[BUSY] * 4)
    outcome = sent(tenant, a_create())
    assert (outcome.kind, outcome.attempts, outcome.ours) == (Kind.OPEN, 5, True)


def test_an_update_that_is_given_up_and_not_done_was_still_ours() -> None:
    tenant = Tenant(LEAD)
    failing(tenant, *[Unreachable("cut off") for _ in range(5)])
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.ours) == (Kind.FAILED, True)


@pytest.mark.parametrize(("status", "kind", "note"), [(422, Kind.APPLIED, ANYWAY), (409, Kind.ALREADY, None)])
def test_a_refused_update_that_is_there_is_noted_unless_somebody_else_may_have_made_it(
    status: int, kind: Kind, note: str | None
) -> None:
    tenant = Tenant(LEAD)
    deeds(tenant, then(Rejected("no", status=status), lambda: tenant.put(UPDATED)))
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.note) == (kind, note)


def test_a_404_to_the_second_try_of_a_delete_is_no_refusal_to_take_note_of() -> None:
    tenant = Tenant(TEMP)
    deeds(tenant, lambda: CUT, then(Rejected("gone", status=404), lambda: tenant.drop(TEMP.id)))
    outcome = sent(tenant, a_delete())
    assert (outcome.kind, outcome.note) == (Kind.APPLIED, None)


def test_a_role_that_is_a_system_role_at_the_first_look_says_that_nothing_was_sent() -> None:
    outcome = sent(Tenant(LiveRole(LEAD.id, LEAD.role, is_system=True)), an_update())
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 0)
    assert error_of(outcome).endswith("; nothing was sent")


def test_a_role_that_becomes_a_system_role_between_two_tries_does_not_say_that_nothing_was_sent() -> None:
    tenant = Tenant(LEAD)
    deeds(tenant, then(BUSY, lambda: tenant.put(LiveRole(LEAD.id, LEAD.role, is_system=True))))
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 1)
    assert "nothing was sent" not in error_of(outcome)


def test_a_role_that_becomes_a_system_role_and_changes_after_a_lost_answer_may_be_ours() -> None:
    tenant = Tenant(LEAD)
    deeds(tenant, then(CUT, lambda: tenant.put(LiveRole(LEAD.id, UPDATED.role, is_system=True))))
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.ours) == (Kind.OPEN, True)


def test_an_update_whose_success_holds_an_error_is_ours_though_the_role_is_as_it_was() -> None:
    tenant = Tenant(LEAD)
    tenant.answer = Written(said="not now")
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.ours) == (Kind.FAILED, True)


def test_an_update_whose_answer_shows_the_role_from_before_it_is_stored_as_requested() -> None:
    tenant = Tenant(LEAD)
    tenant.answer = Written(LEAD.id, LEAD)
    tenant.before_write = lambda *_: tenant.put(LEAD._replace(role=an_update().after))
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.stored, outcome.shown) == (Kind.APPLIED, None, False)


def test_an_update_that_the_server_confirms_and_ignores_is_stored_as_it_was() -> None:
    tenant = Tenant(LEAD)
    tenant.answer = Written(LEAD.id, LEAD)
    outcome = sent(tenant, an_update())
    assert (outcome.kind, outcome.stored, outcome.shown) == (Kind.APPLIED, LEAD.role, True)


def test_a_delete_whose_answer_shows_the_role_stores_nothing() -> None:
    tenant = Tenant(TEMP)
    tenant.answer = Written(TEMP.id, TEMP)
    outcome = sent(tenant, a_delete())
    assert (outcome.kind, outcome.stored, outcome.id) == (Kind.APPLIED, None, None)


# --- the second reading


def test_a_create_that_the_server_confirmed_is_not_known_where_a_system_role_has_its_name() -> None:
    (settled,) = settle([Outcome(a_create(), Kind.APPLIED)], [a_live_role(permissions=["x.y"], is_system=True)])
    assert (settled.kind, settled.stored) == (Kind.OPEN, None)


def test_an_open_create_that_is_not_there_and_was_not_refused_has_failed() -> None:
    (settled,) = settle([Outcome(a_create(), Kind.OPEN, "cut off" + NOT_KNOWN)], ())
    assert (settled.kind, settled.error) == (Kind.FAILED, "cut off")


def test_a_delete_whose_role_is_still_listed_is_found_by_its_id() -> None:
    lost = Outcome(a_delete(), Kind.OPEN, "cut off")
    elsewhere = LiveRole(TEMP.id, a_role("renamed"), is_system=False)
    assert settle([lost], [elsewhere])[0].kind is Kind.FAILED


def test_what_changed_meanwhile_stays_so_where_the_role_is_listed() -> None:
    changed = Outcome(an_update(), Kind.CHANGED, "it changed since the plan was made")
    assert settle([changed], [a_live_role(permissions=["x.y"])]) == (changed,)


def test_a_confirmed_update_and_delete_are_believed_where_two_looks_at_the_roles_themselves_agree() -> None:
    stale = Tenant(LEAD, TEMP).list_roles()
    tenant = Tenant(LiveRole(LEAD.id, an_update().after, is_system=False))
    confirmed = [Outcome(change, Kind.APPLIED, attempts=1, ours=True) for change in (an_update(), a_delete())]
    settled, _ = verified(confirmed, tenant, lambda: stale)
    assert [outcome.kind for outcome in settled] == [Kind.APPLIED] * 2
    assert tenant.waits.seconds == [1.0]


def test_a_role_to_update_that_is_gone_stays_so_where_the_list_agrees() -> None:
    gone = Outcome(an_update(), Kind.CHANGED, GONE)
    assert settle([gone], ()) == (gone,)


def test_another_role_of_the_name_is_no_witness_for_an_update_whose_own_role_is_gone() -> None:
    lost = Outcome(an_update(), Kind.OPEN, "cut off" + NOT_KNOWN)
    assert settle([lost], [LiveRole(an_id("other"), an_update().after, is_system=False)]) == (lost,)


def test_a_create_whose_answer_had_no_id_is_waited_for_and_nothing_without_an_id_is_asked_for() -> None:
    tenant = Tenant()
    late = iter([tenant.list_roles(), (*tenant.list_roles(), a_live_role())])
    seen = looks(tenant)
    settled, _ = verified([Outcome(a_create(), Kind.APPLIED)], tenant, lambda: next(late))
    assert [outcome.kind for outcome in settled] == [Kind.APPLIED]
    assert (seen, tenant.waits.seconds) == ([], [1.0])


def test_what_failed_is_not_waited_for() -> None:
    tenant = Tenant(TEMP)
    verified([Outcome(a_delete(), Kind.FAILED, "no", 1, refused=409)], tenant, tenant.list_roles)
    assert tenant.waits.seconds == []


# --- once more, after the deletes


def test_a_refused_update_is_not_tried_again_after_the_deletes() -> None:
    tenant = Tenant(LEAD, TEMP)
    failing(tenant, Rejected("no", status=422))
    updated, deleted = run(tenant, an_update(), a_delete(), concurrency=1)
    assert (updated.kind, updated.attempts, deleted.kind) == (Kind.FAILED, 1, Kind.APPLIED)


def test_a_create_that_may_have_been_made_is_not_tried_again_after_the_deletes() -> None:
    tenant = Tenant(TEMP)
    failing(tenant, CUT, Rejected("taken", status=409))
    created, deleted = run(tenant, a_create(), a_delete(), concurrency=1)
    assert (created.kind, created.attempts, deleted.kind) == (Kind.OPEN, 2, Kind.APPLIED)


def test_a_create_that_was_only_throttled_is_not_ours_and_not_tried_again_after_the_deletes() -> None:
    tenant = Tenant(TEMP)
    failing(tenant, *[BUSY] * 5)
    created, deleted = run(tenant, a_create(), a_delete(), concurrency=1)
    assert (created.kind, created.attempts, created.ours, deleted.kind) == (Kind.FAILED, 5, False, Kind.APPLIED)


def test_a_create_whose_key_is_no_longer_taken_is_not_tried_again() -> None:
    tenant = Tenant(TEMP)
    failing(tenant, Rejected("no", status=401))
    created, deleted = run(tenant, a_create(), a_delete(), concurrency=1)
    assert (created.kind, created.attempts, deleted.kind) == (Kind.FAILED, 1, Kind.UNTRIED)


def test_a_create_that_is_given_up_may_be_ours() -> None:
    tenant = Tenant()
    failing(tenant, *[Unreachable("cut off") for _ in range(5)])
    assert sent(tenant, a_create()).ours


def test_a_role_that_the_list_shows_as_asked_is_not_read_again() -> None:
    tenant = Tenant(LiveRole(LEAD.id, an_update().after, is_system=False))
    roles, seen = tenant.list_roles(), looks(tenant)
    verified([Outcome(an_update(), Kind.APPLIED)], tenant, lambda: roles)
    assert seen == []


def test_a_create_that_is_stored_differently_keeps_the_id_that_the_answer_gave() -> None:
    role = a_live_role(permissions=["x.y"])
    (settled,) = settle([Outcome(a_create(), Kind.APPLIED, id=role.id)], [role])
    assert (settled.id, settled.stored) == (role.id, role.role)


def test_an_outcome_that_the_second_reading_confirms_is_not_written_twice(tmp_path: Path) -> None:
    tenant, path = Tenant(), tmp_path / "journal.jsonl"
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        apply_changes(approved(a_create()), Run(tenant, 1, Stop(), journal), tenant.list_roles, lambda _: [])
    assert [entry.kind for entry in read(path).entries] == ["intent", "outcome"]


def test_a_create_that_is_stored_differently_gets_the_id_that_is_live_where_the_answer_gave_none() -> None:
    role = a_live_role(permissions=["x.y"])
    (settled,) = settle([Outcome(a_create(), Kind.APPLIED)], [role])
    assert (settled.id, settled.stored) == (role.id, role.role)


def test_a_delete_that_was_confirmed_is_not_known_where_its_id_shows_another_state() -> None:
    (settled,) = settle([Outcome(a_delete(), Kind.APPLIED)], [LiveRole(TEMP.id, a_role("renamed"), is_system=False)])
    assert (settled.kind, settled.error, settled.stored) == (Kind.OPEN, NOT_SHOWN, None)


def test_a_list_that_shows_what_the_answer_said_is_stored_is_not_waited_for() -> None:
    role = a_live_role(permissions=["x.y"])
    tenant = Tenant(role)
    verified([Outcome(an_update(), Kind.APPLIED, stored=role.role, shown=True)], tenant, tenant.list_roles)
    assert tenant.waits.seconds == []


@pytest.mark.parametrize("roles", [(), (LEAD,)], ids=["no role", "the role as it was"])
def test_a_list_that_does_not_show_what_the_answer_said_is_stored_is_waited_for(roles: tuple[LiveRole, ...]) -> None:
    tenant = Tenant(*roles)
    stored = a_role(permissions=["x.y"])
    verified([Outcome(an_update(), Kind.APPLIED, stored=stored, shown=True)], tenant, tenant.list_roles)
    assert tenant.waits.seconds == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(("status", "kind"), [(404, Kind.APPLIED), (410, Kind.APPLIED), (403, Kind.OPEN)])
def test_a_confirmed_delete_is_believed_against_the_list_where_its_address_says_that_it_is_gone(
    status: int, kind: Kind
) -> None:
    tenant = Tenant(TEMP)
    tenant.before_read = lambda _name: (_ for _ in ()).throw(Rejected("no", status=status))
    (settled,), _ = verified([Outcome(a_delete(), Kind.APPLIED)], tenant, tenant.list_roles)
    assert settled.kind is kind


@pytest.mark.parametrize("status", [409, 411])
def test_only_404_and_410_say_that_a_role_is_gone(status: int) -> None:
    tenant = Tenant(TEMP)
    tenant.before_read = lambda _name: (_ for _ in ()).throw(Rejected("no", status=status))
    _, seen = verified([Outcome(a_delete(), Kind.APPLIED)], tenant, tenant.list_roles)
    assert TEMP in seen


def test_an_updated_role_that_its_own_address_denies_stays_in_the_live_state() -> None:
    tenant = Tenant(LEAD)
    tenant.before_read = lambda _name: (_ for _ in ()).throw(Rejected("gone", status=404))
    _, seen = verified([Outcome(an_update(), Kind.APPLIED)], tenant, tenant.list_roles)
    assert LEAD in seen


@pytest.mark.parametrize("permissions", [["conversations.view"], ["x.y"]], ids=["as asked", "stored differently"])
def test_an_update_is_given_no_id_by_the_second_reading(permissions: list[str]) -> None:
    (settled,) = settle([Outcome(an_update(), Kind.APPLIED)], [a_live_role(permissions=permissions)])
    assert (settled.kind, settled.id) == (Kind.APPLIED, None)


def test_a_role_that_was_gone_and_is_listed_changed_was_not_updated_where_no_request_may_have_done_it() -> None:
    (settled,) = settle([Outcome(an_update(), Kind.CHANGED, GONE)], [a_live_role(permissions=["x.y"])])
    assert (settled.kind, settled.error) == (Kind.FAILED, UNREADABLE)


def test_the_id_of_a_created_role_stays_spelt_as_the_answer_spelt_it() -> None:
    role = a_live_role(permissions=["x.y"])
    (settled,) = settle([Outcome(a_create(), Kind.APPLIED, id=role.id.upper())], [role])
    assert (settled.id, settled.stored) == (role.id.upper(), role.role)


def test_of_two_roles_of_the_name_the_one_as_asked_is_the_created_one() -> None:
    other = a_live_role(permissions=["x.y"], id_=an_id("other"))
    (settled,) = settle([Outcome(a_create(), Kind.APPLIED)], [other, a_live_role()])
    assert (settled.stored, settled.id) == (None, a_live_role().id)


def test_of_two_roles_of_the_name_that_both_differ_the_first_is_told() -> None:
    first, second = (a_live_role(permissions=["x.y"], id_=an_id(which)) for which in ("one", "two"))
    assert settle([Outcome(a_create(), Kind.APPLIED)], [first, second])[0].id == first.id
