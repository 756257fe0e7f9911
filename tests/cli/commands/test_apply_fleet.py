"""`reconciler apply` to several tenants, each on a real socket."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Self

import pytest

from reconciler.apply.interrupts import Stop
from reconciler.cli.outside import Outside
from reconciler.fleet.index import digest_of
from reconciler.model.days import Day
from tests.cli.asking import asking
from tests.cli.tenants import FREE, Fleet, three_tenants
from tests.faults.proxy import FAULTS, At, Fault, Operation, Proxy, serving
from tests.scripted_server import reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Result
    from tests.sentences import Golden

WANTED = {"support-lead", "billing-clerk"}


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Fleet]:
    with three_tenants(tmp_path, monkeypatch, capsys) as found:
        yield found


@pytest.fixture
def saved(fleet: Fleet) -> Fleet:
    """The same, with the plans of all tenants in the directory `plans`."""
    assert fleet.run("plan", "--all", "--out", "plans").code == 0
    return fleet


def applied(fleet: Fleet) -> set[str]:
    """The tenants that have what the files ask for."""
    return {name for name in fleet.tenants if fleet.roles_of(name) == WANTED}


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.out)
    return found


def test_all_waves_are_applied(fleet: Fleet, golden: Golden) -> None:
    result = fleet.run("apply", "--all", "--yes", "--parallel", "1")
    assert (result.code, applied(fleet)) == (0, set(fleet.tenants))
    golden.says("cli/fleet", "all waves are applied", result.out)
    golden.says("cli/fleet", "all waves are applied, on standard error", result.err)


def test_the_outcome_is_the_document_of_the_interface(fleet: Fleet) -> None:
    found = document(fleet.run("apply", "--all", "--yes", "--format", "json"))
    assert found["summary"] == {"applied": 3, "unchanged": 0, "failed": 0, "not_started": 0}
    assert found["converged"] is True
    staging = found["tenants"]["staging"]
    assert (staging["exit_code"], staging["wave"], staging["status"], staging["error"]) == (0, 1, "applied", None)
    assert staging["outcome"]["summary"] == {"applied": 3, "failed": 0, "skipped": 0}


def test_nothing_to_do_is_unchanged(fleet: Fleet) -> None:
    fleet.run("apply", "--all", "--yes")
    result = fleet.run("apply", "--all", "--yes", "--format", "markdown")
    assert result.code == 0
    assert result.out.startswith("**3 tenants: 0 applied, 3 unchanged, 0 failed, 0 not started.**")


def test_a_wave_that_does_not_converge_holds_the_next(fleet: Fleet, golden: Golden) -> None:
    fleet.configure(staging=FREE)
    result = fleet.run("apply", "--all", "--yes", "--format", "json")
    assert (result.code, applied(fleet)) == (1, set())
    found = document(result)["tenants"]
    assert [(name, found[name]["status"], found[name]["exit_code"]) for name in sorted(found)] == [
        ("acme", "not_started", 1),
        ("beta", "not_started", 1),
        ("staging", "failed", 1),
    ]
    golden.says("cli/fleet", "a wave that was not started", found["acme"]["error"])


def test_so_many_tenants_may_fail(fleet: Fleet) -> None:
    fleet.configure(staging=FREE)
    result = fleet.run("apply", "--all", "--yes", "--max-failed", "1")
    assert (result.code, applied(fleet)) == (6, {"acme", "beta"})


def test_a_tenant_that_refuses_does_not_stop_the_rest_of_its_wave(fleet: Fleet) -> None:
    text = fleet.configure().read_text()
    fleet.write("reconciler.yaml", text.replace("wave: 2}", "wave: 2, protect: [temp-role]}", 1))
    result = fleet.run("apply", "--all", "--yes", "--format", "json")
    assert (result.code, applied(fleet)) == (6, {"staging", "beta"})
    assert document(result)["tenants"]["acme"]["exit_code"] == 4


def test_one_wave_alone(fleet: Fleet) -> None:
    assert fleet.run("apply", "--all", "--yes", "--wave", "2").code == 0
    assert applied(fleet) == {"acme", "beta"}


def test_so_many_tenants_may_change_in_all_waves_together(fleet: Fleet) -> None:
    assert fleet.run("apply", "--all", "--yes", "--max-tenants", "0").code == 4
    assert applied(fleet) == set()
    result = fleet.run("apply", "--all", "--yes", "--max-tenants", "1")
    assert (result.code, applied(fleet)) == (6, {"staging"})
    assert fleet.run("apply", "--all", "--yes", "--max-tenants", "2").code == 0


def test_a_tenant_that_could_not_be_counted_is_not_applied(fleet: Fleet) -> None:
    page = next(fault for fault in FAULTS if fault.final and fault.before)
    with serving(Proxy(fleet.tenants["acme"].url, page, At(Operation.LIST_ROLES, (0,), once=True))) as url:
        fleet.configure(acme=url)
        result = fleet.run("apply", "--all", "--yes", "--max-tenants", "2", "--wave", "2")
    assert (result.code, applied(fleet)) == (6, {"beta"})


def test_one_whose_files_are_not_valid_when_it_is_counted_is_not_applied_either(fleet: Fleet) -> None:
    empty = Fault("an empty catalogue", lambda _whole: reply(200, []), before=True)
    with serving(Proxy(fleet.tenants["acme"].url, empty, At(Operation.LIST_PERMISSIONS, (0,), once=True))) as url:
        fleet.configure(acme=url)
        result = fleet.run("apply", "--all", "--yes", "--max-tenants", "2", "--wave", "2", "--format", "json")
    assert (result.code, applied(fleet)) == (6, {"beta"})
    acme = json.loads(result.out)["tenants"]["acme"]
    assert (acme["exit_code"], acme["status"], "catalogue is empty" in acme["error"]) == (3, "failed", True)


def test_files_that_are_not_valid_write_nothing(fleet: Fleet) -> None:
    fleet.write("roles.d/bad.yaml", "nmae: x\n")
    assert fleet.run("apply", "--all", "--yes").code == 3
    assert applied(fleet) == set()


def test_without_yes_there_is_no_plan_to_confirm(fleet: Fleet, golden: Golden) -> None:
    result = fleet.run("apply", "--all")
    assert result.code == 4
    golden.says("cli/fleet", "no plan to confirm", result.err)


def test_each_tenant_has_its_own_journal(fleet: Fleet) -> None:
    result = fleet.run("apply", "--all", "--yes", "--journal", "{tenant}.jsonl")
    assert "No journal" not in result.out
    for name, sandbox in fleet.tenants.items():
        lines = (fleet.directory / f"{name}.jsonl").read_text().splitlines()
        assert {json.loads(line)["target"] for line in lines} == {sandbox.url}


def test_the_plans_of_a_directory_are_applied(saved: Fleet, golden: Golden) -> None:
    result = saved.run("apply", "plans", "--yes")
    assert (result.code, applied(saved)) == (0, set(saved.tenants))
    assert result.out.startswith("1 effect in 3 tenants\n")
    golden.says("cli/fleet", "a directory is applied", result.out)


def test_a_document_goes_alone_to_standard_output(saved: Fleet) -> None:
    result = saved.run("apply", "plans", "--yes", "--format", "json")
    assert document(result)["converged"] is True
    assert "1 effect in 3 tenants" in result.err


def test_run_again_it_goes_on_where_it_stopped(saved: Fleet) -> None:
    saved.configure(beta=saved.tenants["beta"].url)
    saved.run("apply", "plans", "--yes", "--wave", "1")
    assert applied(saved) == {"staging"}
    found = document(saved.run("apply", "plans", "--yes", "--format", "json"))
    assert found["summary"] == {"applied": 2, "unchanged": 1, "failed": 0, "not_started": 0}


def test_a_tenant_whose_plan_is_stale_at_its_turn_is_that_tenant_s_5(saved: Fleet) -> None:
    saved.widen("acme")
    result = saved.run("apply", "plans", "--yes", "--format", "json")
    assert (result.code, applied(saved)) == (6, {"staging", "beta"})
    assert document(result)["tenants"]["acme"]["exit_code"] == 5


def test_a_directory_with_nothing_to_do_asks_nothing(saved: Fleet) -> None:
    saved.run("apply", "plans", "--yes")
    saved.run("plan", "--all", "--out", "plans")
    assert saved.run("apply", "plans").code == 0


def test_without_a_terminal_it_refuses(saved: Fleet, golden: Golden) -> None:
    result = saved.run("apply", "plans")
    assert (result.code, applied(saved)) == (4, set())
    golden.says("cli/fleet", "no terminal to ask on", result.err)


@pytest.mark.parametrize(("answer", "code", "written"), [(b"y\n", 0, {"staging", "acme", "beta"}), (b"n\n", 4, set())])
def test_it_asks_once(saved: Fleet, answer: bytes, code: int, written: set[str]) -> None:
    with asking(saved, "Apply these plans to 3 tenants? [y/N]:", "apply", "plans") as apply:
        os.write(apply.keyboard, answer)
        assert apply.end()[0] == code
    assert applied(saved) == written


def _without_a_tenant(fleet: Fleet) -> None:
    text = fleet.configure().read_text()
    fleet.write("reconciler.yaml", "".join(line for line in text.splitlines(keepends=True) if "beta" not in line))


def _without_a_tenant_that_failed(fleet: Fleet) -> None:
    fleet.configure(beta=FREE)
    fleet.run("plan", "--all", "--out", "plans")
    _without_a_tenant(fleet)


def _exchanged(fleet: Fleet) -> None:
    plans = fleet.directory / "plans"
    (plans / "acme.json").write_text((plans / "beta.json").read_text())


def _renamed(fleet: Fleet) -> None:
    """Put the plan of one tenant in the place of another's, and its digest into the index."""
    _exchanged(fleet)
    path = fleet.directory / "plans/fleet.json"
    found = json.loads(path.read_text())
    found["tenants"]["acme"]["digest"] = found["tenants"]["beta"]["digest"]
    found["digest"] = digest_of({name: entry["digest"] for name, entry in found["tenants"].items()})
    path.write_text(json.dumps(found))


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("role files that changed", lambda fleet: fleet.want("support-lead", "conversations.view")),
        ("role files that are not valid now", lambda fleet: fleet.write("roles.d/bad.yaml", "nmae: x\n")),
        ("a tenant that is gone", _without_a_tenant),
        ("a tenant without a plan that is gone", _without_a_tenant_that_failed),
        ("a tenant with another url", lambda fleet: fleet.configure(beta=FREE)),
        ("the plan of another tenant", _renamed),
        ("plans of two tenants exchanged", _exchanged),
    ],
)
def test_what_does_not_fit_is_refused_as_a_whole(
    saved: Fleet, case: str, change: Callable[[Fleet], object], golden: Golden
) -> None:
    change(saved)
    result = saved.run("apply", "plans", "--yes")
    assert (result.code, applied(saved)) == (5, set())
    urls = {name: sandbox.url for name, sandbox in saved.tenants.items()}
    golden.says("cli/fleet", case, result.err, **urls)


