"""`reconciler export` of several tenants, each to a directory of its name."""

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


def exported(fleet: Fleet, directory: str = "out") -> dict[str, int]:
    """How many files there are below the directory, by tenant."""
    return {path.name: len(list(path.iterdir())) for path in (fleet.directory / directory).iterdir()}


def test_each_tenant_has_a_directory_of_its_name(fleet: Fleet, golden: Golden) -> None:
    result = fleet.run("export", "--all", "--dir", "out")
    assert result.code == 0, result.err
    golden.says("cli/export_fleet", "three tenants", result.out)
    assert exported(fleet).keys() == {"acme", "beta", "staging"}
    assert min(exported(fleet).values()) > 0


def test_a_glob_chooses_tenants(fleet: Fleet) -> None:
    assert fleet.run("export", "--tenant", "b*", "--dir", "out").code == 0
    assert exported(fleet).keys() == {"beta"}


def test_what_goes_wrong_with_one_tenant_does_not_stop_the_others(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMNISTREAM_API_KEY_ACME")
    fleet.configure(staging=FREE)
    result = fleet.run("export", "--all", "--dir", "out", "--format", "json")
    assert result.code == 6
    tenants = json.loads(result.out)["tenants"]
    assert {name: each["exit_code"] for name, each in tenants.items()} == {"staging": 1, "acme": 1, "beta": 0}
    assert "OMNISTREAM_API_KEY_ACME" in tenants["acme"]["error"]
    assert "acme: no API key for tenant acme" in result.err
    assert exported(fleet).keys() == {"beta"}
    assert all(path.startswith("out/beta/") for path in tenants["beta"]["files"])


def test_where_nothing_was_written_the_worst_code_counts(fleet: Fleet) -> None:
    fleet.run("export", "--all", "--dir", "out")
    for path in (fleet.directory / "out").glob("*/*.yaml"):
        path.write_text(f"{path.read_text()}owner: Someone\n")
    again = fleet.run("export", "--all", "--dir", "out")
    assert again.code == 4
    assert again.out.count("not exported") == 3
    assert fleet.run("export", "--all", "--dir", "out", "nobody").code == 1


def test_it_needs_a_directory_and_no_common_key(fleet: Fleet, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    result = fleet.run("export", "--all")
    assert result.code == 64
    golden.says("cli/export_fleet", "without a directory", result.err)
    monkeypatch.setenv("OMNISTREAM_API_KEY", "a-common-key")
    common = fleet.run("export", "--all", "--dir", "out")
    assert (common.code, "OMNISTREAM_API_KEY is one key" in common.err) == (64, True)


def test_only_unmanaged_roles_are_those_that_no_file_of_the_tenant_defines(fleet: Fleet) -> None:
    fleet.run("export", "--all", "--dir", "out")
    whole = exported(fleet)
    fleet.run("export", "--all", "--unmanaged", "--dir", "rest")
    assert sum(exported(fleet, "rest").values()) < sum(whole.values())
