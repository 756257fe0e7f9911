from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.forge.fakes import TOKEN, FakeForge
from tests.pipelines.runner import ROOT, load
from tests.scripted_server import ScriptedServer, reply

TEMPLATE = load(ROOT / "docs" / "templates" / "gitlab-ci.yml")


@pytest.fixture
def tenant() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=(*SYSTEM_ROLES, SeedRole(name="temp-role", permissions=("contacts.view",)))) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout of a merge request that asks for one more role than the branch it goes into."""
    (tmp_path / "roles.d").mkdir()
    (tmp_path / "roles.d" / "temp-role.yaml").write_text("name: temp-role\npermissions: [contacts.view]\n")
    name = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], [*name, "commit", "-q", "-m", "Base"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    subprocess.run(["git", "update-ref", "refs/remotes/origin/main", "HEAD"], cwd=tmp_path, check=True)
    (tmp_path / "roles.d" / "lead.yaml").write_text("name: lead\npermissions: [conversations.view]\n")
    return tmp_path


def job(name: str, project: Path, tenant: RunningSandbox, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a job's script as GitLab's runner does: one shell for all of it, which ends at the first failure."""
    inherited = {name: os.environ[name] for name in os.environ if name.startswith(("COV", "COVERAGE"))}
    environment = {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(project),
        "GITLAB_CI": "true",
        "CI_PROJECT_DIR": str(project),
        "CI_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "OMNISTREAM_URL": tenant.url,
        "OMNISTREAM_READ_KEY": tenant.read_only_key,
        "OMNISTREAM_WRITE_KEY": tenant.api_key,
        **variables,
    }
    script = "\n".join(TEMPLATE[name]["script"])
    command = ["bash", "-e", "-o", "pipefail", "-c", script]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_the_plan_of_a_merge_request_is_reported_and_commented(project: Path, tenant: RunningSandbox) -> None:
    forge = FakeForge("gitlab", "project_42_bot")
    with forge.server:
        done = job(
            "roles:plan", project, tenant, CI_API_V4_URL=f"{forge.server.url}/api", GITLAB_TOKEN=TOKEN, CI_JOB_TOKEN="x"
        )
    assert done.returncode == 0, done.stderr
    assert json.loads((project / "plan-report.json").read_text()) == {"create": 1, "update": 0, "delete": 0}
    assert "lead" in str(forge.bodies)
    assert "# lead will be created" in done.stdout
    assert {change["origin"] for change in json.loads((project / "plan.json").read_text())["changes"]} == {"edit"}
    assert (project / "plan.html").is_file()


def base_of(project: Path) -> str:
    return subprocess.run(["git", "rev-parse", "main"], cwd=project, check=True, capture_output=True, text=True).stdout


def test_a_merge_request_from_a_fork_is_compared_without_a_key(project: Path, tenant: RunningSandbox) -> None:
    nothing = dict.fromkeys(("OMNISTREAM_URL", "OMNISTREAM_READ_KEY", "OMNISTREAM_WRITE_KEY"), "")
    done = job("roles:diff", project, tenant, CI_MERGE_REQUEST_DIFF_BASE_SHA=base_of(project).strip(), **nothing)
    assert done.returncode == 0, done.stderr
    assert "# lead will be created" in done.stdout
    assert json.loads((project / "diff-report.json").read_text()) == {"create": 1, "update": 0, "delete": 0}
    assert (project / "diff.html").is_file()


def test_a_comparison_that_is_refused_fails_after_all_else_is_done(project: Path, tenant: RunningSandbox) -> None:
    (project / "reconciler.yaml").write_text("version: 1\nprotect: [temp-role]\n")
    (project / "roles.d" / "temp-role.yaml").unlink()
    done = job("roles:diff", project, tenant, CI_MERGE_REQUEST_DIFF_BASE_SHA=base_of(project).strip())
    assert done.returncode == 4
    assert (project / "diff.html").is_file()


