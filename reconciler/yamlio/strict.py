"""Check values: known keys, each used once; strings; lists of strings.

Role files and the configuration are checked by the same functions. Each adds what is wrong to `problems`, and returns
the valid part, so one run finds all problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted
from reconciler.model.suggestions import did_you_mean, near
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


def lacking(required: Iterable[str], found: Collection[str], node: MappingNode, known: Collection[str]) -> list[str]:
    """Return the required keys that are not in `found`, without those that an unknown key of `node` may be meant as.

    That key is reported already: one mistake is one problem.
    """
    missing = [key for key in required if key not in found]
    if not missing:
        return []
    unknown = [key.value for key, _ in node.pairs if isinstance(key, Scalar) and key.value not in known]
    meant = {each for key in unknown for each in near(key, known)}
    return [key for key in missing if key not in meant]


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


def texts(node: Node, what: str, problems: FileProblems, *, nothing: str, key: str) -> list[tuple[str, Node]]:
    """Return the strings of a list with their nodes. `what` names an item, `key` is that of the list.

    `nothing` says what to write if there is no list.
    """
    if not isinstance(node, ListNode):
        if isinstance(node, Scalar) and node.plain and not node.value:
            problems.add(node, "no-value", f"{key} has no value; {nothing}")
        else:
            problems.add(node, "wrong-type", f"{key}: expected a list, found {describe(node)}: write [...] or - ...")
        return []
    found = ((text(item, what, problems, nothing="remove the item"), item) for item in node.items)
    return [(value, item) for value, item in found if value is not None]


def version(node: Node, problems: FileProblems) -> None:
    """Report a version of a file's format that is not 1, the only one that there is."""
    if not (isinstance(node, Scalar) and node.plain and node.value == "1"):
        quotes = ", without quotes" if isinstance(node, Scalar) and node.value == "1" else ""
        known = f"this reconciler supports only version: 1{quotes}"
        problems.add(node, "unknown-value", f"version must be 1, found {describe(node)}; {known}")
