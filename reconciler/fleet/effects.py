"""What the plans of several tenants do: equal changes are grouped into one effect. Pure.

Two plans have the same effect if their changes are the same by name, before and after. Ids differ from tenant to
tenant, and where a change comes from does not change what it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.plan.action import Action, Verdict
from reconciler.plan.changes import Update
from reconciler.plan.fields import FieldChange, field_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.roles import Role
    from reconciler.plan.changes import Change


class EffectChange(NamedTuple):
    """One change of an effect. `granted` and `revoked` are sorted."""

    action: Action
    name: str
    renamed_from: str | None = None
    granted: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    fields: tuple[FieldChange, ...] = ()


class Effect(NamedTuple):
    """What the plans of these tenants do, each of them. `tenants` are sorted, and there is at least one."""

    tenants: tuple[str, ...]
    changes: tuple[EffectChange, ...]

    @property
    def verdict(self) -> Verdict:
        """Return what the effect does to access."""
        return verdict_of([self])

    @property
    def grants(self) -> bool:
        """Return whether the effect grants something."""
        return any(change.granted for change in self.changes)


def verdict_of(found: Iterable[Effect]) -> Verdict:
    """Return what the effects together do to access."""
    changes = [change for effect in found for change in effect.changes]
    return Verdict.of(sum(len(change.granted) for change in changes), sum(len(change.revoked) for change in changes))


def effects(plans: Iterable[tuple[str, Sequence[Change]]]) -> tuple[Effect, ...]:
    """Return the effects of the changes of tenants (name, changes); a tenant without changes has none.

    What grants comes first, then what fewer tenants have.
    """
    groups: dict[tuple[tuple[Role | None, Role | None], ...], tuple[list[str], Sequence[Change]]] = {}
    for tenant, changes in plans:
        if changes:
            key = tuple((change.before, change.after) for change in changes)
            groups.setdefault(key, ([], changes))[0].append(tenant)
    found = (Effect(tuple(sorted(tenants)), tuple(map(_told, changes))) for tenants, changes in groups.values())
    return tuple(sorted(found, key=lambda effect: (not effect.grants, len(effect.tenants), effect.tenants)))


def _told(change: Change) -> EffectChange:
    renamed_from = change.renamed_from if isinstance(change, Update) else None
    fields = field_changes(change.before, change.after) if isinstance(change, Update) else ()
    granted, revoked = tuple(sorted(change.granted)), tuple(sorted(change.revoked))
    return EffectChange(change.action, change.name, renamed_from, granted, revoked, fields)
