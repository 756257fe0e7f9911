"""Turn YAML text into values with positions, in one pass over libyaml's events. Only this module and `pure` use PyYAML.

A scalar stays text; the caller knows the expected type and interprets it. The pass also checks the guards: nesting,
aliases that multiply, aliases inside the value that they refer to, and tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.model.inert import quoted, visible

if TYPE_CHECKING:
    import yaml

    from reconciler.model.rules import Rule
    from reconciler.yamlio.problems import FileProblems

MAX_DEPTH = 100
MAX_NODES = 1_000_000

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels; three levels are enough for every file that reconciler reads"
_LIBYAMLS_LIMIT = "exceeded maximum nesting depth"
"""The error of libyaml in PyYAML 6.0.4 at 1,000 levels of `[`. libyaml reports it before the first event."""


@dataclass(slots=True)
class Scalar:
    """The text of a scalar. `plain` is true if it was written without quotes and not as a block."""

    value: str
    line: int
    column: int
    plain: bool


@dataclass(slots=True)
class ListNode:
    """A list."""

    items: list[Node]
    line: int
    column: int


@dataclass(slots=True)
class MappingNode:
    """A mapping as its pairs in the file's order, including pairs with a duplicate key."""

    pairs: list[tuple[Node, Node]]
    line: int
    column: int


Node = Scalar | ListNode | MappingNode

_Event = Any
"""An event of PyYAML. In its type stubs every mark is optional, but libyaml's events always have their marks."""


def read_documents(
    text: str, problems: FileProblems, events: Callable[[str], Iterator[yaml.Event]] | None = None
) -> Iterator[Node]:
    """Yield the root node of each document of `text`, which must have only characters that YAML allows in a file.

    A syntax error or a guard ends the file: it is added to `problems`, after the documents before it are yielded.
    `events` parses the text; None means the fastest parser that PyYAML has.
    """
    import yaml  # noqa: PLC0415 - 15 ms that commands without role files do not pay

    builder = _Builder(problems)
    handlers: dict[type[yaml.Event], Callable[[Any], None]] = {
        yaml.ScalarEvent: builder.scalar,
        yaml.AliasEvent: builder.alias,
        yaml.SequenceStartEvent: builder.start,
        yaml.SequenceEndEvent: builder.end_sequence,
        yaml.MappingStartEvent: builder.start,
        yaml.MappingEndEvent: builder.end_mapping,
    }
    try:
        for event in (events or parsed)(text):
            kind = type(event)
            if kind in handlers:
                handlers[kind](event)
            elif kind is yaml.DocumentEndEvent:
                yield builder.document()
    except _Stop as stop:
        problems.at(stop.line, stop.column, stop.rule, str(stop))
    except yaml.MarkedYAMLError as error:
        if error.problem == _LIBYAMLS_LIMIT:
            problems.at(*_place(error), "too-deep", _TOO_DEEP)
        else:
            problems.at(*_place(error), "yaml-syntax", _syntax(error))


def parsed(text: str) -> Iterator[yaml.Event]:
    """Return PyYAML's events, from libyaml if PyYAML has it."""
    import yaml  # noqa: PLC0415 - as above

    if yaml.__with_libyaml__:
        return yaml.parse(text, Loader=yaml.CSafeLoader)
    from reconciler.yamlio import pure  # noqa: PLC0415 - needed only without libyaml

    return pure.events(text)


