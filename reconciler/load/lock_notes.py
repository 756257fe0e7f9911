"""Add to a plan what differs between the tenant's catalogue and the lock."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from reconciler.load.holders import holders_in
from reconciler.model.catalogue import Lock
from reconciler.model.inert import first_few, visible
from reconciler.plan.catalogue_changes import compare_catalogue
from reconciler.policy.mentions import named_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.load.loaded import Loaded
    from reconciler.plan.catalogue_changes import CatalogueChanges
    from reconciler.plan.changes import Plan
    from reconciler.policy.rules import Policies

_MOST_CODES = 20


def with_catalogue_changes(plan: Plan, desired: Loaded, lock: Lock, policies: Policies | None = None) -> Plan:
    """Return `plan` with what differs between its catalogue and the lock, and a note of what no role holds.

    A withdrawn code that `policies` or role files name does not differ.
    """
    # With the codes of both, a role is concerned if it loses a code, and if a pattern would give it one.
    both = Lock(lock.path, lock.url, {**lock.permissions, **plan.catalogue}, lock.withdrawn - plan.catalogue.keys())
    holders = cache(lambda: holders_in(desired.expanded(both)))

    def concerned(code: str) -> Iterable[str]:
        return holders()(code)  # a lock that is up to date asks for none

    named = {*desired.names_codes, *named_by(policies)} if lock.withdrawn else frozenset[str]()
    changes = compare_catalogue(lock, plan.catalogue, plan.target, concerned, named)
    note = _not_held(changes, lock)
    return replace(plan, catalogue_changes=changes, notes=(*plan.notes, note) if note else plan.notes)


def _not_held(changes: CatalogueChanges, lock: Lock) -> str:
    """Return one sentence for all differences in codes that no role holds, or an empty string without any.

    A withdrawn code that the tenant has again is one of them, and a role may hold it.
    """
    counts = (
        (len(changes.added), "new"),
        (sum(1 for entry in changes.removed if not entry.roles), "gone"),
        (sum(1 for entry in changes.renamed if not entry.roles), "renamed"),
        (sum(1 for entry in changes.changed if not entry.roles), "changed"),
    )
    differ = ", ".join(f"{count} {word}" for count, word in counts if count)
    if not differ:
        return ""
    held_again = any(entry.roles and entry.code in lock.withdrawn for entry in changes.added)
    which = "" if held_again else " in permissions that no role holds"
    return f"{lock.path} is not up to date{which} ({differ}). hint: run `reconciler lock` and commit the diff"


def with_undo_note(plan: Plan, lock: Lock) -> Plan:
    """Return the plan of an undo with a note of the codes that it grants and that the lock does not have."""
    granted = {code for change in plan.changes for code in change.granted}
    unlocked = sorted(granted - lock.grantable)
    if not unlocked:
        return plan
    shown = first_few(unlocked, _MOST_CODES, visible)
    note = f"undo goes by the tenant's catalogue: {lock.path} does not have {shown}"
    return replace(plan, notes=tuple(sorted([*plan.notes, note])))
