"""One wave of many tenants on several machines: the Indexed Job, and the lines for GitLab and GitHub in the docs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from reconciler.cli.boundary import run
from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.pipelines.runner import ROOT
from tests.pipelines.test_kubernetes import TEMPLATES

LEAD = SeedRole(name="lead", permissions=("contacts.view", "contacts.export"))
WAVE = {"acme": 1, "globex": 1, "initech": 2}
JOB = TEMPLATES["job.yaml Job"]
PAGE = (ROOT / "docs" / "operating.md").read_text()


class Fleet:
    """A directory with the role files of some tenants, and each of them on a socket of its own."""

    def __init__(self, directory: Path, tenants: dict[str, RunningSandbox]) -> None:
        self.directory = directory
        self.tenants = tenants
        for name in ("roles.d", "keys"):
            (directory / name).mkdir()
        (directory / "roles.d" / "lead.yaml").write_text("name: lead\npermissions: [contacts.view]\n")
        for name, tenant in tenants.items():
            (directory / "keys" / name).write_text(tenant.api_key)
        lines = [f"  {name}: {{url: '{tenant.url}', wave: {WAVE.get(name, 1)}}}" for name, tenant in tenants.items()]
        head = ["version: 1", "api_key_file: keys/{tenant}", "tenants:"]
        (directory / "reconciler.yaml").write_text("\n".join([*head, *lines, ""]))

    @property
    def applied(self) -> set[str]:
        """The tenants whose role is now as its file says."""
        return {
            name
            for name, tenant in self.tenants.items()
            for role in tenant.store.roles()
            if role["name"] == "lead" and role["permissions"] == ["contacts.view"]
        }

    @property
    def journals(self) -> set[str]:
        return {path.stem.removeprefix("journal-") for path in self.directory.glob("*.jsonl")}


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.chdir(tmp_path)
    for name in ("OMNISTREAM_URL", "OMNISTREAM_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as stack:
        seed = (*SYSTEM_ROLES, LEAD)
        yield Fleet(tmp_path, {name: stack.enter_context(running_sandbox(seed=seed)) for name in WAVE})


def snippet(start: str) -> str:
    """The YAML block of the page that starts with this line."""
    found = re.search(rf"^```yaml\n({re.escape(start)}\n.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_all_indexes_of_the_job_together_apply_one_wave(fleet: Fleet) -> None:
    spec = JOB["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    places = {"/git/current/": f"{fleet.directory}/", "/journal/": f"{fleet.directory}/"}
    for index in range(spec["completions"]):
        arguments = [each.replace("$(JOB_COMPLETION_INDEX)", str(index)) for each in container["args"]]
        for path, place in places.items():
            arguments = [each.replace(path, place) for each in arguments]
        assert run(arguments) == 0
    assert fleet.applied == fleet.journals == {"acme", "globex"}


def test_the_job_has_as_many_indexes_as_its_command_has_shards() -> None:
    spec = JOB["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert f"--shard=$(JOB_COMPLETION_INDEX)/{spec['completions']}" in container["args"]
    assert (spec["completionMode"], spec["parallelism"]) == ("Indexed", spec["completions"])


def test_the_job_tries_again_only_what_another_try_can_change() -> None:
    exits, disrupted = JOB["spec"]["podFailurePolicy"]["rules"]
    assert (exits["action"], exits["onExitCodes"]["values"]) == ("FailIndex", [3, 4, 5, 64])
    assert exits["onExitCodes"]["containerName"] == JOB["spec"]["template"]["spec"]["containers"][0]["name"]
    assert disrupted["action"] == "Ignore"
    assert JOB["spec"]["backoffLimitPerIndex"] >= 1


def test_the_lines_for_gitlab_apply_one_wave(fleet: Fleet) -> None:
    (line,) = yaml.safe_load(snippet("roles:wave-1:"))["roles:wave-1"]["script"]
    inherited = {name: os.environ[name] for name in os.environ if name.startswith(("COV", "COVERAGE"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for index in ("1", "2"):
        variables = {**inherited, "PATH": path, "CI_NODE_INDEX": index, "CI_NODE_TOTAL": "2"}
        subprocess.run(["bash", "-euo", "pipefail", "-c", line], env=variables, check=True, capture_output=True)
    assert fleet.applied == fleet.journals == {"acme", "globex"}


def test_the_lines_for_github_apply_one_wave(fleet: Fleet) -> None:
    job = yaml.safe_load(snippet("wave-1:"))["wave-1"]
    (step,) = job["steps"]
    for shard in job["strategy"]["matrix"]["shard"]:
        line = step["run"].replace("${{ matrix.shard }}", str(shard))
        assert run(line.replace("'", "").replace('"', "").split()[1:]) == 0
    assert fleet.applied == fleet.journals == {"acme", "globex"}
