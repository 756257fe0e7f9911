"""What a renderer is told besides the plan: nothing in it changes what the plan does."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Links:
    """How the forge shows a file of the commit under review.

    `prefix` ends in a slash: `https://github.com/owner/name/blob/<sha>/` or `https://gitlab.com/group/name/-/blob/<sha>/`.
    """

    prefix: str

    def to(self, path: str, line: int) -> str:
        """The address of one line; both forges understand `#L<line>`."""
        return f"{self.prefix}{quote(path, errors='backslashreplace')}#L{line}"


@dataclass(frozen=True, slots=True)
class View:
    """How to show a plan. `created_at` is RFC 3339 in UTC; `most` is the longest text wanted, in characters."""

    created_at: str = ""
    color: bool = False
    links: Links | None = None
    most: int | None = None
