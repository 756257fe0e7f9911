"""Read lists of permissions: codes and patterns, each alone or with `until` and `reason` below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.written import Item
from reconciler.model.days import read_day
from reconciler.model.findings import Place
from reconciler.model.inert import quoted, visible
from reconciler.model.patterns import has_star, is_pattern
from reconciler.model.roles import is_code
from reconciler.model.suggestions import did_you_mean
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe
from reconciler.yamlio.scalars import other_than_text
from reconciler.yamlio.strict import entries, text, texts

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.yamlio.problems import FileProblems

DETAILS = ("until", "reason")
_REMEDY = "write a code such as conversations.view or remove the item"


class Items(NamedTuple):
    """The items of a list: the (line, column) of each code and pattern, and those that are more than a code."""

    marks: dict[str, tuple[int, int]]
    special: tuple[Item, ...]


class ItemReader:
    """Reads the lists of one run. Each code is checked once, and all lists share its string."""

    def __init__(self) -> None:
        """Start without any known code."""
        self._codes: dict[str, str] = {}  # valid codes that need no quotes

    def read(self, node: Node, problems: FileProblems, *, of: str) -> Items:
        """Return the valid items of a list. `of` says in messages what the list belongs to."""
        marks: dict[str, tuple[int, int]] = {}
        special: list[Item] = []
        if not isinstance(node, ListNode):
            texts(node, "a permission", problems, nothing=f"write [] for a {of} without permissions", key="permissions")
            return Items(marks, ())
        known = self._codes
        for item in node.items:
            if type(item) is Scalar and item.plain and item.value in known:
                code = known[item.value]
            else:
                read = self._item(item, problems)
                if read is None:
                    continue
                code = read.text
                if not read.plain and code not in marks:
                    special.append(read)
            if code in marks:
                message = f"duplicate permission {quoted(code)} (first listed on line {marks[code][0]})"
                problems.add(item, "duplicate-code", message)
            else:
                marks[code] = item.line, item.column
        return Items(marks, tuple(special))

    def _item(self, node: Node, problems: FileProblems) -> Item | None:
        if isinstance(node, MappingNode) and node.pairs:
            return self._detailed(node, problems)
        code = self.code(node, problems)
        return None if code is None else Item(code, Place(problems.path, node.line, node.column))

    def code(self, node: Node, problems: FileProblems) -> str | None:
        """Return the code or the pattern of a scalar, or None with the reason in `problems`."""
        if isinstance(node, MappingNode | ListNode):
            _not_a_permission(node, problems)
            return None
        code = text(node, "a permission", problems, nothing=_REMEDY)
        if code is None:
            return None
        if has_star(code):
            return code if _is_valid(node, code, problems) else None
        if not is_code(code):
            problems.add(
                node, "malformed-code", f"{quoted(code)} is not a valid permission code; {_hint_for_code(code)}"
            )
            return None
        if other_than_text(code) is None:
            return self._codes.setdefault(code, code)
        return code

    def _detailed(self, node: MappingNode, problems: FileProblems) -> Item | None:
        """Read a mapping with one key, the code, and below it its end and its reason."""
        beside = [key for key, _ in node.pairs if isinstance(key, Scalar) and key.value in DETAILS]
        first, value = next((pair for pair in node.pairs if pair[0] not in beside), node.pairs[0])
        for key in beside:
            problems.add(key, "misplaced-key", _move_below(key, first))
        if beside or not _has_one_code(node, problems):
            return None
        if not isinstance(value, MappingNode) or not value.pairs:
            _nothing_below(node, first, value, problems)
            return None
        code = self.code(first, problems)
        found = entries(value, DETAILS, problems)
        until = _until(found["until"][1], problems) if "until" in found else None
        reason = _reason(found["reason"][1], problems) if "reason" in found else ""
        return None if code is None else Item(code, Place(problems.path, node.line, node.column), until, reason)


def _is_valid(node: Node, pattern: str, problems: FileProblems) -> bool:
    if is_pattern(pattern):
        return True
    forms = 'a pattern is one part beside a star, such as contacts.* or "*.view"'
    problems.add(node, "bad-pattern", f"{quoted(pattern)} is not a valid pattern; {forms}")
    return False


def _move_below(key: Scalar, code: Node) -> str:
    """Return what to do about `until` or `reason` beside a code, the slip of one level of indentation."""
    shown = visible(code.value) if isinstance(code, Scalar) and code.value not in DETAILS else "contacts.export"
    example = "2026-12-31" if key.value == "until" else "..."
    return f"{key.value} must be below the code; indent it further, or write - {shown}: {{{key.value}: {example}}}"


def _has_one_code(node: MappingNode, problems: FileProblems) -> bool:
    """Return whether the mapping has one key. Report the other keys: another code, or a typo of `until`."""
    for key, _ in node.pairs[1:]:
        name = key.value if isinstance(key, Scalar) else ""
        if is_code(name) or is_pattern(name) or not isinstance(key, Scalar):
            problems.add(key, "wrong-type", "an item must have one code; write each code as its own item")
        else:
            hint = did_you_mean(name, DETAILS) or f"; known keys: {', '.join(DETAILS)}"
            problems.add(key, "unknown-key", f"unknown key {quoted(name, 60)} beside a code{hint}")
    return len(node.pairs) == 1


def _nothing_below(node: MappingNode, code: Node, value: Node, problems: FileProblems) -> None:
    """Report a mapping without `until` and `reason`, with the likely intention behind it."""
    empty = isinstance(value, MappingNode) or (isinstance(value, Scalar) and value.plain and not value.value)
    if not isinstance(code, Scalar) or not (is_code(code.value) or is_pattern(code.value)):
        _not_a_permission(node, problems)
    elif empty:
        what = visible(code.value)
        problems.add(node, "wrong-type", f"{what} has nothing below it; write {what}, or until or reason below it")
    else:
        day = read_day(value.value) if isinstance(value, Scalar) else None
        hint = f"; write {visible(code.value)}: {{until: {day}}}" if day else ""
        message = f"{visible(code.value)} must be a mapping with until or reason, found {describe(value)}{hint}"
        problems.add(value, "wrong-type", message)


def _until(node: Node, problems: FileProblems) -> Day | None:
    """Return the last day of a grant. Plain and quoted mean the same, because both are a day for every reader."""
    day = read_day(node.value) if isinstance(node, Scalar) else None
    if day is None:
        form = "write the last day as YYYY-MM-DD, such as 2026-12-31"
        problems.add(node, "bad-date", f"until must be a date, found {describe(node)}; {form}")
    return day


def _reason(node: Node, problems: FileProblems) -> str:
    found = text(node, "reason", problems, nothing="say why, or remove the key")
    if found is not None and not found.strip():
        problems.add(node, "no-value", "reason is empty; say why, or remove the key")
    return " ".join((found or "").split())  # one line, as it is shown beside the code


def _not_a_permission(node: MappingNode | ListNode, problems: FileProblems) -> None:
    hint = _hint_for_pair(node) or "; each item is one code, such as conversations.view"
    problems.add(node, "wrong-type", f"a permission must be a string, found {describe(node)}{hint}")


def _hint_for_pair(node: MappingNode | ListNode) -> str:
    """Return the likely intention behind `- conversations: view`."""
    if isinstance(node, MappingNode) and len(node.pairs) == 1:
        key, value = node.pairs[0]
        if isinstance(key, Scalar) and isinstance(value, Scalar):
            code = f"{key.value}.{value.value}"
            if is_code(code):
                return f"; write {code}"
    return ""


def _hint_for_code(code: str) -> str:
    dotted = code.strip().replace(":", ".").replace("/", ".")
    if is_code(dotted):
        return f"write {dotted}"
    return "expected category.action"
