"""The comments beside the items of role files: the reasons of grants that have no other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.yamlio.comments import comment_of_item, rows_of

if TYPE_CHECKING:
    from reconciler.model.roles import Grant


class ItemComments:
    """Reads each file once, whatever the number of its items."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._rows: dict[str, list[str]] = {}

    def of(self, grant: Grant) -> str:
        """Return the comment beside the item; empty for a pattern, which gives other codes too."""
        if grant.pattern is not None:
            return ""
        path, line, column = grant.place
        if path not in self._rows:
            self._rows[path] = _rows(Path(path))
        return comment_of_item(self._rows[path], line, column)


def _rows(path: Path) -> list[str]:
    """Return the rows of a file; none if it has no comment or cannot be read."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return []
    return rows_of(text) if "#" in text else []