def test_a_tenant_without_a_plan_fails_alone(fleet: Fleet) -> None:
    fleet.configure(acme=FREE)
    assert fleet.run("plan", "--all", "--out", "plans").code == 1
    result = fleet.run("apply", "plans", "--yes", "--format", "json")
    assert (result.code, applied(fleet)) == (6, {"staging", "beta"})
    assert document(result)["tenants"]["acme"]["error"].startswith("there is no plan of this tenant: ")


def test_a_key_that_is_missing_is_the_failure_of_its_tenant(saved: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNISTREAM_API_KEY_ACME")
    result = saved.run("apply", "plans", "--yes", "--format", "json")
    assert (result.code, applied(saved)) == (6, {"staging", "beta"})
    assert document(result)["tenants"]["acme"]["exit_code"] == 1


def test_a_plan_whose_grants_have_ended_is_refused_as_a_whole(fleet: Fleet) -> None:
    fleet.write(
        "roles.d/night-shift.yaml",
        "name: night-shift\npermissions: [{contacts.view: {until: 2026-12-01, reason: OPS-1}}]\n",
    )
    on = [Outside(today=lambda day=day: Day(2026, *day)) for day in ((11, 29), (12, 2))]  # type: ignore[misc]
    assert fleet.run("plan", "--all", "--out", "plans", outside=on[0]).code == 0
    assert fleet.run("apply", "plans", "--yes", outside=on[1]).code == 5


def test_a_shard_applies_its_own_tenants(saved: Fleet) -> None:
    assert saved.run("apply", "plans", "--yes", "--shard", "0/2").code == 64  # two waves, and no --wave
    assert saved.run("apply", "plans", "--yes", "--shard", "0/1", "--wave", "2").code == 0
    assert applied(saved) == {"acme", "beta"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["plans", "--all", "--yes"],
        ["plans/acme.json", "--all", "--yes"],
        ["--tenant", "acme", "--yes", "--wave", "2"],
        ["--all", "--yes", "--wave", "3"],
        ["--all", "--yes", "--journal", "one.jsonl"],
        ["--all", "--yes", "--only", "revokes", "plans"],
    ],
)
def test_what_does_not_fit_together_is_64(saved: Fleet, arguments: list[str]) -> None:
    assert saved.run("apply", *arguments).code == 64
    assert applied(saved) == set()


