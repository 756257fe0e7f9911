"""The one reading of a secret that is a single line: an API key, or a token of a forge."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.model.secret import Secret

LONGEST = 65_536
"""Characters; what is longer is no key. So no more is read of a file that was named by mistake."""

_LINE = re.compile("[\x21-\x7e]+")  # what a field of an HTTP header may hold (RFC 9110, section 5.5), spaces aside


def line_in(path: Path) -> str:
    """Return the text of a file without the line break at its end. Raise `OSError` where it cannot be read.

    Of a long file only so much is returned that `as_secret` refuses it.
    """
    with path.open("rb") as file:
        content = file.read(LONGEST + len("\r\n") + 1)
    return content.decode("latin-1").removesuffix("\n").removesuffix("\r")


def as_secret(text: str) -> Secret | None:
    """Return `text` as a secret; None where it is not one line of printable ASCII without spaces, or is too long."""
    return Secret(text) if len(text) <= LONGEST and _LINE.fullmatch(text) else None
