"""A workspace whose configuration has three tenants, each a sandbox in this process: staging, then acme and beta."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.cli.conftest import SEED, Workspace
from tests.ended import ended
from tests.scripted_server import Act, Received, ScriptedServer, Silence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pytest

WAVES = {"staging": 1, "acme": 2, "beta": 2}
FREE = "http://127.0.0.1:9"
"""Where no server listens."""


@dataclass
class Fleet(Workspace):
    """A workspace with several tenants by name; `tenant` is the first of them."""

    tenants: Mapping[str, RunningSandbox]

    def configure(self, more: str = "", **urls: str) -> Path:
        """Write the configuration; `urls` has those of tenants that are not at their sandbox."""
        lines = [
            f"  {name}: {{url: '{urls.get(name, sandbox.url)}', wave: {WAVES[name]}}}"
            for name, sandbox in self.tenants.items()
        ]
        return self.write("reconciler.yaml", "\n".join(["version: 1", *more.splitlines(), "tenants:", *lines, ""]))

    def roles_of(self, name: str) -> set[str]:
        """The names of the live custom roles of one tenant, looked up behind the API."""
        return {str(role["name"]) for role in self.tenants[name].store.roles() if not role["is_system"]}

    def widen(self, name: str, role: str = "billing-clerk") -> None:
        """Change a live role of one tenant, behind the API."""
        self.tenants[name].store.update(self.id_of(name, role), {"description": "Someone was here."})

    def id_of(self, name: str, role: str) -> str:
        """The id of a live role of one tenant."""
        (found,) = (each["id"] for each in self.tenants[name].store.roles() if each["name"] == role)
        return str(found)


@contextmanager
def three_tenants(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
) -> Iterator[Fleet]:
    with ExitStack() as stack:
        tenants = {name: stack.enter_context(running_sandbox(seed=SEED)) for name in WAVES}
        monkeypatch.chdir(directory)
        for name in ("OMNISTREAM_URL", "OMNISTREAM_API_KEY", "NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("RECONCILER_RETRY_WAIT", "0")
        for name, sandbox in tenants.items():
            monkeypatch.setenv(f"OMNISTREAM_API_KEY_{name.upper()}", sandbox.api_key)
        fleet = Fleet(directory, tenants["staging"], capture, tenants)
        fleet.configure()
        fleet.want("support-lead", "conversations.assign", "conversations.view", description="Leads.")
        fleet.want("billing-clerk", "billing.view", "contacts.view", description="New")
        yield fleet


def stopped(fleet: Fleet, hanging: str, number: signal.Signals, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command, and send it the signal once the tenant `hanging` was asked, which never answers."""
    came = threading.Event()

    def hang(_: Received) -> Act:
        came.set()
        return Silence()

    with ScriptedServer(hang) as silent:
        fleet.configure(**{hanging: silent.url})
        command = [sys.executable, "-m", "reconciler", *arguments]
        with ended(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)) as process:
            assert came.wait(30)
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(command, process.returncode, out, err)
