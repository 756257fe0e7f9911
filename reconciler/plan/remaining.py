"""Find the changes that are left: of a saved plan before it runs, and of role files or a plan after it ran."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.errors import InvalidInput
from reconciler.model.inert import named
from reconciler.model.roles import id_key
from reconciler.plan.compare import compare
from reconciler.plan.only import revokes_of
from reconciler.plan.scope import Scope, matches
from reconciler.plan.staleness import fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.model.roles import DesiredRole, LiveRole
    from reconciler.plan.changes import Change, Plan
    from reconciler.plan.only import Only


def remaining_of_files(
    desired: Sequence[DesiredRole],
    scope: Scope,
    only: Only | None = None,
    leave: Callable[[Change], Change | None] | None = None,
) -> Callable[[Sequence[LiveRole]], Sequence[str]]:
    """Return a function from live roles to what a new plan of the same role files would change, as sentences.

    With `only`, that is a plan of this kind of changes. `leave` returns what is done of a change, None if it is left
    alone altogether.
    """

    def remaining(live: Sequence[LiveRole]) -> list[str]:
        try:
            found = compare(desired, live, scope)
        except InvalidInput as error:
            return [str(finding) for finding in error.findings]
        changes = found.changes if only is None else revokes_of(found.changes)
        done = changes if leave is None else [each for change in changes if (each := leave(change)) is not None]
        return [still_to_do(change) for change in done]

    return remaining


def remaining_of_plan(plan: Plan) -> Callable[[Sequence[LiveRole]], Sequence[str]]:
    """Return a function from live roles to the changes of a saved plan that are not in effect, as sentences."""

    def remaining(live: Sequence[LiveRole]) -> list[str]:
        found = fit(plan, live)
        return [*map(still_to_do, found.open), *found.stale]

    return remaining


def still_to_do(change: Change) -> str:
    """Return the sentence that a change is left."""
    return f"{named(change.name)} is still to be {change.action.done}"


def as_live(plan: Plan, changes: Sequence[Change], live: Sequence[LiveRole], scope: Scope) -> Plan:
    """Return the plan with only `changes`, and with the roles that are live now, so limits use the true percentages.

    The digest of a saved plan does not cover the roles that it leaves alone, so these are taken from `live`.
    """
    touched = {id_key(change.id) for change in changes if change.id}
    custom = [
        role
        for role in live
        if not role.untouchable and id_key(role.id) not in touched and matches(role.role.name, scope.manage)
    ]
    ignored = [role.role for role in custom if matches(role.role.name, scope.ignore)]
    return replace(
        plan,
        changes=tuple(changes),
        unchanged=tuple(role.role for role in custom if not matches(role.role.name, scope.ignore)),
        kept=(),
        unmanaged=(),
        ignored=tuple(ignored),
        system=tuple(role.role for role in live if role.untouchable),
    )
