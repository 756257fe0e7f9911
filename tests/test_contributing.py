"""The commands of CONTRIBUTING.md and of the pages below tests/ run, as far as they take no minutes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT

PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "tests").rglob("*.md"))]
DRY = {
    "make": "--dry-run",
    ".venv/bin/pytest": "--collect-only --quiet -p no:cacheprovider -p no:schemathesis",
    ".venv/bin/ruff": "",
}
"""The programs, each with what keeps it from doing all of it: it still finds its targets, files and options."""


def commands(page: Path) -> list[str]:
    """Return the commands of the `sh` blocks of a page, without their comments."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]


COMMANDS = sorted({command for page in PAGES for command in commands(page)})


def dry(command: str) -> str:
    program, _, rest = command.partition(" ")
    here = program.replace(".venv/bin", f"{sys.prefix}/bin")
    return f"{here} {DRY[program]} {rest}"


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 8


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs(command: str, tmp_path: Path) -> None:
    directory = ROOT
    if "ruff" in command:  # it writes
        directory = tmp_path
        for name in ("pyproject.toml", "reconciler/__init__.py"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    script = " && ".join(map(dry, command.split(" && ")))
    quick = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # nothing is covered here
    done = subprocess.run(["bash", "-c", script], cwd=directory, env=quick, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_recipes_name_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = [name for name in re.findall(r"`((?:reconciler|tests|docs|benchmarks)/[\w./-]*)`", text) if "*" not in name]
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
