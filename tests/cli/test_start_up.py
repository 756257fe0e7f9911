"""What a run spends beside its work: modules for locks, sets, ends and policies, and a last look for garbage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

_ROOT = Path(__file__).parents[2]
_READ_AND_JUDGE = {
    f"reconciler.{name}"
    for name in (
        "load.ends",
        "load.expand",
        "load.lock",
        "load.lock_text",
        "load.locked",
        "load.policies",
        "load.policy_checks",
        "load.policy_files",
        "load.waivers",
        "policy.check",
        "policy.coverage",
        "policy.idle",
        "policy.planned",
        "policy.prepared",
        "policy.rules",
        "policy.waiving",
    )
}


def loaded_by(*arguments: str) -> set[str]:
    """The modules for these files that a run of the command line loads in the working directory."""
    script = (
        "import sys\nfrom reconciler.cli.boundary import run\nfrom reconciler.cli.registry import cli\n"
        f"code = run({list(arguments)!r}, cli)\nassert code in (0, 4), code\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return set(done.stderr.split()) & _READ_AND_JUDGE


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_without_lock_sets_and_policies_nothing_of_them_is_loaded(workspace: Workspace, command: str) -> None:
    assert (workspace.directory / "roles.d").is_dir()
    assert loaded_by(command) == set()


LOCK = "version: 1\nurl: https://tenant.example\npermissions:\n" + "".join(
    f"  {code}: {{name: {code}, id: {code}}}\n"
    for code in ("billing.view", "contacts.view", "conversations.assign", "conversations.view")
)


@pytest.mark.parametrize(
    ("file", "text", "modules"),
    [
        ("roles.d/set.yaml", "set: reading\npermissions: []\n", {"load.ends", "load.expand"}),
        ("permissions.lock.yaml", LOCK, {"load.lock", "load.lock_text", "load.locked"}),
        (
            "policies.yaml",
            "policies: [{id: described, keys: [description]}]\n",
            {
                *("load.policies", "load.policy_checks", "load.policy_files", "load.waivers"),
                *("policy.check", "policy.idle", "policy.prepared", "policy.rules", "policy.waiving"),
            },
        ),
    ],
)
def test_each_of_these_files_loads_only_its_own_modules(
    workspace: Workspace, file: str, text: str, modules: set[str]
) -> None:
    workspace.write(file, text)
    assert loaded_by("validate") == {f"reconciler.{name}" for name in modules}


COMPLETING = """
import sys
from reconciler.cli.registry import COMMANDS, cli
from reconciler.cli.completion.shells import Bash
shell = Bash(cli, {}, "reconciler", "_RECONCILER_COMPLETE")
assert len(shell.get_completions([], "")) == len(COMMANDS)
assert not [name for name in sys.modules if name.startswith("reconciler.cli.commands")]
for name in COMMANDS:
    shell.get_completions([name], "x")
    shell.get_completions([name], "--")
slow = {"pydantic", "httpx", "deepdiff", "yaml", "rich", "jinja2"} & set(sys.modules)
assert not slow, slow
"""


def test_a_key_press_waits_for_no_slow_library(workspace: Workspace) -> None:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    subprocess.run([sys.executable, "-c", COMPLETING], cwd=workspace.directory, env=environment, check=True)


def test_when_a_command_ends_no_object_is_left_to_the_last_look_for_garbage() -> None:
    script = (
        "import atexit, gc\nfrom reconciler.cli import main\n"
        "atexit.register(lambda: print(len(gc.get_objects()) < 1000 < gc.get_freeze_count()))\nmain(['--version'])"
    )
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["True"]
