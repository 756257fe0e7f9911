"""Faults while the operator runs: nothing doubled, nothing widened, true lines, and back in sync right after them."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.model.errors import ExitCode, Interrupted, Overloaded, Rejected, Unreachable
from reconciler.watch.words import Mode
from tests.builders import a_live_role
from tests.watch.world import World, a_world

REQUESTS = 7
"""Of a pass that heals one role: the list, the look before the write, the write before and after, the second list."""


Count = Callable[[str, object], None]


@pytest.fixture(autouse=True)
def _survived(record_property: Count) -> None:
    """Each test here survives a fault; one that survives more of them counts the others. The run prints the sum."""
    record_property("faults survived", 1)


class Killed(BaseException):
    """SIGKILL: nothing of the operator runs after it."""


def a_drifted_world(path: Path, mode: Mode) -> World:
    """Two roles that have too much and one that lacks a code; under `--apply`, one to create and one to delete."""
    world = a_world(path, mode, lead=("a.view",), clerk=("b.view",), poor=("c.view",))
    world.tenant.edit("lead", "a.view", "a.edit")
    world.tenant.edit("clerk", "b.view", "b.edit")
    world.tenant.edit("poor")
    world.want("fresh", "c.view")
    world.tenant.put(a_live_role("temp", ["c.view"]))
    return world


def at_request(world: World, number: int, act: Callable[[], object]) -> Callable[[], int]:
    """Do something at the request of this number, from 0, and once more after each write. Return how many came."""
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen - 1 == number:
            act()

    tenant = world.tenant
    tenant.before_list = tenant.before_read = tenant.before_write = tenant.after_write = count
    return lambda: seen


def no_more_faults(world: World) -> None:
    tenant = world.tenant
    tenant.before_list = lambda: None
    tenant.before_read = lambda _name: None
    tenant.before_write = tenant.after_write = lambda _action, _name: None


def hold_what_must_be(world: World, widest: dict[str, frozenset[str]]) -> None:
    """Nothing is made twice, and no role has more than the file gives or it had before."""
    names = [role.role.name for role in world.tenant.list_roles()]
    assert len(names) == len(set(names))
    for name, codes in world.tenant.codes().items():
        assert codes <= widest.get(name, frozenset({"c.view"}))
    made = [entry for entry in world.tenant.log if entry[0] == "create"]
    assert len(made) == len(set(made))


def converged(world: World) -> bool:
    wanted = {"lead": {"a.view"}, "clerk": {"b.view"}}
    if world.mode is Mode.APPLY:
        wanted |= {"poor": {"c.view"}, "fresh": {"c.view"}}
        return world.tenant.codes() == wanted
    return all(world.tenant.codes()[name] == codes for name, codes in wanted.items())


@pytest.mark.parametrize("mode", [Mode.HEAL, Mode.APPLY])
def test_a_kill_at_each_request_of_a_pass_is_healed_by_the_next_start(
    tmp_path: Path, mode: Mode, record_property: Count
) -> None:
    number = total = 0
    while number <= total:
        world = a_drifted_world(tmp_path, mode)
        world.journal.unlink(missing_ok=True)
        widest = world.tenant.codes() | ({"poor": frozenset({"c.view"})} if mode is Mode.APPLY else {})
        requests = at_request(world, number, kill)
        try:
            world.watch()
        except Killed:
            total = max(total, requests())
        no_more_faults(world)
        world.watch()
        hold_what_must_be(world, widest)
        assert converged(world)
        assert not any(kind in {"failed", "invalid", "refused"} for kind in world.kinds)
        number += 1
    assert total >= REQUESTS
    record_property("faults survived", total - 1)


def kill() -> None:
    raise Killed


@pytest.mark.parametrize("mode", [Mode.HEAL, Mode.APPLY])
def test_a_stop_at_each_request_of_a_pass_leaves_nothing_half_done_unsaid(
    tmp_path: Path, mode: Mode, record_property: Count
) -> None:
    number, before = 0, -1
    codes = set()
    while True:
        world = a_drifted_world(tmp_path, mode)
        world.journal.unlink(missing_ok=True)
        widest = world.tenant.codes() | ({"poor": frozenset({"c.view"})} if mode is Mode.APPLY else {})
        requests = at_request(world, number, world.time.summons.set)
        code = world.watch()
        if requests() <= number:
            break
        codes.add(code)
        sent = len(world.tenant.log)
        assert sent >= before or code is ExitCode.DONE, (number, world.lines)
        assert ("not started" in world.events[-1].message) == (code is ExitCode.INTERRUPTED), (number, world.lines)
        assert ("applied" in world.kinds) == bool(sent), (number, world.lines)
        assert world.kinds[-1] == "stopped"
        no_more_faults(world)
        world.watch()
        hold_what_must_be(world, widest)
        assert converged(world), (number, world.lines)
        number, before = number + 1, sent
    assert codes == {ExitCode.DONE, ExitCode.INTERRUPTED}
    record_property("faults survived", number - 1)


def test_an_interrupt_while_both_lists_are_read_is_a_clean_end(tmp_path: Path) -> None:
    world = a_drifted_world(tmp_path, Mode.HEAL)

    def stop() -> None:
        raise Interrupted

    at_request(world, 0, stop)
    assert world.watch() is ExitCode.DONE
    assert world.kinds == ["stopped"]


# --- the API


FAULTS = {
    "down": Unreachable("could not list the roles: connection refused by api.example"),
    "503": Overloaded("could not list the roles: 503 Service Unavailable", status=503),
    "429": Overloaded("could not list the roles: 429 Too Many Requests", status=429, retry_after=30),
    "401": Rejected("could not list the roles: 401 Unauthorized", status=401),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_hours_without_the_api_are_two_lines_and_a_drift_is_healed_in_the_first_pass_after_them(
    tmp_path: Path, fault: str
) -> None:
    world = a_drifted_world(tmp_path, Mode.HEAL)

    def fail() -> None:
        raise FAULTS[fault]

    world.tenant.before_list = fail
    end = 4 * 3600

    def over() -> None:
        if world.time.seconds >= end:
            no_more_faults(world)

    world.watch(14, dict.fromkeys(range(1, 13), over))
    failed = [report for report in world.reports if report.result == "failed"]
    healed = next(report for report in world.reports if report.result == "applied")
    assert len(failed) < 4 * 12 / 3
    assert (healed.began - failed[-1].began).total_seconds() <= 6.6 * 300
    assert world.kinds == ["failed", "applied", "drift", "stopped"]
    assert converged(world)


def test_a_list_without_a_system_role_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    world = a_drifted_world(tmp_path, Mode.APPLY)
    system = [role for role in world.tenant.list_roles() if role.untouchable]
    for role in system:
        world.tenant.drop(role.id)

    def back() -> None:
        for role in system:
            world.tenant.put(role)

    world.watch(3, {2: back})
    assert world.kinds == ["refused", "applied", "stopped"]
    assert converged(world)


def test_an_empty_answer_is_refused_however_wide_the_limits_are(tmp_path: Path) -> None:
    world = a_drifted_world(tmp_path, Mode.APPLY)
    for role in world.tenant.list_roles():
        world.tenant.drop(role.id)
    world.watch()
    assert (world.kinds, world.tenant.log) == (["refused", "stopped"], [])


# --- the disk


@contextmanager
def full_disk(path: Path, room: int = 0) -> Iterator[None]:
    """No file of this process can grow beyond the size of `path` and `room` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 20])
