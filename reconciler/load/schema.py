"""The JSON Schema (2020-12) of a role file, with which an editor completes and checks it.

It has the loader's rules for one role or one set. A schema cannot describe rules between documents (duplicate names,
unknown sets, circles of earlier names); `reconciler validate` checks these.

Each mistake breaks one keyword at one place, so an editor marks it once: alternatives are told apart by `if`, because
`anyOf` has a problem for each of them, and nothing uses `not`, which cannot say what is wrong. `errorMessage` and
`patternErrorMessage` are no part of the standard; language servers show them, and other validators ignore them.

An editor completes the choices of `enum`, in a list with an item a line. Codes as keys, with an end or a reason below
them, are in `patternProperties`: with `propertyNames`, an editor makes a key of each code. And `type` is beside `enum`:
without it, an editor completes `*.view` without its quotes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.model.inert import visible
from reconciler.model.roles import SYSTEM_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.model.catalogue import Catalogue, Permission

_HOME = "https://json-schema.org/draft/2020-12/schema"
_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_NO_CONTROL = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
_OR_PATTERN = "or a pattern (category.*, *.action)"
_FORM = f"A permission is category.action, {_OR_PATTERN}."
_UNKNOWN = f"The tenant's catalogue has no such permission. Write one of its codes, {_OR_PATTERN} that matches one."
_SPECIAL = re.compile(r"[\\^$.*+?()\[\]{}|]")


def role_schema(catalogue: Catalogue | None, withdrawn: Collection[str] = ()) -> dict[str, Any]:
    """Return the schema. With a catalogue, only its codes are allowed, each with its name and description.

    Then patterns are those that match one of them, except the `withdrawn` ones.
    """
    grants = _any_grants() if catalogue is None else _grants_of(catalogue, withdrawn)
    return {
        "$schema": _HOME,
        "title": "Role or set",
        "description": "One role of an OmniStream tenant, or one set of permissions. A file holds one or more, with "
        "--- between them.",
        "type": "object",
        "errorMessage": "Write a role, with name: and permissions:, or a set, with set: and permissions:.",
        "if": {"type": "object"},
        "then": {
            "if": {"type": "object", "required": ["set"]},
            "then": {"$ref": "#/$defs/set"},
            "else": {"$ref": "#/$defs/role"},
        },
        "$defs": {
            "role": _role(),
            "set": _set(),
            "grant": grants.schema,
            "item": _item(grants),
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
    neither = "A role has permissions:, include:, or both; write permissions: [] for a role without any."
    return {
        "type": "object",
        "required": ["name"],
        "anyOf": [{"required": [key], "errorMessage": neither} for key in ("permissions", "include")],
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
                **_one_or_list(_words_only("An owner is a name or an address. Write it in quotes.")),
                "examples": ["team-support", ["team-support", "finance"]],
            },
            "include": {
                "type": "array",
                "items": _line("set"),
                "minItems": 1,
                "uniqueItems": True,
                "errorMessage": "The sets of a role are a list: each on a line after -.",
                "description": "The sets whose permissions the role holds too.",
                "examples": [["answering"]],
            },
            "permissions": _permissions("role"),
            "except": {
                "type": "array",
                "items": {"$ref": "#/$defs/grant"},
                "minItems": 1,
                "uniqueItems": True,
                "errorMessage": "What a role does not hold is a list: each permission on a line after -.",
                "description": "What the role does not hold, although a set or a pattern gives it.",
                "examples": [["messages.send"]],
            },
            "renamed_from": {
                "description": "Earlier names: the live role of that name is renamed and keeps its agents.",
                **_one_or_list(_name(), unique=True),
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
                **_line("set"),
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
        "errorMessage": f"The permissions of a {of} are a list: each on a line after -, or [] for none.",
        "examples": [["conversations.assign", "conversations.view"], []],
    }


def _description(about: str, example: str) -> dict[str, Any]:
    words = _words_only("A description is text. Write it in quotes.")
    return {**words, "default": "", "description": about, "examples": [example]}


def _one_or_list(item: dict[str, Any], *, unique: bool = False) -> dict[str, Any]:
    many = {"type": "array", "items": item, **({"uniqueItems": True} if unique else {})}
    return {"if": {"type": "array"}, "then": many, "else": item}


class _Grants(NamedTuple):
    """What may be granted, codes and patterns: as a schema, and as a regular expression with its message."""

    schema: dict[str, Any]
    expression: str
    error: str


def _item(grants: _Grants) -> dict[str, Any]:
    about = "Write until: DATE, reason: TEXT, or both."
    terms = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "errorMessage": about,
        "properties": {
            "until": {
                "type": "string",
                "pattern": r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$",
                "errorMessage": "A last day is a date, such as 2026-12-31.",
                "description": "The last day of the grant, in UTC.",
            },
            "reason": {
                "type": "string",
                "pattern": r"\S",
                "errorMessage": "A reason is text that says why. Write it in quotes.",
                "description": "Why the role holds this permission.",
            },
        },
    }
    alone = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "patternProperties": {grants.expression: terms},
        "additionalProperties": False,
        "errorMessage": grants.error,
    }
    return {"if": {"type": "object"}, "then": alone, "else": {"$ref": "#/$defs/grant"}}


def _words_only(error: str) -> dict[str, Any]:
    return {"type": "string", "errorMessage": error}


def _line(of: str) -> dict[str, Any]:
    """Return the schema of the name of a role or a set."""
    error = f"The name of a {of} is text. Write it in quotes."
    said = f"The name of a {of} is one line of text and not empty."
    return {**_words_only(error), "allOf": [{"pattern": _NO_CONTROL, "patternErrorMessage": said}]}


def _name() -> dict[str, Any]:
    letters = "|".join("".join(f"[{c}{c.upper()}]" for c in name) for name in sorted(SYSTEM_NAMES))
    said = "This is a system role, which is never changed. Choose another name."
    line = _line("role")
    ours = {"pattern": rf"^(?!\s*(?:{letters})\s*$)", "patternErrorMessage": said}
    return {**line, "allOf": [*line["allOf"], ours]}


def _any_grants() -> _Grants:
    """Return what may be granted where any code may exist."""
    part = "[A-Za-z0-9_-]+"
    expression = rf"^(?:{part}(?:\.{part})+|{part}\.\*|\*\.{part})$"
    schema = {
        "type": "string",
        "pattern": expression,
        "errorMessage": _FORM,
        "description": "A permission code: category.action, or one of more parts. With a catalogue lock also "
        "category.* or *.action.",
        "examples": ["conversations.view", "contacts.*", "*.view"],
    }
    return _Grants(schema, expression, _FORM)


def _grants_of(catalogue: Catalogue, withdrawn: Collection[str]) -> _Grants:
    """Return what may be granted of a catalogue: its codes, and the patterns that match one."""
    codes = sorted(catalogue)
    matched = [code for code in codes if code not in withdrawn]
    categories = sorted({code.partition(".")[0] for code in matched})
    actions = sorted({code.rpartition(".")[2] for code in matched})
    choices = [*codes, *(f"{each}.*" for each in categories), *(f"*.{each}" for each in actions)]
    schema = {
        "description": "A permission of this tenant's catalogue, or a pattern.",
        "if": {"type": ["number", "boolean", "array", "object"]},
        "then": _words_only(_UNKNOWN),
        "else": {
            "type": ["string", "null"],  # null: an item where nothing is written yet
            "enum": choices,
            # Not in the standard; editors show it beside each choice. Not Markdown, because the text is from the API.
            "enumDescriptions": [
                *(_words(catalogue[code], withdrawn) for code in codes),
                *(visible(f"Every permission of the category {each}.") for each in categories),
                *(visible(f"The action {each} of every category.") for each in actions),
            ],
            "errorMessage": _UNKNOWN,
        },
    }
    return _Grants(schema, f"^{_one_of(choices)}$", _UNKNOWN)


def _one_of(words: Sequence[str]) -> str:
    """Return a regular expression for one of the words; for nothing if there are none."""
    escaped = [_SPECIAL.sub(r"\\\g<0>", word) for word in words]
    return f"(?:{'|'.join(escaped) or '(?!)'})"


def _words(permission: Permission, withdrawn: Collection[str]) -> str:
    name = f"{permission.name} (withdrawn)" if permission.code in withdrawn else permission.name
    return visible(f"{name}: {permission.description}" if permission.description else name)
