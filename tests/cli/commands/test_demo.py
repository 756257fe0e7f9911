"""`reconciler demo`: the whole round, with real commands."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import pytest

from reconciler.demo import Step, example_roles, run_demo
from reconciler.model.errors import ExitCode, Failed
from tests.cli.conftest import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Workspace


def test_the_round_ends_with_the_one_change_that_was_refused(workspace: Workspace) -> None:
    result = workspace.run("demo")
    assert result.code == 0
    assert result.out.count("\n$ reconciler ") == 5
    assert "Refused by 1 policy: refunds." in result.out
    assert "Plan: 1 to add, 4 to change, 2 to destroy." in result.out
    assert "2 agents still hold it" in result.out
    assert "Plan: 0 to add, 0 to change, 1 to destroy." in result.out


@pytest.mark.parametrize("columns", [80, 40])
def test_nothing_of_the_round_is_wider_than_the_terminal(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with redirect_stdout(Terminal()) as shown:
        workspace.run("demo", "--color", "never")
    assert max(map(len, shown.getvalue().splitlines())) == columns  # that of the rules


def test_a_terminal_without_room_is_no_error() -> None:
    lines: list[str] = []
    run_demo(lines.append, color=False, columns=1, steps=[Step("Why not.", ("--version",), ExitCode.DONE)])
    assert lines[lines.index("-") :][:4] == ["-", "# 1", "# .", "# W"]


def test_the_round_as_json(workspace: Workspace) -> None:
    steps = json.loads(workspace.run("demo", "--format", "json").out)
    assert [(step["command"].split()[1], step["exit_code"]) for step in steps] == [
        ("validate", 0),
        ("validate", 4),
        ("plan", 0),
        ("apply", 6),
        ("plan", 2),
    ]


def test_a_step_that_ends_otherwise_stops_the_round() -> None:
    steps = [Step("Why.", ("validate",), ExitCode.CHANGES)]
    with pytest.raises(Failed, match="step 1 of the demo ended with 0 instead of 2"):
        run_demo(lambda _: None, color=True, steps=steps)


def test_the_example_roles_of_an_installed_package_are_inside_it(tmp_path: Path) -> None:
    (tmp_path / "roles.d").mkdir()
    assert example_roles(tmp_path) == tmp_path / "roles.d"
    assert example_roles().name == "roles.d"


def test_the_example_lock_holds_the_catalogue_of_the_sandbox(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(example_roles().parent)
    result = workspace.run("lock", "--check")
    assert (result.code, result.err) == (0, "")


def test_the_example_roles_break_no_example_policy(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(example_roles().parent)
    found = json.loads(workspace.run("validate", "--format", "json").out)
    assert (found["problems"], found["findings"]) == ([], [])
