"""A directory, a tenant on a real socket, and the command line run in this process, with no wait that takes time."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import threading
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import pytest

from reconciler.cli.boundary import run
from tests.histories.statement import Change, Config, File, Role
from tests.histories.tenant import Entry, Script, Tenant, Turns
from tests.hurried import HURRIED
from tests.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    from tests.scripted_server import Act, Received


class Ran(NamedTuple):
    """What one run of the command line left: its key in the log, its exit code, report, and what it said."""

    key: str
    code: int
    report: dict[str, Any] | None
    said: str
    journal: Path
    log: tuple[Entry, ...]


@dataclass
class World:
    """Where the command line runs. Enter it; `settle` gives it a tenant and an empty directory."""

    tenant: Tenant = field(init=False)
    directory: Path = field(init=False)
    runs: int = 0

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self.directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="model-")))
        self._server = self._stack.enter_context(ScriptedServer(self._answer))
        surroundings = self._stack.enter_context(pytest.MonkeyPatch.context())
        for name in [name for name in os.environ if name.startswith(("OMNISTREAM", "RECONCILER"))]:
            surroundings.delenv(name)
        surroundings.chdir(self.directory)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def settle(self, tenant: Tenant) -> None:
        """Start anew with this tenant."""
        self.tenant = tenant
        self.runs = 0
        self._server.received.clear()
        for path in self.directory.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def write(self, files: tuple[File, ...], config: Config) -> None:
        """The role files and the configuration, as they are to be now."""
        shutil.rmtree("roles.d", ignore_errors=True)
        Path("roles.d").mkdir()
        for file in files:
            earlier = {"renamed_from": file.renamed_from} if file.renamed_from else {}
            Path(f"roles.d/{file.role.name}.yaml").write_text(json.dumps({**document(file.role), **earlier}) + "\n")
        limits = {
            "max_deletes": {"count": config.max_deletes, "percent": 0},
            "max_revokes": {"count": config.max_revokes, "percent": 0},
        }
        known: dict[str, Any] = {"version": 1, "unmanaged": config.unmanaged, "limits": limits}
        known |= {key: list(value) for key in ("ignore", "protect") if (value := getattr(config, key))}
        known |= {"manage": [config.manage]} if config.manage != "*" else {}
        Path("reconciler.yaml").write_text(json.dumps(known) + "\n")

    def run(self, *arguments: str, script: Script | None = None) -> Ran:
        """Run one command, alone."""
        key = self._key(script)
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            return self._run(key, said, arguments)

    def at_once(self, seed: int, *arguments: str) -> tuple[Ran, Ran]:
        """Run one command twice at once; which of the two goes on at each request is chosen by `seed`."""
        keys = [self._key(None), self._key(None)]
        said = io.StringIO()
        self.tenant.turns = Turns(keys, seed)
        ran: dict[str, Ran] = {}

        def go(key: str) -> None:
            turns = self.tenant.turns
            try:
                ran[key] = self._run(key, said, arguments)
            finally:
                assert turns
                turns.end(key)

        with redirect_stdout(said), redirect_stderr(said):
            threads = [threading.Thread(target=go, args=(key,)) for key in keys]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.tenant.turns = None
        return ran[keys[0]], ran[keys[1]]

    def _key(self, script: Script | None) -> str:
        self.runs += 1
        key = f"key-of-run-{self.runs}"
        self.tenant.scripts[key] = script or Script()
        return key

    def _run(self, key: str, said: io.StringIO, arguments: tuple[str, ...]) -> Ran:
        start, spoken = len(self.tenant.log), said.tell()
        Path(f"{key}.txt").write_text(key)
        report, journal = Path(f"{key}.json"), Path(f"{key}.jsonl")
        common = ["--url", self._server.url, "--api-key-file", f"{key}.txt", "--retry-wait", "0", "--concurrency", "1"]
        common += ["--format", "json", "--output", str(report)]
        common += ["--yes", "--journal", str(journal)] if arguments[0] == "apply" else []
        code = run([arguments[0], *common, *arguments[1:]], outside=HURRIED)
        text = report.read_text() if report.exists() else ""
        log = tuple(self.tenant.log[start:])
        return Ran(key, code, json.loads(text) if text else None, said.getvalue()[spoken:], journal, log)

    def _answer(self, request: Received) -> Act:
        try:
            return self.tenant.handle(request)
        except Exception as error:  # noqa: BLE001 - the test's own mistake must not look like a server's fault
            self.tenant.log.append(Entry("BROKEN", repr(error), None, None, None, None, 599))
            return reply(599, {"error": repr(error)})


def document(role: Role) -> dict[str, Any]:
    """A role as its file and the reports have it."""
    return {"name": role.name, "description": role.description, "permissions": sorted(role.codes)}


def role_of(found: dict[str, Any] | None) -> Role | None:
    """The role in a report's `before`, `after` or `stored`."""
    return Role(found["name"], found["description"], frozenset(found["permissions"])) if found else None


def changes_of(report: dict[str, Any]) -> frozenset[Change]:
    """The changes of a plan in JSON."""
    return frozenset(
        Change(entry["action"], entry["id"], role_of(entry["before"]), role_of(entry["after"]))
        for entry in report["changes"]
    )
