"""Decode bytes to text that YAML allows: UTF-8 with or without a byte-order mark, not too large, no control codes."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from functools import cache
from typing import TYPE_CHECKING

from reconciler.model.inert import visible

if TYPE_CHECKING:
    from reconciler.yamlio.problems import FileProblems

MAX_BYTES = 32 * 1024 * 1024

_FORBIDDEN_ASCII = re.compile("[^\t\n\r\x20-\x7e]")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # the line breaks of libyaml


def decode(content: bytes, problems: FileProblems) -> str | None:
    """Return the text of a file, or None with the reason in `problems` if it is not valid."""
    if len(content) > MAX_BYTES:
        too_large(problems)
        return None
    try:
        text = content.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line, column = _place(error.object[: error.start].decode())
        offset = len(content) - len(error.object) + error.start
        message = f"not valid UTF-8: byte 0x{content[offset]:02x} at offset {offset}; save the file as UTF-8"
        problems.at(line, column, "not-utf8", message)
        return None
    found = (_FORBIDDEN_ASCII if text.isascii() else _forbidden()).search(text)
    if found is None:
        return text
    line, column = _place(text[: found.start()])
    message = (
        f"the character {visible(found[0])} is not allowed in a YAML file; remove it, or write it as an escape "
        "in double quotes"
    )
    problems.at(line, column, "control-character", message)
    return None


@cache
def _forbidden() -> re.Pattern[str]:
    """Return the pattern of characters that must be escaped: all except `c-printable` (YAML 1.1 and 1.2).

    It is slow to compile, so it is only compiled for text that is not ASCII.
    """
    return re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def too_large(problems: FileProblems) -> None:
    """Report that a file is larger than the limit."""
    problems.at(1, 1, "too-large", "this file is larger than 32 MiB; split it into several files")


def _place(before: str) -> tuple[int, int]:
    """Return the line and column, counted from 1, of the character after `before`."""
    breaks = list(_BREAK.finditer(before))
    return len(breaks) + 1, len(before) - (breaks[-1].end() if breaks else 0) + 1