def test_a_full_disk_under_the_journal_writes_nothing_and_is_healed_when_there_is_room(
    tmp_path: Path, room: int
) -> None:
    world = a_drifted_world(tmp_path, Mode.HEAL)
    world.journal.touch()
    before = world.tenant.codes()
    with full_disk(world.journal, room):
        world.watch(3)
    assert world.kinds == ["failed", "stopped"]
    assert (world.tenant.codes(), world.tenant.log) == (before, [])
    assert world.reports[0].exit_code is ExitCode.FAILED
    world.watch(2)
    assert converged(world)
    assert [entry.status for entry in world.entries if entry.kind == "outcome"] == ["applied"] * 2


def test_a_disk_that_fills_up_between_intent_and_outcome_is_a_failed_pass_that_says_what_was_done(
    tmp_path: Path,
) -> None:
    world = a_world(tmp_path, lead=("a.view",))
    world.tenant.edit("lead", "a.view", "a.edit")
    held: list[object] = []

    def fill(_action: str, _name: str) -> None:
        disk = full_disk(world.journal)
        disk.__enter__()
        held.append(disk)

    world.tenant.before_write = fill
    try:
        world.watch()
    finally:
        for disk in held:
            disk.__exit__(None, None, None)  # type: ignore[attr-defined]  # a context manager
    assert world.kinds == ["failed", "stopped"]
    assert "lead - a.edit" in world.events[0].message
    no_more_faults(world)
    world.watch()
    assert world.kinds[-2:] == ["in_sync", "stopped"]
    assert world.tenant.codes() == {"lead": {"a.view"}}


def test_a_journal_that_cannot_be_opened_is_a_failed_pass(tmp_path: Path) -> None:
    world = a_drifted_world(tmp_path, Mode.HEAL)

    def gone() -> None:
        world.journal.unlink()
        world.journal.mkdir()

    world.tenant.before_list = gone
    world.watch()
    assert world.kinds == ["failed", "stopped"]
    assert world.tenant.log == []


# --- two operators


def test_two_operators_with_the_same_files_do_everything_once(tmp_path: Path) -> None:
    one = a_drifted_world(tmp_path / "1", Mode.APPLY)
    other = a_drifted_world(tmp_path / "2", Mode.APPLY)
    for world in (one, other):
        world.journal.parent.mkdir()
    other.tenant = one.tenant
    at_request(one, 1, other.watch)
    one.watch(2)
    no_more_faults(one)
    one.watch(2)
    assert converged(one)
    hold_what_must_be(
        one, {"lead": frozenset({"a.view"}), "clerk": frozenset({"b.view"}), "poor": frozenset({"c.view"})}
    )


def test_two_operators_with_other_files_see_that_they_fight(tmp_path: Path) -> None:
    one = a_world(tmp_path / "1", Mode.APPLY, lead=("a.view",))
    other = a_world(tmp_path / "2", Mode.APPLY, lead=("a.view",))
    for world in (one, other):
        world.journal.parent.mkdir()
    other.tenant = one.tenant
    other.want("lead", "a.view", "a.edit")
    for _ in range(5):
        other.watch()
        one.watch()
    assert "fight" in one.kinds
    assert "fight" in other.kinds
    assert one.tenant.codes() == {"lead": {"a.view"}}
