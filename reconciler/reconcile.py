"""The whole story: read the live state, plan, check the limits; for `apply`, carry the plan out and look again.

Read this file first. The planner gets a reader, which has no method that writes; only `apply_changes` gets a writer.
There is one engine: a dry run is a pass that ends after `plan_pass`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.load import Loaded, codes, lookalikes
from reconciler.model.errors import Failed, InvalidInput, Refused
from reconciler.plan import renames
from reconciler.plan.compare import make_plan
from reconciler.plan.origin import with_origins
from reconciler.plan.remaining import as_live
from reconciler.plan.scope import Scope
from reconciler.plan.staleness import check_fits, check_granted, check_made_for
from reconciler.policy.judge import Approved, Judged, judge
from reconciler.policy.limits import NO_SYSTEM_ROLE, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.api.both import Lists
    from reconciler.apply.executor import Run
    from reconciler.apply.outcome import Outcome
    from reconciler.model.roles import Catalogue, LiveRole, Role
    from reconciler.plan.changes import Plan, Source


@dataclass(frozen=True, slots=True)
class Rules:
    """The configuration and command-line options of a pass."""

    scope: Scope = Scope()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of each change, and what a second reading of the live state shows to be left, one sentence each."""

    outcomes: tuple[Outcome, ...]
    remaining: tuple[str, ...] = ()
    converged: bool = False


def plan_pass(
    desired: Loaded,
    reader: Lists,
    rules: Rules,
    *,
    target: str,
    source: Source,
    base: Mapping[str, Role] | None = None,
) -> Judged:
    """Read the live state and compare: one list of roles, one list of permissions, whatever the number of roles.

    Raise `InvalidInput` when the catalogue does not have a code or a role cannot be matched, `Refused` instead when the
    live state also shows no system role, and `Failed` when the live state cannot be read.
    """
    from reconciler.api.both import read_both  # noqa: PLC0415 - showing a plan needs no API

    live, catalogue = read_both(reader)
    try:
        plan = _planned(desired, live, rules, target, source, catalogue)
    except InvalidInput:
        if any(role.untouchable for role in live):
            raise
        # A doubtful live state cannot prove a file wrong: when both apply, refused (4) comes before not valid (3).
        raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE}") from None
    if base is not None:
        plan = with_origins(plan, base, desired.roles)
    looks = lookalikes.notes(desired.roles, plan)
    # The end of a description does not matter while the server keeps it: `validate` reports it, not each plan.
    warned = (str(problem) for problem in desired.warnings if problem.rule != "description-ends")
    notes = sorted([*plan.notes, *warned, *renames.hints(plan), *renames.same_names(plan), *looks])
    return judge(replace(plan, notes=tuple(notes)), rules.limits)


def _planned(
    desired: Loaded,
    live: Sequence[LiveRole],
    rules: Rules,
    target: str,
    source: Source,
    catalogue: Catalogue,
) -> Plan:
    """Compare, and check new grants against the catalogue. Raise `InvalidInput` with the problems of both."""
    try:
        plan = make_plan(desired.roles, live, target=target, source=source, scope=rules.scope, catalogue=catalogue)
    except InvalidInput as error:
        raise InvalidInput((*error.findings, *codes.errors_unmatched(desired.roles, live, catalogue))) from None
    return replace(plan, notes=codes.notes(desired.roles, plan))


def fit_saved(plan: Plan, reader: Lists, rules: Rules, *, target: str, digest: str | None) -> Judged:
    """Check a saved plan against the tenant of this run, the role files here, the live state and the catalogue.

    Judge, and so approve, only the part of the plan that is left to do.

    `digest` is that of the role files here, None when there are none. Raise `StalePlan` when the plan is for another
    tenant, was made from other role files, or no longer fits the live state, the configuration in `rules` or the
    catalogue, and `Failed` when one of the two lists cannot be read.
    """
    check_made_for(plan, target, digest)
    live = reader.list_roles()
    left = check_fits(plan, live, rules.scope)
    judged = judge(as_live(plan, left, live, rules.scope), rules.limits)
    try:
        withdrawn = codes.withdrawn(left, reader.list_permissions)
    except Failed:
        if judged.reasons:  # when both apply, refused (4) comes before failed (1)
            return judged
        raise
    check_granted(plan, withdrawn)
    return judged


def apply_changes(
    approved: Approved,
    run: Run,
    read: Callable[[], Sequence[LiveRole]],
    remaining: Callable[[Sequence[LiveRole]], Sequence[str]],
) -> Applied:
    """Carry the approved changes out, then `read` the live state again; `remaining` returns what is left to do.

    When an answer was missing or wrong, the second reading decides (see `verify`), and the journal records it. After an
    interrupt there is no second reading: the outcomes are reported at once.
    """
    from reconciler.apply.executor import amended, carry_out  # noqa: PLC0415 - only writing needs these modules
    from reconciler.apply.verify import unverified, verified  # noqa: PLC0415

    outcomes = carry_out(approved, run)
    if run.stop.is_set():
        return Applied(outcomes, ("interrupted before verification; run `reconciler plan` to see what is left",))
    try:
        settled, live = verified(outcomes, run.writer, read)
    except Failed as error:
        told = amended(outcomes, unverified(outcomes), run)
        return Applied(told, (f"the live state could not be verified: {error}",))
    left = tuple(remaining(live))
    return Applied(amended(outcomes, settled, run), left, converged=not left and not _misstored(settled))


def _misstored(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.stored is not None for outcome in outcomes)
