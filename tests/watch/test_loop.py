"""The loop: when passes begin, what a run says, and how it ends."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.model.errors import (
    CommandLineError,
    ExitCode,
    Failed,
    FileFailed,
    Interrupted,
    InvalidInput,
    Overloaded,
    Rejected,
)
from reconciler.model.findings import Finding, Place
from reconciler.plan.scope import Scope
from reconciler.policy.limits import Limit, Limits
from reconciler.watch.passing import Revision
from reconciler.watch.words import Mode
from tests.builders import a_live_role
from tests.watch.world import World, a_world

if TYPE_CHECKING:
    from tests.sentences import Golden

NOT_VALID = InvalidInput(
    [
        Finding("duplicate-key", 'duplicate key "name" (first used on line 1)', Place("roles.d/lead.yaml", 2, 1)),
        Finding("ends-soon", "a.view of lead ends today", Place("roles.d/lead.yaml", 1, 1), "warning"),
        Finding("unknown-key", 'unknown key "nmae"', Place("roles.d/lead.yaml", 3, 1)),
    ]
)


RENAMED = '{"name": "new", "renamed_from": "old", "description": "Other", "permissions": ["c.view"]}'


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One role that is live as its file says."""
    return a_world(tmp_path, lead=("a.view",))


def down() -> None:
    raise Overloaded("could not list the roles: 503 Service Unavailable", status=503)


# --- lines


def test_a_line_comes_when_something_changes_and_not_otherwise(world: World, golden: Golden) -> None:
    world.watch(
        12,
        {3: lambda: world.tenant.edit("lead", "a.view", "a.edit"), 9: lambda: world.want("lead", "a.view", "b.view")},
    )
    assert world.kinds == ["in_sync", "applied", "in_sync", "drift", "stopped"]
    golden.says("watch/lines", "a code is taken back, and one is not given", world.lines)


def test_what_lives_as_long_as_the_loop_is_not_looked_at_for_garbage(world: World) -> None:
    gc.unfreeze()
    world.watch(2)
    assert gc.get_freeze_count() > 10_000


def test_a_pass_that_wrote_always_has_a_line(world: World) -> None:

    def again() -> None:
        world.tenant.edit("lead", "a.view", "a.edit")

    again()
    world.watch(2, {1: again})
    assert world.kinds == ["applied", "applied", "stopped"]


def test_a_report_says_how_each_role_differs(tmp_path: Path, golden: Golden) -> None:
    world = a_world(tmp_path, Mode.REPORT, lead=("a.view", "a.edit"), clerk=("b.view",), old=("c.view",))
    world.tenant.put(a_live_role("temp", ["c.view"]))
    world.tenant.put(a_live_role("empty", []))
    world.tenant.edit("lead", "a.view", "b.edit", "b.view")
    world.tenant.drop(world.tenant.role("clerk").id)
    world.files["roles.d/old.yaml"] = (
        '{"name": "new", "renamed_from": "old", "description": "Other", "permissions": ["c.view"]}'
    )
    before = world.tenant.roles()
    world.watch(3)
    assert world.kinds == ["drift", "stopped"]
    assert world.tenant.roles() == before
    golden.says("watch/lines", "all kinds of drift, reported", world.lines)


def test_a_mode_that_heals_revokes_says_why_it_leaves_the_rest(tmp_path: Path, golden: Golden) -> None:
    world = a_world(tmp_path, lead=("a.view", "a.edit"), clerk=("b.view",), old=("c.view",))
    world.tenant.put(a_live_role("temp", ["c.view"]))
    world.tenant.edit("lead", "a.view", "b.edit")
    world.tenant.drop(world.tenant.role("clerk").id)
    world.files["roles.d/old.yaml"] = (
        '{"name": "new", "renamed_from": "old", "description": "Other", "permissions": ["c.view"]}'
    )
    world.watch(2)
    assert world.kinds == ["applied", "drift", "stopped"]
    assert world.tenant.codes() == {"lead": {"a.view"}, "old": {"c.view"}, "temp": {"c.view"}}
    golden.says("watch/lines", "all kinds of drift, where revokes are healed", world.lines)


