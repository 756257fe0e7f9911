"""Collect the problems of one file, so one run reports all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from reconciler.model.findings import Finding, Place

if TYPE_CHECKING:
    from reconciler.model.findings import Severity
    from reconciler.model.rules import Rule


class Positioned(Protocol):
    """Anything with a position. Line and column count from 1."""

    @property
    def line(self) -> int: ...  # noqa: D102 - the class says it

    @property
    def column(self) -> int: ...  # noqa: D102 - the class says it


MOST = 1000
"""A file with more problems is not read to its end: a hostile file could have millions."""


class FileProblems:
    """The problems of one file, in the order in which they were found."""

    def __init__(self, path: str) -> None:
        """Start without problems. `path` is as the user would type it, already inert."""
        self.path = path
        self.found: list[Finding] = []

    def add(self, what: Positioned, rule: Rule, message: str, severity: Severity = "error") -> None:
        """Add a problem at the position of `what`."""
        self.at(what.line, what.column, rule, message, severity)

    def at(self, line: int, column: int, rule: Rule, message: str, severity: Severity = "error") -> None:
        """Add a problem at a line and a column."""
        self.found.append(Finding(rule, message, Place(self.path, line, column), severity))

    def too_many(self, what: Positioned) -> bool:
        """Return whether the rest of the file, from `what` on, is not read. Then the last problem says so."""
        if len(self.found) > MOST and self.found[-1].rule != "too-many":
            message = f"more than {MOST:,} problems in this file; the rest of the file was not checked"
            self.add(what, "too-many", message)
        return len(self.found) > MOST
