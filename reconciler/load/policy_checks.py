"""Read the check of a policy: exactly one of `apart`, `cannot`, `can`, `can_only`, `needs`, `keys`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from reconciler.model.findings import Place
from reconciler.model.inert import quoted
from reconciler.model.patterns import has_star, is_pattern
from reconciler.model.roles import is_code
from reconciler.model.suggestions import did_you_mean
from reconciler.policy.items import Item
from reconciler.policy.rules import Apart, Can, Cannot, CanOnly, Keys, Needs
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe
from reconciler.yamlio.strict import entries, texts

if TYPE_CHECKING:
    from reconciler.policy.rules import Check, Key
    from reconciler.yamlio.problems import FileProblems

CHECKS = ("apart", "cannot", "can", "can_only", "needs", "keys")
_KEYS = ("owner", "description")
_LEAST_GROUPS = 2
_MOST_DAYS = 3660
_DAYS = re.compile(r"([0-9]{1,9}) days")


def read_check(node: MappingNode, found: Mapping[str, tuple[Scalar, Node]], problems: FileProblems) -> Check | None:
    """Return the check of a policy, whose keys are `found`. None, with the reason in `problems`, if it is not valid."""
    there = [key for key in found if key in CHECKS]
    if not there:
        problems.add(node, "missing-key", f"this policy has no check; add one of {', '.join(CHECKS)}")
        return None
    for key in there[1:]:
        message = f"a policy has exactly one check, and this one has {there[0]} too; make {key} a separate policy"
        problems.add(found[key][0], "unknown-key", message)
    before = len(problems.found)
    check = _READERS[there[0]](found[there[0]][1], problems)
    return check if len(problems.found) == before and len(there) == 1 else None


def codes(
    node: Node,
    problems: FileProblems,
    *,
    key: str,
    patterns: bool = True,
    empty: bool = False,
    of: str = "a waiver",
) -> tuple[Item, ...]:
    """Return the codes and patterns of the list of `key`, each once. Without `patterns`, only codes are valid.

    `of` says in messages what has such a list of codes alone.
    """
    if isinstance(node, ListNode) and not node.items and not empty:
        problems.add(node, "no-value", "this list is empty; write a code such as conversations.view")
    found: dict[str, Item] = {}
    for value, item in texts(node, "a permission", problems, nothing="write a list of codes", key=key):
        if value in found:
            message = f"duplicate permission {quoted(value)} (first listed on line {found[value].place.line})"
            problems.add(item, "duplicate-code", message)
        elif has_star(value) and not patterns:
            problems.add(item, "bad-pattern", f"{quoted(value)} is a pattern; {of} lists each code")
        elif has_star(value) and not is_pattern(value):
            message = f'{quoted(value)} is not a valid pattern; write category.* or "*.action", or list each code'
            problems.add(item, "bad-pattern", message)
        elif not has_star(value) and not is_code(value):
            what = "permission code or pattern" if patterns else "permission code"
            problems.add(item, "malformed-code", f"{quoted(value)} is not a valid {what}")
        else:
            found[value] = Item(value, Place(problems.path, item.line, item.column))
    return tuple(found.values())


def _apart(node: Node, problems: FileProblems) -> Check:
    if not isinstance(node, ListNode):
        problems.add(node, "wrong-type", f"apart must be a list of lists of codes, found {describe(node)}")
        return Apart(())
    if len(node.items) < _LEAST_GROUPS:
        message = "apart needs at least two groups, such as [[campaigns.send], [campaigns.approve]]"
        problems.add(node, "no-value", message)
    return Apart(tuple(codes(group, problems, key="apart") for group in node.items))


def _needs(node: Node, problems: FileProblems) -> Check:
    if not isinstance(node, MappingNode):
        message = f"needs must be a mapping such as {{codes: [contacts.export], reason: true}}, found {describe(node)}"
        problems.add(node, "wrong-type", message)
        return Needs((), reason=False, days=None)
    found = {key: value for key, (_, value) in entries(node, ("codes", "reason", "until"), problems).items()}
    if "codes" not in found:
        problems.add(node, "missing-key", "needs has no codes; write the codes that need a reason or an end")
    items = codes(found["codes"], problems, key="codes") if "codes" in found else ()
    reason = "reason" in found and _boolean(found["reason"], problems)
    days = _days(found["until"], problems) if "until" in found else None
    if not reason and "until" not in found:
        problems.add(node, "missing-key", "needs has neither reason: true nor until; add one of them")
    return Needs(items, reason, days)


def _boolean(node: Node, problems: FileProblems) -> bool:
    if isinstance(node, Scalar) and node.plain and node.value in {"true", "false"}:
        return node.value == "true"
    problems.add(node, "wrong-type", f"reason must be true or false, found {describe(node)}")
    return True


def _days(node: Node, problems: FileProblems) -> int | None:
    match = _DAYS.fullmatch(node.value) if isinstance(node, Scalar) else None
    if match is None:
        problems.add(node, "unknown-value", f"until must be a number of days such as 90 days, found {describe(node)}")
        return None
    days = int(match[1])
    if not 1 <= days <= _MOST_DAYS:
        problems.add(node, "out-of-range", f"until must be from 1 to {_MOST_DAYS} days, found {days}")
    return days


def _keys(node: Node, problems: FileProblems) -> Check:
    if isinstance(node, ListNode) and not node.items:
        problems.add(node, "no-value", "this list is empty; write owner, description or both")
    found: dict[str, Node] = {}
    for value, item in texts(node, "a key", problems, nothing="write a list of owner, description or both", key="keys"):
        if value not in _KEYS:
            hint = did_you_mean(value, _KEYS)
            problems.add(item, "unknown-value", f"a key must be owner or description, found {quoted(value, 60)}{hint}")
        elif value in found:
            problems.add(item, "duplicate-key", f"duplicate key {value} (first listed on line {found[value].line})")
        found.setdefault(value, item)
    return Keys(cast("tuple[Key, ...]", tuple(found)))


_READERS: Mapping[str, Callable[[Node, FileProblems], Check]] = {
    "apart": _apart,
    "cannot": lambda node, problems: Cannot(codes(node, problems, key="cannot")),
    "can": lambda node, problems: Can(codes(node, problems, key="can")),
    "can_only": lambda node, problems: CanOnly(codes(node, problems, key="can_only", empty=True)),
    "needs": _needs,
    "keys": _keys,
}
