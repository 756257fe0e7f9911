"""The line for a crontab in docs/operating.md, run as cron does: what it prints is mailed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.pipelines.runner import ROOT

LEAD = SeedRole(name="lead", permissions=("contacts.view",))


@pytest.fixture
def tenant() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=(*SYSTEM_ROLES, LEAD)) as running:
        yield running


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of a repository whose files say what is live."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    (origin / "roles.d").mkdir(parents=True)
    (origin / "roles.d" / "lead.yaml").write_text("name: lead\npermissions: [contacts.view]\n")
    name = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], [*name, "commit", "-q", "-m", "Base"]):
        subprocess.run(["git", *arguments], cwd=origin, check=True)
    subprocess.run(["git", "clone", "-q", str(origin), str(clone)], check=True)
    return clone


def mailed(checkout: Path, tenant: RunningSandbox) -> str:
    """What cron would mail: all output of the line, which it gives to a plain shell."""
    page = (ROOT / "docs" / "operating.md").read_text()
    found = re.search(r"^\d+ \d+ \* \* \* (cd /srv/roles && .*)$", page, re.MULTILINE)
    assert found is not None
    environment = {
        **{name: os.environ[name] for name in os.environ if name.startswith(("COV", "COVERAGE"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "OMNISTREAM_URL": tenant.url,
        "OMNISTREAM_API_KEY": tenant.read_only_key,
    }
    command = ["sh", "-c", found[1].replace("/srv/roles", str(checkout))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_nothing_is_mailed_where_nothing_changed(checkout: Path, tenant: RunningSandbox) -> None:
    assert mailed(checkout, tenant) == ""


def test_drift_is_mailed(checkout: Path, tenant: RunningSandbox) -> None:
    tenant.store.create("shadow-admin", "", ["agents.manage"])
    assert "agents.manage" in mailed(checkout, tenant)
