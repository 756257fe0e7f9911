"""The comments beside the items of role files: the reasons of grants that have no other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.yamlio.comments import comment_of_item, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.roles import Grant


class ItemComments:
    """Reads each file once, whatever the number of its items."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        """Take the contents of `files` by path, or else read those on this machine, each when it is needed."""
        self._files = files
        self._rows: dict[str, list[str]] = {}

    def of(self, grant: Grant) -> str:
        """Return the comment beside the item; empty for a pattern, which gives other codes too."""
        if grant.pattern is not None:
            return ""
        path, line, column = grant.place
        if path not in self._rows:
            self._rows[path] = _rows(self._content(path))
        return comment_of_item(self._rows[path], line, column)

    def _content(self, path: str) -> bytes:
        if self._files is not None:
            return self._files[path]
        try:
            return Path(path).read_bytes()
        except OSError:
            return b""


def _rows(content: bytes) -> list[str]:
    """Return the rows of a file; none if it has no comment."""
    return rows_of(content.decode("utf-8", "replace")) if b"#" in content else []