def test_a_mode_that_applies_does_all_of_it(tmp_path: Path, golden: Golden) -> None:
    world = a_world(tmp_path, Mode.APPLY, lead=("a.view", "a.edit"), clerk=("b.view",), old=("c.view",), bare=())
    world.tenant.put(a_live_role("temp", ["c.view"]))
    world.tenant.edit("lead", "a.view", "b.edit")
    for name in ("clerk", "bare"):
        world.tenant.drop(world.tenant.role(name).id)
    world.files["roles.d/old.yaml"] = (
        '{"name": "new", "renamed_from": "old", "description": "Other", "permissions": ["c.view"]}'
    )
    world.watch(2)
    assert world.kinds == ["applied", "in_sync", "stopped"]
    golden.says("watch/lines", "all kinds of drift, applied", world.lines)


def test_an_unmanaged_role_that_the_configuration_keeps_is_wider_drift_where_revokes_are_healed(
    world: World, golden: Golden
) -> None:
    world.tenant.put(a_live_role("temp", ["c.view", "b.view"]))
    world.scope = Scope("report")
    world.watch()
    assert world.kinds == ["drift", "stopped"]
    assert world.reports[0].left.wider == 2
    golden.says("watch/lines", "an unmanaged role that is kept", world.lines)


@pytest.mark.parametrize("mode", [Mode.REPORT, Mode.APPLY])
def test_an_unmanaged_role_that_the_configuration_keeps_is_no_drift_elsewhere(tmp_path: Path, mode: Mode) -> None:
    world = a_world(tmp_path, mode, lead=("a.view",))
    world.tenant.put(a_live_role("temp", ["c.view", "b.view"]))
    world.scope = Scope("report")
    world.watch()
    assert (world.kinds, world.reports[0].left.wider) == (["in_sync", "stopped"], 0)


def test_what_another_client_heals_first_was_not_written_here(world: World) -> None:
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.before_read = lambda name: world.tenant.edit(name, "a.view")
    world.watch()
    assert (world.kinds, world.tenant.log) == (["in_sync", "stopped"], [])


def test_a_role_that_changes_right_before_its_write_is_left_alone_and_the_pass_failed(world: World) -> None:
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.before_read = lambda name: world.tenant.edit(name, "a.view", "b.edit")
    world.watch()
    assert (world.kinds, world.tenant.log) == (["failed", "stopped"], [])
    assert world.reports[0].exit_code is ExitCode.FAILED


def test_a_report_says_how_many_grants_end_soon(world: World) -> None:
    world.ending = 3
    world.watch()
    assert world.reports[0].ending == 3


def test_a_report_says_how_long_the_pass_took(world: World) -> None:
    world.time.pass_by(1000)
    world.tenant.before_list = lambda: world.time.pass_by(7)
    world.watch()
    assert world.reports[0].seconds == 7


def test_a_line_names_twenty_roles_and_counts_the_rest(tmp_path: Path, golden: Golden) -> None:
    roles = {f"r{number:02}": ("a.view", "a.edit") for number in range(23)}
    world = a_world(tmp_path, Mode.HEAL, **roles)
    for name in roles:
        world.want(name, "a.view")
    world.watch()
    golden.says("watch/lines", "many roles", world.lines)


@pytest.mark.parametrize("edited", [True, False, None])
def test_the_commit_says_whether_files_differ_from_it(world: World, *, edited: bool | None, golden: Golden) -> None:
    world.revision = Revision(None if edited is None else "3f2a9c1d0b4e" + "0" * 28, edited)
    world.watch()
    golden.says("watch/lines", f"edited: {edited}", world.lines)


# --- what goes wrong


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NOT_VALID, "invalid"),
        (Failed("the files changed while they were read"), "failed"),
        (CommandLineError("the file given with --api-key-file is empty"), "failed"),
        (FileFailed("cannot read the file given with --api-key-file: No such file or directory"), "failed"),
    ],
)
def test_what_cannot_be_read_is_an_event_and_the_next_pass_reads_it_again(
    world: World, error: InvalidInput, kind: str, golden: Golden
) -> None:
    world.tenant.edit("lead", "a.view", "a.edit")
    world.broken = error
    world.watch(4, {3: lambda: setattr(world, "broken", None)})
    assert world.kinds == [kind, "applied", "stopped"]
    assert world.events[0].commit == world.revision.commit
    golden.says("watch/lines", f"{kind}: {type(error).__name__}", world.lines)


