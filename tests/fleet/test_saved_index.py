"""An index is read as strictly as a saved plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from reconciler.fleet.part import ShardOf
from reconciler.fleet.saved_index import loads
from reconciler.model.errors import StalePlan
from reconciler.plan.changes import Change
from tests.fleet.plans import a_tenant_plan, an_index, fleets, saved, some_plans

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sentences import Golden


@given(fleets)
def test_what_was_written_is_read_again(fleet: dict[str, tuple[Change, ...]]) -> None:
    plans = [a_tenant_plan(name, *changes) for name, changes in fleet.items()]
    assert loads(saved(*plans), "fleet.json", "plans/fleet.json") == an_index(*plans)


def test_an_index_of_a_shard_is_read_again() -> None:
    plan = a_tenant_plan("a")
    text = saved(plan, shard=ShardOf(0, 2), names=["a", "b"])
    assert loads(text, "fleet-0-of-2.json", "x") == an_index(plan, shard=ShardOf(0, 2), names=["a", "b"])


def _changed(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(saved(*some_plans()))
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("no JSON", "hello"),
        ("another document", "{}"),
        ("another version", _changed(lambda d: d.update(format_version="2.0"))),
        ("a plan more", _changed(lambda d: d["tenants"]["globex"].update(digest="sha256:1"))),
        (
            "a name that leads out of the directory",
            _changed(lambda d: d["tenants"].update({"../x": d["tenants"]["acme"]})),
        ),
        ("a tenant that is not in its names", _changed(lambda d: d["names"].remove("acme"))),
        ("a name twice", _changed(lambda d: d["names"].append("acme"))),
        ("a part of the tenants", _changed(lambda d: d["names"].append("more"))),
        ("the index of a shard under another name", _changed(lambda d: d.update(shard="0/2"))),
        ("a shard that is none", _changed(lambda d: d.update(shard="../x"))),
    ],
)
def test_what_is_no_index_is_refused(case: str, text: str, golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(text, "fleet.json", "plans/fleet.json")
    golden.says("fleet/index", case, str(caught.value))


def test_keys_of_a_later_version_are_no_problem() -> None:
    assert loads(_changed(lambda d: d.update(later=1)), "fleet.json", "x").plans == ("globex", "initech", "umbrella")
