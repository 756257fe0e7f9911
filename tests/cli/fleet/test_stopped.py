"""A signal while `apply` works on several tenants, one of which hangs before anything is written to it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from threading import Event
from typing import TYPE_CHECKING

import pytest

from tests.cli.tenants import Fleet, three_tenants
from tests.ended import ended
from tests.scripted_server import Act, Received, ScriptedServer, Silence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG = ["--timeout", "600"]
"""Far above the time limit of a test: who waits for the request does not pass."""


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Fleet]:
    with three_tenants(tmp_path, monkeypatch, capsys) as found:
        yield found


def statuses(fleet: Fleet, *arguments: str) -> tuple[int, dict[str, str]]:
    """Return the exit code and how each tenant ended, of an apply that a signal stops once acme was asked in vain."""
    came = Event()

    def hang(_: Received) -> Act:
        came.set()
        return Silence()

    with ScriptedServer(hang) as silent:
        fleet.configure(acme=silent.url)
        command = [sys.executable, "-m", "reconciler", "apply", *arguments, "--yes", "--format", "json", *LONG]
        with ended(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)) as process:
            assert came.wait(30)
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=30)
    return process.returncode, {name: each["status"] for name, each in json.loads(out)["tenants"].items()}


def test_a_signal_does_not_wait_for_a_tenant_that_nothing_was_written_to(fleet: Fleet) -> None:
    code, found = statuses(fleet, "--all")
    assert (code, found["staging"], found["acme"]) == (130, "applied", "not_started")


def test_a_signal_does_not_wait_for_the_plans_that_a_limit_needs(fleet: Fleet) -> None:
    code, found = statuses(fleet, "--all", "--max-tenants", "3")
    assert (code, found) == (130, {"staging": "applied", "acme": "not_started", "beta": "not_started"})
    assert "support-lead" not in fleet.roles_of("beta")
