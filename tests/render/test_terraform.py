"""The plan as Terraform's: held to a schema of the fields that Terraform documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from reconciler.plan.changes import Delete, Plan
from reconciler.render.terraform import render
from reconciler.render.view import View
from tests.builders import Before, a_create, a_delete, a_plan, a_refusal, a_role, an_id, an_update
from tests.render.hostile import plans

_SCHEMA = json.loads((Path(__file__).parent / "terraform-plan.schema.json").read_text(encoding="utf-8"))
_VALIDATOR = Draft202012Validator(_SCHEMA)
_NOW = View(created_at="2026-11-23T10:00:00Z")


def document(plan: Plan) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(render(plan, _NOW))
    return parsed


def change(plan: Plan) -> dict[str, Any]:
    (entry,) = document(plan)["resource_changes"]
    assert isinstance(entry, dict)
    return entry


@given(plans())
def test_any_plan_has_just_the_documented_fields(plan: Plan) -> None:
    _VALIDATOR.validate(document(plan))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(_SCHEMA)


def test_every_desired_and_every_deleted_role_has_one_entry() -> None:
    plan = a_plan(a_create("c"), an_update("u"), a_delete("d"), unchanged=(a_role("n"),), ignored=(a_role("i"),))
    entries = {entry["name"]: entry["change"]["actions"] for entry in document(plan)["resource_changes"]}
    assert entries == {"c": ["create"], "d": ["delete"], "n": ["no-op"], "u": ["update"]}


def test_entries_are_sorted_by_address() -> None:
    plan = a_plan(a_create("c"), a_delete("a b"), unchanged=(a_role("b"),))
    addresses = [entry["address"] for entry in document(plan)["resource_changes"]]
    assert addresses == sorted(addresses)


def test_the_id_of_a_create_is_not_known_yet() -> None:
    entry = change(a_plan(a_create("r", ["a.b"])))
    assert entry["change"]["after_unknown"] == {"id": True}
    assert entry["change"]["after"] == {"name": "r", "description": "Leads support.", "permissions": ["a.b"]}
    assert entry["change"]["before_sensitive"] is False


def test_an_update_keeps_the_id() -> None:
    entry = change(a_plan(an_update("r", ["c.d"], before=Before(["a.b"]))))
    assert entry["change"]["before"]["id"] == entry["change"]["after"]["id"] == an_id("r")
    assert (entry["change"]["before"]["permissions"], entry["change"]["after"]["permissions"]) == (["a.b"], ["c.d"])


def test_a_delete_says_that_no_file_asks_for_the_role() -> None:
    entry = change(a_plan(a_delete("r")))
    assert entry["action_reason"] == "delete_because_no_resource_config"
    assert entry["change"]["after_sensitive"] is False


def test_a_rename_names_the_earlier_address() -> None:
    entry = change(a_plan(an_update("new", before=Before(name="old one"))))
    assert entry["address"] == "omnistream_role.new"
    assert entry["previous_address"] == 'omnistream_role.this["old one"]'


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("support-lead", "omnistream_role.support-lead"),
        ("2nd line", 'omnistream_role.this["2nd line"]'),
        ('a"b\\c', 'omnistream_role.this["a\\"b\\\\c"]'),
        ("${x} %{y}", 'omnistream_role.this["$${x} %%{y}"]'),
        ("a\nb\u202e\U000e0041", 'omnistream_role.this["a\\nb\\u202e\\U000e0041"]'),
        ("rôle", 'omnistream_role.this["rôle"]'),
    ],
)
def test_a_name_that_is_none_in_terraform_is_an_index(name: str, address: str) -> None:
    entry = change(a_plan(a_create(name)))
    assert entry["address"] == address
    assert entry.get("index", entry["name"]) == name


def test_planned_values_hold_every_role_that_will_be_there() -> None:
    plan = a_plan(a_create("c"), a_delete("d"), unchanged=(a_role("n"),))
    resources = document(plan)["planned_values"]["root_module"]["resources"]
    assert [resource["values"]["name"] for resource in resources] == ["c", "n"]


def test_a_plan_is_applyable_when_it_changes_something_and_is_not_refused() -> None:
    refused = (a_refusal("c", "too many"),)
    plans = (a_plan(a_create("c")), a_plan(a_create("c"), refused=refused), a_plan())
    assert [document(plan)["applyable"] for plan in plans] == [True, False, False]


def test_the_time_is_left_out_where_nobody_knows_it() -> None:
    assert "timestamp" not in json.loads(render(a_plan(), View()))
    assert document(a_plan())["timestamp"] == "2026-11-23T10:00:00Z"


def test_the_configuration_holds_what_the_role_files_ask_for() -> None:
    plan = a_plan(a_create("c", ["a.b"]), a_delete("d"), unchanged=(a_role("n"),))
    blocks = document(plan)["configuration"]["root_module"]["resources"]
    assert [block["address"] for block in blocks] == ["omnistream_role.c", "omnistream_role.n"]
    assert blocks[0]["expressions"] == {
        "name": {"constant_value": "c"},
        "description": {"constant_value": "Leads support."},
        "permissions": {"constant_value": ["a.b"]},
    }


def test_names_that_are_none_in_terraform_share_one_block() -> None:
    (block,) = document(a_plan(a_create("2nd line"), a_create("3rd line")))["configuration"]["root_module"]["resources"]
    assert (block["address"], block["for_each_expression"]) == ("omnistream_role.this", {})
    assert block["expressions"]["name"] == {"references": ["each.key"]}


def test_the_configuration_is_never_empty() -> None:
    """terraform-compliance takes an empty one for none, and refuses the plan."""
    assert document(a_plan())["configuration"]["root_module"] == {"resources": []}
    assert document(a_plan())["configuration"]["provider_config"]


def test_the_prior_state_holds_the_roles_as_they_were() -> None:
    plan = a_plan(a_create("c"), a_delete("d"), an_update("u", ["c.d"], before=Before(["a.b"], name="old")))
    resources = document(plan)["prior_state"]["values"]["root_module"]["resources"]
    assert [(each["address"], each["values"]["name"]) for each in resources] == [
        ("omnistream_role.d", "d"),
        ("omnistream_role.u", "old"),
    ]


def test_without_a_role_before_the_plan_there_is_no_prior_state() -> None:
    assert "prior_state" not in document(a_plan(a_create("c")))


def test_two_roles_of_one_name_have_two_addresses() -> None:
    plan = a_plan(Delete("id-1", a_role("twin")), Delete("id-2", a_role("twin")))
    addresses = [entry["address"] for entry in document(plan)["resource_changes"]]
    assert addresses == ['omnistream_role.this["twin (id id-1)"]', 'omnistream_role.this["twin (id id-2)"]']
