"""Find where a list of a YAML file can get another item, or where its items are, and keep every other byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from reconciler.yamlio.reader import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Event = Any
"""An event of PyYAML. In its type stubs every mark is optional, but libyaml's events always have their marks."""


_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Gap(NamedTuple):
    """Where text can be inserted: behind `offset` characters, at the start of the next line.

    `indent` is the number of spaces before a key or a dash there. `has_list` is false if the key must be written first.
    """

    offset: int
    indent: int
    has_list: bool


class NoGap(NamedTuple):
    """The place, counted from 1, of a list or mapping in brackets or with an anchor: nothing can be inserted there."""

    line: int
    column: int


class Span(NamedTuple):
    """A value in a file: from character `start` to before `end`. `column` is that of its start, counted from 0."""

    start: int
    end: int
    column: int


class ListSpans(NamedTuple):
    """A list in a file, and its items. `indent` is the column of the mapping that has it, counted from 0."""

    whole: Span
    items: tuple[Span, ...]
    in_brackets: bool
    indent: int


def gap_for(text: str, key: str) -> Gap | NoGap:
    """Return where the block list under a key of the only document can get another item: behind its last item.

    If the mapping does not have the key, the place is the end of the document. `text` is valid YAML, and a mapping.
    """
    import yaml  # noqa: PLC0415 - 15 ms that commands without YAML do not pay

    root, events = _root(text)
    if root.flow_style:
        return _no_gap(root)
    while not isinstance(name := next(events), yaml.MappingEndEvent):
        value = next(events)
        end = _end_of(value, events)
        if isinstance(name, yaml.ScalarEvent) and name.value == key:
            start = value.start_mark
            if text[start.index] == "-":
                return Gap(end, start.column, has_list=True)
            return _no_gap(value)
    document = next(events)
    index = document.start_mark.index if document.explicit else len(text)
    return Gap(index, root.start_mark.column, has_list=False)


def list_spans(text: str, key: str) -> ListSpans | NoGap:
    """Return where the list under a key of the only document is, and its items, or the place of what is not a list.

    `text` is valid YAML, and a mapping that has the key.
    """
    import yaml  # noqa: PLC0415 - as above

    root, events = _root(text)
    if root.flow_style:
        return _no_gap(root)
    while next(events).value != key:
        _end_of(next(events), events)
    value = next(events)
    start = value.start_mark
    if not isinstance(value, yaml.SequenceStartEvent):
        return _no_gap(value)
    items = []
    while not isinstance(item := next(events), yaml.SequenceEndEvent):
        items.append(_span(item, events))
    end = cast("_Event", item).end_mark
    whole = Span(start.index, end.index, start.column)
    return ListSpans(whole, tuple(items), bool(value.flow_style), root.start_mark.column)


def _span(value: _Event, events: Iterator[_Event]) -> Span:
    mark = value.start_mark
    return Span(mark.index, _end_of(value, events), mark.column)


def with_lines(text: str, offset: int, lines: Iterable[str]) -> str:
    """Return `text` with these lines where the next line behind `offset` starts, in the line breaks of `text`."""
    newline = newline_of(text)
    start = _next_line(text, offset)
    head = text[:start]
    if head and not _BREAK.match(head[-1]):
        head += newline
    return head + "".join(f"{line}{newline}" for line in lines) + text[start:]


def with_value(text: str, span: Span, lines: Iterable[str]) -> str:
    """Return `text` with these lines in place of a value that has its last line to itself, comments there included.

    The first line goes where the value starts, the others to its column.
    """
    newline = newline_of(text)
    body = f"{newline}{' ' * span.column}".join(lines)
    if _starts_a_line(text, span.end):  # behind a block
        return text[: span.start] + body + newline + text[span.end :]
    found = _BREAK.search(text, span.end)
    return text[: span.start] + body + (text[found.start() :] if found else "")


def newline_of(text: str) -> str:
    """Return the line break to write into `text`."""
    return "\r\n" if "\r\n" in text else "\n"


def _next_line(text: str, index: int) -> int:
    """Return where the next line begins, or `index` if a line begins there."""
    if _starts_a_line(text, index):
        return index
    found = _BREAK.search(text, index)
    return found.end() if found else len(text)


def _starts_a_line(text: str, index: int) -> bool:
    return index == 0 or _BREAK.match(text[index - 1]) is not None


def _root(text: str) -> tuple[_Event, Iterator[_Event]]:
    """Return the first event of the only document's value, and the events after it."""
    import yaml  # noqa: PLC0415 - as above

    events: Iterator[_Event] = (event for event in parsed(text) if not isinstance(event, yaml.StreamStartEvent))
    next(events)  # the start of the document
    return next(events), events


def _no_gap(value: _Event) -> NoGap:
    return NoGap(value.start_mark.line + 1, value.start_mark.column + 1)


def _end_of(value: _Event, events: Iterator[_Event]) -> int:
    """Return where a value ends, in characters: behind its last scalar, alias or bracket."""
    import yaml  # noqa: PLC0415 - as above

    end: int = value.end_mark.index
    in_brackets: list[bool] = []
    while True:
        if isinstance(value, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            in_brackets.append(bool(value.flow_style))
        # The end of a block is where the next token begins, behind comments.
        elif not isinstance(value, yaml.CollectionEndEvent) or in_brackets.pop():
            end = value.end_mark.index
        if not in_brackets:
            return end
        value = next(events)
