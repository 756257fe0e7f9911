"""What became of each change of an apply, and the exit code that follows from it.

How it is shown is in `reconciler.render.outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from reconciler.model.errors import ExitCode
from reconciler.plan.changes import Create

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.roles import Role
    from reconciler.plan.changes import Change

Status = Literal["applied", "failed", "skipped"]

NOT_KNOWN = "; run `reconciler plan` to check"
"""The end of the `error` of `Kind.OPEN`, until the second reading."""

NOT_SHOWN = "the server confirmed it, but the live state does not show it"

STOPPED = "interrupted before it started; apply again to continue"
STOPPED_ALL = "interrupted before they started; apply again to continue"
"""The same of several changes, on one line."""

_NO_ACCESS = frozenset({401, 403})


class Kind(StrEnum):
    """What became of one change, finer than the interface's three statuses."""

    APPLIED = "applied"
    ALREADY = "already-so"
    FAILED = "failed"
    CHANGED = "changed-meanwhile"
    OPEN = "not-known"
    UNTRIED = "not-tried"


_STATUS: dict[Kind, Status] = {
    Kind.APPLIED: "applied",
    Kind.ALREADY: "skipped",
    Kind.FAILED: "failed",
    Kind.CHANGED: "failed",
    Kind.OPEN: "failed",
    Kind.UNTRIED: "skipped",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change.

    `error` is a complete message, already inert; None if nothing is wrong: applied, or already so. `attempts` counts
    the write requests that were sent. `id` is the created role's id, for a create that was applied. `defect` is an
    unexpected exception, to be raised again once the outcomes are shown. `stored` is the role as the server stores
    it, if that is not what was requested. `ours` says whether a request of this run may have done it, `refused` is
    the HTTP status of the refusal that decided, `note` a remark on an applied change, and `shown` says whether the
    answer to the write showed the role.
    """

    change: Change
    kind: Kind
    error: str | None = None
    attempts: int = 0
    id: str | None = None
    defect: Exception | None = field(default=None, compare=False)
    stored: Role | None = None
    ours: bool = field(default=False, compare=False)
    refused: int | None = field(default=None, compare=False)
    note: str | None = field(default=None, compare=False)
    shown: bool = field(default=False, compare=False)

    @property
    def status(self) -> Status:
        """Return the interface's word for it."""
        return _STATUS[self.kind]

    @property
    def perhaps(self) -> bool:
        """Return whether this is a refused create that may be done anyway: a list that is behind hides it."""
        ours = self.ours and self.refused not in _NO_ACCESS  # a create that failed is ours only by a refusal
        return self.kind is Kind.FAILED and isinstance(self.change, Create) and ours

    @property
    def made(self) -> bool:
        """Return whether the role is now as the change wants it: applied, or already so."""
        return self.kind in {Kind.APPLIED, Kind.ALREADY}


def defect_in(outcomes: Iterable[Outcome]) -> Exception | None:
    """Return the first unexpected exception, to be raised again once the outcomes are shown."""
    return next((outcome.defect for outcome in outcomes if outcome.defect is not None), None)


def exit_code(outcomes: Sequence[Outcome], *, converged: bool, interrupted: bool, saved: bool) -> ExitCode:
    """Return the exit code of an apply. `interrupted`: a signal came; `saved`: the plan was read from a file.

    A defect is 70. A signal that left work undone or unverified is 130, whatever was written before it: the report says
    what was. Then what was written decides (6). An unknown write counts as written: 1 promises that nothing was.
    """
    kinds = {outcome.kind for outcome in outcomes}
    written = may_have_written(outcomes)
    undone = any(outcome.error is not None or outcome.stored is not None for outcome in outcomes)
    if defect_in(outcomes) is not None:
        return ExitCode.DEFECT
    if not undone and converged:
        return ExitCode.DONE
    if interrupted:
        return ExitCode.INTERRUPTED
    if written:
        return ExitCode.PARTLY_APPLIED
    if saved and Kind.CHANGED in kinds:
        return ExitCode.STALE
    return ExitCode.FAILED


def may_have_written(outcomes: Iterable[Outcome]) -> bool:
    """Return whether a request of this run changed something, or may have."""
    return any(
        outcome.kind in {Kind.APPLIED, Kind.OPEN} or (outcome.kind is Kind.CHANGED and outcome.ours)
        for outcome in outcomes
    )


def counts(outcomes: Iterable[Outcome]) -> dict[Status, int]:
    """Return how many outcomes there are of each of the three statuses."""
    found: dict[Status, int] = {"applied": 0, "failed": 0, "skipped": 0}
    for outcome in outcomes:
        found[outcome.status] += 1
    return found
