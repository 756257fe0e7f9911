"""The story on one screen: read live, plan, check the limits; and for `apply` carry it out and look again.

This is the file to read first. The planner gets a reader, which has no method that writes; only `apply_changes` gets a
writer. There is one engine: a dry run is a pass that ends after `plan_pass`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.load import Loaded, codes
from reconciler.load.notes import with_notes
from reconciler.model.errors import Failed, InvalidInput, Refused
from reconciler.plan.compare import make_plan
from reconciler.plan.origin import with_origins
from reconciler.plan.remaining import as_live
from reconciler.plan.scope import Scope
from reconciler.plan.staleness import check_fits, check_granted, check_made_for
from reconciler.policy.judge import Judged, judge
from reconciler.policy.limits import NO_SYSTEM_ROLE, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.api.both import Lists
    from reconciler.model.roles import Catalogue, LiveRole, Role
    from reconciler.plan.changes import Plan, Source


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration and the command line say about a pass."""

    scope: Scope = Scope()
    limits: Limits = Limits()


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

    Raises `InvalidInput` for codes that the catalogue does not have and for roles that cannot be matched, `Refused` for
    either where the live state shows no system role, and `Failed` where the live state cannot be read.
    """
    from reconciler.api.both import read_both  # noqa: PLC0415 - who only shows a plan asks no API

    live, catalogue = read_both(reader)
    try:
        plan = _planned(desired, live, rules, target, source, catalogue)
    except InvalidInput:
        if any(role.untouchable for role in live):
            raise
        # What is not believed proves no file wrong: where both hold, refused (4) goes before not valid (3).
        raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE}") from None
    if base is not None:
        plan = with_origins(plan, base, desired.roles)
    return judge(with_notes(plan, desired), rules.limits)


def _planned(
    desired: Loaded,
    live: Sequence[LiveRole],
    rules: Rules,
    target: str,
    source: Source,
    catalogue: Catalogue,
) -> Plan:
    """Compare, and hold what would be granted against the catalogue. Raises `InvalidInput` for both at once."""
    try:
        plan = make_plan(desired.roles, live, target=target, source=source, scope=rules.scope, catalogue=catalogue)
    except InvalidInput as error:
        raise InvalidInput((*error.findings, *codes.errors_unmatched(desired.roles, live, catalogue))) from None
    return replace(plan, notes=codes.notes(desired.roles, plan))


def fit_saved(plan: Plan, reader: Lists, rules: Rules, *, target: str, digest: str | None) -> Judged:
    """Hold a saved plan against the tenant it would run on, the files at hand, the live state and the catalogue.

    What is judged, and so what may be approved, is what is left of the plan to be done.

    `digest` is that of the role files at hand, None where there are none. Raises `StalePlan` where the plan is for
    another tenant, was made from other role files, or no longer fits the live state, the configuration in `rules` or
    the catalogue; and `Failed` where one of the two lists cannot be read.
    """
    check_made_for(plan, target, digest)
    live = reader.list_roles()
    left = check_fits(plan, live, rules.scope)
    judged = judge(as_live(plan, left, live, rules.scope), rules.limits)
    try:
        withdrawn = codes.withdrawn(left, reader.list_permissions)
    except Failed:
        if judged.reasons:  # where both hold, refused (4) goes before failed (1)
            return judged
        raise
    check_granted(plan, withdrawn)
    return judged
