"""The sandbox against the contract file: what it says of itself, and what it answers."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from reconciler.sandbox.catalogue import CATALOGUE

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox.server import RunningSandbox

CONTRACT = Path(__file__).parents[2] / "docs" / "omnistream-roles.openapi.yaml"
OPERATIONS = [
    (path, method)
    for path, item in yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["paths"].items()
    for method in item
    if method != "parameters"
]
FACTS = ("type", "format", "minLength")


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def served(api: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = api.get("/openapi.json").json()
    return document


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    *_, section, name = node["$ref"].split("/")
    found: dict[str, Any] = document["components"][section][name]
    return found


def facts(document: dict[str, Any], node: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    """What a schema says of types and required fields, without its words. Without `required`, of types only."""
    node = resolved(document, node)
    found = {name: node[name] for name in FACTS if name in node}
    if required:
        found["required"] = sorted(node.get("required", []))
    if "items" in node:
        found["items"] = facts(document, node["items"], required=required)
    for name, field in node.get("properties", {}).items():
        found.setdefault("properties", {})[name] = facts(document, field, required=required)
    return found


def content(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = resolved(document, node)["content"]["application/json"]["schema"]
    return schema


def operation(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    item = document["paths"][path]
    found: dict[str, Any] = {"parameters": item.get("parameters", [])} | item[method]
    return found


def test_the_sandbox_serves_the_operations_of_the_contract_and_no_others(
    contract: dict[str, Any], served: dict[str, Any]
) -> None:
    def names(document: dict[str, Any]) -> dict[tuple[str, str], str]:
        return {
            (path, method): item[method]["operationId"]
            for path, item in document["paths"].items()
            for method in item
            if method != "parameters"
        }

    assert names(served) == names(contract)
    assert len(OPERATIONS) == 6


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_takes_what_the_contract_says(
    contract: dict[str, Any], served: dict[str, Any], path: str, method: str
) -> None:
    def takes(document: dict[str, Any]) -> object:
        found = operation(document, path, method)
        parameters = [
            (one["name"], one["in"], one["required"], facts(document, one["schema"])) for one in found["parameters"]
        ]
        body = found.get("requestBody")
        return parameters, body and (body["required"], facts(document, content(document, body)))

    assert takes(served) == takes(contract)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_answers_what_the_contract_says(
    contract: dict[str, Any], served: dict[str, Any], path: str, method: str
) -> None:
    def answers(document: dict[str, Any]) -> dict[str, Any]:
        responses = operation(document, path, method)["responses"]
        return {
            status: facts(document, content(document, answer), required=False) for status, answer in responses.items()
        }

    assert answers(served) == answers(contract)


@pytest.mark.parametrize("name", ["Role", "Permission", "RoleCreate", "RoleUpdate"])
def test_a_schema_requires_the_fields_that_the_contract_requires(
    contract: dict[str, Any], served: dict[str, Any], name: str
) -> None:
    def required(document: dict[str, Any]) -> set[str]:
        return set(document["components"]["schemas"][name].get("required", ()))

    assert required(served) == required(contract)


def test_the_key_travels_where_the_contract_says(contract: dict[str, Any], served: dict[str, Any]) -> None:
    assert served["components"]["securitySchemes"] == contract["components"]["securitySchemes"]
    for path, method in OPERATIONS:
        assert operation(served, path, method)["security"] == contract["security"]


def test_a_patch_shows_no_default_for_what_is_left_out(served: dict[str, Any]) -> None:
    fields = served["components"]["schemas"]["RoleUpdate"]["properties"]

    assert not any("default" in field for field in fields.values())


CONFORMANCE = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
CHECKS = [
    *CONFORMANCE,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.allow_header_conformance,
    checks.ignored_auth,
]
TURNS = itertools.count()

schema = schemathesis.openapi.from_path(CONTRACT)
bounded = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schema.parametrize()
@bounded
def test_no_input_makes_the_sandbox_break_the_contract(case: schemathesis.Case[Any], sandbox: RunningSandbox) -> None:
    case.call_and_validate(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}, checks=CHECKS)


def aimed(case: schemathesis.Case[Any], sandbox: RunningSandbox) -> schemathesis.Case[Any]:
    """The same case with the id of a live role and codes of the catalogue, where it has an id and codes."""
    roles = sandbox.store.roles()
    turn = next(TURNS)
    if "id" in case.path_parameters:
        case.path_parameters["id"] = roles[turn % len(roles)]["id"]
    codes = cast("object", case.body.get("permissions")) if isinstance(case.body, dict) else None
    if isinstance(case.body, dict) and isinstance(codes, list):
        case.body["permissions"] = [CATALOGUE[(turn + n) % len(CATALOGUE)]["code"] for n in range(len(codes))]
    return case


@schema.parametrize()
@bounded
def test_no_input_about_a_live_role_makes_the_sandbox_break_the_contract(
    case: schemathesis.Case[Any], sandbox: RunningSandbox
) -> None:
    aimed(case, sandbox).call_and_validate(
        base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}, checks=CONFORMANCE
    )
