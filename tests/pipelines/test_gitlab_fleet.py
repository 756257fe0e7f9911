"""The GitLab template for many tenants, run by gitlab-ci-local: eight jobs side by side, and what follows them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from reconciler.sandbox.seed import SYSTEM_ROLES
from reconciler.sandbox.server import running_sandbox
from tests.pipelines.outside import installed, outside
from tests.pipelines.runner import ROOT, load
from tests.pipelines.test_shards import LEAD, Fleet

TEMPLATE = ROOT / "docs" / "templates" / "gitlab-fleet.yml"
NAMES = [f"customer-{number}" for number in range(8)]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Eight tenants, each with a sandbox, in a checkout with the template."""
    with ExitStack() as stack:
        seed = (*SYSTEM_ROLES, LEAD)
        made = Fleet(tmp_path, {name: stack.enter_context(running_sandbox(seed=seed)) for name in NAMES})
        template = TEMPLATE.read_text().replace("    name: $RECONCILER_IMAGE\n", "").replace("  image:\n", "")
        (tmp_path / ".gitlab-ci.yml").write_text(template.replace('    entrypoint: [""]\n', ""))
        name = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"]
        remote = ["remote", "add", "origin", "https://git.example.org/roles/roles.git"]
        for arguments in (["init", "-q", "-b", "main"], ["add", "."], [*name, "commit", "-q", "-m", "Base"], remote):
            subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
        yield made


def pipeline(fleet: Fleet, *arguments: str) -> str:
    """Run the pipeline in shells on this machine. Return what the jobs print."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(fleet.directory),
        "NO_COLOR": "1",
    }
    installed("rsync", "rsync")  # by which it copies the checkout
    command = [str(outside("gitlab-ci-local")), "--concurrency", "4", *arguments]
    done = subprocess.run(command, cwd=fleet.directory, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_eight_jobs_plan_a_part_each_and_the_whole_is_shown_and_applied(fleet: Fleet) -> None:
    assert "1 effect in 8 tenants" in pipeline(fleet, "--manual", "fleet:apply")
    plans = fleet.directory / ".gitlab-ci-local" / "artifacts"
    indexes = {path.name: json.loads(path.read_text()) for path in plans.rglob("fleet-*-of-8.json")}
    assert len(indexes) == 8
    assert sorted(name for index in indexes.values() for name in index["tenants"]) == NAMES
    assert fleet.applied == set(NAMES)


def test_a_person_starts_what_writes() -> None:
    (rule,) = load(TEMPLATE)["fleet:apply"]["rules"]
    assert rule["when"] == "manual"


def test_what_a_job_keeps_is_what_it_writes() -> None:
    template = load(TEMPLATE)
    for name in ("fleet:plan", "fleet:show", "fleet:apply"):
        script = "\n".join(template[name]["script"])
        names = [path.replace("*", "{tenant}") for path in template[name]["artifacts"]["paths"]]
        assert [each for each in names if each not in script] == []
