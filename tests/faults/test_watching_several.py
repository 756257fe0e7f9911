"""The installed operator of several tenants as a process: real signals, while tenants hang and write."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.cli.tenants import Fleet, three_tenants
from tests.faults.operators import Held, Watching, ended
from tests.faults.processes import PATIENCE
from tests.faults.proxy import serving

HEAL = ("--all", "--heal", "revokes", "--journal", "{tenant}.jsonl", "--max-revokes", "99", "--every", "24h")


def without_time(line: str) -> str:
    tenant, _time, words = line.split(" ", 2)
    return f"{tenant} {words}"


def watching(directory: Path, *arguments: str) -> AbstractContextManager[Watching]:
    return ended(Watching(directory, os.environ | {"PWD": str(directory)}, arguments, without_time))


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
