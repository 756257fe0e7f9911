"""The installed operator as a process: real signals, real lines, at each state that it can be in."""

from __future__ import annotations

import os
import signal
import subprocess
import sysconfig
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from reconciler.apply.recorded import read
from tests.faults.operators import Held, Watching, ended
from tests.faults.processes import PATIENCE
from tests.faults.proxy import Proxy, serving
from tests.faults.world import World
from tests.scripted_server import Received

Worlds = Callable[[], World]
HEAL = ("--heal", "revokes", "--journal", "journal.jsonl", "--max-revokes", "99", "--every", "24h")


def without_time(line: str) -> str:
    return line.split(" ", 1)[1]


def watching(world: World, url: str, *arguments: str) -> AbstractContextManager[Watching]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECONCILER_", "OMNISTREAM_"))}
    return ended(Watching(world.directory, kept | world.environment(url), arguments, without_time))


@pytest.fixture
def world(a_world: Worlds) -> World:
    """A world whose files give what is live, but for a code of update-3 that somebody gave it."""
    found = a_world()
    for path in (found.directory / "roles.d").iterdir():
        path.unlink()
    for name, (description, codes) in found.live().items():
        kept = codes - {"billing.view"} if name == "update-3" else codes
        text = f'name: {name}\ndescription: "{description}"\npermissions: [{", ".join(sorted(kept))}]\n'
        (found.directory / "roles.d" / f"{name}.yaml").write_text(text)
    return found


def widen(world: World, name: str = "update-3") -> None:
    store = world.tenant.store
    role = next(role for role in store.roles() if role["name"] == name)
    store.update(role["id"], {"permissions": ["billing.view", "contacts.view"]})


def test_a_hangup_starts_a_pass_at_once_and_sigterm_ends_the_wait(world: World) -> None:
    with watching(world, world.tenant.url, *HEAL) as operator:
        assert operator.line().startswith("started: http://127.0.0.1:")
        assert operator.line() == "applied: update-3 - billing.view"
        operator.signal(signal.SIGHUP)
        assert operator.line() == "in_sync: 7 roles"
        widen(world)
        operator.signal(signal.SIGHUP)
        assert operator.line() == "applied: update-3 - billing.view"
        operator.signal(signal.SIGTERM)
        assert operator.line() == "stopped: by a signal"
        assert operator.code() == 0
    assert operator.err.startswith("interrupted: no new writes")


def test_passes_follow_each_other_after_the_interval(world: World) -> None:
    with watching(world, world.tenant.url, *HEAL[:-1], "1s", "--log-format", "text") as operator:
        assert [operator.line() for _ in range(3)][1:] == ["applied: update-3 - billing.view", "in_sync: 7 roles"]
        operator.signal(signal.SIGINT)
        assert (operator.line(), operator.code()) == ("stopped: by a signal", 0)


def test_sigterm_while_the_server_keeps_silent_is_a_clean_end(world: World) -> None:
    proxy, asked, over = Proxy(world.tenant.url), threading.Event(), threading.Event()

    def silent(_request: Received) -> None:
        asked.set()
        over.wait(PATIENCE)

    proxy.before_forwarding = silent
    with serving(proxy) as url, watching(world, url, *HEAL) as operator:
        assert operator.line().startswith("started")
        assert asked.wait(PATIENCE)
        operator.signal(signal.SIGTERM)
        assert (operator.line(), operator.code()) == ("stopped: by a signal", 0)
        over.set()


@pytest.mark.parametrize("second", [False, True])
def test_sigterm_while_a_write_is_in_flight_finishes_it_and_starts_no_other(world: World, *, second: bool) -> None:
    widen(world, "update-1")
    held = Held(world.tenant.url, "PATCH")
    with serving(held.proxy) as url, watching(world, url, *HEAL, "--concurrency", "1") as operator:
        assert operator.line().startswith("started")
        assert held.asked.wait(PATIENCE)
        operator.signal(signal.SIGTERM)
        if second:
            operator.interrupted()
            operator.signal(signal.SIGTERM)
        else:
            held.over.set()
            assert operator.line() == "applied: update-1 - billing.view"
            assert operator.line() == "stopped: by a signal; 1 change was not started"
        assert operator.code() == 130
        held.over.set()
    assert len(held.proxy.writes()) == 1


def test_after_kill_9_at_a_write_the_next_start_heals_and_has_the_journal(world: World) -> None:
    held = Held(world.tenant.url, "PATCH")
    with serving(held.proxy) as url, watching(world, url, *HEAL) as operator:
        assert operator.line().startswith("started")
        assert held.asked.wait(PATIENCE)
        operator.signal(signal.SIGKILL)
        assert operator.code() == -signal.SIGKILL
        held.proxy.before_forwarding = lambda _request: None
        held.over.set()
    with watching(world, world.tenant.url, *HEAL) as again:
        assert again.line().startswith("started")
        assert again.line() in {"applied: update-3 - billing.view", "in_sync: 7 roles"}
        again.signal(signal.SIGTERM)
        assert again.code() == 0
    assert world.live()["update-3"][1] == {"contacts.view"}
    assert read(world.journal).entries[0].kind == "intent"


def test_a_second_operator_with_the_same_journal_ends_with_1(world: World) -> None:
    with watching(world, world.tenant.url, *HEAL) as operator:
        assert operator.line().startswith("started")
        with watching(world, world.tenant.url, *HEAL) as second:
            assert second.code() == 1
        assert "another `reconciler watch` uses the journal" in second.err
        operator.signal(signal.SIGTERM)
        assert operator.code() == 0


def test_an_operator_whose_lines_nobody_reads_any_more_ends_with_1(world: World) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [str(Path(sysconfig.get_path("scripts")) / "reconciler"), "watch", "--every", "1s"]
    environment = {**os.environ, **world.environment(world.tenant.url)}
    done = subprocess.run(
        command, cwd=world.directory, env=environment, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
