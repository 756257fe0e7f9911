from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.pipelines.outside import outside
from tests.pipelines.runner import ROOT

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
VALIDATE, DIFF = HOOKS


def hook(directory: Path, which: dict[str, Any] = VALIDATE) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(which["entry"])
    command = [str(Path(sys.executable).parent / program), *arguments, *which.get("args", [])]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def test_one_hook_validates_all_files() -> None:
    assert (VALIDATE["id"], VALIDATE["language"]) == ("reconciler-validate", "python")
    assert VALIDATE["pass_filenames"] is False  # a name that two files ask for is found by reading all of them


def test_it_runs_before_every_commit_since_pre_commit_counts_no_deleted_file() -> None:
    assert VALIDATE["always_run"] is True
    assert {"files", "types", "exclude"} & set(VALIDATE) == set()  # they would say what does not hold


def test_its_entry_passes_valid_files_and_fails_others(tmp_path: Path) -> None:
    role = tmp_path / "roles.d" / "lead.yaml"
    role.parent.mkdir()
    role.write_text("name: lead\npermissions: [contacts.view]\n")
    assert hook(tmp_path).returncode == 0
    role.write_text("name: lead\npermissions: contacts.view\n")
    done = hook(tmp_path)
    assert done.returncode == 3
    assert "roles.d/lead.yaml:2:" in done.stdout + done.stderr


def test_one_hook_compares_before_a_push_and_shows_what_it_says() -> None:
    assert (DIFF["id"], DIFF["language"], DIFF["stages"]) == ("reconciler-diff", "python", ["pre-push"])
    assert (DIFF["always_run"], DIFF["pass_filenames"], DIFF["verbose"]) == (True, False, True)


def test_it_compares_with_the_default_branch_of_the_remote(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    assert hook(repository.directory, DIFF).returncode == 64  # there is no remote yet
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    (repository.directory / "roles.d" / "new.yaml").write_text("name: new\npermissions: [contacts.view]\n")
    done = hook(repository.directory, DIFF)
    assert done.returncode == 0, done.stderr
    assert "# new will be created" in done.stdout
    (repository.directory / "reconciler.yaml").write_text("protect: [clerk]\n")
    (repository.directory / "roles.d" / "clerk.yaml").unlink()
    assert hook(repository.directory, DIFF).returncode == 4


class Repository:
    """A repository with two role files whose commits the hook guards: as published, run by the reconciler of here."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        program, _, arguments = str(VALIDATE["entry"]).partition(" ")
        entry = f"{Path(sys.executable).parent / program} {arguments}"
        guard = {"repo": "local", "hooks": [{**VALIDATE, "entry": entry, "language": "system"}]}
        (directory / "roles.d").mkdir(parents=True)
        (directory / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [guard]}))
        for name in ("lead", "clerk"):
            (directory / "roles.d" / f"{name}.yaml").write_text(f"name: {name}\npermissions: []\n")
        for command in ("init -q", "add -A", "-c user.name=A -c user.email=a@example.org commit -q -m One"):
            self.git(*command.split())

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.directory, check=True)

    def commit(self) -> subprocess.CompletedProcess[str]:
        """What pre-commit says of what is staged."""
        return subprocess.run(
            [outside("pre-commit"), "run"],
            cwd=self.directory,
            env={**os.environ, "PRE_COMMIT_HOME": str(self.directory.parent / "home")},
            capture_output=True,
            text=True,
            check=False,
        )


def test_pre_commit_stops_a_commit_that_deletes_every_role(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.git("rm", "-r", "-q", "roles.d")
    done = repository.commit()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "exit code: 3" in done.stdout


def test_pre_commit_runs_the_hook_where_one_role_is_deleted(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.git("rm", "-q", "roles.d/clerk.yaml")
    done = repository.commit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    assert "Skipped" not in done.stdout
