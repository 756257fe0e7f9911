"""A workspace with role files, a tenant of its own on a real socket, and the command line run in this process."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pytest

from reconciler.cli.boundary import run
from reconciler.cli.registry import cli
from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import RunningSandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import click

    from reconciler.cli.outside import Outside


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and has no file descriptor."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


class Result(NamedTuple):
    """What a run of the command line left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@dataclass
class Workspace:
    """A directory in which the command line runs, and a tenant that it talks to."""

    directory: Path
    tenant: RunningSandbox
    capture: pytest.CaptureFixture[str] = field(repr=False)

    def run(self, *arguments: str | Path, program: click.Command = cli, outside: Outside | None = None) -> Result:
        self.capture.readouterr()
        code = run([str(argument) for argument in arguments], program, outside)
        out, err = self.capture.readouterr()
        return Result(code, out, err)

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def want(self, name: str, *codes: str, description: str = "", renamed_from: str = "") -> Path:
        """Write a role file that asks for the role."""
        lines = [f"name: {name}", f'description: "{description}"', f"permissions: [{', '.join(codes)}]"]
        if renamed_from:
            lines.append(f"renamed_from: {renamed_from}")
        return self.write(f"roles.d/{name}.yaml", "\n".join(lines) + "\n")

    def live(self) -> dict[str, tuple[str, frozenset[str]]]:
        """The live custom roles by name, looked up behind the API."""
        return {
            str(role["name"]): (str(role["description"]), frozenset(role["permissions"]))
            for role in self.tenant.store.roles()
            if not role["is_system"]
        }


SEED = (
    *SYSTEM_ROLES,
    SeedRole(name="billing-clerk", description="Old", permissions=("billing.manage", "contacts.view")),
    SeedRole(name="temp-role", permissions=("contacts.view",)),
)


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Workspace]:
    """`roles.d` wants support-lead and billing-clerk; live are another billing-clerk and temp-role."""
    with running_sandbox(seed=SEED) as tenant:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("OMNISTREAM_URL", tenant.url)
        monkeypatch.setenv("OMNISTREAM_API_KEY", tenant.api_key)
        monkeypatch.setenv("RECONCILER_RETRY_WAIT", "0")
        for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI"):
            monkeypatch.delenv(name, raising=False)
        found = Workspace(tmp_path, tenant, capsys)
        found.want("support-lead", "conversations.assign", "conversations.view", description="Leads.")
        found.want("billing-clerk", "billing.view", "contacts.view", description="New")
        yield found
