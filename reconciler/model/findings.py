"""An error or a warning as a value, the same for role files, the configuration and what refuses a plan.

`render.findings` renders it in each format. `model.rules` describes each `rule`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from reconciler.model.days import Day

Severity = Literal["error", "warning"]


class Place(NamedTuple):
    """A place in a file: `path` as the user would type it, `line` and `column` counted from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """Return `path:line:column`, the form that editors and terminals turn into a link."""
        return f"{self.path}:{self.line}:{self.column}"


class Waived(NamedTuple):
    """Why a finding is allowed: the waiver's reason, and the last day on which it holds."""

    until: Day
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or warning.

    `rule` is a short stable kebab-case word (`duplicate-key`, `unknown-code`, ...) for SARIF and annotations. `message`
    is one line and says what is wrong. `hint` is another line and says what to do, if the message does not. Both are
    already inert. `place` is None if the finding is not about a file. `role` and `codes` are what it is about, if
    known: a finding about one permission has one code, and one about conflicting permissions has all of them.

    `new` and `waived` are for findings of policies: whether a plan causes it (None if no plan was compared), and the
    waiver that allows it. `tenants` are those that have the problem, if several were checked and not all of them have
    it.
    """

    rule: str
    message: str
    place: Place | None = None
    severity: Severity = "error"
    _: KW_ONLY
    role: str | None = None
    codes: tuple[str, ...] = ()
    hint: str = ""
    new: bool | None = None
    waived: Waived | None = None
    tenants: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return `path:line:column: message` on one line, without the hint."""
        mark = "warning: " if self.severity == "warning" else ""
        return f"{self.place}: {mark}{self.message}" if self.place else f"{mark}{self.message}"

    @property
    def sentence(self) -> str:
        """Return the message and the hint on one line, without the place."""
        return f"{self.message}. hint: {self.hint}" if self.hint else self.message

    def __lt__(self, other: Finding) -> bool:
        """Return whether this finding sorts before `other`: by place, findings without a place first."""
        return self._order() < other._order()

    def _order(self) -> tuple[bool, Place, tuple[str, ...]]:
        words = (self.message, self.rule, self.severity, self.role or "", *self.codes)
        return self.place is not None, self.place or Place(""), words


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that make the input invalid, in the same order."""
    return [finding for finding in findings if finding.severity == "error"]


def warnings_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that do not make the input invalid, in the same order."""
    return [finding for finding in findings if finding.severity == "warning"]
