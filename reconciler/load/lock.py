"""Read the catalogue lock `permissions.lock.yaml`, as strictly as role files and by the same functions.

The form is that of docs/interface.md, section "The catalogue lock"; `reconciler.load.lock_text` writes it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.lock_text import category_of, lock_text
from reconciler.load.walk import read_bytes
from reconciler.model.catalogue import Lock, Permission
from reconciler.model.errors import CommandLineError, Failed, InvalidInput
from reconciler.model.inert import quoted, visible
from reconciler.model.roles import is_code
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import MappingNode, Node, Scalar, describe, read_documents
from reconciler.yamlio.strict import entries, text, version
from reconciler.yamlio.text import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KEYS = ("version", "url", "permissions")
_ENTRY = ("name", "description", "category", "id", "withdrawn")
_REQUIRED = ("name", "id")
_AGAIN = "to write the lock again, run `reconciler lock --force`, and review the diff"


def load_lock(path: Path, url_form: Callable[[str], str]) -> Lock:
    """Return the lock in the file `path`. `url_form` returns a URL in the form of the settings.

    Raise `InvalidInput` with every problem of the file, also when it is missing or cannot be read.
    """
    problems = FileProblems(visible(path.as_posix()))
    content = read_bytes(os.fspath(path), problems)
    return _valid(read_lock(content, problems, url_form) if content is not None else None, problems)


def lock_in(content: bytes, path: Path, url_form: Callable[[str], str]) -> Lock:
    """Return the lock in `content`, which a file `path` has or had. Raise what `load_lock` raises."""
    problems = FileProblems(visible(path.as_posix()))
    return _valid(read_lock(content, problems, url_form), problems)


def _valid(lock: Lock | None, problems: FileProblems) -> Lock:
    if problems.found or lock is None:
        first, *others = problems.found
        raise InvalidInput([replace(first, hint=_AGAIN), *others])
    return lock


def read_lock(content: bytes, problems: FileProblems, url_form: Callable[[str], str]) -> Lock | None:
    """Return the lock in `content`, or None with the reasons in `problems`. `url_form` may raise `CommandLineError`."""
    decoded = decode(content, problems)
    documents = [] if decoded is None else list(read_documents(decoded, problems))
    if decoded is None or problems.found:
        return None
    if len(documents) != 1:
        found = f"found {len(documents)}"
        problems.at(1, 1, "wrong-type", f"the lock must be one document, {found}")
        return None
    root = documents[0]
    if not isinstance(root, MappingNode):
        problems.add(root, "wrong-type", f"the lock must be a mapping, found {describe(root)}")
        return None
    found_keys = {key: value for key, (_, value) in entries(root, _KEYS, problems).items()}
    _required(root, found_keys, _KEYS, "the lock", problems)
    if "version" in found_keys:
        version(found_keys["version"], problems)
    url = _url(found_keys["url"], problems, url_form) if "url" in found_keys else ""
    read = _permissions(found_keys["permissions"], problems) if "permissions" in found_keys else []
    if problems.found:
        return None
    permissions = {entry.permission.code: entry.permission for entry in read}
    return Lock(problems.path, url, permissions, frozenset(each.permission.code for each in read if each.withdrawn))


def text_of(lock: Lock) -> str:
    """Return the lock as text, which reads back as the same lock.

    Raise `Failed` when it does not, because a code is longer than a key of YAML may be, or the text than a file.
    """
    text_ = lock_text(lock)
    problems = FileProblems(lock.path)
    if read_lock(text_.encode(), problems, str) != lock:
        why = problems.found[0].message if problems.found else "it reads back as another catalogue"
        raise Failed(f"the tenant's catalogue cannot be written to {lock.path}: {why}")
    return text_


class _Entry(NamedTuple):
    permission: Permission
    withdrawn: bool


def _required(
    node: MappingNode, found: dict[str, Node], keys: tuple[str, ...], what: str, problems: FileProblems
) -> None:
    missing = [key for key in keys if key not in found]
    if missing:
        problems.add(node, "missing-key", f"{what} has no {' and no '.join(missing)}")


def _url(node: Node, problems: FileProblems, url_form: Callable[[str], str]) -> str:
    url = text(node, "url", problems, nothing="write the base URL of the tenant")
    if url is not None:
        try:
            return url_form(url)
        except CommandLineError as error:
            problems.add(node, "url", str(error))
    return ""


def _permissions(node: Node, problems: FileProblems) -> list[_Entry]:
    if not isinstance(node, MappingNode):
        nothing = "; write permissions: {} for none" if describe(node) == "no value" else ""
        problems.add(node, "wrong-type", f"permissions must be a mapping of codes, found {describe(node)}{nothing}")
        return []
    lines: dict[str, int] = {}
    read = []
    for key, value in node.pairs:
        code = _code(key, lines, problems)
        entry = _entry(code or "", value, problems)
        if code is not None and entry is not None:
            read.append(entry)
        if problems.too_many(key):
            break
    return read


def _code(key: Node, lines: dict[str, int], problems: FileProblems) -> str | None:
    """Return the code that a key is, or None with the reason in `problems`. `lines` has those before it."""
    code = text(key, "a permission code", problems, nothing="write the code before the colon")
    if code is None:
        return None
    if not is_code(code):
        problems.add(key, "malformed-code", f"{quoted(code)} is not a valid permission code; expected category.action")
        return None
    if code in lines:
        problems.add(key, "duplicate-key", f"duplicate key {quoted(code)} (first used on line {lines[code]})")
        return None
    lines[code] = key.line
    return code


def _entry(code: str, node: Node, problems: FileProblems) -> _Entry | None:
    what = f"permission {quoted(code)}" if code else "this permission"
    if not isinstance(node, MappingNode):
        problems.add(node, "wrong-type", f"{what} must be a mapping with name and id, found {describe(node)}")
        return None
    found = {key: value for key, (_, value) in entries(node, _ENTRY, problems).items()}
    _required(node, found, _REQUIRED, what, problems)
    texts = {
        key: text(found[key], key, problems, nothing='write "" or remove the key')
        for key in ("name", "description", "category", "id")
        if key in found
    }
    if texts.get("id") == "":
        problems.add(found["id"], "unknown-value", f"id of {what} is empty")
    if "withdrawn" in found:
        _true(found["withdrawn"], problems)
    category = texts.get("category")
    entry = Permission(
        code,
        texts.get("name") or "",
        category_of(code) if category is None else category,
        texts.get("description") or "",
        texts.get("id") or None,
    )
    return _Entry(entry, "withdrawn" in found)


def _true(node: Node, problems: FileProblems) -> None:
    if not (isinstance(node, Scalar) and node.plain and node.value == "true"):
        message = f"withdrawn must be true, found {describe(node)}; remove the key if it is not withdrawn"
        problems.add(node, "unknown-value", message)
