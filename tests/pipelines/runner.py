"""As much of a GitHub runner as a composite action needs: expressions, environment files, steps that go on or not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / ".github" / "actions" / "reconciler" / "action.yml"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMPARISON = re.compile(r"([\w.-]+)\s*(==|!=)\s*'([^']*)'")


def load(path: Path) -> dict[str, Any]:
    """A workflow or an action; YAML 1.1 reads the key `on` as true."""
    document = cast("dict[Any, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))
    if True in document:
        document["on"] = document.pop(True)
    return cast("dict[str, Any]", document)


@dataclass(frozen=True)
class Kept:
    """An artefact: the files that were there when it was uploaded, by name."""

    name: str
    files: dict[str, str]


@dataclass
class Finished:
    """What a run of the action left."""

    failed: bool
    log: str
    summary: str
    outputs: dict[str, str]
    kept: list[Kept]
    ran: list[str]
    key: str = ""


@dataclass
class Runner:
    """Runs the action's steps in `workspace` as GitHub does, with `environment` beside what the steps say."""

    workspace: Path
    temp: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, **inputs: str) -> Finished:
        """Run it with these inputs; an underscore in a name stands for a dash."""
        action = load(ACTION)
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(given) <= set(action["inputs"])
        context = {"github.token": "a-workflow-token"}
        for name, about in action["inputs"].items():
            context[f"inputs.{name}"] = given.get(name, resolve(about["default"], context))
        run = _Run(self, context)
        for step in action["runs"]["steps"]:
            run.step(step)
        outputs = {name: resolve(about["value"], context) for name, about in action["outputs"].items()}
        return Finished(run.failed, run.log, run.summary.read_text(), outputs, run.kept, run.ran)


class _Run:
    def __init__(self, runner: Runner, context: dict[str, str]) -> None:
        self.runner = runner
        self.context = context
        self.failed = False
        self.log = ""
        self.kept: list[Kept] = []
        self.ran: list[str] = []
        self.summary = runner.temp / "summary.md"
        self.summary.write_text("")

    def step(self, step: dict[str, Any]) -> None:
        if not holds(step.get("if", ""), self.context, failed=self.failed):
            return
        self.ran.append(step["name"])
        if "uses" in step:
            self.keep({name: resolve(str(value), self.context) for name, value in step["with"].items()})
            return
        assert step["shell"] == "bash"
        outputs = self.runner.temp / "outputs"
        outputs.write_text("")
        script = self.runner.temp / "step.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.runner.workspace,
            env=self.variables(step.get("env", {}), outputs),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.log += done.stdout
        self.failed = self.failed or done.returncode != 0
        for line in outputs.read_text().splitlines():
            name, _, value = line.partition("=")
            self.context[f"steps.{step.get('id', '')}.outputs.{name}"] = value

    def keep(self, inputs: Mapping[str, str]) -> None:
        paths = [Path(line) for line in inputs["path"].splitlines()]
        self.kept.append(Kept(inputs["name"], {path.name: path.read_text() for path in paths if path.is_file()}))

    def variables(self, step: Mapping[str, str], outputs: Path) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in os.environ if name.startswith(("COV", "COVERAGE"))}
        return {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.runner.temp),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ACTION.parent),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.runner.workspace),
            "RUNNER_TEMP": str(self.runner.temp),
            **self.runner.environment,
            **{name: resolve(value, self.context) for name, value in step.items()},
        }


def resolve(text: str, context: Mapping[str, str]) -> str:
    """`text` with its expressions replaced; what is not set is empty."""
    return _EXPRESSION.sub(lambda found: context.get(found[1], ""), text)


def holds(condition: str, context: Mapping[str, str], *, failed: bool) -> bool:
    """Whether a step runs: comparisons joined by `&&`, and `always()`, without which a failure ends the job."""
    terms = [term.strip() for term in condition.split("&&") if term.strip()]
    if "always()" not in terms and failed:
        return False
    for term in terms:
        if term == "always()":
            continue
        found = _COMPARISON.fullmatch(term)
        assert found, term
        if (context.get(found[1], "") == found[3]) != (found[2] == "=="):
            return False
    return True
