"""Escape text from the API or from files, so it cannot control a terminal or mislead a reader.

Control characters, terminal escapes, bidirectional overrides and line breaks are escaped in every format
(docs/interface.md). Zero-width and other format characters are escaped because they make two names look the same.
`##[` is escaped because it is the older form of GitHub's workflow commands (`##[command]`): the runner reads it
anywhere in a line of a log, while `::command::` must be at the start of the line, after spaces at most. Only who prints
a line knows where it starts, so `without_commands` looks at whole lines, and `without_commands_in_json` at a document.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_Item = TypeVar("_Item")

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Unicode has these in category Lo, Mn or So, but they are invisible: fillers, an empty braille cell, variant selectors.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f\u180b\u180c\u180d\u180f")
_COMMAND = "##["
_FIRST = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def is_hidden(character: str) -> bool:
    """Return whether `character` is invisible, controls the characters around it, or breaks a line.

    All spaces count except U+0020: they look like it, and make two names look the same.
    """
    return character != " " and (unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _BLANK)


def visible(text: str) -> str:
    r"""Return `text` on one line, with every hidden character written as `\n`, `\x1b`, `\u202e` or `\U000e0041`.

    Printable text of any script is returned unchanged, except `##[`. No string makes this function raise.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escape(character) if is_hidden(character) else character for character in text)
    return text.replace(_COMMAND, "#\\x23[")


def visible_lines(text: str) -> str:
    """Return what `visible` returns, but keep line feeds, for a message that reconciler wrote over several lines."""
    return "\n".join(visible(line) for line in text.split("\n"))


def without_commands(text: str) -> str:
    r"""Return text for people, of several lines, with the `::` that starts a line written as `\x3a:`."""
    return _FIRST.sub(r"\1\\x3a", text) if "::" in text else text


def without_commands_in_json(text: str) -> str:
    """Return a JSON document that means the same, without `##[` in it. None of its lines can start with `::`."""
    return text.replace(_COMMAND, "#\\u0023[")


def encodable(text: str) -> str:
    r"""Return text that UTF-8 can hold: a byte of a path or a variable that was not UTF-8 is written as `\udcff`."""
    return text.encode("utf-8", "backslashreplace").decode()


def steers(lines: Iterable[str]) -> bool:
    """Return whether one of the lines, printed as it is, may be a command for GitHub's runner."""
    return any(_COMMAND in line or _FIRST.match(line) for line in lines)


def quoted(text: str, limit: int = 120) -> str:
    """Return `text` in double quotes, for a message: made visible, quotes and backslashes escaped, cut at `limit`."""
    shown = visible(text.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{shown}"' if len(shown) <= limit else f'"{shown[: limit - 1]}…"'


def named(name: str) -> str:
    """Return a role's name for a message: made visible. An empty name, which a server may have, becomes two quotes."""
    return visible(name) or '""'


def first_few(items: Sequence[_Item], most: int, shown: Callable[[_Item], str]) -> str:
    """Return at most the first `most` items for a message, as `shown`: `a, b and 3 more`."""
    few = ", ".join(map(shown, items[:most]))
    return few if len(items) <= most else f"{few} and {len(items) - most} more"


def _escape(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    point = ord(character)
    if point <= 0xFF:  # noqa: PLR2004 - the widest that two hex digits write
        return f"\\x{point:02x}"
    if point <= 0xFFFF:  # noqa: PLR2004 - the widest that four hex digits write
        return f"\\u{point:04x}"
    return f"\\U{point:08x}"
