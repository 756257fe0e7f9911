"""From a plan to the approval to carry it out: `judge` checks it against the policies, `approve` approves it.

Carrying out takes an `Approved`, and only `approve` makes one. So no caller, be it the command line, a loop or a script
that imports this package, can carry out a plan that a policy refuses.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, replace
from typing import TYPE_CHECKING, Final, final

from reconciler.model.errors import Refused
from reconciler.policy.limits import Limits, objections

if TYPE_CHECKING:
    from reconciler.plan.changes import Change, Plan

_SEAL: Final = object()
"""What `judge` and `approve` give to the types that they alone make."""


@final
@dataclass(frozen=True, slots=True)
class Judged:
    """A plan with its refused roles marked, and why it may not be carried out. `judge` makes it.

    `reasons` are complete sentences; without one, the plan may be carried out.
    """

    plan: Plan
    reasons: tuple[str, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        """Raise `TypeError` for all callers but `judge`."""
        _check(seal, "judge(plan, limits)")


@final
@dataclass(frozen=True, slots=True)
class Approved:
    """Changes that no policy refuses, in the order of their plan. `approve` makes it."""

    changes: tuple[Change, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        """Raise `TypeError` for all callers but `approve`."""
        _check(seal, "approve(judged)")


def judge(plan: Plan, limits: Limits) -> Judged:
    """Return the whole plan, checked against the policies."""
    found = objections(plan, limits)
    return Judged(replace(plan, refused=found.roles), found.reasons, _SEAL)


def approve(judged: Judged) -> Approved:
    """Return the changes of the plan, to be carried out. Raise `Refused` with every reason where there is one."""
    if judged.reasons:
        raise Refused("\n  ".join(["refused, nothing was written:", *judged.reasons]))
    return Approved(judged.plan.changes, _SEAL)


def _check(seal: object, maker: str) -> None:
    if seal is not _SEAL:
        raise TypeError(f"only {maker} makes this")
