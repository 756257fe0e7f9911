"""Read a secret that is one line: an API key, or the token of a code host."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.model.secret import Secret
from reconciler.reading import TooLargeError, given

LONGEST = 65_536
"""The maximum length of a key in characters. No more is read from a file, which may be the wrong one."""

_LINE = re.compile("[\x21-\x7e]+")  # the characters of an HTTP header field (RFC 9110, section 5.5), except spaces


def line_in(path: Path) -> str:
    """Return the text of a file without the line break at its end. Raise `OSError` when it cannot be read.

    A file that is too long for a key is read as a space, which `as_secret` refuses.
    """
    try:
        content = given(path, LONGEST + len("\r\n"))
    except TooLargeError:
        return " "
    return content.decode("latin-1").removesuffix("\n").removesuffix("\r")


def as_secret(text: str) -> Secret | None:
    """Return `text` as a secret, or None if it is not one line of printable ASCII without spaces, or is too long."""
    return Secret(text) if len(text) <= LONGEST and _LINE.fullmatch(text) else None