def test_each_merge_request_is_either_planned_or_compared() -> None:
    (plan,), (diff,) = (TEMPLATE[name]["rules"] for name in ("roles:plan", "roles:diff"))
    assert plan["if"].replace("SOURCE_PROJECT_ID ==", "SOURCE_PROJECT_ID !=") == diff["if"]
    assert plan["changes"] == diff["changes"]


def test_a_comment_that_fails_fails_the_job_after_all_else_is_done(project: Path, tenant: RunningSandbox) -> None:
    done = job("roles:plan", project, tenant, CI_JOB_TOKEN="x")
    assert done.returncode == 64
    assert "CI_JOB_TOKEN cannot write comments" in done.stderr
    assert (project / "plan.html").is_file()


def test_what_was_planned_after_the_merge_is_applied(project: Path, tenant: RunningSandbox) -> None:
    planned = job("roles:plan-merged", project, tenant)
    assert planned.returncode == 0, planned.stderr
    done = job("roles:apply", project, tenant)
    assert done.returncode == 0, done.stderr
    assert "lead" in {role["name"] for role in tenant.store.roles()}
    assert "lead" in (project / "journal.jsonl").read_text()


def test_the_files_that_a_job_keeps_are_those_that_it_writes() -> None:
    for name in ("roles:plan", "roles:diff", "roles:plan-merged", "roles:apply"):
        script = "\n".join(TEMPLATE[name]["script"])
        assert [path for path in TEMPLATE[name]["artifacts"]["paths"] if path not in script] == []


@pytest.mark.parametrize("name", ["roles:plan", "roles:plan-merged", "roles:drift", "roles:apply"])
def test_no_merge_request_can_send_the_key_elsewhere(project: Path, tenant: RunningSandbox, name: str) -> None:
    """By `url:` in its own reconciler.yaml, where the variable is not set."""
    (project / "roles.d" / "lead.yaml").unlink()
    (project / "plan.json").write_text("{}")
    with ScriptedServer(lambda _: reply(200, [])) as elsewhere:
        (project / "reconciler.yaml").write_text(f"version: 1\nurl: {elsewhere.url}\n")
        done = job(name, project, tenant, OMNISTREAM_URL="")
    assert done.returncode != 0
    assert "OMNISTREAM_URL: set this CI/CD variable" in done.stderr
    assert elsewhere.received == []


def test_a_scheduled_pipeline_passes_where_the_live_roles_are_what_the_files_say(
    project: Path, tenant: RunningSandbox
) -> None:
    (project / "roles.d" / "lead.yaml").unlink()
    done = job("roles:drift", project, tenant)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unmanaged", ["delete", "report"])
def test_a_scheduled_pipeline_fails_for_a_role_made_by_hand(
    project: Path, tenant: RunningSandbox, unmanaged: str
) -> None:
    """Also where the plan leaves it alone, so that its own exit code is 0."""
    (project / "roles.d" / "lead.yaml").unlink()
    (project / "reconciler.yaml").write_text(f"version: 1\nunmanaged: {unmanaged}\n")
    tenant.store.create("shadow-admin", "", ["agents.manage"])
    done = job("roles:drift", project, tenant)
    assert done.returncode == 2
    assert "shadow-admin" in done.stdout
    assert "agents.manage" in done.stdout


def test_a_scheduled_pipeline_fails_for_a_lock_that_is_not_up_to_date(project: Path, tenant: RunningSandbox) -> None:
    (project / "roles.d" / "lead.yaml").unlink()
    shutil.copy(ROOT / "permissions.lock.yaml", project)
    assert job("roles:drift", project, tenant).returncode == 0
    lock = project / "permissions.lock.yaml"
    lock.write_text(lock.read_text().replace("name: Export contacts", "name: Take contacts"))
    done = job("roles:drift", project, tenant)
    assert done.returncode == 2
    assert "contacts.export" in done.stdout
