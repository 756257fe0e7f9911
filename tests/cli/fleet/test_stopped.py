"""A signal while `apply` works on several tenants, one of which hangs before anything is written to it."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.tenants import Fleet, stopped, three_tenants

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
    done = stopped(fleet, "acme", signal.SIGTERM, "apply", *arguments, "--yes", "--format", "json", *LONG)
    return done.returncode, {name: each["status"] for name, each in json.loads(done.stdout)["tenants"].items()}


def test_a_signal_does_not_wait_for_a_tenant_that_nothing_was_written_to(fleet: Fleet) -> None:
    code, found = statuses(fleet, "--all")
    assert (code, found["staging"], found["acme"]) == (130, "applied", "not_started")


def test_a_signal_does_not_wait_for_the_plans_that_a_limit_needs(fleet: Fleet) -> None:
    code, found = statuses(fleet, "--all", "--max-tenants", "3")
    assert (code, found) == (130, {"staging": "applied", "acme": "not_started", "beta": "not_started"})
    assert "support-lead" not in fleet.roles_of("beta")
