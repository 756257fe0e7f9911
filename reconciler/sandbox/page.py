"""The page at `/docs`: one self-contained document, without network resources and without a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.catalogue import CATALOGUE
from reconciler.templates import fill

if TYPE_CHECKING:
    from reconciler.sandbox.store import Role

_PACKAGE = "reconciler.sandbox"
_BODIES = {
    "createRole": """{"name": "greeter", "permissions": ["conversations.view", "messages.send"]}""",
    "updateRole": """{"permissions": ["conversations.view"]}""",
}


@dataclass(frozen=True, slots=True)
class _Input:
    """A parameter of the path, or a field of the body."""

    name: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class _Operation:
    """What the page shows about one operation. Every second piece of `description` is code; `command` is lines."""

    verb: str
    path: str
    description: tuple[str, ...]
    inputs: tuple[_Input, ...]
    command: tuple[str, ...]


def docs_page(url: str, schema: Mapping[str, Any], roles: Iterable[Role], holders: Mapping[str, int]) -> str:
    """Return the page as HTML. `schema` is the application's OpenAPI document, `holders` the agents by role id."""
    return fill(
        _PACKAGE,
        "docs.html.jinja",
        style=files(_PACKAGE).joinpath("docs.css").read_text(encoding="utf-8"),
        url=url,
        operations=[*_operations(url, schema)],
        roles=sorted(roles, key=lambda role: role["is_system"]),
        holders=holders,
        catalogue=CATALOGUE,
    )


def _operations(url: str, schema: Mapping[str, Any]) -> Iterator[_Operation]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield _Operation(
                method.upper(),
                path,
                tuple(operation["description"].split("`")),
                tuple(_inputs(operation, schema)),
                tuple(_curl(url, path, method, operation["operationId"])),
            )


def _inputs(operation: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[_Input]:
    """Yield the inputs of an operation: parameters of the path, then fields of the body."""
    for one in operation.get("parameters", ()):
        yield _Input(one["name"], _kind(one["schema"]), required=True)
    if "requestBody" in operation:
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        body = schema["components"]["schemas"][reference.rpartition("/")[2]]
        for name, field in body["properties"].items():
            yield _Input(name, _kind(field), required=name in body.get("required", ()))


def _kind(field: Mapping[str, Any]) -> str:
    return str(field.get("format", field["type"]))


def _curl(url: str, path: str, method: str, operation: str) -> Iterator[str]:
    """Yield the lines of a command to paste."""
    verb = "" if method == "get" else f" -X {method.upper()}"
    command = f'curl{verb} -H "X-API-Key: $OMNISTREAM_API_KEY" {url}{path.replace("{id}", "$ID")}'
    if operation not in _BODIES:
        yield command
        return
    yield f"{command} \\"
    yield f"  -H 'Content-Type: application/json' -d '{_BODIES[operation]}'"
