"""The JSON Schema (2020-12) of a role file, with which an editor completes and checks it.

It has the loader's rules for one role or one set. A schema cannot describe rules between documents (duplicate names,
unknown sets, circles of earlier names); `reconciler validate` checks these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.inert import visible
from reconciler.model.roles import SYSTEM_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.model.catalogue import Catalogue, Permission

_HOME = "https://json-schema.org/draft/2020-12/schema"
_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_NO_CONTROL = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"


def role_schema(catalogue: Catalogue | None, withdrawn: Collection[str] = ()) -> dict[str, Any]:
    """Return the schema. With a catalogue, only its codes are allowed, each with its name and description.

    Then patterns are those that match one of them, except the `withdrawn` ones.
    """
    return {
        "$schema": _HOME,
        "title": "Role or set",
        "description": "One role of an OmniStream tenant, or one set of permissions. A file holds one or more, with "
        "--- between them.",
        "type": "object",
        "if": {"required": ["set"]},
        "then": {"$ref": "#/$defs/set"},
        "else": {"$ref": "#/$defs/role"},
        "$defs": {
            "role": _role(),
            "set": _set(),
            "code": _code(catalogue, withdrawn),
            "pattern": _pattern(None if catalogue is None else sorted(catalogue.keys() - set(withdrawn))),
            "item": _item(),
        },
        "examples": [
            {
                "name": "support-lead",
                "description": "Leads the support floor.",
                "permissions": ["conversations.assign", "conversations.view"],
                "renamed_from": "shift-lead",
            },
            {"set": "reading", "permissions": ["conversations.view", "messages.view"]},
        ],
    }


def _role() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["name"],
        "anyOf": [{"required": ["permissions"]}, {"required": ["include"]}],
        "additionalProperties": False,
        "properties": {
            "name": {
                **_name(),
                "description": "The role's name, compared in lower case. System roles cannot be asked for.",
                "examples": ["support-lead", "billing-clerk"],
            },
            "description": _description("What the role is for, in a sentence.", "Leads the support floor."),
            "owner": {
                "description": "Who is responsible for the role.",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                "examples": ["team-support", ["team-support", "finance"]],
            },
            "include": {
                "type": "array",
                "items": _text(),
                "minItems": 1,
                "uniqueItems": True,
                "description": "The sets whose permissions the role holds too.",
                "examples": [["answering"]],
            },
            "permissions": _permissions("role"),
            "except": {
                "type": "array",
                "items": {"anyOf": [{"$ref": "#/$defs/code"}, {"$ref": "#/$defs/pattern"}]},
                "minItems": 1,
                "uniqueItems": True,
                "description": "What the role does not hold, although a set or a pattern gives it.",
                "examples": [["messages.send"]],
            },
            "renamed_from": {
                "description": "Earlier names: the live role of that name is renamed and keeps its agents.",
                "anyOf": [_name(), {"type": "array", "items": _name(), "uniqueItems": True}],
                "examples": ["shift-lead", ["shift-lead", "floor-lead"]],
            },
        },
    }


def _set() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["set", "permissions"],
        "additionalProperties": False,
        "properties": {
            "set": {
                **_text(),
                "description": "The set's name, compared in lower case. Roles include the set by it.",
                "examples": ["reading"],
            },
            "description": _description("What the set is for, in a sentence.", "For all who answer customers."),
            "permissions": _permissions("set"),
        },
    }


def _permissions(of: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"$ref": "#/$defs/item"},
        "uniqueItems": True,
        "description": f"Permissions of the {of}, in any order. A {of} without any says [].",
        "examples": [["conversations.assign", "conversations.view"], []],
    }


def _description(about: str, example: str) -> dict[str, Any]:
    return {"type": "string", "default": "", "description": about, "examples": [example]}


def _item() -> dict[str, Any]:
    code = {"anyOf": [{"$ref": "#/$defs/code"}, {"$ref": "#/$defs/pattern"}]}
    terms = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "until": {
                "type": "string",
                "format": "date",
                "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                "description": "The last day of the grant, in UTC.",
            },
            "reason": {"type": "string", "pattern": r"\S", "description": "Why the role holds this permission."},
        },
    }
    alone = {"type": "object", "minProperties": 1, "maxProperties": 1, "propertyNames": code}
    return {"anyOf": [*code["anyOf"], {**alone, "additionalProperties": terms}]}


def _text() -> dict[str, Any]:
    return {"type": "string", "pattern": _NO_CONTROL}


def _name() -> dict[str, Any]:
    letters = "|".join("".join(f"[{c}{c.upper()}]" for c in name) for name in sorted(SYSTEM_NAMES))
    return {**_text(), "not": {"pattern": rf"^\s*(?:{letters})\s*$"}}


def _code(catalogue: Catalogue | None, withdrawn: Collection[str]) -> dict[str, Any]:
    if catalogue is None:
        return {
            "type": "string",
            "pattern": r"^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$",
            "description": "A permission code: category.action, or one of more parts.",
            "examples": ["conversations.view"],
        }
    known = [catalogue[code] for code in sorted(catalogue)]
    return {
        "description": "A permission code of this tenant's catalogue.",
        "enum": [permission.code for permission in known],
        # Not in the standard; editors show it beside each choice. Not Markdown, because the text is from the API.
        "enumDescriptions": [_words(permission, withdrawn) for permission in known],
    }


def _pattern(codes: Collection[str] | None) -> dict[str, Any]:
    about = "Every permission of one category, or one action everywhere, as the catalogue lock has them."
    if codes is None:
        form = r"^(?:[A-Za-z0-9_-]+\.\*|\*\.[A-Za-z0-9_-]+)$"
        return {"type": "string", "pattern": form, "description": about, "examples": ["contacts.*", "*.view"]}
    categories = sorted({f"{code.partition('.')[0]}.*" for code in codes})
    actions = sorted({f"*.{code.rpartition('.')[2]}" for code in codes})
    return {"description": about, "enum": [*categories, *actions]}


def _words(permission: Permission, withdrawn: Collection[str]) -> str:
    name = f"{permission.name} (withdrawn)" if permission.code in withdrawn else permission.name
    return visible(f"{name}: {permission.description}" if permission.description else name)
