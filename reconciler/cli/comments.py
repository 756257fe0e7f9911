"""The comments beside the items of role files: the reasons of grants that have no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.rows import FileRows
from reconciler.yamlio.comments import comment_of_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.roles import Grant


class ItemComments:
    """Reads each file once, whatever the number of its items."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        """Take the contents of `files` by path, or else read those on this machine, each when it is needed."""
        self._rows = FileRows(files)

    def of(self, grant: Grant) -> str:
        """Return the comment beside the item; empty for a pattern, which gives other codes too."""
        if grant.pattern is not None:
            return ""
        path, line, column = grant.place
        return comment_of_item(self._rows.of(path), line, column)