class _Stop(Exception):
    """Raised when a guard stops the reading, with the place of the event."""

    def __init__(self, event: _Event, rule: Rule, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.line = event.start_mark.line + 1
        self.column = event.start_mark.column + 1


class _Builder:
    """Builds nodes from events. `_items` has the nodes of the innermost open collection, `_open` those around it."""

    def __init__(self, problems: FileProblems) -> None:
        self._problems = problems
        self._items: list[Node] = []
        self._open: list[tuple[list[Node], _Event, int]] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}  # None while the value is still being read
        self._count = 0
        self._repeats = False  # whether the document has an alias

    def document(self) -> Node:
        """Return the node of the document that has just ended, and reset the state for the next document."""
        (node,) = self._items
        self._items, self._anchors, self._count, self._repeats = [], {}, 0, False
        return node

    def scalar(self, event: _Event) -> None:
        """Add a scalar."""
        mark = event.start_mark
        node = Scalar(event.value, mark.line + 1, mark.column + 1, not event.style)
        self._items.append(node)
        self._count += 1
        if self._count > MAX_NODES:
            raise self._bomb(event)
        if event.tag is not None:
            self._tag(event)
        if event.anchor is not None:
            self._define(event)
            self._anchors[event.anchor] = node, 1

    def alias(self, event: _Event) -> None:
        """Add the node that `&name` marked, for `*name`. It counts with all nodes inside it."""
        name = event.anchor
        if name not in self._anchors:
            message = f"undefined alias *{visible(name)}; quote the value if it should start with *"
            raise _Stop(event, "unknown-alias", message)
        known = self._anchors[name]
        if known is None:
            raise _Stop(
                event, "recursive-alias", f"alias *{visible(name)} refers to the value that contains it; remove it"
            )
        node, size = known
        self._repeats = True
        self._count += size
        if self._count > MAX_NODES:
            raise self._bomb(event)
        self._items.append(node)

    def start(self, event: _Event) -> None:
        """Open a list or a mapping."""
        if len(self._open) >= MAX_DEPTH:
            raise _Stop(event, "too-deep", _TOO_DEEP)
        if event.tag is not None:
            self._tag(event)
        if event.anchor is not None:
            self._define(event)
            self._anchors[event.anchor] = None
        self._open.append((self._items, event, self._count))
        self._items = []

    def end_sequence(self, _: _Event) -> None:
        """Close the innermost list."""
        mark = self._open[-1][1].start_mark
        self._close(ListNode(self._items, mark.line + 1, mark.column + 1))

    def end_mapping(self, _: _Event) -> None:
        """Close the innermost mapping."""
        mark = self._open[-1][1].start_mark
        items = iter(self._items)
        self._close(MappingNode(list(zip(items, items, strict=True)), mark.line + 1, mark.column + 1))

    def _close(self, node: Node) -> None:
        self._items, event, before = self._open.pop()
        self._items.append(node)
        self._count += 1
        if self._count > MAX_NODES:
            raise self._bomb(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._count - before

    def _define(self, event: _Event) -> None:
        if event.anchor in self._anchors:
            message = f"duplicate anchor &{visible(event.anchor)} in this document; rename one of them"
            raise _Stop(event, "duplicate-anchor", message)

    def _tag(self, event: _Event) -> None:
        short = event.tag.replace("tag:yaml.org,2002:", "!!")
        mark = event.start_mark
        message = f"tags such as {visible(short)} are not supported; remove it and quote the value if needed"
        self._problems.at(mark.line + 1, mark.column + 1, "yaml-tag", message)

    def _bomb(self, event: _Event) -> _Stop:
        if self._repeats:
            message = f"this document expands to more than {MAX_NODES:,} values; use fewer aliases"
        else:
            message = f"this document has more than {MAX_NODES:,} values; split it into several files"
        return _Stop(event, "alias-bomb", message)


_ADVICE = {
    "found character that cannot start any token": (
        "quote a value that starts with this character; indent with spaces, not tabs"
    ),
    "found a tab character that violates indentation": "indent with spaces, not tabs",
    "mapping values are not allowed in this context": "quote a value that contains a colon followed by a space",
    "did not find expected key": "check the quotes and the indentation: the keys of a mapping start in the same column",
    "could not find expected ':'": "write a colon and a space after the key",
    "did not find expected '-' indicator": "check the indentation: the items of a list start in the same column",
    "did not find expected ',' or ']'": "close the list with ] and separate its items with commas",
    "did not find expected ',' or '}'": "close the mapping with } and separate its pairs with commas",
    "found unexpected end of stream": "add the missing closing quote",
    "did not find expected <document start>": "separate the roles of a file with a line that contains only ---",
    "did not find expected alphabetic or numeric character": 'quote a value that starts with * or &, such as "*.view"',
    "found unknown escape character": "write a backslash twice in double quotes, or use single quotes",
}


_AT_THE_START = ("could not find expected ':'", "did not find expected alphabetic or numeric character")
"""The errors that are placed where the key, the anchor or the alias starts."""


def _place(error: yaml.MarkedYAMLError) -> tuple[int, int]:
    """Return the line and column of a syntax error. libyaml notices some errors only after their place."""
    mark: Any = error.context_mark if error.problem in _AT_THE_START else error.problem_mark
    return mark.line + 1, mark.column + 1


def _syntax(error: yaml.MarkedYAMLError) -> str:
    """Return libyaml's message, with advice for the messages that are hard to understand."""
    words = str(error.problem)
    where = f" ({error.context} on line {error.context_mark.line + 1})" if error.context_mark else ""
    advice = _ADVICE.get(words)
    return visible(f"invalid YAML: {words}{where}" + (f"; {advice}" if advice else ""))


def describe(node: Node) -> str:
    """Return a description of a node for a message: its text in quotes, `no value`, `a list` or `a mapping`."""
    if isinstance(node, Scalar):
        return quoted(node.value, 60) if node.value or not node.plain else "no value"
    return "a list" if isinstance(node, ListNode) else "a mapping"
