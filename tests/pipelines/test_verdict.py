"""docs/pipelines.md, "Require reviewers by the verdict": the jobs for GitHub and GitLab do what the page says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documents import ROOT
from tests.pipelines.runner import load
from tests.scripted_server import Received, ScriptedServer, reply

PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
PLAN = ROOT / ".github" / "workflows" / "roles-plan.yml"


def snippet(start: str) -> str:
    found = re.search(rf"^```yaml\n({re.escape(start)}\n.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_job_for_github_makes_a_valid_workflow(tmp_path: Path) -> None:
    workflow = tmp_path / "roles-plan.yml"
    workflow.write_text(f"{PLAN.read_text(encoding='utf-8')}\n{snippet('  approve:')}", encoding="utf-8")
    schema = ("--quiet", "--builtin-schema", "vendor.github-workflows")
    subprocess.run([Path(sys.executable).parent / "check-jsonschema", *schema, workflow], check=True)


def test_the_job_for_github_asks_for_what_the_job_before_it_says() -> None:
    plan, approve = load(PLAN)["jobs"]["plan"], yaml.safe_load(snippet("  approve:"))["approve"]
    assert re.findall(r"needs\.plan\.outputs\.(\w+)", approve["if"]) == [*plan["outputs"]] * 2
    assert re.findall(r"== '(\w+)'", approve["if"]) == ["widens", "mixed"]
    assert plan["outputs"]["verdict"] == "${{ steps.plan.outputs.verdict }}"


def approval(directory: Path, verdict: str, *approved: str) -> subprocess.CompletedProcess[str]:
    """The job for GitLab, for a plan with this verdict that these users have approved."""
    job: Any = yaml.safe_load(snippet("roles:approval:").replace("*roles", "[]"))["roles:approval"]
    (directory / "plan.json").write_text(json.dumps({"summary": {"verdict": verdict}}))

    def answer(request: Received) -> Any:  # noqa: ANN401 - an act of the server
        assert request.path == "/projects/42/merge_requests/7/approvals"
        assert request.headers["private-token"] == "a-token"
        return reply(200, {"approved_by": [{"user": {"username": name}} for name in approved]})

    with ScriptedServer(answer) as server:
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "CI_API_V4_URL": server.url,
            "CI_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": "7",
            "GITLAB_TOKEN": "a-token",
            "ACCESS_REVIEWERS": "ana jo",
        }
        command = ["bash", "-euc", "\n".join(job["script"])]
        return subprocess.run(
            command, cwd=directory, env=environment, check=False, capture_output=True, text=True, timeout=60
        )


@pytest.mark.parametrize(
    ("verdict", "approved", "code"),
    [("widens", ["eve"], 1), ("mixed", [], 1), ("widens", ["eve", "jo"], 0), ("narrows", [], 0)],
)
def test_the_job_for_gitlab_fails_until_a_reviewer_has_approved(
    tmp_path: Path, verdict: str, approved: list[str], code: int
) -> None:
    done = approval(tmp_path, verdict, *approved)
    assert (done.returncode, "must approve" in done.stderr) == (code, code == 1), done.stderr
