"""The installed operator of several tenants as a process: real signals, while tenants hang and write."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Queue

import pytest

from tests.cli.tenants import Fleet, three_tenants
from tests.faults.processes import PATIENCE
from tests.faults.proxy import Proxy, serving
from tests.scripted_server import Received

HEAL = ("--all", "--heal", "revokes", "--journal", "{tenant}.jsonl", "--max-revokes", "99", "--every", "24h")


class Watching:
    """`reconciler watch` of several tenants, and its lines as they come, without their times."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [str(Path(sysconfig.get_path("scripts")) / "reconciler"), "watch", *arguments],
            cwd=directory,
            env=os.environ | {"PWD": str(directory)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.signal = self._process.send_signal
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                tenant, _time, words = line.rstrip("\n").split(" ", 2)
                self._lines.put(f"{tenant} {words}")

    def lines(self, number: int) -> set[str]:
        """The next lines, in any order."""
        return {self._lines.get(timeout=PATIENCE) for _ in range(number)}

    def interrupted(self) -> None:
        assert self._process.stderr is not None
        assert self._process.stderr.readline().startswith("interrupted:")

    def code(self) -> int:
        found = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return found

    def end(self) -> None:
        self._process.kill()
        self.code()
        assert self._process.stderr is not None
        self._process.stderr.close()


@contextmanager
def watching(directory: Path, *arguments: str) -> Iterator[Watching]:
    found = Watching(directory, *arguments)
    try:
        yield found
    finally:
        found.end()


class Held:
    """A proxy that keeps the requests of one method until they are let go."""

    def __init__(self, url: str, method: str) -> None:
        self.asked, self.over = threading.Event(), threading.Event()
        self._method = method
        self.proxy = Proxy(url, before_forwarding=self._hold)

    def _hold(self, request: Received) -> None:
        if request.method == self._method:
            self.asked.set()
            self.over.wait(PATIENCE)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Fleet]:
    """Three tenants in which each of the two roles of the files has a code too many."""
    with three_tenants(tmp_path, monkeypatch, capsys) as found:
        found.want("support-lead", description="Leads.")
        found.want("temp-role")
        found.want("billing-clerk", "contacts.view", description="Old")
        yield found


@pytest.mark.parametrize("second", [False, True])
def test_a_tenant_that_hangs_and_one_that_writes_leave_the_others_and_the_signals_alone(
    fleet: Fleet, *, second: bool
) -> None:
    urls = {name: sandbox.url for name, sandbox in fleet.tenants.items()}
    reads, writes = Held(urls["staging"], "GET"), Held(urls["acme"], "PATCH")
    with ExitStack() as stack:
        places = {
            "staging": stack.enter_context(serving(reads.proxy)),
            "acme": stack.enter_context(serving(writes.proxy)),
        }
        fleet.configure(**places)
        operator = stack.enter_context(watching(fleet.directory, *HEAL, "--concurrency", "1"))
        stack.callback(reads.over.set)
        stack.callback(writes.over.set)
        assert {re.sub(": .*", "", line) for line in operator.lines(3)} == {f"{name} started" for name in urls}
        healed = "applied: billing-clerk - billing.manage; temp-role - contacts.view"
        assert operator.lines(1) == {f"beta {healed}"}
        assert reads.asked.wait(PATIENCE)
        assert writes.asked.wait(PATIENCE)
        fleet.tenants["beta"].store.update(fleet.id_of("beta", "temp-role"), {"permissions": ["contacts.view"]})
        operator.signal(signal.SIGHUP)
        assert operator.lines(1) == {"beta applied: temp-role - contacts.view"}
        operator.signal(signal.SIGTERM)
        operator.interrupted()
        if second:
            operator.signal(signal.SIGTERM)
        else:
            writes.over.set()
            assert operator.lines(1) == {"acme applied: billing-clerk - billing.manage"}
            stopped = "stopped: by a signal"
            assert operator.lines(3) == {
                f"staging {stopped}",
                f"beta {stopped}",
                f"acme {stopped}; 1 change was not started",
            }
        assert operator.code() == 130
    assert len(writes.proxy.writes()) == 1
    assert not reads.proxy.writes()


def test_a_tenant_that_only_reads_does_not_keep_a_stop_waiting(fleet: Fleet) -> None:
    held = Held(fleet.tenants["staging"].url, "GET")
    with serving(held.proxy) as url:
        fleet.configure(staging=url)
        with watching(fleet.directory, "--tenant", "staging*", "--every", "24h") as operator:
            operator.lines(1)
            assert held.asked.wait(PATIENCE)
            operator.signal(signal.SIGINT)
            assert operator.lines(1) == {"staging stopped: by a signal"}
            assert operator.code() == 0
            held.over.set()
