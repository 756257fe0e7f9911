"""Data in Markdown: always inside code, which CommonMark and the forges do not interpret.

Backslashes would only stop CommonMark. Forges also look for `@names`, `#123`, `!45`, bare addresses and `:emoji:` in
the parser's output, and each forge has its own list. All of them ignore code. So there is one rule instead of two
lists: data is in a code span or in a fenced block, made visible and so on one line, and the fence is longer than any
run of backticks inside (CommonMark 0.31, sections 6.1 and 4.5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.model.inert import visible

_BACKTICKS = re.compile("`+")
MOST = 500
"""How many characters of a value are shown. Real names and codes are shorter."""


def cut(text: str, most: int = MOST) -> str:
    """Return `text` made visible; if that exceeds `most` characters, it is cut and its length follows."""
    shown = visible(text[: most + 1])  # only what is shown: it can be megabytes
    return shown if len(shown) <= most else f"{shown[:most]}… ({len(text)} characters in all)"


def code(text: str, most: int = MOST) -> str:
    """Return `text` as a code span. An empty text is shown as two quotes, because a code span cannot be empty."""
    shown = cut(text, most) or '""'
    fence = "`" * (_longest_run(shown) + 1)
    # The parser strips one space from both ends, except if there are only spaces; a backtick would join the fence.
    padded = "`" in (shown[0], shown[-1]) or (shown[0] == shown[-1] == " " and shown.strip(" ") != "")
    pad = " " if padded else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(lines: Sequence[str], info: str) -> str:
    """Return a fenced block. `lines` are visible, and each starts with one of our signs, so none can end the block."""
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return "\n".join([f"{fence}{info}", *lines, fence])


def size(text: str) -> int:
    """Return the length of `text` for a forge, in UTF-16 units: no way to count characters gives a higher number."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
