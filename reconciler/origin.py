"""Where each change comes from: an edit of the role files, drift of the live state, or both.

Three states are compared: the role files at the merge base, the role files now (desired) and the live state. The
interface, section "Commands", says: `edit` where live still equals the base, so that all of the change comes from the
edited files; `drift` where the files did not change, so that all of it undoes what happened to the live role; `both`
otherwise. For the role of one name that is:

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

A rename is about two names, the earlier and the new one, and so `edit` where live equals the base for both, and `drift`
where desired equals the base for both. Where the live role of the new name is itself renamed away (a chain), or a role
is created in its place, the change is about that one's names too: without it neither could happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.plan import Change, Origin, Plan

if TYPE_CHECKING:
    from reconciler.roles import Role


def with_origins(plan: Plan, base: Mapping[str, Role]) -> Plan:
    """The same plan, each change with its origin. `base` holds the desired roles at the merge base by name."""
    live = {change.before.name: change for change in plan.changes if change.before}
    desired = {change.after.name: change.after for change in plan.changes if change.after}

    def origin(change: Change) -> Origin:
        names = set(_names(change, live))
        if all(_live_role(live.get(name)) == base.get(name) for name in names):
            return Origin.EDIT
        if all(desired.get(name) == base.get(name) for name in names):
            return Origin.DRIFT
        return Origin.BOTH

    return replace(plan, changes=tuple(replace(change, origin=origin(change)) for change in plan.changes))


def _live_role(change: Change | None) -> Role | None:
    return change.before if change else None


def _names(change: Change, live: Mapping[str, Change]) -> set[str]:
    """Every name that the change is about: its own before and after, then those of whoever has to make way for it."""
    names = {change.before.name} if change.before else set()
    following: Change | None = change
    while following is not None and following.after is not None and following.after.name not in names:
        names.add(following.after.name)
        following = live.get(following.after.name)
    return names
