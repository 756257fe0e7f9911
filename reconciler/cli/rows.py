"""The rows of files, each file read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.reading import content_of
from reconciler.yamlio.comments import rows_of
from reconciler.yamlio.text import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping


class FileRows:
    """Reads each file when it is needed, whatever the number of its rows that are asked for."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        """Take the contents of `files` by path, or else read those on this machine."""
        self._files = files
        self._rows: dict[str, list[str]] = {}

    def of(self, path: str) -> list[str]:
        """Return the rows of a file; none if it cannot be read."""
        if path not in self._rows:
            self._rows[path] = rows_of(self._content(path).decode("utf-8", "replace"))
        return self._rows[path]

    def _content(self, path: str) -> bytes:
        if self._files is not None:
            return self._files[path]
        try:
            return content_of(path, MAX_BYTES)
        except OSError:
            return b""
