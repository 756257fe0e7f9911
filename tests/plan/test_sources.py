"""A comparison of role files as a document: it has no tenant and no ids, and is read back as what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.model.errors import StalePlan
from reconciler.plan.changes import Plan
from reconciler.plan.document import digest, dumps, to_document
from reconciler.plan.saved import loads
from tests.builders import Before, a_comparison, a_create, a_delete, a_plan, a_role, a_source, an_update

if TYPE_CHECKING:
    from tests.sentences import Golden

MADE_AT = "2026-11-23T10:00:00Z"


def the_comparison() -> Plan:
    """A comparison with a change of each kind. In place of an id, a change has the name of the role before it."""
    renamed = replace(an_update("lead", before=Before(name="chief")), id="chief")
    changes = (a_create("clerk"), renamed, replace(a_delete("temp-role"), id="temp-role"))
    return a_plan(*changes, target="", source=a_comparison(), system=(), unchanged=(a_role("rest"),))


def edited(**changes: object) -> str:
    return json.dumps({**to_document(the_comparison(), MADE_AT), **changes})


def test_it_names_its_base_and_neither_a_tenant_nor_an_id() -> None:
    document = to_document(the_comparison(), MADE_AT)
    assert document["target"] == {"url": None}
    assert document["source"]["base"] == "b" * 40
    assert {change["id"] for change in document["changes"]} == {None}


def test_a_plan_of_a_tenant_has_no_base() -> None:
    assert to_document(a_plan(a_create()), MADE_AT)["source"]["base"] is None


def test_it_reads_back_as_it_was() -> None:
    comparison = the_comparison()
    again, _ = loads(dumps(comparison, MADE_AT), "diff.json")
    assert again == comparison
    assert dumps(again, MADE_AT) == dumps(comparison, MADE_AT)


def test_its_digest_is_of_the_roles_alone() -> None:
    comparison = the_comparison()
    elsewhere = replace(comparison, source=a_comparison("access", "d" * 40))
    assert digest(comparison) == digest(elsewhere)
    assert digest(comparison) != digest(replace(comparison, source=a_source()))


def with_an_id() -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = to_document(the_comparison(), MADE_AT)["changes"]
    changes[1]["id"] = "3f0b8f0e-5f5e-4d5c-9f1a-6d1f0c2b7a91"
    return changes


@pytest.mark.parametrize("changes", [{"target": {"url": "https://x.example"}}, {"changes": with_an_id()}])
def test_a_comparison_that_has_a_tenant_or_an_id_is_not_believed(changes: dict[str, object], golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(edited(**changes), "diff.json")
    golden.says("plan/saved", f"a comparison, with {next(iter(changes))}", str(caught.value))


def test_a_plan_without_a_tenant_is_not_believed(golden: Golden) -> None:
    source = {"roles_dir": "roles.d", "digest": "sha256:0", "commit": None}
    with pytest.raises(StalePlan) as caught:
        loads(edited(source=source), "plan.json")
    golden.says("plan/saved", "without a target", str(caught.value))


def test_two_changes_of_one_role_are_not_believed() -> None:
    first = replace(an_update("lead"), id="lead")
    twice = replace(the_comparison(), changes=(first, replace(first, after=a_role("chief"))))
    with pytest.raises(StalePlan, match="changes one role twice"):
        loads(dumps(twice, MADE_AT), "diff.json")
