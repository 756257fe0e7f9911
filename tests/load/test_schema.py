"""The JSON Schema of a role file says what the loader says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.load import load_documents
from reconciler.load.schema import role_schema
from reconciler.model.catalogue import Permission
from reconciler.model.errors import InvalidInput
from tests.builders import TODAY, a_lock
from tests.sentences import case_of

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from tests.sentences import Golden

_CATALOGUE = {
    "b.view": Permission("b.view", "See b", "b", "All of it."),
    "a.edit": Permission("a.edit", "Edit a", "a"),
}
_SET = b"set: answering\npermissions: [messages.send]\n"
_ROLES_D = Path(__file__).parents[2] / "roles.d"


def valid(role: Any, catalogue: dict[str, Permission] | None = None) -> bool:  # noqa: ANN401 - any document
    return Draft202012Validator(role_schema(catalogue)).is_valid(role)


def loads(document: Any) -> bool:  # noqa: ANN401 - any document
    """Whether a document loads beside a set; a pattern finds a lock."""
    text = yaml.safe_dump(document, allow_unicode=True)
    lock = a_lock("a.b", "x.send", "messages.send") if "*" in text else None
    try:
        load_documents([("a.yaml", text.encode()), ("sets.yaml", _SET)], today=TODAY, lock=lock)
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
    for document in schema["examples"]:
        assert valid(document)
        assert loads(document)
    for kind, base in (("role", {"name": "x", "permissions": []}), ("set", {"set": "x", "permissions": []})):
        for key, rest in schema["$defs"][kind]["properties"].items():
            for example in rest["examples"]:
                document = {**base, **({"include": ["answering"]} if key == "except" else {}), key: example}
                assert valid(document)
                assert loads(document)


@pytest.mark.parametrize(
    "role",
    [
        {"name": "x", "permissions": []},
        {"name": " Support Lead ", "permissions": ["a.b"], "description": ""},
        {"name": "支持", "permissions": ["A_1.b-2"], "renamed_from": ["a", "b"]},
        {"name": "administrator", "permissions": []},
        {"name": "x", "permissions": [], "renamed_from": []},
        {"name": "x", "permissions": [], "owner": "a"},
        {"name": "x", "permissions": [], "owner": ["a", "b"]},
        {"name": "x", "include": ["Answering"]},
        {"name": "x", "include": ["answering"], "except": ["messages.*"]},
        {"name": "x", "permissions": ["a.*", "*.send"]},
        {"name": "x", "permissions": [{"a.b": {"until": "2026-12-31"}}, {"a.*": {"reason": "why"}}]},
        {"set": "admin", "permissions": []},
        {"set": "x", "permissions": ["a.*", {"a.b": {"until": "2026-12-31", "reason": "why"}}], "description": "y"},
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
        {"name": "x", "permissions": [], "owner": 3},
        {"name": "x", "permissions": [], "include": []},
        {"name": "x", "permissions": [], "include": "answering"},
        {"name": "x", "permissions": [], "include": ["answering", "answering"]},
        {"name": "x", "include": ["answering"], "except": []},
        {"name": "x", "include": ["answering"], "except": [{"messages.send": {"reason": "a"}}]},
        {"name": "x", "permissions": ["*"]},
        {"name": "x", "permissions": ["a.b.*"]},
        {"name": "x", "permissions": [{"a.b": None}]},
        {"name": "x", "permissions": [{"a.b": {}}]},
        {"name": "x", "permissions": [{"a.b": {"until": "soon"}}]},
        {"name": "x", "permissions": [{"a.b": {"reason": " "}}]},
        {"name": "x", "permissions": [{"a.b": {"reason": "a", "colour": "red"}}]},
        {"name": "x", "permissions": [{"a.b": {"reason": "a"}, "a.c": {"reason": "a"}}]},
        {"set": "x"},
        {"set": "x", "permissions": [], "name": "x"},
        {"set": "x", "permissions": [], "include": ["answering"]},
        {"set": "", "permissions": []},
    ],
)
def test_what_the_loader_rejects_by_its_shape_is_not_valid(role: Any) -> None:  # noqa: ANN401 - any document
    assert not loads(role)
    assert not valid(role)


_HELD = {"contacts.view": Permission("contacts.view", "View contacts", "contacts")}


@pytest.mark.parametrize(
    "text",
    [
        "name: admin\npermissions: []",
        "name: ' Supervisor '\npermissions: []",
        "name: ''\npermissions: []",
        "name: '  '\npermissions: []",
        'name: "a\\u0007b"\npermissions: []',
        "name: 1.0\npermissions: []",
        "name: [a]\npermissions: []",
        "permissions: []",
        "name: x",
        "name: x\npermissions: []\ncolour: red",
        "name: x\npermissions: contacts.view",
        "name: x\npermissions: [contacts.view, contacts.view]",
        "name: x\npermissions: [contacts]",
        "name: x\npermissions: ['*']",
        "name: x\npermissions: [1.0]",
        "name: x\npermissions: [[contacts.view]]",
        "name: x\npermissions: [{contacts: {reason: a}}]",
        "name: x\npermissions: [{contacts.view: }]",
        "name: x\npermissions: [{contacts.view: {}}]",
        "name: x\npermissions: [{contacts.view: {colour: red}}]",
        "name: x\npermissions: [{contacts.view: {until: soon}}]",
        "name: x\npermissions: [{contacts.view: {until: '2026-13-01'}}]",
        "name: x\npermissions: [{contacts.view: {reason: ' '}}]",
        "name: x\npermissions: [{contacts.view: {reason: 1}}]",
        "name: x\npermissions: []\nrenamed_from: admin",
        "name: x\npermissions: []\nrenamed_from: [agent]",
        "name: x\npermissions: []\nrenamed_from: ''",
        "name: x\npermissions: []\nrenamed_from: 1.0",
        "name: x\npermissions: []\nrenamed_from: [a, a]",
        "name: x\npermissions: []\nowner: 3",
        "name: x\npermissions: []\nowner: [3]",
        "name: x\npermissions: []\ndescription: 3",
        "name: x\ninclude: []",
        "name: x\ninclude: reading",
        "name: x\ninclude: [3]",
        "name: x\ninclude: ['']",
        "name: x\ninclude: [reading]\nexcept: contacts.view",
        "name: x\ninclude: [reading]\nexcept: [contacts]",
        "name: x\ninclude: [reading]\nexcept: [{contacts.view: {reason: a}}]",
        "set: x",
        "set: ''\npermissions: []",
        "set: 1.0\npermissions: []",
        "set: x\npermissions: [contacts]",
        "set: x\npermissions: []\nname: y",
        "- contacts.view",
        "contacts.view",
    ],
)
def test_each_mistake_has_one_mark_in_words(text: str, golden: Golden) -> None:
    document = yaml.safe_load(text)
    [error] = Draft202012Validator(role_schema(None)).iter_errors(document)
    assert len(list(Draft202012Validator(role_schema(_HELD)).iter_errors(document))) == 1
    golden.says("load/schema", case_of(text), marked(error))


@pytest.mark.parametrize("code", ["contacts.exprot", "contact.*", "*.exprot"])
@pytest.mark.parametrize(
    "text",
    [
        "name: x\npermissions: [CODE]",
        "name: x\npermissions: [{CODE: {until: '2026-12-31'}}]",
        "name: x\ninclude: [a]\nexcept: [CODE]",
        "set: x\npermissions: [CODE]",
    ],
)
def test_a_code_that_the_catalogue_does_not_have_is_marked_once_without_a_list_of_all_codes(
    text: str, code: str, golden: Golden
) -> None:
    document = yaml.safe_load(text.replace("CODE", f"'{code}'"))
    assert valid(document)
    [error] = Draft202012Validator(role_schema(_HELD)).iter_errors(document)
    golden.says("load/schema", "a code that the catalogue does not have", marked(error))


@pytest.mark.parametrize("text", ["name: no\npermissions: []", "name: 2026-11-23\npermissions: []"])
def test_what_is_text_in_yaml_1_2_is_right_for_an_editor(text: str) -> None:
    key, value = text.partition("\n")[0].split(": ")
    assert valid({key: value, "permissions": []})
    with pytest.raises(InvalidInput):
        load_documents([("a.yaml", text.encode())], today=TODAY)


def marked(error: ValidationError) -> str:
    """Return the words that yaml-language-server 1.25 shows at the place of the error; of alternatives, the nearest."""
    nearest = error.context[0] if error.validator == "anyOf" and error.context else error
    assert isinstance(nearest.schema, dict)
    words = nearest.schema.get("patternErrorMessage") if nearest.validator == "pattern" else None
    own = nearest.schema.get("errorMessage") if nearest.validator in _OWN_WORDS else None
    return words or own or _GENERAL_WORDS[str(nearest.validator)]


_OWN_WORDS = {"type", "enum", "pattern", "required", "additionalProperties"}
"""The keywords for which the language server shows `errorMessage`."""

_GENERAL_WORDS = {
    "required": "Missing property.",
    "additionalProperties": "Property is not allowed.",
    "minItems": "Array has too few items.",
    "uniqueItems": "Array has duplicate items.",
    "minProperties": "Object has fewer properties than the required number.",
}
"""What it says otherwise, without the values. It has no words for `not`, and repeats a `pattern` or an `enum` whole."""


def test_with_a_catalogue_its_codes_are_the_only_ones_and_come_with_its_words() -> None:
    grant = role_schema(_CATALOGUE)["$defs"]["grant"]["else"]
    assert dict(zip(grant["enum"], grant["enumDescriptions"], strict=True)) == {
        "a.edit": "Edit a",
        "b.view": "See b: All of it.",
        "a.*": "Every permission of the category a.",
        "b.*": "Every permission of the category b.",
        "*.edit": "The action edit of every category.",
        "*.view": "The action view of every category.",
    }
    assert valid({"name": "x", "permissions": ["b.view"]}, _CATALOGUE)
    assert valid({"name": "x", "permissions": ["b.*"]}, _CATALOGUE)
    assert not valid({"name": "x", "permissions": ["c.view"]}, _CATALOGUE)
    assert not valid({"name": "x", "permissions": ["c.*"]}, _CATALOGUE)


@pytest.mark.parametrize("catalogue", [None, _CATALOGUE, {}])
def test_an_editor_completes_no_code_as_a_key_and_puts_a_pattern_in_quotes(
    catalogue: dict[str, Permission] | None,
) -> None:
    """yaml-language-server 1.25 makes keys of `propertyNames`, and quotes only where it sees the type."""
    schema = role_schema(catalogue)
    assert "propertyNames" not in json.dumps(schema)
    grant = schema["$defs"]["grant"]
    assert "string" in grant.get("else", grant)["type"]


@pytest.mark.parametrize(
    ("item", "known"),
    [
        ({"b.view": {"until": "2026-12-31"}}, True),
        ({"*.view": {"reason": "why"}}, True),
        ({"b.*": {"reason": "why"}}, True),
        ({"bxview": {"reason": "why"}}, False),
        ({"b.view.more": {"reason": "why"}}, False),
        ({"c.view": {"reason": "why"}}, False),
        ({"": {"reason": "why"}}, False),
        (None, False),
    ],
)
def test_with_a_catalogue_a_code_with_an_end_or_a_reason_is_one_of_its_codes_too(item: Any, *, known: bool) -> None:  # noqa: ANN401 - any item
    document = {"name": "x", "permissions": [item]}
    assert len(list(Draft202012Validator(role_schema(_CATALOGUE)).iter_errors(document))) == (0 if known else 1)
    assert not valid(document, {})


def test_the_words_of_the_catalogue_are_shown_inert() -> None:
    catalogue = {"a.b": Permission("a.b", "\x1b[31m", "a")}
    assert role_schema(catalogue)["$defs"]["grant"]["else"]["enumDescriptions"][0] == "\\x1b[31m"
