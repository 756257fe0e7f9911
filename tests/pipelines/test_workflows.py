from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.runner import ACTION, ROOT, load

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PLAN = load(ROOT / ".github" / "workflows" / "roles-plan.yml")
APPLY = load(ROOT / ".github" / "workflows" / "roles-apply.yml")
OURS = "$/.github/actions/reconciler"
OTHER_REPOSITORY = "github.event.pull_request.head.repo.full_name != github.repository"


def ours(workflow: dict[str, Any], job: str) -> dict[str, str]:
    """What a job hands to the action of this repository."""
    (step,) = [step for step in workflow["jobs"][job]["steps"] if step.get("uses") == OURS]
    given: dict[str, str] = step["with"]
    return given


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_starts_from_no_permissions_at_all(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_workflow_runs_what_a_fork_sends_beside_a_secret(path: Path) -> None:
    events = load(path)["on"]
    assert {"pull_request_target", "workflow_run"} & set(events) == set()


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_no_script_holds_an_expression(path: Path) -> None:
    document = load(path)
    jobs = document.get("jobs", {"action": document.get("runs")})
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("workflow", [PLAN, APPLY], ids=["plan", "apply"])
def test_without_the_variable_that_sets_it_up_nothing_runs_but_what_is_for_forks(workflow: dict[str, Any]) -> None:
    first = [job for job in workflow["jobs"].values() if "needs" not in job and OTHER_REPOSITORY not in job["if"]]
    assert first
    assert all("vars.OMNISTREAM_URL != ''" in job["if"] for job in first)


def test_a_pull_request_from_a_fork_is_compared_without_a_key_and_not_planned() -> None:
    assert OTHER_REPOSITORY.replace("!=", "==") in PLAN["jobs"]["plan"]["if"]
    assert PLAN["jobs"]["diff"]["if"] == OTHER_REPOSITORY
    assert PLAN["jobs"]["diff"]["permissions"] == {"contents": "read"}
    assert ours(PLAN, "diff") == {"command": "diff", "base": "origin/${{ github.base_ref }}", "artifact": "roles-diff"}


def test_the_key_that_writes_is_handed_out_in_the_protected_environment_alone() -> None:
    texts = {path.name: path.read_text() for path in WORKFLOWS}
    assert [name for name, text in texts.items() if "secrets.OMNISTREAM_API_KEY" in text] == ["roles-apply.yml"]
    assert "secrets.OMNISTREAM_API_KEY" in ours(APPLY, "apply")["api-key"]
    assert APPLY["jobs"]["apply"]["environment"] == "production"
    assert "secrets.OMNISTREAM_READ_KEY" in ours(APPLY, "plan")["api-key"]
    assert "secrets.OMNISTREAM_READ_KEY" in ours(PLAN, "plan")["api-key"]


def test_what_is_applied_is_the_plan_of_the_same_run() -> None:
    steps = APPLY["jobs"]["apply"]["steps"]
    (download,) = [step["with"] for step in steps if step.get("uses", "").startswith("actions/download-artifact@")]
    assert download["name"] == ours(APPLY, "plan")["artifact"]
    assert ours(APPLY, "apply")["plan"] == f"{download['path']}/plan.json"
    assert set(download) == {"name", "path"}  # with a run-id it could be another run's
    assert APPLY["jobs"]["apply"]["needs"] == "plan"


def test_one_apply_runs_at_a_time_and_none_is_cut_off() -> None:
    assert APPLY["concurrency"] == {"group": "roles-apply", "cancel-in-progress": False}


@pytest.mark.parametrize("job", ["plan", "diff"])
def test_a_job_on_a_pull_request_has_the_history_that_it_compares_with(job: str) -> None:
    (checkout,) = [
        step["with"] for step in PLAN["jobs"][job]["steps"] if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert checkout == {"fetch-depth": 0, "persist-credentials": False}
    assert ours(PLAN, job)["base"] == "origin/${{ github.base_ref }}"


@pytest.mark.parametrize(
    ("workflow", "job"), [(PLAN, "validate"), (PLAN, "plan"), (PLAN, "diff"), (APPLY, "plan"), (APPLY, "apply")]
)
def test_the_action_knows_every_input_that_it_is_given(workflow: dict[str, Any], job: str) -> None:
    assert set(ours(workflow, job)) <= set(load(ACTION)["inputs"])


def test_every_action_is_of_one_version_throughout() -> None:
    uses = re.findall(r"uses: ([\w/-]+)@(\w+)", "".join(path.read_text() for path in [*WORKFLOWS, ACTION]))
    versions = {name: {hash_ for other, hash_ in uses if other == name} for name, _ in uses}
    assert {name: hashes for name, hashes in versions.items() if len(hashes) > 1} == {}


@pytest.mark.parametrize(
    ("ecosystem", "pinning"),
    [("docker", "Dockerfile"), ("npm", "requirements/npm/package-lock.json"), ("pip", "requirements/runtime.txt")],
)
def test_dependabot_looks_where_a_file_pins_versions(ecosystem: str, pinning: str) -> None:
    assert (ROOT / pinning).is_file()
    updates = load(ROOT / ".github" / "dependabot.yml")["updates"]
    (directory,) = [each["directory"] for each in updates if each["package-ecosystem"] == ecosystem]
    assert directory == "/" + pinning.rpartition("/")[0]


def test_the_gitlab_template_is_valid() -> None:
    template = ROOT / "docs" / "templates" / "gitlab-ci.yml"
    command = [
        str(Path(sys.executable).parent / "check-jsonschema"),
        "--builtin-schema",
        "vendor.gitlab-ci",
        str(template),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_drift_workflow_of_the_page_looks_at_outputs_that_the_action_has() -> None:
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    (drift,) = re.findall(r"^```yaml\n(name: Roles as agreed\n.*?)^```$", page, re.DOTALL | re.MULTILINE)
    used = set(re.findall(r"steps\.plan\.outputs\.([\w-]+)", drift))
    assert used == {"changes", "unmanaged"}
    assert used <= set(load(ACTION)["outputs"])


def test_the_page_lists_every_input_and_output_of_the_action() -> None:
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    section = page.split("\n## The action\n", 1)[1].split("\n## ", 1)[0]
    action = load(ACTION)
    assert re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE) == [*action["inputs"], *action["outputs"]]
