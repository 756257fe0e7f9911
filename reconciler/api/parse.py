"""From the bytes of an answer to roles and permissions: strict in what the contract says, tolerant in the rest.

Whatever the bytes are, only `BadAnswer` is raised, and no answer of another shape counts as an empty list. A string
that is not valid Unicode (a lone surrogate) is rejected as JSON, so it goes no further.

The schemas are built with pydantic's core: building them from annotations takes longer than all else that `plan` loads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import SchemaValidator, ValidationError
from pydantic_core import core_schema as shape

from reconciler.model.catalogue import Catalogue, Permission
from reconciler.model.errors import BadAnswer
from reconciler.model.inert import quoted, visible
from reconciler.model.roles import LiveRole, Role, id_key, is_code, normalise_name
from reconciler.transport.pages import more_than

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.transport import Answer

UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
"""The contract's `format: uuid`, as a pattern that both Python's and Rust's regular expressions read alike."""

_BOM = b"\xef\xbb\xbf"
_WRAPPERS = ("data", "roles", "items", "permissions", "results", "content", "records")
_LOGIN = re.compile(rb"(?i)<title[^>]{0,200}>[^<]{0,200}\b(?:log|sign)[ -]?(?:in|on)\b|type\s*=\s*[\"']?password")
_NOT_OF_THE_APPLICATION = "the base URL is that of the API, not of the web application, and leads to no login page"
_NO_PAGES = "pagination is not supported, and a partial list cannot be trusted"
_KINDS = {"{": "an object", "[": "a list", '"': "a string", "t": "true", "f": "false", "n": "null"}
_PLAIN = {
    "missing": "is missing",
    "string_type": "is not a string",
    "bool_type": "is not true or false",
    "frozen_set_type": "is not a list",
    "dict_type": "is not an object",
    "string_pattern_mismatch": "is not a UUID",
}


_TEXT = shape.str_schema(strict=True)
_ID = shape.typed_dict_field(shape.str_schema(strict=True, pattern=UUID))
_REQUIRED = shape.typed_dict_field(_TEXT)
_OPTIONAL = shape.typed_dict_field(shape.nullable_schema(_TEXT), required=False)
_CODES = shape.nullable_schema(shape.frozenset_schema(_TEXT, strict=True, fail_fast=True))
_ROLE_SHAPE = shape.typed_dict_schema(
    {
        "id": _ID,
        "name": _REQUIRED,
        "description": _OPTIONAL,
        "is_system": shape.typed_dict_field(shape.bool_schema(strict=True)),
        "permissions": shape.typed_dict_field(_CODES, required=False),
    },
    extra_behavior="ignore",
)
_PERMISSION_SHAPE = shape.typed_dict_schema(
    {
        "code": _REQUIRED,
        "name": _REQUIRED,
        "description": _OPTIONAL,
        "category": _REQUIRED,
        # Only the lock needs ids: a plan accepts an answer without them, and one with a code twice.
        "id": shape.typed_dict_field(shape.any_schema(), required=False),
    },
    extra_behavior="ignore",
)

_ROLE = SchemaValidator(_ROLE_SHAPE)
_ROLES = SchemaValidator(shape.list_schema(_ROLE_SHAPE, strict=True, fail_fast=True))
_PERMISSIONS = SchemaValidator(shape.list_schema(_PERMISSION_SHAPE, strict=True, fail_fast=True))
_OBJECT = SchemaValidator(shape.dict_schema(shape.str_schema(), shape.any_schema()))
_MADE = SchemaValidator(shape.typed_dict_schema({"id": _ID}, extra_behavior="ignore"))


def roles(answer: Answer, operation: str) -> tuple[LiveRole, ...]:
    """Return all live roles; ids are unique, names may not be. Raise `BadAnswer` when the answer is not valid."""
    found = tuple(_live(entry) for entry in _whole(_ROLES, answer, operation, "a list of roles"))
    ids: set[str] = set()
    for role in found:
        key = id_key(role.id)
        if key in ids:
            raise _bad(operation, f"duplicate id {role.id}", answer)
        ids.add(key)
    return found


def role(answer: Answer, operation: str, role_id: str) -> LiveRole:
    """Return the requested role. Raise `BadAnswer` when the answer is not valid or describes another role."""
    found = _live(_checked(_ROLE, answer, operation, "a role"))
    if id_key(found.id) != id_key(role_id):
        raise _bad(operation, f"the answer describes another role, {found.id}", answer)
    return found


def permissions(answer: Answer, operation: str) -> Catalogue:
    """Return the catalogue by code. Raise `BadAnswer` when the answer is not valid."""
    return {entry.code: entry for entry in _entries(answer, operation)}


def lockable(answer: Answer, operation: str) -> Catalogue:
    """Return the catalogue by code, in a state that a lock can record.

    Raise `BadAnswer` when the answer is not valid, when an entry has no id or a code that is not valid, or when two
    entries have one code.
    """
    found: dict[str, Permission] = {}
    for number, entry in enumerate(_entries(answer, operation)):
        if not is_code(entry.code):
            raise _bad(operation, f"[{number}].code {quoted(entry.code)} is not a valid permission code", answer)
        if entry.code in found:
            raise _bad(operation, f"duplicate permission code {quoted(entry.code)} at [{number}]", answer)
        if entry.id is None:
            raise _bad(operation, f"[{number}].id of {quoted(entry.code)} is missing or not a string", answer)
        found[entry.code] = entry
    return found


