"""The workflow that releases: its order, what each job may do, and the scripts that stop what is not ready."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler import __version__
from tests.pipelines.runner import ROOT, load

JOBS: dict[str, Any] = load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]


def uses(job: str) -> list[str]:
    """The actions of a job, without their versions."""
    return [step["uses"].partition("@")[0] for step in JOBS[job]["steps"] if "uses" in step]


def script(job: str, name: str) -> str:
    (found,) = [step["run"] for step in JOBS[job]["steps"] if step.get("name") == name]
    return str(found)


def run(text: str, where: Path, **environment: str) -> int:
    """Run a script as a step does, and return its exit code."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
    return subprocess.run(command, cwd=where, env={**os.environ, **environment}, check=False).returncode


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as the scripts read."""
    for name in ("pyproject.toml", "CHANGELOG.md", "reconciler/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return tmp_path


def test_the_files_are_built_once_and_each_later_job_takes_those() -> None:
    assert [job for job in JOBS if "hatchling build" in str(JOBS[job])] == ["build"]
    assert {job: JOBS[job].get("needs") for job in JOBS} == {
        "build": None,
        "test": "build",
        "attest": "test",
        "publish": "attest",
        "release": "publish",
    }
    for job in ("test", "attest", "publish", "release"):
        assert "actions/download-artifact" in uses(job)


def test_the_job_that_publishes_runs_nothing_of_the_checkout() -> None:
    assert uses("publish") == ["actions/download-artifact", "pypa/gh-action-pypi-publish"]
    assert [step for step in JOBS["publish"]["steps"] if "run" in step] == []
    assert JOBS["publish"]["environment"] == "release"


def test_each_job_may_do_only_what_it_is_for() -> None:
    assert {job: JOBS[job]["permissions"] for job in JOBS} == {
        "build": {"contents": "read"},
        "test": {"contents": "read"},
        "attest": {"attestations": "write", "id-token": "write"},
        "publish": {"id-token": "write"},
        "release": {"contents": "write"},
    }


def test_no_key_is_kept_for_it() -> None:
    assert "secrets." not in str(JOBS)


@pytest.mark.parametrize(("tag", "code"), [(f"v{__version__}", 0), ("v9.9.9", 1)])
def test_a_tag_that_is_not_the_version_stops_it(checkout: Path, tag: str, code: int) -> None:
    assert run(script("build", "The tag is the version"), checkout, GITHUB_REF_NAME=tag) == code


def test_the_notes_are_the_section_of_the_version(checkout: Path) -> None:
    text = "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.2.0] - 2026-11-25\n\n- now\n\n## [1.1.0]\n\n- before\n"
    (checkout / "CHANGELOG.md").write_text(text, encoding="utf-8")
    assert run(script("build", "The notes of this version"), checkout, GITHUB_REF_NAME="v1.2.0") == 0
    assert (checkout / "notes" / "notes.md").read_text(encoding="utf-8") == "\n- now\n\n"


def test_a_version_without_notes_stops_it(checkout: Path) -> None:
    assert run(script("build", "The notes of this version"), checkout, GITHUB_REF_NAME="v9.9.9") == 1


def test_an_address_that_is_a_placeholder_stops_it(checkout: Path) -> None:
    gate = script("build", "The addresses of the project are real")
    project = checkout / "pyproject.toml"
    project.write_text('[project.urls]\nSource = "https://reconciler.invalid/source"\n', encoding="utf-8")
    assert run(gate, checkout) == 1
    project.write_text('[project.urls]\nSource = "https://git.example.org/reconciler"\n', encoding="utf-8")
    assert run(gate, checkout) == 0
