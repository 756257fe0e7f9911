"""Break long lines of text for people between words, where they are read on a terminal.

A terminal breaks them in the middle of a word. What goes to a pipe or a file is not changed, and neither is a plan: its
lines are the interface's. A command in backticks stays on one line if it fits, so it can be copied.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_INDENT = 2
"""By so many columns further than its beginning, a broken line goes on."""

_NEAR = 16
"""A second column that begins here, or in the first third, is near enough for a line to go on below it."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_WORDS = re.compile(r"((?:`[^`]*`|[^ `]|`)+)( *)")
_CLAUSES = re.compile(r'(^(?:\([^()]*\)|[^:;()])+:|.+?(?:;|"(?= +by )|$))(?: +|$)')
_COLUMN = re.compile(r" *[^ ](?:[^ ]| (?! ))* {2,}(?=[^ ])")
"""What precedes the second column of a line: `  since       `."""


def width_of(stream: TextIO) -> int | None:
    """Return how many columns the terminal has that `stream` writes to; None if it writes elsewhere."""
    if not stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal():
        return int(columns) or None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):  # a stream without a file descriptor, as in a test
        return None


def fitted(text: str, width: int | None) -> str:
    """Return the text with every line broken that is wider than `width`; None breaks nothing.

    For example, `refused: pass --yes to go on` in 20 columns becomes `refused: pass --yes` and `  to go on`.
    """
    if width is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in _broken(line, width))


def by_clauses(text: str, width: int | None) -> str:
    """Return the text with lines wider than `width` broken before each clause that is then whole on one line.

    A clause ends with a semicolon, in the quotes before an author, or, if it is the first, with a colon outside
    brackets. Other lines may still be too wide. For example, `a.view: since May by Ana Ruiz` in 24 columns becomes
    `a.view:` and `  since May by Ana Ruiz`.
    """
    if width is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in _in_clauses(line, width))


def _in_clauses(line: str, width: int) -> Iterator[str]:
    start, indent = " " * _start(line), " " * _indent(line, width)
    taken = ""
    for clause in _CLAUSES.findall(line.lstrip(" ")) if _cells(line) > width else ():
        if taken and _cells(f"{taken} {clause}") > width >= _cells(indent + clause):
            yield taken
            taken = indent + clause
        else:
            taken = f"{taken} {clause}" if taken else start + clause
    yield taken or line


def _broken(line: str, width: int) -> Iterator[str]:
    if _cells(line) <= width:
        yield line
        return
    indent = " " * _indent(line, width)
    taken = " " * min(_start(line), width // 2)
    empty = True
    for word, gap in _words(line.lstrip(" "), width - len(indent)):
        if not empty and _cells(taken + word) > width:
            yield taken.rstrip(" ")
            taken = indent
        taken += word + gap
        empty = False
    yield taken.rstrip(" ")


def _indent(line: str, width: int) -> int:
    """Return where a line goes on: below its second column, or a little further in than it begins."""
    column = _COLUMN.match(_ANSI.sub("", line))
    if column is not None and _cells(column[0]) <= max(width // 3, _NEAR):
        return _cells(column[0])
    return min(_start(line) + _INDENT, width // 2)


def _start(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _words(line: str, room: int) -> Iterator[tuple[str, str]]:
    """Yield each word with the spaces after it; what is in backticks is one word, unless it is wider than `room`."""
    for word, gap in _WORDS.findall(line):
        if " " not in word or _cells(word) <= room:
            yield word, gap
            continue
        *parts, last = word.split(" ")
        yield from ((part, " ") for part in parts)
        yield last, gap


def _cells(text: str) -> int:
    """Return how many columns the text takes."""
    plain = _ANSI.sub("", text)
    if plain.isascii():
        return len(plain)
    from rich.cells import cell_len

    return cell_len(plain)
