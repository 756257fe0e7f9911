"""The JSON Schema of a role file says what the loader says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.load import load_documents
from reconciler.load.schema import role_schema
from reconciler.model.catalogue import Permission
from reconciler.model.errors import InvalidInput
from tests.builders import TODAY

_CATALOGUE = {
    "b.view": Permission("b.view", "See b", "b", "All of it."),
    "a.edit": Permission("a.edit", "Edit a", "a"),
}
_ROLES_D = Path(__file__).parents[2] / "roles.d"


def valid(role: Any, catalogue: dict[str, Permission] | None = None) -> bool:  # noqa: ANN401 - any document
    return Draft202012Validator(role_schema(catalogue)).is_valid(role)


def loads(role: Any) -> bool:  # noqa: ANN401 - any document
    try:
        load_documents([("a.yaml", yaml.safe_dump(role, allow_unicode=True).encode())], today=TODAY)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize("catalogue", [None, _CATALOGUE, {}])
def test_it_is_a_schema(catalogue: dict[str, Permission] | None) -> None:
    Draft202012Validator.check_schema(role_schema(catalogue))


@pytest.mark.parametrize("path", sorted(_ROLES_D.rglob("*.yaml")), ids=lambda path: path.name)
def test_the_example_roles_are_valid(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text()):
        assert valid(document)


def test_its_examples_are_valid_and_load() -> None:
    schema = role_schema(None)
    (role,) = schema["examples"]
    assert valid(role)
    assert loads(role)
    for key, rest in schema["properties"].items():
        for example in rest["examples"]:
            assert valid({"name": "x", "permissions": [], key: example})
            assert loads({"name": "x", "permissions": [], key: example})


@pytest.mark.parametrize(
    "role",
    [
        {"name": "x", "permissions": []},
        {"name": " Support Lead ", "permissions": ["a.b"], "description": ""},
        {"name": "支持", "permissions": ["A_1.b-2"], "renamed_from": ["a", "b"]},
        {"name": "administrator", "permissions": []},
        {"name": "x", "permissions": [], "renamed_from": []},
    ],
)
def test_what_loads_is_valid(role: Any) -> None:  # noqa: ANN401 - any document
    assert loads(role)
    assert valid(role)


@pytest.mark.parametrize(
    "role",
    [
        None,
        [],
        "x",
        {},
        {"name": "x"},
        {"permissions": []},
        {"name": "", "permissions": []},
        {"name": "  ", "permissions": []},
        {"name": "a\nb", "permissions": []},
        {"name": "a\u2028b", "permissions": []},
        {"name": "a\u0007b", "permissions": []},
        {"name": 1, "permissions": []},
        {"name": "Admin", "permissions": []},
        {"name": " agent ", "permissions": []},
        {"name": "x", "permissions": None},
        {"name": "x", "permissions": "a.b"},
        {"name": "x", "permissions": {"a": "b"}},
        {"name": "x", "permissions": [1]},
        {"name": "x", "permissions": ["a"]},
        {"name": "x", "permissions": ["a:b"]},
        {"name": "x", "permissions": ["a..c"]},
        {"name": "x", "permissions": ["a.b", "a.b"]},
        {"name": "x", "permissions": [["a.b"]]},
        {"name": "x", "permissions": [], "description": None},
        {"name": "x", "permissions": [], "description": 3},
        {"name": "x", "permissions": [], "colour": "red"},
        {"name": "x", "permissions": [], "renamed_from": None},
        {"name": "x", "permissions": [], "renamed_from": 3},
        {"name": "x", "permissions": [], "renamed_from": ["a", "a"]},
        {"name": "x", "permissions": [], "renamed_from": ["supervisor"]},
        {"name": "x", "permissions": [], "renamed_from": ""},
    ],
)
def test_what_the_loader_rejects_by_its_shape_is_not_valid(role: Any) -> None:  # noqa: ANN401 - any document
    assert not loads(role)
    assert not valid(role)


def test_with_a_catalogue_its_codes_are_the_only_ones_and_come_with_its_words() -> None:
    items = role_schema(_CATALOGUE)["properties"]["permissions"]["items"]
    assert items["enum"] == ["a.edit", "b.view"]
    assert items["enumDescriptions"] == ["Edit a", "See b: All of it."]
    assert valid({"name": "x", "permissions": ["b.view"]}, _CATALOGUE)
    assert not valid({"name": "x", "permissions": ["c.view"]}, _CATALOGUE)


def test_the_words_of_the_catalogue_are_shown_inert() -> None:
    catalogue = {"a.b": Permission("a.b", "\x1b[31m", "a")}
    assert role_schema(catalogue)["properties"]["permissions"]["items"]["enumDescriptions"] == ["\\x1b[31m"]
