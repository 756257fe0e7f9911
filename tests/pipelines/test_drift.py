"""The scheduled jobs that open a pull request or a merge request with what `adopt` edits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.forge.fakes import TOKEN, FakeForge
from tests.pipelines.runner import ACTION, ROOT, load

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKFLOW = load(ROOT / ".github" / "workflows" / "roles-drift.yml")
STEPS = {step.get("name", step.get("id", "")): step for step in WORKFLOW["jobs"]["drift"]["steps"]}
PULL_REQUEST = STEPS["Open the pull request, or bring it up to date"]["run"]
GITLAB = load(ROOT / "docs" / "templates" / "gitlab-ci.yml")["roles:adopt"]

_GH = """\
#!/bin/sh
echo "$*" >>"$LOG"
case "$1 $2" in
  "pr list") [ ! -s "$LOG.open" ] || cat "$LOG.open" ;;
  "pr create") echo 7 >"$LOG.open" ;;
  "pr close") rm "$LOG.open" ;;
esac
"""
"""A `gh` that writes down what it is asked, and knows of one pull request at most."""


class Project:
    """A checkout of `main` with a remote, and a tenant whose temp-role holds one code more than the files say."""

    def __init__(self, directory: Path, tenant: RunningSandbox) -> None:
        self.directory = directory / "project"
        self.remote = directory / "remote.git"
        self.log = directory / "gh.log"
        self.tenant = tenant
        self.outputs: dict[str, str] = {}
        (self.directory / "roles.d").mkdir(parents=True)
        (self.directory / "roles.d/temp-role.yaml").write_text("name: temp-role\npermissions:\n  - contacts.view\n")
        programs = directory / "bin"
        programs.mkdir()
        (programs / "gh").write_text(_GH)
        (programs / "gh").chmod(0o755)
        self.environment = {
            **{name: os.environ[name] for name in os.environ if name.startswith("COV")},
            "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(directory),
            "LOG": str(self.log),
            "RUNNER_TEMP": str(directory),
            "GITHUB_OUTPUT": str(directory / "output"),
            "PROGRAM": str(Path(sys.executable).parent / "reconciler"),
            "PLAN": str(directory / "plan.json"),
            "OMNISTREAM_URL": tenant.url,
            "OMNISTREAM_API_KEY": tenant.read_only_key,
            "OMNISTREAM_READ_KEY": tenant.read_only_key,
        }
        self.git("init", "-q", "--bare", "-b", "main", str(self.remote))
        self.git("-C", str(self.remote), "config", "receive.advertisePushOptions", "true")
        self.git("init", "-q", "-b", "main")
        self.git("add", ".")
        self.git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "Base")
        self.git("remote", "add", "origin", str(self.remote))
        self.git("push", "-q", "origin", "main")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.directory, check=True, capture_output=True, text=True)
        return done.stdout

    def script(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-e", "-o", "pipefail", "-c", script]
        environment = {**self.environment, **variables}
        return subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False)

    def look(self) -> str:
        """Run the job of GitHub up to the pull request; return what `gh` was asked."""
        Path(self.environment["GITHUB_OUTPUT"]).write_text("")
        self.log.write_text("")
        self.git("checkout", "-q", "-f", "main")
        self.script('"$PROGRAM" plan --out "$PLAN"')
        adopted = self.script(STEPS["Adopt"]["run"])
        assert adopted.returncode == 0, adopted.stderr
        lines = Path(self.environment["GITHUB_OUTPUT"]).read_text().splitlines()
        self.outputs = dict(line.split("=", 1) for line in lines)
        forge = FakeForge()
        with forge.server:
            where = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "o/n", "GITHUB_API_URL": f"{forge.server.url}/api"}
            edited = self.outputs["edited"]
            done = self.script(PULL_REQUEST, EDITED=edited, GH_TOKEN=TOKEN, **where)
        assert done.returncode == 0, done.stderr
        self.git("checkout", "-q", "-f", "--detach", "main")
        self.git("checkout", "-q", "-B", "main", "origin/main")
        self.comments = str(forge.bodies)
        return self.log.read_text()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    seed = (*SYSTEM_ROLES, SeedRole(name="temp-role", permissions=("contacts.export", "contacts.view")))
    with running_sandbox(seed=seed) as tenant:
        yield Project(tmp_path, tenant)


def test_a_pull_request_is_opened_with_the_edit_and_the_plan_that_reverts_it(project: Project) -> None:
    asked = project.look()
    assert project.outputs == {"status": "0", "edited": "true"}
    assert "pr create --head roles-drift --base main" in asked
    change = project.git("-C", str(project.remote), "diff", "main", "roles-drift")
    assert [line[:22] for line in change.splitlines() if line[:2] in ("+ ", "- ")] == ["+  - contacts.export  "]
    assert "contacts.export" in (project.log.parent / "body.md").read_text()
    assert "contacts.export" in project.comments


def test_it_is_brought_up_to_date_and_closed_when_nothing_is_left(project: Project) -> None:
    project.look()
    assert "pr edit 7 --body-file" in project.look()
    role = next(role for role in project.tenant.store.roles() if role["name"] == "temp-role")
    project.tenant.store.update(str(role["id"]), {"permissions": ["contacts.view"]})
    asked = project.look()
    assert "pr close 7" in asked
    assert "pr create" not in asked


def test_the_job_fails_when_a_person_has_to_look_further() -> None:
    condition = " ".join(STEPS["Ask for a person"]["if"].split())
    assert set(load(ACTION)["outputs"]) >= {"program", "plan-file", "unmanaged", "changes"}
    assert "steps.adopt.outputs.status != '0'" in condition
    assert "steps.plan.outputs.unmanaged != '0'" in condition


def test_nothing_runs_beside_the_default_branch_or_without_the_variable() -> None:
    assert WORKFLOW["jobs"]["drift"]["if"] == "vars.OMNISTREAM_URL != '' && github.ref == 'refs/heads/main'"


def merge_request(project: Project) -> subprocess.CompletedProcess[str]:
    project.remote.rename(project.remote.with_name("n.git"))
    return project.script(
        "\n".join(GITLAB["script"]),
        CI_SERVER_HOST="gitlab.example.org",
        CI_PROJECT_URL=f"file://{project.remote.with_name('n')}",
        CI_DEFAULT_BRANCH="main",
        CI_JOB_URL="https://gitlab.example.org/o/n/-/jobs/1",
        GITLAB_PUSH_TOKEN="secret",
    )


def test_a_merge_request_is_opened_with_the_edit(project: Project) -> None:
    done = merge_request(project)
    assert done.returncode == 0, done.stderr
    remote = project.remote.with_name("n.git")
    assert "contacts.export" in project.git("-C", str(remote), "diff", "main", "roles-adopt")
    assert json.loads((project.directory / "plan.json").read_text())["summary"]["revokes"] == 1
    assert "secret" not in done.stdout + done.stderr


def test_without_drift_nothing_is_pushed(project: Project) -> None:
    role = next(role for role in project.tenant.store.roles() if role["name"] == "temp-role")
    project.tenant.store.update(str(role["id"]), {"permissions": ["contacts.view"]})
    assert merge_request(project).returncode == 0
    assert project.git("-C", str(project.remote.with_name("n.git")), "branch").split() == ["*", "main"]
