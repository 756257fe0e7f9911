"""Check values: known keys, each used once; strings; lists of strings.

Role files and the configuration are checked by the same functions. Each adds what is wrong to `problems`, and returns
the valid part, so one run finds all problems.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted
from reconciler.model.suggestions import did_you_mean
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe
from reconciler.yamlio.scalars import other_than_text

if TYPE_CHECKING:
    from reconciler.yamlio.problems import FileProblems


def entries(node: MappingNode, known: Collection[str], problems: FileProblems) -> dict[str, tuple[Scalar, Node]]:
    """Return the mapping's values by key, each with the node of its key. Report unknown and duplicate keys."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for key, value in node.pairs:
        if not isinstance(key, Scalar):
            problems.add(key, "key-not-text", f"a key must be a string, found {describe(key)}")
        elif key.value in found:
            first = found[key.value][0].line
            problems.add(key, "duplicate-key", f"duplicate key {quoted(key.value, 60)} (first used on line {first})")
        elif key.value in known:
            found[key.value] = key, value
        else:
            _unknown(key, known, problems)
    return found


def _unknown(key: Scalar, known: Collection[str], problems: FileProblems) -> None:
    kind = other_than_text(key.value) if key.plain else None
    if key.plain and key.value == "<<":
        problems.add(key, "unknown-key", "merge keys (<<) are not supported; write out the keys and values")
    elif kind is not None:
        read = f"a key must be a string, but YAML reads unquoted {quoted(key.value, 60)} as {kind}"
        problems.add(key, "key-not-text", f"{read}; known keys: {', '.join(known)}")
    else:
        hint = did_you_mean(key.value, known) or f"; known keys: {', '.join(known)}"
        problems.add(key, "unknown-key", f"unknown key {quoted(key.value, 60)}{hint}")


def text(node: Node, what: str, problems: FileProblems, *, nothing: str) -> str | None:
    """Return the string of a scalar, or None with the reason in `problems`.

    `what` names the value in messages. `nothing` says what to write if there is no value.
    """
    if not isinstance(node, Scalar):
        problems.add(node, "wrong-type", f"{what} must be a string, found {describe(node)}")
        return None
    if node.plain:
        kind = other_than_text(node.value)
        if kind is not None:
            if not node.value:
                problems.add(node, "no-value", f"{what} has no value; {nothing}")
            else:
                problems.add(node, "needs-quotes", _quote(node.value, what, kind))
            return None
    return node.value


def _quote(value: str, what: str, kind: str) -> str:
    return f'{what} must be a string, but YAML reads unquoted {value} as {kind}: write "{value}"'


def texts(node: Node, what: str, problems: FileProblems, *, nothing: str) -> list[tuple[str, Node]]:
    """Return the strings of a list with their nodes. `what` names an item, `nothing` says what to write if no list."""
    if not isinstance(node, ListNode):
        if isinstance(node, Scalar) and node.plain and not node.value:
            problems.add(node, "no-value", f"this list has no value; {nothing}")
        else:
            problems.add(node, "wrong-type", f"expected a list, found {describe(node)}: write [...] or - ...")
        return []
    found = ((text(item, what, problems, nothing="remove the item"), item) for item in node.items)
    return [(value, item) for value, item in found if value is not None]


def version(node: Node, problems: FileProblems) -> None:
    """Report a version of a file's format that is not 1, the only one that there is."""
    if not (isinstance(node, Scalar) and node.plain and node.value == "1"):
        quotes = ", without quotes" if isinstance(node, Scalar) and node.value == "1" else ""
        known = f"this reconciler supports only version: 1{quotes}"
        problems.add(node, "unknown-value", f"version must be 1, found {describe(node)}; {known}")
