"""Narrow a plan to its revokes (`--only revokes`): what stays of each change, and what is left alone. Pure.

A live role that a desired role matches loses the codes that it holds and that are not desired. It keeps its name, its
description and its other codes, so after the plan it holds no code that it did not hold before, and none that is not
desired. All else that the whole plan does is left alone: grants, creates, deletes, renames and descriptions.

For example, the live role `old` holds `a.view` and `b.view`, and the files define `new` (renamed from `old`) with
`a.view` and `c.view`. The plan revokes `b.view` from `old`. The rename and the grant of `c.view` are left alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from reconciler.plan.action import Origin
from reconciler.plan.changes import Delete, Update
from reconciler.plan.fields import FieldChange, field_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.roles import Role
    from reconciler.plan.action import Action
    from reconciler.plan.changes import Change, Plan

Only = Literal["revokes"]
"""The kind of changes that a narrowed plan has."""


class LeftAlone(NamedTuple):
    """What the whole plan would do to one role, and a narrowed plan leaves alone.

    `name`, `action`, `granted` (sorted), `fields` and `renamed_from` are those of the whole plan's change.
    """

    name: str
    action: Action
    granted: tuple[str, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    renamed_from: str | None = None


def revokes_of(changes: Iterable[Change]) -> tuple[Update, ...]:
    """Return the changes of a whole plan as far as they revoke codes from managed roles, sorted by name and id."""
    narrowed = (_narrowed(change) for change in changes if isinstance(change, Update) and change.revoked)
    return tuple(sorted(narrowed, key=lambda change: (change.name, change.id)))


def only_revokes(plan: Plan) -> Plan:
    """Return the plan with only its revokes. Roles that the whole plan would delete become unmanaged roles that stay.

    A whole plan deletes all unmanaged roles or none. `kept` are the live roles that a file defines and of which all is
    left alone.
    """
    deletes = [change for change in plan.changes if isinstance(change, Delete)]
    return replace(
        plan,
        only="revokes",
        changes=revokes_of(plan.changes),
        left_alone=tuple(left for change in plan.changes if (left := _left(change)) is not None),
        kept=_kept(plan.changes),
        unmanaged=(*plan.unmanaged, *(change.before for change in deletes)),
        unmanaged_ids=(*plan.unmanaged_ids, *(change.id for change in deletes)),
    )


def _kept(changes: Sequence[Change]) -> tuple[Role, ...]:
    kept = [change.before for change in changes if isinstance(change, Update) and not change.revoked]
    return tuple(sorted(kept, key=lambda role: role.name))


def _narrowed(change: Update) -> Update:
    """Return the revokes of a change. `change` revokes something."""
    drifted = change.drifted & change.revoked
    return replace(
        change,
        after=replace(change.before, permissions=change.before.permissions & change.after.permissions),
        origin=_origin(change, drifted),
        drifted=drifted,
        drifted_fields=frozenset(),
        grants={},
    )


def _origin(change: Update, drifted: frozenset[str]) -> Origin:
    """Return where the revokes come from: those of a change that is `both` may come from the edit alone."""
    if change.origin is Origin.UNKNOWN:
        return Origin.UNKNOWN
    edited = change.revoked - drifted - change.ended.keys()
    if not drifted:
        return Origin.EDIT if edited else Origin.ENDED
    return Origin.BOTH if edited else Origin.DRIFT


def _left(change: Change) -> LeftAlone | None:
    """Return what is left alone of a change, or None if it only revokes."""
    if not isinstance(change, Update):
        return LeftAlone(change.name, change.action, tuple(sorted(change.granted)))
    fields = field_changes(change.before, change.after)
    if not (change.granted or fields):
        return None
    return LeftAlone(change.name, change.action, tuple(sorted(change.granted)), fields, change.renamed_from)
