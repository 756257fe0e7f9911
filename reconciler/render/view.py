"""What a renderer gets besides the plan. Nothing in it changes what the plan does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote

COLUMNS = 80
"""Of a line of sentences that goes to no terminal, or to a wide one."""


def as_typed(path: str) -> str:
    """Return the path unchanged: the default of `from_top` when no repository is known."""
    return path


@dataclass(frozen=True, slots=True)
class Links:
    """How to link to a file of the commit under review on the forge.

    `prefix` ends in a slash: `https://github.com/owner/name/blob/<sha>/` or `https://gitlab.com/group/name/-/blob/<sha>/`.
    `from_top` turns a path as typed into a path from the repository's top.
    """

    prefix: str
    from_top: Callable[[str], str] = field(default=as_typed, compare=False)

    def to(self, path: str, line: int) -> str:
        """Return the URL of one line; both forges understand `#L<line>`."""
        return f"{self.prefix}{quote(self.from_top(path), errors='backslashreplace')}#L{line}"


class View(NamedTuple):
    """How to show a plan. `created_at` is RFC 3339 in UTC; `most` is the maximum length, in characters.

    `columns` is how wide a line of sentences may be.

    `from_top` turns a path as typed into a path from the repository's top, for formats that the forge shows at a line.
    """

    created_at: str = ""
    color: bool = False
    links: Links | None = None
    most: int | None = None
    from_top: Callable[[str], str] = as_typed
    columns: int = COLUMNS
