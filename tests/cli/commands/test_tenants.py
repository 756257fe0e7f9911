"""`reconciler tenants`: which tenants there are, and those of one shard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.boundary import run
from reconciler.fleet.shards import shard_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sentences import Golden

CONFIG = "tenants:\n  acme: {url: 'HTTPS://acme.example/', wave: 2}\n  acme-test: {url: https://test.example}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reconciler.yaml").write_text(CONFIG)


def test_it_lists_them_in_the_order_of_the_configuration(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    assert run(["tenants"]) == 0
    golden.says("cli/tenants", "the list", capsys.readouterr().out)


def test_its_json_has_the_url_in_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenants", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "format_version": "1.0",
        "tenants": [
            {"name": "acme", "url": "https://acme.example", "wave": 2, "shard": None},
            {"name": "acme-test", "url": "https://test.example", "wave": 1, "shard": None},
        ],
    }


def test_a_shard_has_the_tenants_that_belong_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for number in range(2):
        assert run(["tenants", "--shard", f"{number}/2", "--format", "json"]) == 0
        out, err = capsys.readouterr()
        for tenant in json.loads(out)["tenants"]:
            found[tenant["name"]] = tenant["shard"]
        assert err == f"shard {number}/2: {list(found.values()).count(number)} of 2 tenants\n"
    assert found == {name: shard_of(name, 2) for name in ("acme", "acme-test")}


@pytest.mark.parametrize("shard", ["2/2", "1", "x/y"])
def test_what_is_no_shard_is_an_error(shard: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenants", "--shard", shard]) == 64
    assert f'"{shard}" is not a shard' in capsys.readouterr().err


def test_without_tenants_there_is_nothing_to_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    (tmp_path / "reconciler.yaml").write_text("version: 1\n")
    assert run(["tenants"]) == 64
    golden.says("cli/tenants", "without tenants", capsys.readouterr().err)
