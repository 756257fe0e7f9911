"""docs/adopting.md, followed to the letter: what is committed after each block is all that a pipeline would know."""

from __future__ import annotations

import io
import json
import subprocess
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

from reconciler.cli.boundary import run
from tests.documents import BLOCK, ROOT, session

PAGE = (ROOT / "docs" / "adopting.md").read_text(encoding="utf-8")
EDIT = ("update", "knowledge-editor")
"""The change that step 5 makes on a branch, and step 6 applies."""


def plan_of_a_clone(directory: Path) -> dict[str, Any] | None:
    """The plan that a new clone of the current directory makes; None before there is a commit to clone."""
    if not Path(".git").exists():
        return None
    subprocess.run(["git", "clone", "--quiet", ".", directory], check=True)
    printed = io.StringIO()
    with chdir(directory), redirect_stdout(printed):
        assert run(["plan", "--format", "json"]) == 0
    plan: dict[str, Any] = json.loads(printed.getvalue())
    return plan


def test_a_clone_plans_nothing_unexpected_after_any_block_of_the_page(tmp_path: Path) -> None:
    found = []
    configured = []
    with session() as terminal:
        for number, step in enumerate(PAGE.split("\n## ")[1:], start=1):
            for count, block in enumerate(BLOCK.finditer(step)):
                terminal.block(block)
                if block["before"]:  # an edit by hand, which the next block commits
                    continue
                clone = tmp_path / f"{number}-{count}"
                plan = plan_of_a_clone(clone)
                if plan is not None:
                    expected = {EDIT} if number == 5 else set()
                    changes = {(change["action"], change["name"]) for change in plan["changes"]}
                    found.append((number, changes == expected, plan["unmanaged"]))
                    if (clone / "reconciler.yaml").exists():
                        configured.append(number)
    assert [step for step in found if step[1:] != (True, [])] == []
    assert {number for number, *_ in found} == {3, 4, 5, 6, 7, 8, 9}
    assert set(configured) == {4, 5, 6, 7, 8, 9}