def test_a_client_that_cannot_be_made_is_a_failed_pass(world: World) -> None:
    world.unopened = FileFailed("cannot read the CA certificates in ca.pem: No such file or directory")
    world.watch(2, {1: lambda: setattr(world, "unopened", None)})
    assert world.kinds == ["failed", "in_sync", "stopped"]


def test_a_refusal_by_a_limit_is_an_event_and_nothing_is_written(world: World, golden: Golden) -> None:
    world.tenant.edit("lead", *("a.view", "a.edit", "b.view", "b.edit"))
    world.limits = Limits(Limit(0), Limit(2))
    world.watch(3, {2: lambda: setattr(world, "limits", Limits(Limit(0), Limit(3)))})
    assert world.kinds == ["refused", "applied", "stopped"]
    golden.says("watch/lines", "refused by a limit", world.lines)


def test_a_report_says_that_an_apply_would_be_refused(tmp_path: Path) -> None:
    world = a_world(tmp_path, Mode.REPORT, lead=("a.view",))
    world.tenant.edit("lead", "a.view", "a.edit")
    world.limits = Limits(Limit(0), Limit(0))
    world.watch()
    assert world.kinds == ["refused", "stopped"]


def test_several_reasons_of_a_refusal_are_one_line(tmp_path: Path, golden: Golden) -> None:
    world = a_world(tmp_path, Mode.APPLY, lead=("a.view",))
    world.tenant.put(a_live_role("temp", ["c.view"]))
    world.limits = Limits(Limit(0), Limit(0))
    world.watch()
    golden.says("watch/lines", "refused by two limits", world.lines)


def test_a_code_that_the_catalogue_does_not_have_is_not_valid_but_revokes_are_healed(tmp_path: Path) -> None:
    for mode, kinds in ((Mode.APPLY, ["invalid"]), (Mode.HEAL, ["applied"])):
        world = a_world(tmp_path, mode, lead=("a.view", "gone.view"))
        world.tenant.edit("lead", "a.view", "a.edit")
        world.watch()
        assert world.kinds == [*kinds, "stopped"]


def test_a_plan_that_cannot_be_made_of_what_was_read_is_ready_and_no_success(tmp_path: Path) -> None:
    world = a_world(tmp_path, Mode.APPLY, lead=("a.view", "gone.view"))
    world.tenant.edit("lead", "a.view")
    world.watch()
    assert [(report.read, report.good) for report in world.reports] == [(True, False)]


def test_a_write_that_fails_is_a_failed_pass_that_says_what_was_done(tmp_path: Path, golden: Golden) -> None:
    world = a_world(tmp_path, lead=("a.view",), clerk=("b.view",))
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.edit("clerk", "b.view", "b.edit")

    def no(action: str, name: str) -> None:
        if name == "lead":
            raise Rejected(f"the server refused the {action} with 422: no", status=422, detail="no")

    world.tenant.before_write = no
    world.watch(2, {1: lambda: setattr(world.tenant, "before_write", lambda *_: None)})
    assert world.kinds == ["failed", "applied", "stopped"]
    assert [report.exit_code for report in world.reports] == [ExitCode.PARTLY_APPLIED, ExitCode.DONE]
    golden.says("watch/lines", "a write failed, and one did not", world.lines)


def test_a_role_that_the_server_stores_differently_is_a_failed_pass(tmp_path: Path, golden: Golden) -> None:
    world = a_world(tmp_path, Mode.APPLY, lead=("a.view", "b.view"))
    world.tenant.edit("lead", "a.view")
    world.tenant.keeps = lambda role: role.__class__(role.name, role.description, role.permissions | {"c.view"})
    world.watch()
    assert world.kinds == ["failed", "stopped"]
    golden.says("watch/lines", "stored differently", world.lines)


