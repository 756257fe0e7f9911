"""What somebody else does while a change waits for its next try, and what a server does that it does not say."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal, read
from reconciler.apply.looks import UNREADABLE
from reconciler.apply.outcome import Kind, Outcome, counts, exit_code
from reconciler.apply.through import Applied, apply_changes
from reconciler.model.errors import ExitCode, FileFailed, Overloaded, Rejected, Unreachable
from reconciler.model.roles import LiveRole, Role
from reconciler.render.outcome import sentence
from reconciler.transport.retry import Retry
from tests.apply.running import LEAD, TEMP, error_of, kinds, run
from tests.apply.tenant import Tenant, Written, live
from tests.builders import a_create, a_delete, a_live_role, a_role, an_id, an_update, approved

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.apply.outcome import Outcome
    from reconciler.model.errors import Failed
    from reconciler.plan.changes import Change
    from tests.sentences import Golden

BUSY = Overloaded("429", status=429)
FAILED = Overloaded("503", status=503)
CUT = Unreachable("cut off")
WAITS = pytest.mark.parametrize("error", [BUSY, FAILED, CUT], ids=["429", "503", "cut"])


def once(tenant: Tenant, error: Failed) -> None:
    """The first write fails with this, before the server does anything."""
    told: list[str] = []

    def fail(_action: str, name: str) -> None:
        told.append(name)
        if len(told) == 1:
            raise error

    tenant.before_write = fail


def applied(tenant: Tenant, *changes: Change, journal: Journal | None = None) -> Applied:
    def remaining(now: object) -> list[str]:
        assert isinstance(now, tuple)
        wanted = [change.after for change in changes if change.after]
        gone = [change.id for change in changes if not change.after]
        left = [role.name for role in wanted if role not in {one.role for one in now}]
        return left + [one.id for one in now if one.id in gone]

    return apply_changes(approved(*changes), Run(tenant, 2, Stop(), journal), tenant.list_roles, remaining)


# --- in the wait between two tries


@WAITS
def test_a_role_that_changes_in_the_wait_before_a_further_try_is_left_alone(error: Failed, golden: Golden) -> None:
    tenant = Tenant(LEAD)
    once(tenant, error)
    tenant.waits.then = lambda: tenant.put(a_live_role(permissions=["billing.view"]))
    (outcome,) = run(tenant, an_update())
    assert outcome.kind is Kind.CHANGED
    assert error_of(outcome).endswith(": + billing.view")
    case = "before a retry" if error is BUSY else "after a lost answer"
    golden.says("apply/attempts", f"changed meanwhile, {case}", error_of(outcome))
    assert tenant.log == []


@WAITS
def test_a_role_to_delete_that_changes_in_the_wait_is_left_alone(error: Failed) -> None:
    tenant = Tenant(TEMP)
    once(tenant, error)
    tenant.waits.then = lambda: tenant.put(LiveRole(TEMP.id, a_role("temp-role", ["x.y"]), is_system=False))
    assert kinds(run(tenant, a_delete())) == [Kind.CHANGED]
    assert tenant.log == []


@WAITS
def test_a_role_that_becomes_a_system_role_in_the_wait_is_not_written(error: Failed) -> None:
    tenant = Tenant(LEAD)
    once(tenant, error)
    tenant.waits.then = lambda: tenant.put(LiveRole(LEAD.id, LEAD.role, is_system=True))
    (outcome,) = run(tenant, an_update())
    assert (outcome.kind, tenant.log) == (Kind.FAILED, [])
    assert "system role" in error_of(outcome)


@pytest.mark.parametrize(
    ("error", "role", "code"),
    [
        (CUT, LEAD.role, ExitCode.FAILED),
        (CUT, a_role(permissions=["x.y"]), ExitCode.PARTLY_APPLIED),
        (BUSY, a_role(permissions=["x.y"]), ExitCode.FAILED),
    ],
    ids=["as it was", "changed", "changed, and nothing was done"],
)
@pytest.mark.parametrize("read_again", [False, True], ids=["unverified", "verified"])
def test_a_role_that_became_a_system_role_after_a_try_counts_as_written_unless_it_is_as_it_was(
    error: Failed, role: Role, code: ExitCode, *, read_again: bool
) -> None:
    tenant = Tenant(LEAD)
    once(tenant, error)
    tenant.waits.then = lambda: tenant.put(LiveRole(LEAD.id, role, is_system=True))
    outcomes = applied(tenant, an_update()).outcomes if read_again else run(tenant, an_update())
    assert exit_code(outcomes, converged=False, interrupted=False, saved=False) is code
    assert tenant.log == []


def test_a_role_to_delete_that_became_a_system_role_after_a_lost_try_was_not_deleted() -> None:
    tenant = Tenant(TEMP)
    once(tenant, CUT)
    tenant.waits.then = lambda: tenant.put(LiveRole(TEMP.id, TEMP.role, is_system=True))
    (outcome,) = applied(tenant, a_delete()).outcomes
    assert outcome.kind is Kind.FAILED


@pytest.mark.parametrize("attempts", [1, 5], ids=["refused", "given up"])
def test_a_role_that_becomes_a_system_role_while_its_last_try_fails_is_not_known(attempts: int, golden: Golden) -> None:
    tenant = Tenant(LEAD)
    told: list[str] = []

    def fail(_action: str, name: str) -> None:
        told.append(name)
        if len(told) == attempts:
            tenant.put(LiveRole(LEAD.id, a_role(permissions=["x.y"]), is_system=True))
        raise Rejected("no", status=422) if attempts == 1 else Unreachable("cut off")

    tenant.before_write = fail
    (outcome,) = applied(tenant, an_update()).outcomes
    assert (outcome.kind, outcome.attempts) == (Kind.OPEN, attempts)
    case = "refused" if attempts == 1 else "no answer"
    golden.says("apply/attempts", f"unknown: {case}, and it is now a system role", error_of(outcome))


def test_a_role_to_delete_that_changed_while_the_last_try_failed_is_still_live(golden: Golden) -> None:
    tenant = Tenant(TEMP)
    told: list[str] = []

    def fail(_action: str, name: str) -> None:
        told.append(name)
        if len(told) == 5:
            tenant.put(LiveRole(TEMP.id, a_role("temp-role", ["x.y"]), is_system=False))
        raise Unreachable("cut off")

    tenant.before_write = fail
    (outcome,) = applied(tenant, a_delete()).outcomes
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 5)
    golden.says("apply/attempts", "not done: the role is still live", error_of(outcome))


@pytest.mark.parametrize(("error", "kind"), [(BUSY, Kind.ALREADY), (FAILED, Kind.APPLIED), (CUT, Kind.APPLIED)])
def test_what_is_there_after_the_wait_is_ours_only_where_a_try_may_have_done_it(error: Failed, kind: Kind) -> None:
    tenant = Tenant(LEAD)
    once(tenant, error)
    tenant.waits.then = lambda: tenant.put(LiveRole(LEAD.id, an_update().after, is_system=False))
    assert kinds(run(tenant, an_update())) == [kind]


def test_a_role_that_cannot_be_read_before_a_further_try_is_not_known() -> None:
    tenant = Tenant(LEAD)
    once(tenant, CUT)

    def blind(_name: str = "") -> None:
        raise Unreachable("cut off")

    def go_blind() -> None:
        tenant.before_read = blind
        tenant.before_list = blind

    tenant.waits.then = go_blind
    (outcome,) = run(tenant, an_update())
    assert (outcome.kind, outcome.attempts) == (Kind.OPEN, 1)


# --- what took effect although it was refused


@pytest.mark.parametrize("change", [a_create("clerk"), an_update(), a_delete()], ids=["create", "update", "delete"])
@pytest.mark.parametrize(("status", "kind"), [(422, Kind.APPLIED), (400, Kind.APPLIED), (409, Kind.ALREADY)])
def test_a_write_that_took_effect_although_it_was_refused_is_not_told_as_failed(
    change: Change, status: int, kind: Kind
) -> None:
    tenant = Tenant(TEMP, LEAD)

    def refuse(_action: str, _name: str) -> None:
        raise Rejected("saved, but the webhook failed", status=status)

    tenant.after_write = refuse
    result = applied(tenant, change)
    assert kinds(result.outcomes) == [kind]
    assert result.converged
    assert exit_code(result.outcomes, converged=True, interrupted=False, saved=False) is ExitCode.DONE


@pytest.mark.parametrize("change", [an_update(), a_delete()], ids=["update", "delete"])
@pytest.mark.parametrize("status", [401, 403, 409])
def test_a_lost_write_whose_next_try_is_refused_is_found(change: Change, status: int) -> None:
    tenant = Tenant(TEMP, LEAD)
    before = {one.id: one for one in (TEMP, LEAD)}
    tries: list[int] = []

    def refuse(_action: str, _name: str) -> None:
        tries.append(1)
        if len(tries) == 2:
            raise Rejected("no", status=status)

    def lose(_action: str, _name: str) -> None:
        after.extend(one for one in tenant.list_roles() if one.id == change.id)
        tenant.put(before[change.id or ""])  # the read before the next try is of a replica that is behind
        raise Unreachable("cut off")

    after: list[LiveRole] = []
    tenant.before_write, tenant.after_write = refuse, lose
    (outcome,) = run(tenant, change)
    assert outcome.kind is (Kind.OPEN if status == 401 else Kind.FAILED)
    if status == 401:
        assert exit_code([outcome], converged=False, interrupted=False, saved=False) is ExitCode.PARTLY_APPLIED


def test_a_refused_update_that_left_another_state_is_not_known() -> None:
    tenant = Tenant(LEAD)
    tenant.keeps = lambda role: Role(role.name, "Cut", role.permissions)

    def refuse(_action: str, _name: str) -> None:
        raise Rejected("no", status=422)

    tenant.after_write = refuse
    (outcome,) = run(tenant, an_update())
    assert outcome.kind is Kind.OPEN
    assert '"Leads support." -> "Cut"' in error_of(outcome)


# --- what is stored differently


def with_views(role: Role) -> Role:
    return Role(role.name, role.description, role.permissions | {"x.view"})


def test_what_the_server_adds_is_told_and_recorded(tmp_path: Path, golden: Golden) -> None:
    tenant = Tenant()
    tenant.keeps = with_views
    path = tmp_path / "journal.jsonl"
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        result = applied(tenant, a_create("clerk"), journal=journal)
    (outcome,) = result.outcomes
    assert (outcome.kind, outcome.stored, result.converged) == (
        Kind.APPLIED,
        with_views(a_create("clerk").after),
        False,
    )
    assert ": + x.view" in sentence(outcome)
    golden.says("apply/outcome", "stored differently", sentence(outcome))
    assert exit_code(result.outcomes, converged=False, interrupted=False, saved=False) is ExitCode.PARTLY_APPLIED
    entry = read(path).entries[-1]
    assert entry.stored is not None
    assert entry.stored.role() == outcome.stored


def test_the_same_difference_a_second_time_says_to_write_the_file_that_way(golden: Golden) -> None:
    change = an_update(permissions=["a.edit"])
    kept = Role(change.name, change.after.description, frozenset({"a.edit", "x.view"}))
    second = type(change)(change.id, kept, change.after)
    tenant = Tenant(LiveRole(change.id, kept, is_system=False))
    tenant.keeps = with_views
    (outcome,) = applied(tenant, second).outcomes
    assert ": + x.view" in sentence(outcome)
    golden.says("apply/outcome", "stored differently again", sentence(outcome))


def test_a_name_that_is_respelt_is_told_with_the_name_to_write_and_its_role_is_not_deleted(golden: Golden) -> None:
    tenant = Tenant()
    tenant.keeps = lambda role: Role(role.name.replace(" ", "-"), role.description, role.permissions)
    (outcome,) = applied(tenant, a_create("support lead")).outcomes
    assert '"support-lead"' in sentence(outcome)
    golden.says("apply/outcome", "stored under another name", sentence(outcome))
    (twin,) = (role for role in tenant.list_roles() if not role.untouchable)
    delete = type(a_delete())(twin.id, twin.role)

    def taken(action: str, _name: str) -> None:
        if action == "create":
            raise Rejected("name is taken", status=409)

    tenant.before_write = taken
    created, deleted = run(tenant, a_create("support lead"), delete)
    assert (created.kind, deleted.kind) == (Kind.FAILED, Kind.UNTRIED)
    assert "support-lead" in error_of(deleted)
    golden.says("apply/executor", "a delete of what may be the created role", error_of(deleted))


def test_a_second_role_of_the_respelt_name_does_not_cost_the_first() -> None:
    first = a_live_role("support-lead")
    tenant = Tenant(first)
    tenant.keeps = lambda role: Role("support-lead", role.description, role.permissions)
    created, deleted = run(tenant, a_create("support lead"), type(a_delete())(first.id, first.role))
    assert (created.kind, deleted.kind) == (Kind.APPLIED, Kind.UNTRIED)


def test_a_delete_goes_on_after_a_create_of_nearly_its_name_that_is_kept_as_asked() -> None:
    first = a_live_role("support-lead")
    changes = (a_create("support lead"), type(a_delete())(first.id, first.role))
    assert kinds(run(Tenant(first), *changes)) == [Kind.APPLIED] * 2
    tenant = Tenant(first)
    tenant.keeps = with_views
    assert kinds(run(tenant, *changes)) == [Kind.APPLIED] * 2


# --- lists that are behind


def test_a_list_that_is_behind_does_not_make_a_confirmed_write_unknown(tmp_path: Path) -> None:
    tenant = Tenant(LEAD, TEMP)
    stale = tenant.list_roles()
    late = iter([stale, stale, stale])
    path = tmp_path / "journal.jsonl"
    changes = (a_create("clerk"), an_update(), a_delete())
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        result = apply_changes(
            approved(*changes),
            Run(tenant, 2, Stop(), journal),
            lambda: next(late, None) or tenant.list_roles(),
            lambda _: [],
        )
    assert kinds(result.outcomes) == [Kind.APPLIED] * 3
    assert result.converged


def test_a_role_that_only_its_own_address_denies_is_not_told_as_gone() -> None:
    tenant = Tenant(LEAD, TEMP)

    def hide(_name: str) -> None:
        raise Rejected("gone", status=410)

    tenant.before_read = hide
    result = applied(tenant, an_update(), a_delete())
    assert kinds(result.outcomes) == [Kind.FAILED] * 2
    assert [outcome.error for outcome in result.outcomes] == [UNREADABLE] * 2


@pytest.mark.parametrize(("done", "kind"), [(False, Kind.FAILED), (True, Kind.OPEN)])
def test_a_lost_update_whose_role_only_the_list_shows_failed_just_where_it_is_as_it_was(
    kind: Kind, *, done: bool
) -> None:
    tenant = Tenant(LEAD)
    tenant.keeps = with_views

    def lose(_action: str, _name: str) -> None:
        tenant.before_read = hide
        raise Unreachable("cut off")

    def hide(_name: str) -> None:
        raise Rejected("gone", status=404)

    if done:
        tenant.after_write = lose
    else:
        tenant.before_write = lose
    assert kinds(applied(tenant, an_update()).outcomes) == [kind]


def test_a_lost_update_is_found_by_the_list_that_comes_after_a_404_alone() -> None:
    tenant = Tenant(LEAD)

    def lose(_action: str, _name: str) -> None:
        tenant.before_read = hide
        tenant.before_list = unreachable
        raise Unreachable("cut off")

    def hide(_name: str) -> None:
        raise Rejected("gone", status=404)

    def unreachable() -> None:
        tenant.before_list = lambda: None
        raise Unreachable("cut off")

    tenant.after_write = lose
    assert kinds(applied(tenant, an_update()).outcomes) == [Kind.APPLIED]


def test_a_list_that_cannot_be_read_again_leaves_what_was_read_before() -> None:
    tenant = Tenant(TEMP)
    read: list[int] = []

    def listed() -> tuple[LiveRole, ...]:
        read.append(1)
        if len(read) > 1:
            raise Unreachable("cut off")
        return tenant.list_roles()

    tenant.before_read = lambda _name: (_ for _ in ()).throw(Rejected("gone", status=404))
    result = apply_changes(approved(a_delete()), Run(tenant, 1, Stop()), listed, lambda _: ["x"])
    assert kinds(result.outcomes) == [Kind.FAILED]
    assert result.remaining == ("x",)


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_list_that_is_behind_says_nothing_against_an_answer_where_it_is_read_once_only(*, interrupted: bool) -> None:
    tenant, stop = Tenant(LEAD, TEMP), Stop()
    tenant.retry = Retry(base=0, sleep=lambda seconds: stop.is_set() if seconds else None)
    stale = tenant.list_roles()
    read: list[int] = []

    def listed() -> tuple[LiveRole, ...]:
        read.append(1)
        if interrupted:
            stop.set()
        elif len(read) > 1:
            raise Unreachable("cut off")
        tenant.before_read = lambda _name: (_ for _ in ()).throw(Unreachable("cut off"))
        return stale

    result = apply_changes(
        approved(a_create("clerk"), an_update(), a_delete()), Run(tenant, 2, stop), listed, lambda _: ["x"]
    )
    assert [(outcome.kind, outcome.stored) for outcome in result.outcomes] == [(Kind.APPLIED, None)] * 3
    assert not result.converged


def test_a_create_without_an_id_that_the_list_never_shows_is_not_known() -> None:
    class Silent(Tenant):
        def create_role(self, role: Role) -> Written:
            super().create_role(role)
            return Written()

    result = apply_changes(approved(a_create("clerk")), Run(Silent(), 1, Stop()), lambda: (), lambda _: ["x"])
    assert kinds(result.outcomes) == [Kind.OPEN]


def test_what_the_second_reading_finds_out_is_in_the_journal_too(tmp_path: Path) -> None:
    tenant = Tenant(LEAD)

    def lose(_action: str, _name: str) -> None:
        tenant.before_read = unreadable
        tenant.before_list = unreadable
        raise Unreachable("cut off")

    def unreadable(_name: str = "") -> None:
        raise Unreachable("cut off")

    def heal() -> None:
        tenant.before_read = lambda _name: None
        tenant.before_list = lambda: None

    def listed() -> tuple[LiveRole, ...]:
        heal()
        return tenant.list_roles()

    tenant.after_write = lose
    path = tmp_path / "journal.jsonl"
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        result = apply_changes(approved(an_update()), Run(tenant, 1, Stop(), journal), listed, lambda _: [])
    assert kinds(result.outcomes) == [Kind.APPLIED]
    assert [entry.reason for entry in read(path).entries] == [None, "not-known", "applied"]


# --- a key that is taken no more, and room that a delete makes


@pytest.mark.parametrize(("status", "tried"), [(401, 1), (403, 2)])
def test_nothing_new_is_started_once_the_server_takes_the_key_no_more(status: int, tried: int) -> None:
    tenant = Tenant()
    names: list[str] = []

    def refuse(_action: str, name: str) -> None:
        names.append(name)
        raise Rejected("no", status=status)

    tenant.before_write = refuse
    outcomes = run(tenant, *(a_create(f"role-{number}") for number in range(5)), concurrency=1)
    assert kinds(outcomes) == [Kind.FAILED] * tried + [Kind.UNTRIED] * (5 - tried)
    assert len(names) == tried


def test_one_403_between_writes_that_are_done_stops_nothing() -> None:
    tenant = Tenant()

    def refuse(_action: str, name: str) -> None:
        if name in {"role-1", "role-3"}:
            raise Rejected("no", status=403)

    tenant.before_write = refuse
    outcomes = run(tenant, *(a_create(f"role-{number}") for number in range(5)), concurrency=1)
    assert Kind.UNTRIED not in kinds(outcomes)


def test_a_key_that_may_not_read_any_more_stops_the_rest() -> None:
    tenant = Tenant(LEAD, TEMP)

    def refuse(_name: str) -> None:
        raise Rejected("no", status=401)

    tenant.before_read = refuse
    assert kinds(run(tenant, an_update(), a_delete(), concurrency=1)) == [Kind.FAILED, Kind.UNTRIED]


@pytest.mark.parametrize("error", [FAILED, Rejected("no", status=422)], ids=["503", "422"])
def test_a_key_that_may_not_look_what_a_write_did_stops_the_rest(error: Failed) -> None:
    tenant = Tenant()

    def fail(_action: str, _name: str) -> None:
        raise error

    def refuse() -> None:
        raise Rejected("no", status=401)

    tenant.before_write, tenant.before_list = fail, refuse
    assert kinds(run(tenant, a_create("a"), a_create("b"), concurrency=1)) == [Kind.OPEN, Kind.UNTRIED]


def full(tenant: Tenant, most: int, status: int = 422) -> None:
    def refuse(action: str, _name: str) -> None:
        if action == "create" and len(tenant.roles()) >= most:
            raise Rejected("limit of roles reached", status=status)

    tenant.before_write = refuse


@pytest.mark.parametrize("status", [403, 409, 422])
def test_a_create_that_finds_no_room_is_tried_once_more_after_the_deletes(status: int) -> None:
    tenant = Tenant(TEMP, LEAD)
    full(tenant, 2, status)
    created, deleted = run(tenant, a_create("clerk"), a_delete(), concurrency=1)
    assert (created.kind, created.attempts, deleted.kind) == (Kind.APPLIED, 2, Kind.APPLIED)


def test_a_create_whose_refusal_comes_after_the_delete_is_tried_once_more_too() -> None:
    tenant = Tenant(TEMP, LEAD)
    full(tenant, 2)
    refused, over = threading.Event(), threading.Event()
    refuse = tenant.before_write

    def in_this_order(action: str, name: str) -> None:
        if action == "delete":
            assert refused.wait(10)
        try:
            refuse(action, name)
        finally:
            if action == "create" and not refused.is_set():
                refused.set()
                assert over.wait(10)

    def progress(outcome: Outcome) -> None:
        if outcome.change == a_delete():
            over.set()

    tenant.before_write = in_this_order
    created, deleted = carry_out(approved(a_create("clerk"), a_delete()), Run(tenant, 2, Stop(), progress=progress))
    assert (created.kind, created.attempts, deleted.kind) == (Kind.APPLIED, 2, Kind.APPLIED)


def test_a_create_that_was_tried_once_more_is_two_requests_in_the_journal(tmp_path: Path) -> None:
    tenant = Tenant(TEMP, LEAD)
    full(tenant, 2)
    path = tmp_path / "journal.jsonl"
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        changes = (a_create("clerk"), a_delete())
        result = apply_changes(approved(*changes), Run(tenant, 1, Stop(), journal), tenant.list_roles, lambda _: [])
    lines = [(entry.request, entry.reason) for entry in read(path).entries if entry.action == "create"]
    assert [reason for _, reason in lines] == [None, "failed", None, "applied"]
    assert len({request for request, _ in lines}) == 2
    assert counts(result.outcomes) == {"applied": 2, "failed": 0, "skipped": 0}
    assert result.converged


def test_a_create_that_finds_no_room_is_tried_once_more_only() -> None:
    tenant = Tenant(TEMP, LEAD)
    full(tenant, 1)
    created, _ = run(tenant, a_create("clerk"), a_delete(), concurrency=1)
    assert (created.kind, created.attempts) == (Kind.FAILED, 2)


def test_a_create_that_finds_no_room_is_not_tried_again_where_no_delete_made_any() -> None:
    tenant = Tenant(TEMP, LEAD, held={"temp-role": 1})
    full(tenant, 2)
    created, _ = run(tenant, a_create("clerk"), a_delete(), concurrency=1)
    assert (created.kind, created.attempts) == (Kind.FAILED, 1)


def test_a_refusal_stands_where_an_interrupt_came_before_the_create_was_tried_again() -> None:
    tenant, stop = Tenant(TEMP, LEAD), Stop()
    full(tenant, 2)
    tenant.after_write = lambda _action, _name: stop.set()
    created, _ = run(tenant, a_create("clerk"), a_delete(), stop=stop, concurrency=1)
    assert (created.kind, created.attempts) == (Kind.FAILED, 1)


def test_of_several_live_roles_of_one_name_the_one_as_asked_is_taken_for_the_create() -> None:
    other = LiveRole(an_id("other"), a_role("clerk", ["x.y"]), is_system=False)
    tenant = Tenant(other)
    asked = LiveRole(an_id("asked"), a_create("clerk").after, is_system=False)

    def lose(_action: str, _name: str) -> None:
        tenant.put(asked)
        raise Unreachable("cut off")

    tenant.before_write = lose
    (outcome,) = applied(tenant, a_create("clerk")).outcomes
    assert (outcome.kind, outcome.id) == (Kind.APPLIED, asked.id)


def test_ids_are_compared_without_case() -> None:
    tenant = Tenant(*live([an_update().before]))

    def shouted() -> tuple[LiveRole, ...]:
        return tuple(LiveRole(one.id.upper(), one.role, one.is_system) for one in tenant.list_roles())

    result = apply_changes(approved(an_update()), Run(tenant, 1, Stop()), shouted, lambda _: [])
    assert kinds(result.outcomes) == [Kind.APPLIED]


def test_where_no_role_can_be_read_by_its_id_the_list_has_the_last_word() -> None:
    tenant = Tenant(LEAD, TEMP)
    stale = tenant.list_roles()
    create = a_create("clerk")

    def hide(_name: str) -> None:
        raise Rejected("gone", status=404)

    def cut(_name: str) -> None:
        raise Unreachable("cut off")

    for blind in (hide, cut):
        tenant.after_write = lambda _action, _name, blind=blind: setattr(tenant, "before_read", blind)  # type: ignore[misc]
        result = apply_changes(approved(create), Run(tenant, 1, Stop()), lambda: stale, lambda _: [])
        assert kinds(result.outcomes) == [Kind.OPEN]
        create = a_create("another")


def test_a_journal_that_cannot_take_the_second_reading_is_told(tmp_path: Path) -> None:
    class Full(Journal):
        def amend(self, outcome: object) -> None:
            raise FileFailed(f"no room for {type(outcome).__name__}")

    tenant = Tenant()
    with Full(tmp_path / "j.jsonl", Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        result = apply_changes(approved(a_create("clerk")), Run(tenant, 1, Stop(), journal), lambda: (), lambda _: [])
    assert kinds(result.outcomes) == [Kind.APPLIED]
    hidden = Tenant()
    hidden.before_read = lambda _name: (_ for _ in ()).throw(Unreachable("cut off"))
    with Full(tmp_path / "k.jsonl", Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        result = apply_changes(approved(a_create("clerk")), Run(hidden, 1, Stop(), journal), lambda: (), lambda _: [])
    assert "no room for Outcome" in error_of(result.outcomes[0])
