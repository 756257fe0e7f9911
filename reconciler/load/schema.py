"""The JSON Schema (2020-12) of a role file, with which an editor completes and checks it.

It has the loader's rules for one role. A schema cannot describe rules between roles (duplicate names, circles of
earlier names); `reconciler validate` checks these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.inert import visible
from reconciler.model.roles import SYSTEM_NAMES

if TYPE_CHECKING:
    from reconciler.model.catalogue import Catalogue

_HOME = "https://json-schema.org/draft/2020-12/schema"
_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_NO_CONTROL = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"


def role_schema(catalogue: Catalogue | None) -> dict[str, Any]:
    """Return the schema. With a catalogue, only its codes are allowed, each with its name and description."""
    return {
        "$schema": _HOME,
        "title": "Role",
        "description": "One role of an OmniStream tenant. A file holds one or more, with --- between them.",
        "type": "object",
        "required": ["name", "permissions"],
        "additionalProperties": False,
        "properties": {
            "name": {
                **_name(),
                "description": "The role's name, compared in lower case. System roles cannot be asked for.",
                "examples": ["support-lead", "billing-clerk"],
            },
            "description": {
                "type": "string",
                "default": "",
                "description": "What the role is for, in a sentence.",
                "examples": ["Leads the support floor."],
            },
            "permissions": {
                "type": "array",
                "items": _code(catalogue),
                "uniqueItems": True,
                "description": "Every permission that the role holds, in any order. A role without any says [].",
                "examples": [["conversations.assign", "conversations.view"], []],
            },
            "renamed_from": {
                "description": "Earlier names: the live role of that name is renamed and keeps its agents.",
                "anyOf": [_name(), {"type": "array", "items": _name(), "uniqueItems": True}],
                "examples": ["shift-lead", ["shift-lead", "floor-lead"]],
            },
        },
        "examples": [
            {
                "name": "support-lead",
                "description": "Leads the support floor.",
                "permissions": ["conversations.assign", "conversations.view"],
                "renamed_from": "shift-lead",
            }
        ],
    }


def _name() -> dict[str, Any]:
    letters = "|".join("".join(f"[{c}{c.upper()}]" for c in name) for name in sorted(SYSTEM_NAMES))
    return {"type": "string", "pattern": _NO_CONTROL, "not": {"pattern": rf"^\s*(?:{letters})\s*$"}}


def _code(catalogue: Catalogue | None) -> dict[str, Any]:
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
        "enumDescriptions": [_words(permission.name, permission.description) for permission in known],
    }


def _words(name: str, description: str) -> str:
    return visible(f"{name}: {description}" if description else name)