def test_a_second_reading_that_fails_is_a_failed_pass_that_says_what_was_done(world: World, golden: Golden) -> None:
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.after_write = lambda *_: setattr(world.tenant, "before_list", down)
    world.watch()
    assert world.kinds == ["failed", "stopped"]
    golden.says("watch/lines", "not verified", world.lines)


def test_an_internal_error_of_a_write_ends_the_run_after_its_line(world: World) -> None:
    world.tenant.edit("lead", "a.view", "a.edit")

    def broken(_action: str, _name: str) -> None:
        raise ZeroDivisionError("a defect")

    world.tenant.before_write = broken
    with pytest.raises(ZeroDivisionError):
        world.watch()
    assert world.kinds == ["failed"]


# --- waits


def test_failed_passes_wait_longer_and_a_good_one_ends_that(world: World) -> None:
    world.tenant.before_list = down
    world.watch(8, {6: lambda: setattr(world.tenant, "before_list", lambda: None)})
    assert world.told.waited == pytest.approx([300 * factor for factor in (1, 2, 4, 6, 6, 6, 1, 1)])


def test_a_failure_after_a_good_pass_is_the_first_again(world: World) -> None:
    world.tenant.before_list = down

    def up() -> None:
        world.tenant.before_list = lambda: None

    world.watch(4, {1: up, 2: lambda: setattr(world.tenant, "before_list", down)})
    assert world.told.waited == pytest.approx([300, 300, 300, 600])


@pytest.mark.parametrize("error", [NOT_VALID])
def test_a_pass_that_is_not_valid_waits_one_interval_and_is_no_good_one(world: World, error: InvalidInput) -> None:
    world.tenant.before_list = down
    world.watch(6, {2: lambda: setattr(world, "broken", error), 4: lambda: setattr(world, "broken", None)})
    assert world.told.waited == pytest.approx([300 * factor for factor in (1, 2, 1, 1, 4, 6)])


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_chance_decides_on_a_tenth_of_the_wait(world: World, chance: float) -> None:
    world.time.chance = chance
    world.watch()
    assert world.told.waited == pytest.approx([270 if chance == 0 else 330])


def test_a_hangup_starts_a_pass_at_once(world: World) -> None:
    world.watch(3, {1: world.time.summons.hang_up})
    assert world.time.rested[0] == 300
    assert world.told.began_ == 3


def test_a_hangup_while_a_pass_runs_starts_one_more(world: World) -> None:
    def once() -> None:
        world.tenant.before_list = lambda: None
        world.time.summons.hang_up()

    world.tenant.before_list = once
    world.watch(2)
    assert world.time.seconds == 300  # only the second rest took its time


# --- the end


def test_a_stop_while_nothing_is_written_is_a_clean_end(world: World, golden: Golden) -> None:
    assert world.watch() is ExitCode.DONE
    golden.says("watch/lines", "stopped", world.lines)


def interrupted() -> None:
    raise Interrupted


def test_a_stop_while_the_live_state_is_read_says_nothing_of_the_pass(world: World) -> None:
    world.tenant.before_list = interrupted
    assert world.watch() is ExitCode.DONE
    assert world.kinds == ["stopped"]
    assert world.reports == []


