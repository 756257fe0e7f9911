"""The installed command, killed, interrupted, run twice at once, and served slowly."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.faults.processes import PATIENCE, Process, Start
from tests.faults.proxy import FAULTS, At, Fault, Operation, Proxy, operation_of, serving
from tests.faults.world import DESIRED, LIVE, Result, World
from tests.scripted_server import Act, Received, Reply, Trickle, reply

if TYPE_CHECKING:
    from tests.faults.conftest import Command, Survived

Worlds = Callable[[], World]
APPLY = ("apply", "--yes", "--format", "json", "--journal", "journal.jsonl")
REQUESTS = 18  # of an apply of the world in which nothing goes wrong


def converges(reconciler: Command, world: World) -> None:
    """What failed or was cut short is done by the next apply, and then nothing is left."""
    proxy = Proxy(world.tenant.url)
    with serving(proxy) as url:
        result = reconciler(world, url, *APPLY)
    assert result.code == 0, result
    world.check(result, proxy)


# --- the same faults, with the command as a user runs it


@pytest.mark.parametrize(
    ("fault", "operation"),
    [(fault, list(Operation)[index % len(Operation)]) for index, fault in enumerate(FAULTS) if index % 2],
    ids=lambda value: value.name if isinstance(value, Fault) else str(value),
)
def test_the_installed_command_survives_a_fault_or_tells(
    fault: Fault, operation: Operation, a_world: Worlds, start: Start, survived: Survived
) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url, fault, At(operation, (0,), once=True))
    with serving(proxy) as url:
        result = start(world, url, *APPLY, "--timeout", fault.timeout).result()
    world.check(result, proxy)
    assert proxy.struck == 1
    survived(1)


# --- kill -9


def moments(count: int) -> list[tuple[int, bool]]:
    """So many of the requests of an apply, and whether the process dies after the server did its work, or before."""
    chance = random.Random(20261123)  # noqa: S311 - chance for a test, the same in every run
    return sorted((chance.randrange(REQUESTS), chance.random() < 0.5) for _ in range(count))


@pytest.mark.parametrize(("number", "done"), moments(8))
def test_after_kill_9_at_any_moment_the_next_apply_converges(
    number: int,
    *,
    done: bool,
    a_world: Worlds,
    start: Start,
    reconciler: Command,
    survived: Survived,
) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url)
    started: list[Process] = []
    ready = threading.Event()

    def kill(request: Received) -> None:
        if proxy.log.index(request) == number:
            ready.wait(PATIENCE)
            started[0].signal(signal.SIGKILL)

    if done:
        proxy.after_forwarding = kill
    else:
        proxy.before_forwarding = kill
    with serving(proxy) as url:
        started.append(start(world, url, *APPLY))
        ready.set()
        assert started[0].result().code == -signal.SIGKILL
    converges(reconciler, world)
    survived(1)


def test_the_journal_of_a_killed_apply_and_the_next_one_takes_both_back(
    a_world: Worlds, start: Start, reconciler: Command
) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url)
    started: list[Process] = []
    ready = threading.Event()

    def kill(request: Received) -> None:
        if len(proxy.writes()) == 5 and request.method != "GET":
            ready.wait(PATIENCE)
            started[0].signal(signal.SIGKILL)

    proxy.after_forwarding = kill
    with serving(proxy) as url:
        started.append(start(world, url, *APPLY, "--concurrency", "1"))
        ready.set()
        started[0].result()
        proxy.after_forwarding = lambda _request: None
        assert reconciler(world, url, *APPLY).code == 0
        assert world.live() == DESIRED
        assert reconciler(world, url, "undo", "journal.jsonl", "--out", "undo.json").code == 0
        result = reconciler(world, url, "apply", "undo.json", "--yes", "--format", "json")
    assert result.code == 0, result
    assert world.live() == LIVE


# --- signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("write", [1, 4, 8])
def test_a_signal_finishes_what_is_in_flight_starts_no_new_write_and_reports(
    number: signal.Signals,
    write: int,
    a_world: Worlds,
    start: Start,
    reconciler: Command,
    survived: Survived,
) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url)
    started: list[Process] = []
    ready = threading.Event()

    def interrupt(_request: Received) -> None:
        if len(proxy.writes()) == write and not proxy.struck:
            proxy.struck += 1
            ready.wait(PATIENCE)
            started[0].interrupt(number)

    proxy.before_forwarding = interrupt
    with serving(proxy) as url:
        started.append(start(world, url, *APPLY, "--concurrency", "1"))
        ready.set()
        result = started[0].result()
    assert result.code == 130, result
    assert len(proxy.writes()) == write
    statuses = [entry["status"] for entry in result.document["outcomes"]]
    assert statuses.count("applied") == write
    assert statuses.count("skipped") == len(statuses) - write
    assert "Traceback" not in result.err
    converges(reconciler, world)
    survived(1)


def test_a_second_signal_stops_at_once(a_world: Worlds, start: Start, reconciler: Command) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url)
    started: list[Process] = []
    ready, answered = threading.Event(), threading.Event()

    def interrupt_twice(request: Received) -> None:
        if request.method != "GET":
            ready.wait(PATIENCE)
            started[0].interrupt(signal.SIGINT)
            started[0].signal(signal.SIGTERM)
            answered.wait(PATIENCE)  # the request in flight is not waited for

    proxy.before_forwarding = interrupt_twice
    with serving(proxy) as url:
        started.append(start(world, url, *APPLY, "--concurrency", "1"))
        ready.set()
        result = started[0].result()
        answered.set()
    assert (result.code, result.out) == (130, "")
    assert "stopped at once" in result.err
    converges(reconciler, world)


def test_a_signal_while_waiting_for_another_try_ends_the_wait(
    a_world: Worlds, start: Start, reconciler: Command
) -> None:
    world = a_world()
    busy = Fault("503, Retry-After", lambda _whole: reply(503, b"", {"Retry-After": "60"}))
    proxy = Proxy(world.tenant.url, busy, At(Operation.CREATE, (0,), once=False))
    with serving(proxy) as url:
        process = start(world, url, *APPLY, "-v", "--concurrency", "1")
        _until(lambda: proxy.struck == 1)
        process.interrupt(signal.SIGTERM)
        result = process.result()
    assert result.code == 130
    assert len(proxy.writes()) == 1
    converges(reconciler, world)


def _until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE * 100):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to that")


# --- two at once


def test_two_applies_at_once_do_each_thing_once_and_each_tells_the_truth(
    a_world: Worlds, start: Start, reconciler: Command, survived: Survived
) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url)
    both_planned = threading.Barrier(2)

    def meet(request: Received) -> None:
        """Nobody writes before both have read the live state and made their plans."""
        if operation_of(request) is Operation.LIST_PERMISSIONS:
            both_planned.wait(PATIENCE)

    proxy.before_forwarding = meet
    with serving(proxy) as url:
        pair = [start(world, url, *APPLY[:4]) for _ in range(2)]
        results = [process.result() for process in pair]
    assert world.live() == DESIRED
    for result in results:
        assert result.code in {0, 6, 1}, result
        assert "Traceback" not in result.err
    made = [
        entry["name"] for result in results for entry in result.document["outcomes"] if entry["status"] == "applied"
    ]
    assert {"create-1", "create-2", "create-3"} <= set(made)
    assert len([name for name in made if name.startswith("create")]) == 3
    converges(reconciler, world)
    survived(1)


# --- slowly


def test_a_server_that_answers_a_byte_at_a_time_is_waited_for(a_world: Worlds, reconciler: Command) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url, shape=lambda whole: Trickle(whole, every=0.0))
    with serving(proxy) as url:
        result = reconciler(world, url, *APPLY)
    assert result.code == 0
    world.check(result, proxy)


def test_a_server_too_slow_for_the_timeout_is_given_up_before_anything_is_written(
    a_world: Worlds, reconciler: Command, survived: Survived
) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url, shape=_slowly)
    with serving(proxy) as url:
        result: Result = reconciler(world, url, *APPLY, "--timeout", "0.1")
    assert result.code == 1
    assert "no complete answer" in result.err
    world.check(result, proxy)
    assert proxy.writes() == []
    survived(len(proxy.log))


def _slowly(whole: Reply) -> Act:
    return Trickle(whole, every=0.02)


# --- undo, over real sockets


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.PATCH, Operation.DELETE])
@pytest.mark.parametrize("fault", FAULTS[::3], ids=lambda fault: fault.name)
def test_after_a_fault_an_undo_finds_the_old_roles(
    fault: Fault, operation: Operation, a_world: Worlds, reconciler: Command, survived: Survived
) -> None:
    world = a_world()
    proxy = Proxy(world.tenant.url, fault, At(operation, (1,), once=False))
    with serving(proxy) as url:
        reconciler(world, url, *APPLY, "--timeout", fault.timeout)
        survived(proxy.struck)
        proxy.at = None
        assert reconciler(world, url, "undo", "journal.jsonl", "--out", "undo.json").code == 0
        result = reconciler(world, url, "apply", "undo.json", "--yes", "--format", "json")
    assert result.code == 0, result
    assert world.live() == LIVE
