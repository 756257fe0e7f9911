"""The transport uses httpx and httpcore by their public names alone, so that a new version of them breaks nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler.transport

MODULES = sorted(Path(reconciler.transport.__file__).parent.glob("*.py"))
LIBRARIES = ("httpx", "httpcore")


def is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def private_names(source: str) -> list[str]:
    """Every private name in `source` that may be one of httpx or httpcore."""
    tree = ast.parse(source)
    return sorted({*imported(tree), *spelled(tree), *reached(tree)})


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] in LIBRARIES and is_private(name))


def spelled(tree: ast.Module) -> Iterator[str]:
    """Arguments that are private names, as `getattr` and `importlib` take them."""
    for call in ast.walk(tree):
        for node in call.args if isinstance(call, ast.Call) else ():
            name = node.value if isinstance(node, ast.Constant) else None
            if isinstance(name, str) and name.replace(".", "").isidentifier() and is_private(name):
                yield name


def reached(tree: ast.Module) -> Iterator[str]:
    """Private attributes, but for those of the standard library and those that a class sets on its own instances."""
    of_others = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.partition(".")[0] in sys.stdlib_module_names
    }
    own: dict[int, set[str]] = {}
    for scope in ast.walk(tree):
        if isinstance(scope, ast.ClassDef):
            names = set(set_by(scope))
            own.update({id(node): names for node in ast.walk(scope)})
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            holder = node.value.id if isinstance(node.value, ast.Name) else ""
            if holder in of_others or (holder in {"self", "cls"} and node.attr in own.get(id(node), set())):
                continue
            yield node.attr


def set_by(scope: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(scope):
        match node:
            case ast.FunctionDef(name=name):
                yield name
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case _:
                pass


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_no_private_name_of_httpx_or_httpcore_is_used(module: Path) -> None:
    assert private_names(module.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import httpx._main", ["httpx._main"]),
        ("from httpcore import _sync", ["httpcore._sync"]),
        ("from httpx._config import Limits", ["httpx._config.Limits"]),
        ("getattr(pool, '_network_backend')", ["_network_backend"]),
        ("without('httpx._main')", ["httpx._main"]),
        ("transport._pool.close()", ["_pool"]),
        ("class T(httpx.HTTPTransport):\n def f(self): return self._pool", ["_pool"]),
        ("class T:\n def __init__(self): self._pool = 1\n def f(self): return self._pool", []),
        ("import zlib\ndef f(member: zlib._Decompress): ...", []),
    ],
)
def test_the_search_finds_each_way_to_a_private_name(source: str, found: list[str]) -> None:
    assert private_names(source) == found