class StoppedAtOnce(Stop):
    """A signal that comes before the first tenant starts."""

    def __enter__(self) -> Self:
        self.set()
        return self


def test_a_signal_before_the_first_tenant_is_130_and_writes_nothing(fleet: Fleet) -> None:
    result = fleet.run("apply", "--all", "--yes", "--format", "json", outside=Outside(stop=StoppedAtOnce))
    assert (result.code, applied(fleet)) == (130, set())
    assert document(result)["summary"]["not_started"] == 3


def test_a_change_that_is_refused_is_the_failure_of_its_tenant(fleet: Fleet, golden: Golden) -> None:
    identity = fleet.id_of("staging", "temp-role")
    fleet.tenants["staging"].store.hire(identity)
    result = fleet.run("apply", "--all", "--yes", "--format", "json", "--concurrency", "1")
    staging = document(result)["tenants"]["staging"]
    assert (result.code, staging["exit_code"], staging["status"]) == (6, 6, "failed")
    golden.says("cli/fleet", "a change that is refused", staging["error"], id=identity)


def test_a_tenant_that_was_written_to_and_not_read_again_says_what_is_left(fleet: Fleet) -> None:
    stopped = StoppedAfter(lambda: "temp-role" not in fleet.roles_of("staging"))
    result = fleet.run(
        "apply", "--all", "--yes", "--format", "json", "--concurrency", "1", outside=Outside(stop=lambda _: stopped)
    )
    staging = document(result)["tenants"]["staging"]
    assert (result.code, staging["exit_code"]) == (130, 130)
    assert staging["error"].startswith("interrupted before verification")


class StoppedAfter(Stop):
    """A signal that comes as soon as something is so."""

    def __init__(self, when: Callable[[], bool]) -> None:
        super().__init__()
        self._when = when

    def is_set(self) -> bool:
        if self._when():
            self.set()
        return super().is_set()


def test_a_defect_is_told_after_what_was_done(fleet: Fleet) -> None:
    class BrokenStop(Stop):
        broken = False

        def is_set(self) -> bool:
            if "support-lead" in fleet.roles_of("staging") and not self.broken:
                self.broken = True
                raise ZeroDivisionError
            return super().is_set()

    result = fleet.run("apply", "--all", "--yes", "--concurrency", "1", outside=Outside(stop=BrokenStop))
    assert result.code == 70
    assert "Wave 1: 1 failed" in result.out
    assert "internal error in reconciler" in result.err


def test_a_directory_that_cannot_be_listed_is_1(saved: Fleet) -> None:
    plans = saved.directory / "plans"
    (plans / "fleet.json").unlink()
    (plans / "fleet.json").mkdir()
    assert saved.run("apply", "plans", "--yes").code == 1
