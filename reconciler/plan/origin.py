"""Where each change comes from: an edit of the role files, drift of the live state, or both; and each code of it.

Three states are compared: the role files at the merge base, the role files now (desired) and the live state. The
interface, section "Commands", says: `edit` where live still equals the base, so that all of the change comes from the
edited files; `drift` where the files did not change, so that all of it undoes what happened to the live role; `both`
otherwise. For one role that is:

========  =====================  ====================  ==================
change    in the base            live                  origin
========  =====================  ====================  ==================
create    no                     no                    edit
create    as desired             no                    drift
create    otherwise              no                    both
update    as live                otherwise             edit
update    as desired             otherwise             drift
update    no, or a third thing   otherwise             both
delete    as live                yes                   edit
delete    no                     yes                   drift
delete    otherwise              yes                   both
========  =====================  ====================  ==================

Which role of the base a desired one is follows from the rules by which a plan finds its live role: the same name, or an
earlier one by `renamed_from`. So each link of a chain of renames is judged by its own three states. A code is either in
the base or not, and so comes from the edit where the base has it as live does, from drift where it has it as desired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.roles import LiveRole
from reconciler.plan.action import Origin
from reconciler.plan.matching import match

if TYPE_CHECKING:
    from reconciler.model.roles import DesiredRole, Role
    from reconciler.plan.changes import Change, Plan

_NOTHING: frozenset[str] = frozenset()


class Share(NamedTuple):
    """A number of grants and revokes of a plan."""

    grants: int
    revokes: int


class Shares(NamedTuple):
    """How many of a plan's grants and revokes come from the edit, and how many from drift."""

    edit: Share
    drift: Share


def with_origins(plan: Plan, base: Mapping[str, Role], desired: Sequence[DesiredRole]) -> Plan:
    """Return the plan, each change with its origin. `base` holds the desired roles at the merge base by name."""
    before = _Base.of(base, desired)
    return replace(plan, changes=tuple(map(before.judged, plan.changes)), compared=True)


def by_origin(plan: Plan) -> Shares | None:
    """Return the counts of the plan's grants and revokes by origin; None without `--base`."""
    if not plan.compared:
        return None
    drift = Share(
        sum(len(change.granted & change.drifted) for change in plan.changes),
        sum(len(change.revoked & change.drifted) for change in plan.changes),
    )
    whole = plan.summary()
    return Shares(Share(whole.grants - drift.grants, whole.revokes - drift.revokes), drift)


@dataclass(frozen=True, slots=True)
class _Base:
    """The roles of the base by name, the ones that desired roles continue, and the names that none continues."""

    roles: Mapping[str, Role]
    continued: Mapping[str, Role]
    dropped: frozenset[str]

    @classmethod
    def of(cls, base: Mapping[str, Role], desired: Sequence[DesiredRole]) -> _Base:
        # What cannot be decided between the files is no problem here: it concerns a plan from the live state only.
        found, _ = match(desired, {name: [LiveRole(name, role, is_system=False)] for name, role in base.items()}, ())
        continued = {name: role.role for name, role in found.items()}
        return cls(base, continued, frozenset(base.keys() - {role.name for role in continued.values()}))

    def judged(self, change: Change) -> Change:
        was = self.roles.get(change.name) if change.after is None else self.continued.get(change.name)
        codes = was.permissions if was else _NOTHING
        # Granted, and in the base: it was removed live. Revoked, and not in the base: it was added live.
        drifted = (change.granted & codes) | (change.revoked - codes)
        return replace(change, origin=self._origin(change, was), drifted=drifted)

    def _origin(self, change: Change, was: Role | None) -> Origin:
        if change.before == was:
            return Origin.EDIT
        # A role that takes over one whose file is gone was edited, even where its own file stayed as it was.
        taken_over = change.after is not None and change.before is not None and change.before.name in self.dropped
        return Origin.DRIFT if change.after == was and not taken_over else Origin.BOTH
