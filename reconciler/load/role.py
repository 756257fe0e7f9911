"""Read one desired role from one YAML document, and report every problem in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.names import read_role_name
from reconciler.model.inert import quoted
from reconciler.model.roles import DesiredRole, Location, Role, is_code
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe
from reconciler.yamlio.scalars import other_than_text
from reconciler.yamlio.strict import entries, text, texts

if TYPE_CHECKING:
    from reconciler.yamlio.report import Report

KEYS = ("name", "description", "permissions", "renamed_from")


class Draft(NamedTuple):
    """A desired role, and the (line, column) of each of its earlier names. The name is empty if it is not valid."""

    desired: DesiredRole
    earlier: tuple[tuple[int, int], ...]


class RoleReader:
    """Reads the roles of one run. Each code is checked once, and all roles share its string."""

    def __init__(self) -> None:
        """Start without any known code."""
        self._codes: dict[str, str] = {}  # valid codes that need no quotes

    def read(self, node: Node, report: Report) -> Draft | None:
        """Return the role of one document, as far as it can be read; None if nothing can be read."""
        if not isinstance(node, MappingNode):
            _no_role(node, report)
            return None
        found = entries(node, KEYS, report)
        missing = [key for key in ("name", "permissions") if key not in found]
        if missing:
            hint = "; write permissions: [] for a role without permissions" if "permissions" in missing else ""
            report.add(node, "missing-key", f"this role has no {' and no '.join(missing)}{hint}")
        place: Node = node
        name = description = ""
        if "name" in found:
            place = found["name"][1]
            name = read_role_name(place, "name", report) or ""
        if "description" in found:
            description = _description(found["description"][1], report)
        codes: dict[str, tuple[int, int]] = {}
        line = 0
        if "permissions" in found:
            key, value = found["permissions"]
            line = key.line
            self._permissions(value, codes, report)
        earlier, marks = _earlier(found["renamed_from"][1], name, report) if "renamed_from" in found else ((), ())
        location = Location(report.path, place.line, place.column, line, codes)
        return Draft(DesiredRole(Role(name, description, frozenset(codes)), location, earlier), marks)

    def _permissions(self, node: Node, codes: dict[str, tuple[int, int]], report: Report) -> None:
        """Add each code and its (line, column) to `codes`."""
        if not isinstance(node, ListNode):
            texts(node, "a permission", report, nothing="write [] for a role without permissions")
            return
        known = self._codes
        for item in node.items:
            if type(item) is Scalar and item.plain and item.value in known:
                code: str | None = known[item.value]
            else:
                code = self._code(item, report)
            if code is None:
                continue
            if code in codes:
                message = f"duplicate permission {quoted(code)} (first listed on line {codes[code][0]})"
                report.add(item, "duplicate-code", message)
            else:
                codes[code] = item.line, item.column

    def _code(self, node: Node, report: Report) -> str | None:
        if isinstance(node, MappingNode | ListNode):
            hint = _hint_for_pair(node) or "; each item is one code, such as conversations.view"
            report.add(node, "wrong-type", f"a permission must be a string, found {describe(node)}{hint}")
            return None
        code = text(node, "a permission", report, nothing="write a code such as conversations.view or remove the item")
        if code is None:
            return None
        if not is_code(code):
            report.add(node, "malformed-code", f"{quoted(code)} is not a valid permission code; {_hint_for_code(code)}")
            return None
        if other_than_text(code) is None:
            return self._codes.setdefault(code, code)
        return code


def _description(node: Node, report: Report) -> str:
    """Return the description. Warn of white space at its ends, which is hard to see and which a server may trim."""
    found = text(node, "description", report, nothing='write "" or remove the key') or ""
    if found != found.strip():
        what, remedy = "has leading or trailing white space", "remove it"
        if found.endswith("\n"):
            what, remedy = "ends with a line break", "write |- instead of |"
        message = f"description {what}; a server may trim it, and then every plan shows a change. hint: {remedy}"
        report.add(node, "description-ends", message, "warning")
    return found


def _earlier(node: Node, own: str, report: Report) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Return the earlier names, and their places as (line, column)."""
    found: dict[str, tuple[int, int]] = {}
    for item in node.items if isinstance(node, ListNode) else [node]:
        name = read_role_name(item, "renamed_from", report)
        if name is None:
            continue
        if name == own:
            message = f"renamed_from {quoted(name)} is the role's own name; remove it, or give the role its new name"
            report.add(item, "renamed-from-self", message)
        elif name in found:
            message = f"duplicate earlier name {quoted(name)} (first listed on line {found[name][0]})"
            report.add(item, "renamed-from-repeated", message)
        else:
            found[name] = item.line, item.column
    return tuple(found), tuple(found.values())


def _no_role(node: Node, report: Report) -> None:
    if isinstance(node, Scalar) and node.plain and not node.value:
        report.add(node, "no-role", "this document is empty: add a role or remove the --- line")
        return
    hint = "; write each role as its own document, with --- between them" if isinstance(node, ListNode) else ""
    report.add(node, "no-role", f"expected a mapping with name and permissions, found {describe(node)}{hint}")


def _hint_for_pair(node: MappingNode | ListNode) -> str:
    """Return the likely intention behind `- conversations: view` or `- conversations.view:`."""
    if isinstance(node, MappingNode) and len(node.pairs) == 1:
        key, value = node.pairs[0]
        if isinstance(key, Scalar) and isinstance(value, Scalar):
            code = f"{key.value}.{value.value}".removesuffix(".")
            if is_code(code):
                return f"; write {code}"
    return ""


def _hint_for_code(code: str) -> str:
    if "*" in code:
        return "wildcards are not supported; list each code"
    dotted = code.strip().replace(":", ".").replace("/", ".")
    if is_code(dotted):
        return f"write {dotted}"
    return "expected category.action"
