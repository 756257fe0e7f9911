"""Text from the API or from files is data: here it is made visible, so that it can do nothing to a terminal or reader.

The rule is the interface's: control characters, terminal escapes, bidirectional overrides and line breaks are shown
escaped in every format. Zero-width and other format characters are too, since they make two names look like one. And so
is the older of the two forms of GitHub's workflow commands, `##[command]`: its runner takes it anywhere in a line of a
log, where `::command::` has to stand first.
"""

from __future__ import annotations

import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Category Lo or Mn or So by Unicode's book, yet drawn as nothing: fillers, a blank braille cell, selectors of variants.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f\u180b\u180c\u180d\u180f")
_COMMAND = "##["
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def is_hidden(character: str) -> bool:
    """Whether `character` draws nothing of its own, steers what is around it, or breaks a line.

    A space counts unless it is the common one: the others look like it, and make two names look like one.
    """
    return character != " " and (unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _BLANK)


def visible(text: str) -> str:
    r"""`text` on one line, with every hidden character written as `\n`, `\x1b`, `\u202e` or `\U000e0041`.

    Printable text of any script comes back as it is, `##[` aside. Never raises, whatever the string holds.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escape(character) if is_hidden(character) else character for character in text)
    return text.replace(_COMMAND, "#\\x23[")


def visible_lines(text: str) -> str:
    """Like `visible`, but line feeds stay: for a message that reconciler itself laid out over several lines."""
    return "\n".join(visible(line) for line in text.split("\n"))


def quoted(text: str, limit: int = 120) -> str:
    """`text` in double quotes, for a message: made visible, quotes and backslashes escaped, cut after `limit`."""
    shown = visible(text.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{shown}"' if len(shown) <= limit else f'"{shown[: limit - 1]}…"'


def named(name: str) -> str:
    """A role's name for a message: made visible, and an empty one, which a server may have, as two quotes."""
    return visible(name) or '""'


def _escape(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    point = ord(character)
    if point <= 0xFF:  # noqa: PLR2004 - the widest that two hex digits write
        return f"\\x{point:02x}"
    if point <= 0xFFFF:  # noqa: PLR2004 - the widest that four hex digits write
        return f"\\u{point:04x}"
    return f"\\U{point:08x}"
