"""`reconciler show DIR` and `reconciler comment DIR`: the plans of several tenants, offline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.fleet.effects import effects
from reconciler.fleet.index import dumps, plan_file
from reconciler.fleet.part import ShardOf
from reconciler.plan.changes import Change
from reconciler.plan.document import dumps as dumps_plan
from tests.builders import a_create, a_plan, a_source
from tests.cli.commands.test_comment import forge
from tests.fleet.plans import AT, COMMIT, a_tenant_plan, an_index, unreadable
from tests.forge.fakes import TOKEN, FakeForge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Workspace
    from tests.sentences import Golden

__all__ = ["forge"]


def save(directory: Path, fleet: dict[str, tuple[Change, ...]], shard: ShardOf | None = None, more: str = "") -> None:
    """Write what `plan --all --out` writes for these tenants, and for one that cannot be read."""
    directory.mkdir(exist_ok=True)
    for name, changes in fleet.items():
        plan = a_plan(*changes, target=f"https://{name}.example", source=a_source(commit=COMMIT))
        (directory / plan_file(name)).write_text(dumps_plan(plan, AT))
    plans = [a_tenant_plan(name, *changes) for name, changes in fleet.items()]
    plans += [] if shard else [unreadable()]
    index = an_index(*plans, shard=shard, names=[*(plan.name for plan in plans), *more])
    (directory / index.file).write_text(dumps(index, effects(fleet.items())))


@pytest.fixture
def saved(workspace: Workspace) -> Workspace:
    save(workspace.directory / "plans", {"globex": (a_create("lead"),), "umbrella": ()})
    return workspace


def test_a_directory_is_shown_as_text(saved: Workspace) -> None:
    result = saved.run("show", "plans")
    first, second, *_ = result.out.splitlines()
    assert result.code == 0
    assert first.startswith("1 effect in 3 tenants (commit 3f2a9c1d0b4e): 1 without changes, 1 could not be read: acme")
    assert second == "  1 tenant   globex: lead created + conversations.view          WIDENS"


def test_in_json_it_is_the_index(saved: Workspace) -> None:
    result = saved.run("show", "plans", "--format", "json")
    assert json.loads(result.out) == json.loads((saved.directory / "plans/fleet.json").read_text())


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_as_a_comment_and_as_a_page_it_names_the_tenants(saved: Workspace, form: str) -> None:
    result = saved.run("show", "plans", "--format", form)
    assert result.code == 0
    assert "globex" in result.out


def test_a_format_for_one_plan_is_64(saved: Workspace, golden: Golden) -> None:
    result = saved.run("show", "plans", "--format", "terraform")
    assert result.code == 64
    golden.says("cli/fleet", "a format for one plan", result.err)


def test_the_shards_are_shown_together(workspace: Workspace) -> None:
    plans = workspace.directory / "plans"
    save(plans, {"a": (a_create("lead"),)}, ShardOf(0, 2), more="b")
    save(plans, {"b": (a_create("lead"),)}, ShardOf(1, 2), more="a")
    result = workspace.run("show", "plans")
    assert result.out.splitlines()[1] == "  2 tenants   a, b: lead created + conversations.view          WIDENS"


@pytest.mark.parametrize(
    ("case", "file", "text"),
    [
        ("a plan that is not listed", "other.json", "{}"),
        ("a plan that was exchanged", "globex.json", dumps_plan(a_plan(source=a_source(commit=COMMIT)), AT)),
        ("an index that was changed", "fleet.json", "{}"),
    ],
)
def test_what_apply_refuses_is_not_shown(saved: Workspace, case: str, file: str, text: str, golden: Golden) -> None:
    (saved.directory / "plans" / file).write_text(text)
    result = saved.run("show", "plans")
    assert (result.code, result.out) == (5, "")
    golden.says("cli/fleet", case, result.err)


def test_a_directory_without_an_index_is_5(workspace: Workspace) -> None:
    (workspace.directory / "plans").mkdir()
    assert workspace.run("show", "plans").code == 5


def test_a_directory_is_posted_as_one_comment(
    saved: Workspace, forge: FakeForge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    place = ("--forge", "github", "--repository", "o/n", "--number", "7", "--api-url", f"{forge.server.url}/api")
    result = saved.run("comment", "plans", *place)
    assert (result.code, result.out) == (0, "Comment created: https://github.example/101\n")
    (body,) = forge.bodies
    assert body is not None
    assert "### WIDENS in 1 tenant: `globex`" in body
