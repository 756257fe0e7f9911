"""`reconciler plan` of several tenants, each on a real socket."""

from __future__ import annotations

import json
import signal
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.tenants import FREE, Fleet, stopped, three_tenants
from tests.repository import Repository
from tests.scripted_server import ScriptedServer, Silence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sentences import Golden


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Fleet]:
    with three_tenants(tmp_path, monkeypatch, capsys) as found:
        yield found


def index(fleet: Fleet, name: str = "plans/fleet.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((fleet.directory / name).read_text())
    return found


def test_equal_effects_are_shown_once(fleet: Fleet, golden: Golden) -> None:
    result = fleet.run("plan", "--all")
    assert result.code == 0
    golden.says("cli/fleet", "three tenants with one effect", result.out)


def test_a_glob_and_several_names_are_several_tenants(fleet: Fleet) -> None:
    assert "in 2 tenants" in fleet.run("plan", "--tenant", "staging", "--tenant", "acme").out
    assert "1 effect in 1 tenant" in fleet.run("plan", "--tenant", "b*").out


def test_each_plan_is_saved_and_the_index_lists_them(fleet: Fleet) -> None:
    assert fleet.run("plan", "--all", "--out", "plans").code == 0
    plans = fleet.directory / "plans"
    assert sorted(path.name for path in plans.iterdir()) == ["acme.json", "beta.json", "fleet.json", "staging.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in plans.iterdir()} == {0o600}
    assert stat.S_IMODE(plans.stat().st_mode) == 0o700
    for name, entry in index(fleet)["tenants"].items():
        saved = json.loads((plans / f"{name}.json").read_text())
        assert (saved["digest"], saved["summary"]) == (entry["digest"], entry["summary"])
        assert saved["target"] == {"url": fleet.tenants[name].url, "tenant": name}


def test_the_index_is_what_the_report_in_json_says(fleet: Fleet) -> None:
    printed = json.loads(fleet.run("plan", "--all", "--format", "json").out)
    fleet.run("plan", "--all", "--out", "plans")
    assert {**index(fleet), "created_at": ""} == {**printed, "created_at": ""}


def test_what_was_planned_before_is_removed_first(fleet: Fleet) -> None:
    fleet.run("plan", "--all", "--out", "plans")
    fleet.configure(acme=FREE)
    assert fleet.run("plan", "--all", "--out", "plans").code == 1
    assert not (fleet.directory / "plans/acme.json").exists()
    assert index(fleet)["tenants"]["acme"]["result"] == "failed"
    assert fleet.run("show", "plans").code == 0


def test_a_tenant_that_does_not_answer_does_not_stop_the_others(fleet: Fleet) -> None:
    fleet.configure(staging=FREE)
    result = fleet.run("plan", "--all")
    assert result.code == 1
    assert "1 effect in 3 tenants: 1 could not be read: staging" in result.out
    assert "2 tenants   acme, beta: " in result.out


def test_a_key_that_is_missing_is_the_failure_of_its_tenant(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNISTREAM_API_KEY_ACME")
    result = fleet.run("plan", "--all", "--format", "json")
    assert result.code == 1
    assert "OMNISTREAM_API_KEY_ACME" in json.loads(result.out)["tenants"]["acme"]["error"]


def test_one_key_for_several_tenants_is_64(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY", fleet.tenant.api_key)
    assert fleet.run("plan", "--all").code == 64
    assert fleet.run("plan", "--all", "--url", "https://x.example").code == 64


def test_files_that_are_not_valid_are_told_once(fleet: Fleet, golden: Golden) -> None:
    fleet.write("roles.d/bad.yaml", "nmae: x\n")
    result = fleet.run("plan", "--all")
    assert result.code == 3
    golden.says("cli/fleet", "files that are not valid", result.out)


def test_a_configuration_that_is_not_valid_is_3(fleet: Fleet) -> None:
    fleet.write("reconciler.yaml", "version: 1\ntenants: {}\n")
    result = fleet.run("plan", "--all")
    assert (result.code, result.out) == (3, "")


def test_a_refused_plan_is_shown_with_the_reason(fleet: Fleet) -> None:
    result = fleet.run("plan", "--all", "--max-deletes", "0")
    assert result.code == 4
    assert "MIXED, REFUSED" in result.out
    assert "3 tenants" not in result.err


def test_detailed_exit_codes_say_that_there_are_changes(fleet: Fleet) -> None:
    assert fleet.run("plan", "--all", "--detailed-exitcode").code == 2
    for path in (fleet.directory / "roles.d").iterdir():
        path.unlink()
    fleet.want("billing-clerk", "billing.manage", "contacts.view", description="Old")
    fleet.want("temp-role", "contacts.view")
    result = fleet.run("plan", "--all", "--detailed-exitcode")
    assert (result.code, result.out) == (0, "0 effects in 3 tenants: 3 without changes\n")


def test_so_many_tenants_may_change(fleet: Fleet, golden: Golden) -> None:
    fleet.configure("limits: {max_tenants: {count: 1, percent: 50}}")
    result = fleet.run("plan", "--all")
    assert result.code == 4
    assert "1 effect in 3 tenants" in result.out
    golden.says("cli/fleet", "more tenants than may change", result.err)
    assert fleet.run("plan", "--all", "--max-tenants", "3").code == 0


def test_a_format_for_one_plan_is_64(fleet: Fleet) -> None:
    assert fleet.run("plan", "--all", "--format", "terraform").code == 64


@pytest.mark.parametrize("shards", [2])
def test_shards_together_are_the_whole(fleet: Fleet, shards: int) -> None:
    for number in range(shards):
        result = fleet.run("plan", "--all", "--out", "parts", "--shard", f"{number}/{shards}")
        assert f"shard {number}/{shards}: " in result.err
    fleet.run("plan", "--all", "--out", "plans")
    shown = json.loads(fleet.run("show", "parts", "--format", "json").out)
    whole = index(fleet)
    assert (shown["digest"], shown["effects"]) == (whole["digest"], whole["effects"])


def test_a_shard_that_was_killed_is_planned_again(fleet: Fleet) -> None:
    fleet.run("plan", "--all", "--out", "plans", "--shard", "0/2")
    (fleet.directory / "plans/acme.json").touch()  # what a run that was killed may leave: plans, and no index
    assert fleet.run("show", "plans").code == 5
    fleet.run("plan", "--all", "--out", "plans", "--shard", "1/2")
    fleet.run("plan", "--all", "--out", "plans", "--shard", "0/2")
    assert fleet.run("show", "plans").code == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--shard", "0/2", "--tenant", "acme"], "one tenant"),
        (["--shard", "2/2", "--all"], "no such shard"),
        (["--all", "--tenant", "acme"], "both"),
        (["--all", "--out", "roles.d/support-lead.yaml"], "a file"),
        (["--tenant", "acme", "--out", "roles.d"], "a directory for one"),
    ],
)
def test_what_does_not_fit_together_is_64(fleet: Fleet, arguments: list[str], why: str) -> None:
    assert fleet.run("plan", *arguments).code == 64, why


def test_a_plan_that_would_have_the_name_of_an_index_is_64(fleet: Fleet, golden: Golden) -> None:
    fleet.write("reconciler.yaml", "version: 1\ntenants: {fleet-0-of-2: {url: 'http://127.0.0.1:9'}}\n")
    result = fleet.run("plan", "--all", "--out", "plans")
    assert result.code == 64
    golden.says("cli/fleet", "a tenant with the name of an index", result.err)


def test_a_directory_that_cannot_be_made_is_1(fleet: Fleet) -> None:
    result = fleet.run("plan", "--all", "--out", "roles.d/support-lead.yaml/plans")
    assert result.code == 1
    assert "cannot write the directory" in result.err


def test_tenants_with_other_files_have_other_effects(fleet: Fleet) -> None:
    fleet.write("over/clerk.yaml", "name: billing-clerk\npermissions: [contacts.view]\n")
    text = fleet.configure().read_text()
    fleet.write("reconciler.yaml", text.replace("wave: 1", "wave: 1, roles_dir: [roles.d, over]"))
    assert fleet.run("plan", "--all").out.startswith("2 effects in 3 tenants")


def test_the_commit_and_the_past_of_the_role_files_are_in_the_plans(fleet: Fleet) -> None:
    repository = Repository(fleet.directory)
    fleet.want("temp-role", "contacts.view", "contacts.merge")
    repository.commit("Give it both")
    fleet.want("temp-role", "contacts.merge")
    commit = repository.commit("Take it back")
    result = fleet.run("plan", "--all", "--out", "plans")
    assert result.out.startswith(f"1 effect in 3 tenants (commit {commit[:12]})\n")
    assert index(fleet)["commit"] == commit
    plan = json.loads((fleet.directory / "plans/acme.json").read_text())
    (temp,) = (change for change in plan["changes"] if change["name"] == "temp-role")
    assert temp["since"]["contacts.view"]["subject"] == "Give it both"
    assert fleet.run("apply", "plans", "--yes").code == 0


def test_origins_are_in_the_plans_and_make_no_two_effects(fleet: Fleet) -> None:
    repository = Repository(fleet.directory)
    repository.commit("Before")
    assert fleet.run("plan", "--all", "--base", "HEAD", "--out", "plans").code == 0
    plan = json.loads((fleet.directory / "plans/acme.json").read_text())
    assert {change["origin"] for change in plan["changes"]} == {"drift"}
    assert fleet.run("plan", "--all", "--base", "nowhere").code == 1


def test_more_tenants_than_are_planned_at_a_time_are_planned_too(fleet: Fleet) -> None:
    assert fleet.run("plan", "--all", "--parallel", "1").out == fleet.run("plan", "--all").out


def test_a_tenant_that_hangs_does_not_hold_the_others(fleet: Fleet) -> None:
    with ScriptedServer(lambda _: Silence()) as silent:
        fleet.configure(staging=silent.url)
        result = fleet.run("plan", "--all", "--timeout", "0.2", "--retry-budget", "0")
    assert result.code == 1
    assert "2 tenants   acme, beta: " in result.out


def test_an_option_that_does_not_fit_removes_no_plan(fleet: Fleet) -> None:
    fleet.run("plan", "--all", "--out", "plans")
    assert fleet.run("plan", "--all", "--out", "plans", "--url", "https://x.example").code == 64
    assert fleet.run("show", "plans").code == 0


def test_ctrl_c_ends_a_plan_although_a_tenant_hangs(fleet: Fleet) -> None:
    done = stopped(fleet, "staging", signal.SIGINT, "plan", "--all")
    assert (done.returncode, done.stdout) == (130, b"")
    assert done.stderr.strip() == b"reconciler: interrupted; nothing was written to the tenant"
