"""`reconciler lock --check` of several tenants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.tenants import FREE, Fleet, three_tenants

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sentences import Golden


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Fleet]:
    with three_tenants(tmp_path, monkeypatch, capsys) as found:
        yield found


def test_a_lock_that_fits_all_tenants_is_up_to_date(fleet: Fleet, golden: Golden) -> None:
    assert fleet.run("lock", "--tenant", "acme").code == 0
    result = fleet.run("lock", "--check", "--all")
    assert result.code == 0, result
    golden.says("cli/lock_fleet", "all are up to date", result.out)


def test_a_missing_lock_is_news_of_each_tenant(fleet: Fleet) -> None:
    result = fleet.run("lock", "--check", "--all")
    assert result.code == 2
    assert result.out.count("does not exist") == 3


def test_what_goes_wrong_with_one_tenant_does_not_stop_the_others(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fleet.run("lock", "--tenant", "acme").code == 0
    monkeypatch.delenv("OMNISTREAM_API_KEY_ACME")
    fleet.configure(staging=FREE)
    (fleet.directory / "roles.d/x.yaml").write_text("name: x\npermissions: [gone.view]\n")
    result = fleet.run("lock", "--check", "--all", "--format", "json")
    assert result.code == 1
    tenants = json.loads(result.out)["tenants"]
    assert {name: each["exit_code"] for name, each in tenants.items()} == {"staging": 1, "acme": 1, "beta": 0}
    assert tenants["beta"]["lock"]["written"] is False
    assert tenants["acme"]["lock"] is None
    assert "beta: warning: roles.d/x.yaml:2:15: role x: unknown permission" in result.err


def test_only_one_lock_is_written_at_a_time(fleet: Fleet, golden: Golden) -> None:
    result = fleet.run("lock", "--all")
    assert result.code == 64
    golden.says("cli/lock_fleet", "written for all", result.err)


def test_a_code_that_another_tenant_s_role_names_stays_in_a_shared_lock(fleet: Fleet) -> None:
    assert fleet.run("lock", "--tenant", "acme").code == 0
    lock = fleet.directory / "permissions.lock.yaml"
    entry = "  zebra.view:\n    name: View zebras\n    id: 00000000-0000-4000-8000-000000000001\n"
    lock.write_text(lock.read_text() + entry)
    path = fleet.configure()
    path.write_text(path.read_text().rstrip().removesuffix("}") + ", roles_dir: [roles.d, beta]}\n")
    (fleet.directory / "beta").mkdir()
    (fleet.directory / "beta/zoo.yaml").write_text("name: zoo\npermissions: [zebra.view]\n")
    assert fleet.run("lock", "--tenant", "acme").code == 0
    assert "withdrawn: true" in lock.read_text()
