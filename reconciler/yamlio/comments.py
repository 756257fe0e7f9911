"""Find the comment at the end of an item of a list: what YAML drops, and people read."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # the line breaks of libyaml
_ITEM = re.compile(r"[ ]*(?:-[ \t]+)+")
_COMMENT = re.compile(r"\s+#+\s*(.*?)\s*$")


def rows_of(text: str) -> list[str]:
    """Return the rows of a file, as YAML counts its lines."""
    return _BREAK.split(text.removeprefix("\ufeff"))


def comment_of_item(rows: Sequence[str], line: int, column: int) -> str:
    """Return the comment at the end of the block item at that place of a file, without its `#`; empty without one.

    The item may be on one line, or a block mapping over several: then its first line counts, and else its last.
    An item of a flow list (`[a, b]`) has no comment.
    """
    if line > len(rows) or _ITEM.fullmatch(rows[line - 1][: column - 1]) is None:
        return ""
    return _at_end(rows[line - 1][column - 1 :]) or _at_end(_last_row(rows, line, column - 1))


def _last_row(rows: Sequence[str], start: int, indent: int) -> str:
    """Return the last row from `start` on that belongs to an item whose content starts after `indent` spaces."""
    last = ""
    for at in range(start, len(rows)):
        content = rows[at].lstrip(" ")
        if content and not content.startswith("#"):
            if len(rows[at]) - len(content) < indent + 1:
                break
            last = content
    return last


def _at_end(row: str) -> str:
    """Return the comment at the end of one line, not a `#` within quotes. Empty if the line is not whole YAML."""
    if "#" not in row:
        return ""
    import yaml  # noqa: PLC0415 - only for an answer that needs comments

    end = 0
    try:
        # libyaml reads a tab between an item and its comment; the scanner that is pure Python does not.
        for token in yaml.scan(row.replace("\t", " "), Loader=yaml.SafeLoader):
            if isinstance(token, yaml.ScalarToken | yaml.FlowMappingEndToken | yaml.ValueToken):
                end = token.end_mark.column
    except yaml.YAMLError:
        return ""
    found = _COMMENT.fullmatch(row[end:])
    return found[1] if found else ""
