"""Find where each value of a YAML file begins and ends, so a part of the text can be replaced and the rest stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from reconciler.yamlio.reader import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

_Event = Any
"""An event of PyYAML. In its type stubs every mark is optional, but libyaml's events always have their marks."""


class Span(NamedTuple):
    """A value in the text, from `start` to `end`, both in characters; an anchor before it belongs to it.

    `value` is the text of a scalar; an alias has that of the scalar that it names. `style` is the sign of a scalar that
    is in quotes or a block, and empty for a plain one. `brackets` says that a list or mapping is in brackets. `inside`
    has the items of a list, and the keys and values of a mapping in turn.
    """

    kind: Literal["scalar", "list", "mapping", "alias"]
    start: int
    end: int
    value: str = ""
    style: str = ""
    brackets: bool = False
    anchored: bool = False
    inside: tuple[Span, ...] = ()

    @property
    def first_text(self) -> str:
        """Return the text of a scalar, or that of the first key of a mapping."""
        return self.inside[0].first_text if self.kind == "mapping" and self.inside else self.value

    def pair(self, key: str) -> tuple[Span, Span] | None:
        """Return a key of a mapping and its value, or None if the mapping does not have it."""
        pairs = zip(self.inside[::2], self.inside[1::2], strict=True)
        return next(((name, value) for name, value in pairs if name.value == key), None)


class NotYaml(Exception):
    """Raised for a string that is not valid YAML."""


def documents(text: str) -> list[Span]:
    """Return the root value of each document of `text`. Raise `NotYaml` when it is not valid."""
    import yaml  # noqa: PLC0415 - 15 ms that commands without YAML do not pay

    around = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)
    events = (event for event in parsed(text) if not isinstance(event, around))
    try:
        return [_Reading(text, events).value(next(events)) for _ in events]  # of each document, its start comes first
    except yaml.YAMLError as error:
        raise NotYaml from error


def split(text: str) -> list[str]:
    """Return the text of each document of `text`, which is valid YAML. Joined, they are the whole text."""
    import yaml  # noqa: PLC0415 - as above

    begun: list[_Event] = [event for event in parsed(text) if isinstance(event, yaml.DocumentStartEvent)]
    starts = [event.start_mark.index for event in begun]
    ends = [*starts[1:], len(text)]
    return [text[start:end] for start, end in zip([0, *starts[1:]], ends, strict=True)]


class _Reading:
    """The events of one document, and the scalars that its anchors name."""

    def __init__(self, text: str, events: Iterator[_Event]) -> None:
        self._text = text
        self._events = events
        self._anchors: dict[str, str] = {}

    def value(self, event: _Event) -> Span:
        import yaml  # noqa: PLC0415 - as above

        start, end, anchor = event.start_mark.index, event.end_mark.index, event.anchor
        if isinstance(event, yaml.AliasEvent):
            return Span("alias", start, end, self._anchors[anchor])
        if isinstance(event, yaml.ScalarEvent):
            found = Span("scalar", start, end, event.value, event.style or "")
            if found.style in ("|", ">"):  # a block goes on to the next value
                found = found._replace(end=start + len(self._text[start:end].rstrip()))
        else:
            found = self._collection("list" if isinstance(event, yaml.SequenceStartEvent) else "mapping", event)
        if anchor is not None:
            self._anchors[anchor] = found.first_text
        return found._replace(anchored=anchor is not None)

    def _collection(self, kind: Literal["list", "mapping"], event: _Event) -> Span:
        import yaml  # noqa: PLC0415 - as above

        inside: list[Span] = []
        following: _Event = next(self._events)
        while type(following) not in (yaml.SequenceEndEvent, yaml.MappingEndEvent):
            inside.append(self.value(following))
            following = next(self._events)
        brackets = following.end_mark.index > following.start_mark.index
        # The end of a block is where the next value begins, behind comments. A block is never empty.
        end = following.end_mark.index if brackets else inside[-1].end
        return Span(kind, event.start_mark.index, end, brackets=brackets, inside=tuple(inside))
