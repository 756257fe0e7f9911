"""`reconciler comment PLAN`: the plan on its pull request, or else in the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Result, Workspace
from tests.forge.fakes import TOKEN, FakeForge
from tests.repository import Repository
from tests.scripted_server import reply

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


def test_the_label_is_the_verdict(saved: Workspace, forge: FakeForge) -> None:
    result = put(saved, forge, "--label")
    assert result.code == 0
    assert result.out.splitlines()[1:] == ["Label set: access: mixed"]
    assert forge.labels == ["access: mixed"]
    assert json.loads(put(saved, forge, "--label", "--format", "json").out)["label"] == {
        "name": "access: mixed",
        "status": "unchanged",
    }


def test_without_the_option_there_is_no_label(saved: Workspace, forge: FakeForge) -> None:
    assert json.loads(put(saved, forge, "--format", "json").out)["label"] is None
    assert forge.labels == []


def test_a_label_may_start_with_another_word(saved: Workspace, forge: FakeForge) -> None:
    put(saved, forge, "--label", "--label-prefix", "production access")
    assert forge.labels == ["production access: mixed"]


def test_a_label_that_cannot_be_written_is_an_error_before_the_comment(saved: Workspace, forge: FakeForge) -> None:
    assert put(saved, forge, "--label", "--label-prefix", "a,b").code == 64
    assert forge.bodies == []


def test_a_label_that_is_refused_leaves_the_comment_and_says_what_is_missing(
    saved: Workspace, forge: FakeForge
) -> None:
    put(saved, forge)
    first = len(forge.server.paths)
    forge.faults = dict.fromkeys(range(first + 2, first + 9), reply(403, {"message": "Resource not accessible"}))
    result = put(saved, forge, "--label")
    assert result.code == 1
    assert result.out.splitlines() == ["Comment unchanged: https://github.example/101", "Label not set: access: mixed"]
    assert "pull-requests: write" in result.err
    assert "could not be written" not in result.err


def test_the_label_of_several_tenants_is_the_verdict_on_all(
    saved: Workspace, forge: FakeForge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMNISTREAM_URL")
    monkeypatch.delenv("OMNISTREAM_API_KEY")
    monkeypatch.setenv("OMNISTREAM_API_KEY_A", saved.tenant.api_key)
    saved.write("reconciler.yaml", f"tenants: {{a: {{url: {saved.tenant.url}}}}}\n")
    assert saved.run("plan", "--all", "--out", "plans").code == 0
    place = ("--forge", "github", "--repository", "o/n", "--number", "7", "--api-url", f"{forge.server.url}/api")
    assert saved.run("comment", "plans", "--label", *place).code == 0
    assert forge.labels == ["access: mixed"]