def _entries(answer: Answer, operation: str) -> Iterator[Permission]:
    for entry in _whole(_PERMISSIONS, answer, operation, "a list of permissions"):
        identity = entry.get("id")
        known = identity if isinstance(identity, str) and identity else None
        yield Permission(entry["code"], entry["name"], entry["category"], entry.get("description") or "", known)


class Written(NamedTuple):
    """What the answer to a write shows: any 2xx is success (the contract, "assumed"), so each part may be missing.

    `said` is empty if the body shows a role or contains no error; it is inert.
    """

    id: str | None = None
    role: LiveRole | None = None
    said: str = ""


def written(answer: Answer, reason: Callable[[Answer], str]) -> Written:
    """Return what the answer to a write shows, whatever its body is; `reason` finds what the server says in it."""
    body = answer.body.removeprefix(_BOM)
    try:
        shown = _live(_ROLE.validate_json(body))
    except ValidationError:
        pass
    else:
        return Written(shown.id, shown)
    try:
        made: str | None = _MADE.validate_json(body)["id"]
    except ValidationError:
        made = None
    return Written(made, said=reason(answer) if made is None and _holds_error(body) else "")


def check_no_error(answer: Answer, operation: str, reason: Callable[[Answer], str]) -> None:
    """Raise `BadAnswer` when a success is an object that reports an error, with what `reason` finds in it."""
    body = answer.body.removeprefix(_BOM)
    if body.lstrip().startswith(b"{") and _holds_error(body) and (said := reason(answer)):
        raise _bad(operation, f"the server reported success, but its answer contains an error: {said}", answer)


def _holds_error(body: bytes) -> bool:
    """Return whether the body of a success reports an error."""
    try:
        found = _OBJECT.validate_json(body)
    except ValidationError:
        return False
    return bool(found.get("error") or found.get("errors")) or False in (found.get("success"), found.get("ok"))


def _live(entry: dict[str, Any]) -> LiveRole:
    return LiveRole(
        entry["id"],
        Role(normalise_name(entry["name"]), entry.get("description") or "", entry.get("permissions") or frozenset()),
        entry["is_system"],
    )


def _checked(validator: SchemaValidator, answer: Answer, operation: str, expected: str) -> Any:  # noqa: ANN401 - as validated
    body = answer.body.removeprefix(_BOM)
    if not body.strip():
        raise _bad(operation, f"expected {expected}, got an empty body with status {answer.status}", answer)
    try:
        return validator.validate_json(body)
    except ValidationError as error:
        raise _bad(operation, _why(error, body, expected), answer) from None


def _whole(validator: SchemaValidator, answer: Answer, operation: str, expected: str) -> list[dict[str, Any]]:
    """Return the list. Raise `BadAnswer` when the answer says that there is more."""
    found: list[dict[str, Any]] = _checked(validator, answer, operation, expected)
    more = more_than(len(found), answer.headers, answer.status)
    if more:
        raise _bad(operation, f"{more}; {_NO_PAGES}", answer)
    return found


def _why(error: ValidationError, body: bytes, expected: str) -> str:
    if body.lstrip().startswith(b"<"):
        if _LOGIN.search(body):
            return f"expected {expected}, got a login page. hint: {_NOT_OF_THE_APPLICATION}"
        return (
            f"expected {expected}, got an HTML page, possibly from a proxy or another server. hint: check the base URL"
        )
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        why = visible(first["msg"].removeprefix("Invalid JSON: "))
        return f"expected {expected}, got invalid or truncated JSON: {why}"
    if not first["loc"]:
        return f"expected {expected}, {_instead(body)}"
    return f"expected {expected}; {_place(first['loc'])} {_PLAIN.get(first['type']) or visible(first['msg'])}"


def _instead(body: bytes) -> str:
    """Return what the body is instead. A list in a wrapper may be one page of a longer one, and pages are not read.

    Only usual names are shown: any other one is the server's text, which may hold the key.
    """
    kind = _KINDS.get(body.lstrip()[:1].decode("ascii"), "a number")
    found = _OBJECT.validate_json(body) if kind == "an object" else {}
    lists = [key for key, value in found.items() if isinstance(value, list)]
    if not lists:
        return f"got {kind}"
    name = next((f'a list under "{key}"' for key in _WRAPPERS if key in lists), "a list in it")
    return f"got an object with {name}, possibly one page of a longer list; {_NO_PAGES}"


def _place(loc: tuple[int | str, ...]) -> str:
    """Return the path to a value: `[3].name`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{visible(part)}" for part in loc)


def _bad(operation: str, why: str, answer: Answer) -> BadAnswer:
    return BadAnswer(f"could not {operation}: {why}", status=answer.status)
