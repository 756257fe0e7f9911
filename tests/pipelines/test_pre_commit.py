from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pipelines.runner import ROOT

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
(VALIDATE,) = HOOKS


def hook(directory: Path) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(VALIDATE["entry"])
    command = [str(Path(sys.executable).parent / program), *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def test_there_is_one_hook_that_validates() -> None:
    assert (VALIDATE["id"], VALIDATE["language"]) == ("reconciler-validate", "python")
    assert VALIDATE["pass_filenames"] is False  # a name that two files ask for is found by reading all of them


@pytest.mark.parametrize("path", ["roles.d/lead.yaml", "roles.d/a/b c.yml", "reconciler.yaml"])
def test_it_runs_when_a_role_file_or_the_configuration_changes(path: str) -> None:
    assert re.search(VALIDATE["files"], path)


@pytest.mark.parametrize("path", ["README.md", "other/roles.d/x.yaml", "roles.d/notes.txt", "sub/reconciler.yaml"])
def test_it_does_not_run_for_other_files(path: str) -> None:
    assert not re.search(VALIDATE["files"], path)


def test_its_entry_passes_valid_files_and_fails_others(tmp_path: Path) -> None:
    role = tmp_path / "roles.d" / "lead.yaml"
    role.parent.mkdir()
    role.write_text("name: lead\npermissions: [contacts.view]\n")
    assert hook(tmp_path).returncode == 0
    role.write_text("name: lead\npermissions: contacts.view\n")
    done = hook(tmp_path)
    assert done.returncode == 3
    assert "roles.d/lead.yaml:2:" in done.stdout + done.stderr
