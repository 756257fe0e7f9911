"""Data in Markdown: always inside code, where neither CommonMark nor a forge finds anything in it.

Backslashes would stop CommonMark, and nothing else: forges look for `@names`, `#123`, `!45`, bare addresses and
`:emoji:` in the text that comes out of the parser, each forge for its own. All of them leave code alone. So there is
one rule instead of two lists: data stands in a code span or in a fenced block, made visible and thereby on one line,
and the fence is longer than any run of backticks inside (CommonMark 0.31, sections 6.1 and 4.5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.model.inert import visible

_BACKTICKS = re.compile("`+")
MOST = 500
"""How many characters of one datum are shown. Only what nobody would call a name or a code is longer."""


def cut(text: str, most: int = MOST) -> str:
    """`text` made visible; where that takes more than `most` characters, it ends in how long it is."""
    shown = visible(text[: most + 1])  # not more than is shown: it can be megabytes
    return shown if len(shown) <= most else f"{shown[:most]}… ({len(text)} characters in all)"


def code(text: str, most: int = MOST) -> str:
    """`text` as a code span. An empty text is shown as two quotes, since no code span is empty."""
    shown = cut(text, most) or '""'
    fence = "`" * (_longest_run(shown) + 1)
    # The parser takes one space off both ends, save where there is nothing but spaces; a backtick would join the fence.
    padded = "`" in (shown[0], shown[-1]) or (shown[0] == shown[-1] == " " and shown.strip(" ") != "")
    pad = " " if padded else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(lines: Sequence[str], info: str) -> str:
    """A fenced block. `lines` are visible, and each begins with a sign of ours, so that none can end the block."""
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return "\n".join([f"{fence}{info}", *lines, fence])


def size(text: str) -> int:
    """How long `text` is to a forge: in UTF-16 units, of which no way of counting characters finds more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
