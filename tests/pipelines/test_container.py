"""There is no engine here to build an image with; what can be held without one is held here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.pipelines.runner import ROOT, load

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
SOURCES = [
    (name, parts[-1])
    for parts in (line.split()[1:] for line in STAGES[0].splitlines() if line.startswith("COPY "))
    for name in parts[:-1]
]


def test_what_is_copied_is_enough_to_build_the_wheel(tmp_path: Path) -> None:
    for name, destination in SOURCES:
        where = tmp_path / destination / (Path(name).name if destination.endswith("/") else "")
        where.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / destination, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, where)
    command = [str(Path(sys.executable).parent / "hatchling"), "build", "--target", "wheel", "--directory", "wheel"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    assert "reconciler/cli/boundary.py" in zipfile.ZipFile(wheel).namelist()


def test_the_build_gets_what_is_copied_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert let_in == {name.partition("/")[0] for name, _ in SOURCES}


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_a_change_of_anything_that_is_copied_builds_the_image(event: str) -> None:
    started_by = set(load(ROOT / ".github" / "workflows" / "container.yml")["on"][event]["paths"])
    copied = {name.partition("/")[0] for name, _ in SOURCES}
    wanted = {f"{name}/**" if (ROOT / name).is_dir() else name for name in copied | {"Dockerfile", ".dockerignore"}}
    assert wanted <= started_by


def test_all_that_is_installed_is_locked_by_hashes_or_built_here() -> None:
    installs = re.findall(r"pip [^&\n]*install[^&\n]*", DOCKERFILE)
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-deps --no-index" in line for line in installs)


def test_the_last_stage_runs_as_nobody_in_particular_and_builds_nothing() -> None:
    last = STAGES[-1]
    assert re.search(r"^USER [1-9]\d*$", last, re.MULTILINE)
    assert not re.search(r"\bpip\b|hatchling|build-essential|gcc", last)


def test_both_stages_stand_on_one_base_of_a_named_version() -> None:
    bases = {stage.split()[0] for stage in STAGES}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+(\.\d+)?-slim-[a-z]+(@sha256:[0-9a-f]{64})?", bases.pop())
