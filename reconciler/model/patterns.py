"""Patterns of permission codes: `category.*` and `*.action` (the only two forms, docs/interface.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PATTERN = re.compile(r"[A-Za-z0-9_-]+\.\*|\*\.[A-Za-z0-9_-]+")


def has_star(text: str) -> bool:
    """Return whether `text` is written as a pattern, valid or not. No permission code contains a star."""
    return "*" in text


def is_pattern(text: str) -> bool:
    """Return whether `text` is a valid pattern. The part beside the star has no dot.

    For example, `contacts.*` and `*.view` are valid. `*`, `*.*`, `con*` and `a.b.*` are not.
    """
    return _PATTERN.fullmatch(text) is not None


class CodeIndex:
    """Permission codes by their first and by their last part, so a pattern finds its codes without a search."""

    def __init__(self, codes: Iterable[str]) -> None:
        """Index the codes. Every code has at least two parts."""
        self.codes = frozenset(codes)
        first: dict[str, set[str]] = {}
        last: dict[str, set[str]] = {}
        for code in self.codes:
            first.setdefault(code.partition(".")[0], set()).add(code)
            last.setdefault(code.rpartition(".")[2], set()).add(code)
        self._first = {part: frozenset(found) for part, found in first.items()}
        self._last = {part: frozenset(found) for part, found in last.items()}

    def matching(self, item: str) -> frozenset[str]:
        """Return the codes that a valid pattern matches, case included; for a code, itself if it is known.

        `contacts.*` matches every code that begins with `contacts.`, `*.view` every code that ends with `.view`.
        """
        if item.endswith(".*"):
            return self._first.get(item.removesuffix(".*"), frozenset())
        if item.startswith("*."):
            return self._last.get(item.removeprefix("*."), frozenset())
        return frozenset({item}) & self.codes
