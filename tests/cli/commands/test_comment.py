"""`reconciler comment PLAN`: the plan on its pull request, or else in the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Result, Workspace
from tests.forge.fakes import TOKEN, FakeForge
from tests.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sentences import Golden


@pytest.fixture
def forge() -> Iterator[FakeForge]:
    fake = FakeForge()
    with fake.server:
        yield fake


@pytest.fixture
def saved(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with `plan.json`, in an environment that has a token and is no CI."""
    assert workspace.run("plan", "--out", "plan.json").code == 0
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    return workspace


def put(workspace: Workspace, forge: FakeForge, *more: str) -> Result:
    place = ("--forge", "github", "--repository", "o/n", "--number", "7", "--api-url", f"{forge.server.url}/api")
    return workspace.run("comment", "plan.json", *place, *more)


def test_the_plan_is_put_on_the_pull_request(saved: Workspace, forge: FakeForge) -> None:
    result = put(saved, forge)
    assert (result.code, result.out) == (0, "Comment created: https://github.example/101\n")
    (body,) = forge.bodies
    assert body is not None
    assert "support-lead" in body


def test_put_again_it_changes_nothing(saved: Workspace, forge: FakeForge) -> None:
    put(saved, forge)
    result = put(saved, forge, "--format", "json")
    assert json.loads(result.out)["status"] == "unchanged"


def test_the_comparisons_of_two_tenants_are_two_comments(saved: Workspace, forge: FakeForge) -> None:
    Repository(saved.directory).commit("Start", {})
    saved.write("reconciler.yaml", "tenants: {a: {url: https://a.example}, b: {url: https://b.example}}\n")
    for tenant in ("a", "b", "a"):
        saved.run("diff", "--tenant", tenant, "--format", "json", "--output", "plan.json")
        assert put(saved, forge).code == 0
    assert len(forge.bodies) == 2


def test_where_it_cannot_be_written_the_plan_goes_to_the_log(
    saved: Workspace, forge: FakeForge, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "another-token")
    result = put(saved, forge)
    assert result.code == 1
    golden.says("cli/messages", "a comment that cannot be written", result.err.partition("\n")[0])
    assert "support-lead" in result.err
    assert "another-token" not in result.err


def test_where_nobody_says_which_forge_the_command_line_is_wrong_and_the_plan_is_shown(saved: Workspace) -> None:
    result = saved.run("comment", "plan.json")
    assert result.code == 64
    assert "support-lead" in result.err
