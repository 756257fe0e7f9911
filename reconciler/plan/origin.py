"""Tell for each change, and for each of its codes, whether it comes from an edit of the files, from drift or both.

Three states are compared: the role files at the merge base, the role files now (desired) and the live state. The rules
are those of docs/interface.md, section "Commands":

- `edit`: the live role equals the base, so the whole change comes from the edited files.
- `drift`: the files did not change, so the whole change undoes what happened to the live role.
- `both`: all other cases.

For one role this gives:

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

The role of the base is found as a plan finds a live role: by the same name, or by an earlier one in `renamed_from`. So
each role in a chain of renames has its own three states. A granted or revoked code comes from the edit if the base and
the live role agree on it, and from drift if the base and the desired role do. So does another name or description; if
all three differ, it comes from the edit. Codes whose grants ended are left out of all three states. If nothing else is
left of the change, its origin is `ended`.

For example, the base grants `calls.view`, the files now grant `calls.view` and `calls.edit`, and the live role has
neither. The change is `both`: granting `calls.view` undoes drift, and granting `calls.edit` comes from the edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.roles import LiveRole
from reconciler.plan.action import Origin
from reconciler.plan.changes import Update
from reconciler.plan.ends import ends_changed
from reconciler.plan.matching import match

if TYPE_CHECKING:
    from reconciler.model.roles import DesiredRole, Role
    from reconciler.plan.changes import Change, Plan
    from reconciler.plan.ends import EndChanged

_NOTHING: frozenset[str] = frozenset()


class Share(NamedTuple):
    """A number of grants and a number of revokes."""

    grants: int
    revokes: int


class Shares(NamedTuple):
    """How many of a plan's grants and revokes come from the edit, and how many from drift.

    Revokes by an end are neither.
    """

    edit: Share
    drift: Share


def with_origins(plan: Plan, base: Mapping[str, DesiredRole], desired: Sequence[DesiredRole]) -> Plan:
    """Return the plan with the origin of each change. `base` holds the desired roles at the merge base by name."""
    before = _Base.of(base, desired)
    changes = tuple(map(before.judged, plan.changes))
    return replace(plan, changes=changes, compared=True, ends_changed=before.ends_changed(desired))


def as_edit(plan: Plan, base: Mapping[str, DesiredRole], desired: Sequence[DesiredRole]) -> Plan:
    """Return a comparison with `base`: every change comes from the edit, because there is no live state to drift."""
    changes = tuple(replace(change, origin=Origin.EDIT) for change in plan.changes)
    return replace(plan, changes=changes, ends_changed=_Base.of(base, desired).ends_changed(desired))


def by_origin(plan: Plan) -> Shares | None:
    """Return the plan's grants and revokes by origin, or None if the plan has no origins."""
    if not plan.compared:
        return None
    drift = Share(
        sum(len(change.granted & change.drifted) for change in plan.changes),
        sum(len(change.revoked & change.drifted) for change in plan.changes),
    )
    whole = plan.summary()
    ended = sum(len(change.ended) for change in plan.changes)
    return Shares(Share(whole.grants - drift.grants, whole.revokes - drift.revokes - ended), drift)


def continued(base: Mapping[str, DesiredRole], desired: Sequence[DesiredRole]) -> Mapping[str, DesiredRole]:
    """Return, by the name of a desired role, the role of the base that it continues: by its name, or an earlier one."""
    # An ambiguous earlier name is not a problem here: it only matters for a plan from the live state.
    roles = {name: [LiveRole(name, entry.role, is_system=False)] for name, entry in base.items()}
    found, _ = match(desired, roles, ())
    return {name: base[role.role.name] for name, role in found.items()}


class _Base(NamedTuple):
    """The role files at the merge base.

    `roles` has the roles by name. `continued` has, by the name of a desired role, the role that it continues. `dropped`
    has the names of the roles that no desired role continues.
    """

    roles: Mapping[str, DesiredRole]
    continued: Mapping[str, DesiredRole]
    dropped: frozenset[str]

    @classmethod
    def of(cls, base: Mapping[str, DesiredRole], desired: Sequence[DesiredRole]) -> _Base:
        found = continued(base, desired)
        return cls(base, found, frozenset(base.keys() - {entry.role.name for entry in found.values()}))

    def ends_changed(self, desired: Iterable[DesiredRole]) -> tuple[EndChanged, ...]:
        names = {name: entry.role.name for name, entry in self.continued.items()}
        return ends_changed(self.roles, names, desired)

    def judged(self, change: Change) -> Change:
        entry = self.roles.get(change.name) if change.after is None else self.continued.get(change.name)
        was = None if entry is None else _with_ended(entry, change.before)
        codes = was.permissions if was else _NOTHING
        ended = frozenset(change.ended)
        # A code that is granted and in the base was removed from the live role; one that is revoked and not in the
        # base was added to it.
        drifted = (change.granted & codes) | (change.revoked - codes - ended)
        judged = replace(change, origin=self._origin(change, was, ended), drifted=drifted)
        if isinstance(judged, Update) and was is not None and not self._takes_over(judged):
            judged = replace(judged, drifted_fields=_drifted_fields(judged, was))
        return judged

    def _origin(self, change: Change, was: Role | None, ended: frozenset[str]) -> Origin:
        before = _without(change.before, ended)
        if ended and before == change.after:
            return Origin.ENDED
        was = _without(was, ended)
        if before == was:
            return Origin.EDIT
        return Origin.DRIFT if change.after == was and not self._takes_over(change) else Origin.BOTH

    def _takes_over(self, change: Change) -> bool:
        """Return whether a role takes over one whose file was removed: an edit, even if its own file did not change."""
        return change.before is not None and change.before.name in self.dropped


def _drifted_fields(change: Update, was: Role) -> frozenset[str]:
    """Return the fields in which the live role differs, and that the files still ask for as they did in the base."""
    fields = ((path, getattr(change.before, path), getattr(change.after, path)) for path in ("name", "description"))
    return frozenset(path for path, before, after in fields if before != after == getattr(was, path))


def _without(role: Role | None, codes: frozenset[str]) -> Role | None:
    """Return the role without `codes`."""
    return replace(role, permissions=role.permissions - codes) if role and codes else role


def _with_ended(entry: DesiredRole, live: Role | None) -> Role:
    """Return the role of the base with the codes that ended and that no plan has revoked yet: that is not drift."""
    kept = entry.ended.keys() & live.permissions if live else frozenset[str]()
    return replace(entry.role, permissions=entry.role.permissions | kept) if kept else entry.role
