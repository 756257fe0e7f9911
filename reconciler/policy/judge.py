"""Approve a plan: `judge` checks it against the policies, `approve` makes the approval that applying it needs.

Applying a plan takes an `Approved`, and only `approve` makes one. So no caller can apply a plan that a policy refuses:
not the command line, not a loop, not a script that imports this package.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, replace
from typing import TYPE_CHECKING, Final, final

from reconciler.model.errors import Refused
from reconciler.model.policy_findings import denied
from reconciler.policy.limits import Limits, objections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.model.findings import Finding
    from reconciler.plan.changes import Change, Plan

_REMEDY: Final = "change the role, or add a waiver with a reason and an end; no option allows this"
_SEAL: Final = object()
"""The argument by which `Judged` and `Approved` know that `judge` or `approve` makes them."""


@final
@dataclass(frozen=True, slots=True)
class Judged:
    """A plan with its refused roles marked, and why it may not be applied. Only `judge` makes it.

    If there are no `reasons`, the plan may be applied.
    """

    plan: Plan
    reasons: tuple[Finding, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        """Raise `TypeError` when the caller is not `judge`."""
        _check(seal, "judge(plan, limits)")


@final
@dataclass(frozen=True, slots=True)
class Approved:
    """Changes that no policy refuses, in the order of their plan. Only `approve` makes it."""

    changes: tuple[Change, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        """Raise `TypeError` when the caller is not `approve`."""
        _check(seal, "approve(judged)")


def judge(plan: Plan, limits: Limits, *, asked: Plan | None = None) -> Judged:
    """Return the plan with the result of checking it against the limits and its findings of policies.

    What a policy denies refuses a plan that grants or creates something. `asked` is the whole plan if `plan` is the
    part of it that is left to do: a plan that was refused stays refused.
    """
    found = objections(plan, limits)
    refusing = denied(plan.findings) if (asked or plan).gives else ()
    roles = sorted((*found.roles, *refusing), key=lambda finding: (finding.role or "", finding.sentence))
    return Judged(replace(plan, refused=tuple(roles)), (*found.plan, *_by_policy(refusing)), _SEAL)


def _by_policy(refusing: Iterable[Finding]) -> Iterator[Finding]:
    """Yield one reason for each policy: its first finding, and how many more there are."""
    groups: dict[str, list[Finding]] = {}
    for finding in refusing:
        groups.setdefault(finding.rule, []).append(finding)
    for first, *others in groups.values():
        more = f" (and {len(others)} more finding{'s' * (len(others) != 1)} of this policy)" if others else ""
        yield replace(first, message=f"{first.message}{more}", hint=_REMEDY)


def approve(judged: Judged) -> Approved:
    """Return the approved changes of the plan. Raise `Refused` with all reasons when there is at least one."""
    if judged.reasons:
        raise Refused("\n  ".join(["refused, nothing was written:", *(reason.sentence for reason in judged.reasons)]))
    return Approved(judged.plan.changes, _SEAL)


def _check(seal: object, maker: str) -> None:
    if seal is not _SEAL:
        raise TypeError(f"only {maker} makes this")