def stop_at(number: int, stop: Callable[[], object]) -> Callable[[str, str], None]:
    """Return what asks to stop at the write of this number, from 1."""
    seen = 0

    def count(_action: str, _name: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            stop()

    return count


@pytest.mark.parametrize(("roles", "code"), [(1, ExitCode.DONE), (2, ExitCode.DONE), (5, ExitCode.INTERRUPTED)])
def test_a_stop_while_writes_are_in_flight_finishes_them_and_starts_no_other(
    tmp_path: Path, roles: int, code: ExitCode, golden: Golden
) -> None:
    world = a_world(tmp_path, Mode.HEAL, **{f"r{number}": ("a.view",) for number in range(roles)})
    for number in range(roles):
        world.tenant.edit(f"r{number}", "a.view", "a.edit")
    world.tenant.before_write = stop_at(min(roles, 2), world.time.summons.set)
    assert world.watch() is code
    assert world.reports[0].exit_code is code
    assert len(world.tenant.log) == min(roles, 2)
    golden.says("watch/lines", f"stopped with {roles} roles to heal", world.lines)


def test_a_stop_before_the_first_write_says_how_many_were_not_started(world: World, golden: Golden) -> None:
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.before_read = lambda _name: world.time.summons.set()
    assert world.watch() is ExitCode.INTERRUPTED
    assert world.kinds == ["stopped"]
    assert world.tenant.log == []
    golden.says("watch/lines", "stopped before the first write", world.lines)


def test_a_write_that_fails_as_a_stop_comes_is_a_failed_pass_and_no_write_was_left_out(world: World) -> None:
    world.tenant.edit("lead", "a.view", "a.edit")

    def no(_action: str, _name: str) -> None:
        world.time.summons.set()
        raise Rejected("the server refused with 422: no", status=422, detail="no")

    world.tenant.before_write = no
    assert world.watch() is ExitCode.DONE
    assert world.kinds == ["failed", "stopped"]


def test_a_late_end_is_a_clean_one_except_while_a_write_is_in_flight_or_to_come(tmp_path: Path) -> None:
    world = a_world(tmp_path, lead=("a.view",), clerk=("b.view",))
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.edit("clerk", "b.view", "b.edit")
    late: list[ExitCode] = []

    def note(*_: object) -> None:
        late.append(world.time.summons.late)

    world.tenant.before_list = world.tenant.before_write = world.tenant.after_write = note
    world.watch()
    assert late == [ExitCode.DONE, *[ExitCode.INTERRUPTED] * 4, ExitCode.DONE]
    assert world.time.summons.late is ExitCode.DONE


def test_an_internal_error_of_the_pass_leaves_a_late_end_clean(world: World) -> None:
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.before_write = broken_off
    with pytest.raises(KeyboardInterrupt):
        world.watch()
    assert world.time.summons.late is ExitCode.DONE


def broken_off(_action: str, _name: str) -> None:
    raise KeyboardInterrupt


def test_a_role_that_is_stored_differently_as_a_stop_comes_is_a_failed_pass(tmp_path: Path) -> None:
    world = a_world(tmp_path, lead=("a.view",))
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.keeps = lambda role: role.__class__(role.name, "Changed", role.permissions)
    world.tenant.after_write = lambda _action, _name: world.time.summons.set()
    assert world.watch() is ExitCode.DONE
    assert world.kinds == ["failed", "stopped"]


def test_a_stop_long_after_a_key_was_refused_left_nothing_out(tmp_path: Path) -> None:
    world = a_world(tmp_path, lead=("a.view",), clerk=("b.view",))
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.edit("clerk", "b.view", "b.edit")

    def no(_action: str, _name: str) -> None:
        raise Rejected("the server refused with 401: no", status=401, detail="no")

    world.tenant.before_write = no
    assert world.watch() is ExitCode.DONE
    assert world.kinds == ["failed", "stopped"]
    assert "not started" not in world.events[-1].message


# --- weeks


def test_the_clock_may_jump_and_the_waits_go_on(world: World) -> None:
    def jump(by: float) -> Callable[[], None]:
        return lambda: setattr(world.time, "jump", world.time.jump + by)

    days = timedelta(days=400).total_seconds()

    def again() -> None:
        world.tenant.edit("lead", "a.view", "a.edit")

    steps = {1: jump(days), 2: again, 3: jump(-2 * days), 4: again, 6: jump(days), 7: again}
    world.watch(9, steps)
    assert world.told.waited == pytest.approx([300] * 9)
    assert world.tenant.codes() == {"lead": {"a.view"}}
    assert world.kinds == ["in_sync", "applied", "in_sync", "applied", "in_sync", "applied", "in_sync", "stopped"]


def test_two_days_without_a_change_are_one_line(world: World) -> None:
    world.watch(2 * 24 * 12)
    assert world.kinds == ["in_sync", "stopped"]
