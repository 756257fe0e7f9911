"""Sets of columns as short text: 10,000 roles by 800 permissions are 1.3 MB, however many codes each role holds."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.render.page.columns import Column

_STEP = 24
"""Columns in three bytes, which are four characters of base64 without padding."""


class Bits:
    """Writes sets of codes: six columns in each character of base64, the first column in the highest bit.

    Characters at the end with no column of the set are left out, so no code is the empty string. `base.js` reads it.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        """Give each column its bit."""
        self._bytes = -(-len(columns) // _STEP) * 3
        self._masks = {column.code: 1 << (self._bytes * 8 - 1 - index) for index, column in enumerate(columns)}

    def text(self, codes: Iterable[str]) -> str:
        """Return the set of these codes; each must be a column."""
        number = sum(map(self._masks.__getitem__, codes))
        return b64encode(number.to_bytes(self._bytes, "big")).decode("ascii").rstrip("A")
