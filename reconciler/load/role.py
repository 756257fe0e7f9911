"""Read one role or one set from one YAML document, and report every problem in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.load.items import ItemReader
from reconciler.load.names import read_name, read_role_name
from reconciler.load.written import Item, Places, WrittenRole, WrittenSet
from reconciler.model.findings import Place, errors_of
from reconciler.model.inert import quoted
from reconciler.model.roles import DesiredRole, Location, Role
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe
from reconciler.yamlio.strict import entries, lacking, text, texts

if TYPE_CHECKING:
    from reconciler.yamlio.problems import FileProblems

    _Found = dict[str, tuple[Scalar, Node]]

KEYS = ("name", "description", "owner", "include", "permissions", "except", "renamed_from")
SET_KEYS = ("set", "description", "permissions")
_ROLE_ONLY = frozenset(KEYS) - frozenset(SET_KEYS)


class DocumentReader:
    """Reads the documents of one run."""

    def __init__(self) -> None:
        """Start without any known code."""
        self._items = ItemReader()

    def read(self, node: Node, problems: FileProblems) -> WrittenRole | WrittenSet | None:
        """Return the role or the set of one document, as far as it can be read; None if nothing can be read."""
        if not isinstance(node, MappingNode):
            _no_role(node, problems)
            return None
        before = len(problems.found)
        if any(type(key) is Scalar and key.value == "set" for key, _ in node.pairs):
            written: WrittenRole | WrittenSet = self._set(node, problems)
        else:
            written = self._role(node, problems)
        if len(problems.found) > before and errors_of(problems.found[before:]):
            return written._replace(whole=False)
        return written

    def _role(self, node: MappingNode, problems: FileProblems) -> WrittenRole:
        found = entries(node, KEYS, problems)
        _check_required(node, found, problems)
        place: Node = node
        name = description = ""
        if "name" in found:
            place = found["name"][1]
            name = read_role_name(place, "name", problems) or ""
        if "description" in found:
            description = _description(found["description"][1], problems)
        marks: dict[str, tuple[int, int]] = {}
        special: tuple[Item, ...] = ()
        line = 0
        if "permissions" in found:
            key, value = found["permissions"]
            line = key.line
            marks, special = self._items.read(value, problems, of="role")
        earlier, places = _earlier(found["renamed_from"][1], name, problems) if "renamed_from" in found else ((), ())
        owner = _owner(found["owner"][1], problems) if "owner" in found else ()
        location = Location(problems.path, place.line, place.column, line, marks)
        codes = frozenset(marks.keys() - {item.text for item in special}) if special else frozenset(marks)
        desired = DesiredRole(Role(name, description, codes), location, earlier, owner=owner)
        if not special and "include" not in found and "except" not in found:
            return WrittenRole(desired, places)
        include = _included(found["include"][1], problems) if "include" in found else {}
        excepted = self._excepted(found["except"][1], problems) if "except" in found else {}
        return WrittenRole(desired, places, special, include, excepted)

    def _set(self, node: MappingNode, problems: FileProblems) -> WrittenSet:
        pairs = []
        for key, value in node.pairs:
            if isinstance(key, Scalar) and key.value in _ROLE_ONLY:
                problems.add(key, "unknown-key", _not_of_a_set(key.value))
            else:
                pairs.append((key, value))
        found = entries(MappingNode(pairs, node.line, node.column), SET_KEYS, problems)
        if lacking(["permissions"], found, node, SET_KEYS):
            hint = "write permissions: [] for a set without permissions"
            problems.add(node, "missing-key", f"this set has no permissions; {hint}")
        where = found["set"][1]
        name = read_name(where, "set", problems, "the set's name") or ""
        if "description" in found:
            text(found["description"][1], "description", problems, nothing='write "" or remove the key')
        items: tuple[Item, ...] = ()
        if "permissions" in found:
            marks, special = self._items.read(found["permissions"][1], problems, of="set")
            more = {item.text: item for item in special}
            items = tuple(more.get(code) or Item(code, Place(problems.path, *mark)) for code, mark in marks.items())
        return WrittenSet(name, Place(problems.path, where.line, where.column), items)

    def _excepted(self, node: Node, problems: FileProblems) -> Places:
        found: dict[str, Place] = {}
        for item in _listed(node, "except", "list at least one code or pattern", problems):
            code = self._items.code(item, problems)
            if code is None:
                continue
            if code in found:
                message = f"duplicate permission {quoted(code)} (first listed on line {found[code].line})"
                problems.add(item, "duplicate-code", message)
            else:
                found[code] = Place(problems.path, item.line, item.column)
        return found


def _check_required(node: MappingNode, found: _Found, problems: FileProblems) -> None:
    required = ["name"] if "include" in found else ["name", "permissions"]
    missing = lacking(required, found, node, KEYS)
    if missing:
        hint = "; write permissions: [] for a role without permissions" if "permissions" in missing else ""
        problems.add(node, "missing-key", f"this role has no {' and no '.join(missing)}{hint}")


def _not_of_a_set(key: str) -> str:
    """Return why a set cannot have a key that a role can have."""
    if key == "name":
        return "this document has both set and name; a document is a role or a set, so keep one of them"
    if key == "include":
        return "a set cannot include other sets; list their permissions here"
    return f"a set has no key {quoted(key)}; known keys: {', '.join(SET_KEYS)}"


def _description(node: Node, problems: FileProblems) -> str:
    """Return the description. Warn of white space at its ends, which is hard to see and which a server may trim."""
    found = text(node, "description", problems, nothing='write "" or remove the key') or ""
    if found != found.strip():
        what, remedy = "has leading or trailing white space", "remove it"
        if found.endswith("\n"):
            what, remedy = "ends with a line break", "write |- instead of |"
        message = f"description {what}; a server may trim it, and then every plan shows a change. hint: {remedy}"
        problems.add(node, "description-ends", message, "warning")
    return found


def _owner(node: Node, problems: FileProblems) -> tuple[str, ...]:
    """Return who is responsible for the role: one string or a list of strings, without empty ones."""
    nothing = "write who is responsible, or remove the key"
    items = node.items if isinstance(node, ListNode) else [node]
    return tuple(found for item in items if (found := text(item, "owner", problems, nothing=nothing)) and found.strip())


def _included(node: Node, problems: FileProblems) -> Places:
    found: dict[str, Place] = {}
    for item in _listed(node, "include", "list at least one set", problems):
        name = read_name(item, "include", problems, "the name of a set")
        if name is None:
            continue
        if name in found:
            message = f"duplicate set {quoted(name)} (first included on line {found[name].line})"
            problems.add(item, "duplicate-set", message)
        else:
            found[name] = Place(problems.path, item.line, item.column)
    return found


def _listed(node: Node, key: str, remedy: str, problems: FileProblems) -> list[Node]:
    """Return the items of a list that must not be empty."""
    if not isinstance(node, ListNode):
        texts(node, key, problems, nothing=f"{remedy}, or remove the key", key=key)
        return []
    if not node.items:
        problems.add(node, "no-value", f"{key} is empty; {remedy}, or remove the key")
    return node.items


def _earlier(node: Node, own: str, problems: FileProblems) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Return the earlier names, and their places as (line, column)."""
    found: dict[str, tuple[int, int]] = {}
    for item in node.items if isinstance(node, ListNode) else [node]:
        name = read_role_name(item, "renamed_from", problems)
        if name is None:
            continue
        if name == own:
            message = f"renamed_from {quoted(name)} is the role's own name; remove it, or give the role its new name"
            problems.add(item, "renamed-from-self", message)
        elif name in found:
            message = f"duplicate earlier name {quoted(name)} (first listed on line {found[name][0]})"
            problems.add(item, "renamed-from-repeated", message)
        else:
            found[name] = item.line, item.column
    return tuple(found), tuple(found.values())


def _no_role(node: Node, problems: FileProblems) -> None:
    if isinstance(node, Scalar) and node.plain and not node.value:
        problems.add(node, "no-role", "this document is empty: add a role or a set, or remove the --- line")
        return
    hint = "; write each as its own document, with --- between them" if isinstance(node, ListNode) else ""
    expected = "a role (name and permissions) or a set (set and permissions)"
    problems.add(node, "no-role", f"expected {expected}, found {describe(node)}{hint}")
