"""The lines of a YAML text, and replacing parts of it. Line breaks are those of libyaml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Splice(NamedTuple):
    """A part of the text, from `start` to `end` in characters, and what replaces it."""

    start: int
    end: int
    text: str = ""


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with its parts replaced. Parts do not overlap; of two at one place, the first stays first."""
    done: list[str] = []
    at = 0
    for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
        done += [text[at:start], new]
        at = end
    return "".join([*done, text[at:]])


def line_start(text: str, index: int) -> int:
    """Return where the line that has the character at `index` begins."""
    while index and not _BREAK.match(text, index - 1):
        index -= 1
    return index


def line_end(text: str, index: int) -> int:
    """Return where the line that has the character at `index` ends, before its line break."""
    found = _BREAK.search(text, index)
    return found.start() if found else len(text)


def next_line(text: str, index: int) -> int:
    """Return where the line after that of `index` begins, or the end of the text."""
    found = _BREAK.search(text, index)
    return found.end() if found else len(text)


def break_near(text: str, index: int) -> str:
    """Return the line break of the line of `index`; if it has none, the last one before it, or a line feed."""
    found = _BREAK.search(text, index)
    if found is not None:
        return found[0]
    before = _BREAK.findall(text)
    return before[-1] if before else "\n"


def has_break(text: str) -> bool:
    """Return whether there is a line break in `text`."""
    return _BREAK.search(text) is not None


def breaks(text: str) -> int:
    """Return the number of line breaks in `text`."""
    return sum(1 for _ in _BREAK.finditer(text))


def line_number(text: str, index: int) -> int:
    """Return the number of the line that has the character at `index`, counted from 1."""
    return 1 + sum(1 for _ in _BREAK.finditer(text, 0, index))
