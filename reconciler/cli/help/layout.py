"""Lay out help in the width of a terminal: names beside what they mean, or above it where there is no room.

click's own writer has no width below 50 columns, and breaks lines inside `[default: ...]`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WIDEST = 100
_USUAL = 80
"""The width where the output is not a terminal."""
_NARROWEST = 20
_STACKED = 60
"""In columns. In a narrower terminal, what a name means is below the name."""
_WIDEST_COLUMN = 26
_GAP = 2
KEPT = "\u00a0"
"""A space at which no line is broken: textwrap breaks at other spaces only."""
CODES = 7
"""The column at which the meaning of an exit code starts; it is beside its code in a narrow terminal too."""


def width() -> int:
    """Return the columns of the terminal that help takes: those of `COLUMNS`, or of the terminal.

    shutil knows them too, and loads every kind of compression: a tenth of the time that help takes.
    """
    try:
        columns = int(os.environ.get("COLUMNS", "")) or _columns()
    except ValueError:
        columns = _columns()
    return max(_NARROWEST, min(columns, _WIDEST))


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns or _USUAL
    except (OSError, ValueError):  # not a terminal, or closed
        return _USUAL


def column(names: Iterable[str]) -> int:
    """Return the column at which the meanings of these names start."""
    fitting = [len(each) for each in names if len(each) + 2 * _GAP <= _WIDEST_COLUMN]
    return max(fitting, default=0) + 2 * _GAP


def wrapped(text: str, columns: int, indent: str, first: str | None = None) -> list[str]:
    """Return the lines of a paragraph, with `indent`, or `first` before the first one."""
    import textwrap

    lines = textwrap.wrap(
        text,
        columns,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,  # the terminal does, in a way that can be copied
        break_on_hyphens=False,
    )
    return [line.replace(KEPT, " ") for line in lines]


def usage(path: str, pieces: Iterable[str], columns: int) -> str:
    """Return the usage of a command."""
    words = " ".join([path.replace(" ", KEPT), *pieces])
    return "\n".join(wrapped(f"Usage:{KEPT}{words}", columns, "       ", "")) + "\n"


def entry(name: str, about: str, notes: Sequence[str], start: int, columns: int) -> str:
    """Return a name and what it means, with its notes in brackets; `start` is the column of the meaning."""
    stacked = columns < _STACKED and start > CODES
    indent = " " * (6 if stacked else start)
    shown = " ".join(_whole(f"[{note}]", columns - len(indent)) for note in notes)
    text = f"{about} {shown}".strip()
    head = f"{' ' * _GAP}{name}"
    if stacked or len(head) + _GAP > start:
        return "\n".join([*wrapped(name, columns, "      ", "  "), *wrapped(text, columns, indent)]) + "\n"
    return "\n".join(wrapped(text, columns, indent, head.ljust(start))) + "\n"


def _whole(note: str, room: int) -> str:
    """Return a note that is not broken if a line has room for it, else broken behind commas, else anywhere."""
    if len(note) <= room:
        return note.replace(" ", KEPT)
    pieces = [piece.replace(" ", KEPT) for piece in note.split(", ")]
    return ", ".join(pieces) if all(len(piece) < room for piece in pieces) else note


def example(about: str, line: str, columns: int) -> str:
    """Return an example below its comment. A command that is too long goes on in a further line, before an option."""
    lines = ["  $"]
    for part in line.replace(" --", "\n--").split("\n"):
        if len(f"{lines[-1]} {part} \\") > columns and lines != ["  $"]:
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {part}"
    return "\n".join([*wrapped(about, columns, "  # "), *lines]) + "\n"
