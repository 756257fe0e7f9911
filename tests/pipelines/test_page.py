"""docs/pipelines.md, held to what it describes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reconciler.model.errors import ExitCode
from tests.pipelines.runner import ACTION, ROOT, load

PAGE = (ROOT / "docs" / "pipelines.md").read_text()
BLOCKS = [
    (language, re.sub(r"^ {3}", "", body, flags=re.MULTILINE) if indent else body)
    for indent, language, body in re.findall(r"^( *)```(\w+)\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
]


def table(header: str) -> dict[str, list[str]]:
    """The rows of the table that starts with these columns, by their first cell."""
    rows = PAGE.partition(f"| {header} |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip().strip("`") for cell in row.strip("| ").split(" | ")] for row in rows]
    return {first: rest for first, *rest in cells}


def test_the_actions_inputs_and_outputs_are_all_there_and_no_others() -> None:
    action = load(ACTION)
    assert list(table("input | default | meaning")) == list(action["inputs"])
    assert list(table("output | meaning")) == list(action["outputs"])


def test_every_exit_code_is_explained() -> None:
    assert [int(code) for code in table("code | meaning in a pipeline | what to do")] == sorted(ExitCode)


def test_every_link_leads_somewhere() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", PAGE) if ":" not in target]  # not to other sites
    assert targets
    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= anchors


@pytest.mark.parametrize("line", [line for kind, body in BLOCKS if kind == "console" for line in body.splitlines()])
def test_every_command_and_option_exists(line: str) -> None:
    program, *words = line.split()
    if program != "reconciler":
        assert program == "docker"
        return
    command = [str(Path(sys.executable).parent / "reconciler"), words[0], "--help"]
    help_ = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [word for word in words if word.startswith("--") and word not in help_] == []


def test_the_workflow_for_drift_is_valid(tmp_path: Path) -> None:
    (workflow,) = [body for kind, body in BLOCKS if kind == "yaml" and "\njobs:" in body]
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    path = tmp_path / ".github" / "workflows" / "roles-drift.yml"
    path.write_text(workflow)
    tools = Path(sys.executable).parent
    for command in (
        [str(tools / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(path)],
        [str(tools / "zizmor"), "--offline", "--no-progress", str(path)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    (step,) = [step for step in load(path)["jobs"]["drift"]["steps"] if step.get("id") == "plan"]
    assert set(step["with"]) <= set(load(ACTION)["inputs"])


def test_the_hook_that_it_names_is_there() -> None:
    (configuration,) = [yaml.safe_load(body) for kind, body in BLOCKS if kind == "yaml" and body.startswith("repos:")]
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    asked = {hook["id"] for repo in configuration["repos"] for hook in repo["hooks"]}
    assert asked == {hook["id"] for hook in hooks}
