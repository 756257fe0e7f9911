"""What came of planning one tenant of several. A value: no plan is kept, only its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from reconciler.model.errors import CommandLineError, ExitCode, InvalidInput, Refused
from reconciler.plan.document import digest, summary_document

if TYPE_CHECKING:
    from reconciler.model.errors import ReconcilerError
    from reconciler.plan.changes import Change, Plan

Result = Literal["changes", "no_changes", "refused", "invalid", "failed"]
"""What came of it: a plan with or without changes, a refused plan, files that are not valid, or no answer."""


class TenantPlan(NamedTuple):
    """What came of planning the tenant `name`.

    `digest` and `summary` are those of its plan, as in the plan's document; None without a plan. `error` says why there
    is no plan or why it is refused, and is inert. `code` is the exit code that the tenant would have by itself, except
    that a wrong option, such as a key that is missing, is a failure among several.
    """

    name: str
    result: Result
    code: ExitCode
    digest: str | None = None
    summary: dict[str, Any] | None = None
    error: str | None = None
    changes: tuple[Change, ...] = ()


def planned(name: str, plan: Plan, refusal: Refused | None = None) -> TenantPlan:
    """Return what a plan means for its tenant. `refusal` is why it may not be applied, if that is so."""
    made: Result = "changes" if plan.changes else "no_changes"
    result: Result = made if refusal is None else "refused"
    code = ExitCode.DONE if refusal is None else refusal.exit_code
    error = None if refusal is None else str(refusal)
    return TenantPlan(name, result, code, digest(plan), summary_document(plan), error, plan.changes)


def unplanned(name: str, error: ReconcilerError) -> TenantPlan:
    """Return the same for a tenant that could not be planned."""
    if isinstance(error, Refused):
        return TenantPlan(name, "refused", ExitCode.REFUSED, error=str(error))
    result: Result = "invalid" if isinstance(error, InvalidInput) else "failed"
    code = ExitCode.FAILED if isinstance(error, CommandLineError) else error.exit_code
    return TenantPlan(name, result, code, error=str(error))
