"""Find where a list of a YAML file can get another item, and keep every byte that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.yamlio.reader import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

_Event = Any
"""An event of PyYAML. In its type stubs every mark is optional, but libyaml's events always have their marks."""


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


def gap_for(text: str, key: str) -> Gap | NoGap:
    """Return where the block list under a key of the only document can get another item: behind its last item.

    If the mapping does not have the key, the place is the end of the document. `text` is valid YAML, and a mapping.
    """
    import yaml  # noqa: PLC0415 - 15 ms that commands without YAML do not pay

    events: Iterator[_Event] = (event for event in parsed(text) if not isinstance(event, yaml.StreamStartEvent))
    next(events)  # the start of the document
    root = next(events)
    if root.flow_style:
        return NoGap(root.start_mark.line + 1, root.start_mark.column + 1)
    while not isinstance(name := next(events), yaml.MappingEndEvent):
        value = next(events)
        end = _end_of(value, events)
        if isinstance(name, yaml.ScalarEvent) and name.value == key:
            start = value.start_mark
            if text[start.index] == "-":
                return Gap(end, start.column, has_list=True)
            return NoGap(start.line + 1, start.column + 1)
    document = next(events)
    index = document.start_mark.index if document.explicit else len(text)
    return Gap(index, root.start_mark.column, has_list=False)


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
