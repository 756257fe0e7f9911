"""How each tenant of an apply ended, the exit code of them all, and the document of `apply --format json`. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from reconciler.model.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FORMAT_VERSION = "1.0"

Status = Literal["applied", "unchanged", "failed", "not_started"]
_STATUSES: tuple[Status, ...] = ("applied", "unchanged", "failed", "not_started")

_WORST_FIRST = (
    ExitCode.DEFECT,
    ExitCode.STALE,
    ExitCode.REFUSED,
    ExitCode.INVALID,
    ExitCode.COMMAND_LINE,
    ExitCode.FAILED,
    ExitCode.CHANGES,
    ExitCode.DONE,
)


class TenantEnd(NamedTuple):
    """How one tenant ended.

    `applied` means that changes were made and the live state was read again and found as it should be, `unchanged` that
    there was nothing to do. `code` is the exit code that the tenant would have by itself. `written` says whether
    something was written, or may have been. `outcome` is the document of its apply, None without one; `error` says
    what went wrong, and is inert.
    """

    name: str
    wave: int
    status: Status
    code: ExitCode = ExitCode.DONE
    written: bool = False
    outcome: dict[str, Any] | None = None
    error: str | None = None

    @property
    def converged(self) -> bool:
        """Return whether the tenant was read after its apply and found as it should be."""
        return self.status in {"applied", "unchanged"}


def not_started(name: str, wave: int, why: str) -> TenantEnd:
    """Return the end of a tenant whose turn did not come."""
    return TenantEnd(name, wave, "not_started", ExitCode.FAILED, error=why)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the worst of these exit codes; 0 if there is none. A defect is the worst: it is a fault of this program.

    A partly applied tenant is the same as a failed one here: that something was written is for `exit_code` to say.
    """
    ranked = (ExitCode.FAILED if code is ExitCode.PARTLY_APPLIED else code for code in codes)
    return min(ranked, key=_WORST_FIRST.index, default=ExitCode.DONE)


def exit_code(ends: Sequence[TenantEnd], *, interrupted: bool, held: ExitCode = ExitCode.DONE) -> ExitCode:
    """Return the exit code of an apply to several tenants.

    `interrupted`: a signal came. `held` is the code of what kept a wave from starting, if it was not a tenant.
    """
    codes = [held, *(end.code for end in ends)]
    undone = any(not end.converged for end in ends)
    if ExitCode.DEFECT in codes:
        return ExitCode.DEFECT
    if ExitCode.INTERRUPTED in codes or (interrupted and undone):
        return ExitCode.INTERRUPTED
    if undone and any(end.written for end in ends):
        return ExitCode.PARTLY_APPLIED
    return worst(codes)


def counts(ends: Iterable[TenantEnd]) -> dict[Status, int]:
    """Return how many tenants ended in each way."""
    found = Counter(end.status for end in ends)
    return {status: found[status] for status in _STATUSES}


def document(ends: Iterable[TenantEnd]) -> dict[str, Any]:
    """Return the document of `apply --format json` of several tenants, as plain values, sorted by tenant."""
    told = sorted(ends)
    return {
        "format_version": FORMAT_VERSION,
        "tenants": {
            end.name: {
                "exit_code": int(end.code),
                "wave": end.wave,
                "status": end.status,
                "outcome": end.outcome,
                "error": end.error,
            }
            for end in told
        },
        "summary": counts(told),
        "converged": all(end.converged for end in told),
    }
