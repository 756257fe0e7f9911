"""A plan with `--base`, taken apart: what the edit does, what drift is, and which grants ended.

A change that is both is two: each has only its own codes and fields, so the counts of a section are those of what is in
it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.plan.action import Origin, Verdict
from reconciler.plan.changes import Create, Delete, Update
from reconciler.render.words import compares, counted, edit_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.plan.changes import Change, Plan

_FIELDS = ("name", "description")
_NONE: frozenset[str] = frozenset()


class Apart(NamedTuple):
    """The changes of a plan by where they come from. Without `--base`, `edit` has all of them.

    `split` has the names of the roles that are in more than one list.
    """

    edit: tuple[Change, ...]
    ended: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    split: frozenset[str] = frozenset()


def apart(plan: Plan) -> Apart:
    """Return the changes of a plan by where they come from, each list with the author's edits first."""
    changes = sorted(plan.changes, key=edit_first)
    if not plan.compared:
        return Apart(tuple(changes))
    lists: dict[Origin, list[Change]] = {Origin.EDIT: [], Origin.ENDED: [], Origin.DRIFT: []}
    split = set()
    for change in changes:
        found = _parts(change)
        for origin, part in found.items():
            lists[origin].append(part)
        if len(found) > 1:
            split.add(change.name)
    edit, ended, drift = map(tuple, lists.values())
    return Apart(edit, ended, drift, frozenset(split))


def tally(changes: Sequence[Change]) -> str:
    """Return `2 grants, 8 revokes in 5 roles`, without what is not there; empty if there is no change.

    Roles whose access stays are counted only if there is no other.
    """
    grants, revokes = grants_in(changes), revokes_in(changes)
    if not grants and not revokes:
        return f"{counted(len(changes), 'role')} without effect on access" if changes else ""
    counts = [counted(grants, "grant")] if grants else []
    counts += [counted(revokes, "revoke")] if revokes else []
    roles = sum(1 for change in changes if change.granted or change.revoked)
    return f"{', '.join(counts)} in {counted(roles, 'role')}"


def apart_in_words(plan: Plan) -> str:
    """Return `This edit: 7 grants in 2 roles. Drift: 2 grants, 8 revokes in 5 roles`; empty without `--base`."""
    lists = apart(plan)
    if compares(plan):
        return f"This edit: {tally(lists.edit)}"
    if not plan.compared:
        return ""
    said = [f"This edit: {tally(lists.edit) or 'no changes'}"]
    said += [f"Ended: {tally(lists.ended)}"] if lists.ended else []
    if lists.drift:
        return ". ".join([*said, f"Drift: {tally(lists.drift)}"])
    # A change may be both although none of its codes is drift: then this says nothing about drift.
    drifts = any(change.origin is Origin.BOTH for change in lists.edit)
    return ". ".join(said if drifts else [*said, "No drift"])


def widening(changes: Iterable[Change]) -> list[Change]:
    """Return the changes that grant something."""
    return [change for change in changes if change.granted]


def of_verdict(changes: Iterable[Change], verdict: Verdict) -> list[Change]:
    """Return the changes with this verdict."""
    return [change for change in changes if change.verdict is verdict]


def grants_in(changes: Iterable[Change]) -> int:
    """Return how many permissions the changes grant."""
    return sum(len(change.granted) for change in changes)


def revokes_in(changes: Iterable[Change]) -> int:
    """Return how many permissions the changes revoke."""
    return sum(len(change.revoked) for change in changes)


def grants_of(changes: Sequence[Change]) -> str:
    """Return `9 grants in 3 roles`."""
    return f"{counted(grants_in(changes), 'grant')} in {counted(len(changes), 'role')}"


def revokes_of(changes: Sequence[Change]) -> str:
    """Return `9 revokes in 3 roles`."""
    return f"{counted(revokes_in(changes), 'revoke')} in {counted(len(changes), 'role')}"


def part_in_words(change: Change) -> str:
    """Return which part of a split change this is."""
    codes, fields = change.granted | change.revoked, _fields(change)
    if codes and codes <= change.ended.keys():
        return "here: only what ended"
    drift = codes <= change.drifted and fields <= _drifted_fields(change)
    return "here: only drift" if drift else "here: only the edit"


def _parts(change: Change) -> dict[Origin, Change]:
    """Return the parts of the change by origin: one, or several if its codes or its fields differ in theirs."""
    home = change.origin if change.origin in {Origin.ENDED, Origin.DRIFT} else Origin.EDIT
    every, ended = change.granted | change.revoked, frozenset(change.ended)
    drifted = {Origin.DRIFT: every, Origin.BOTH: change.drifted}.get(change.origin, frozenset()) - ended
    codes = {Origin.EDIT: every - ended - drifted, Origin.ENDED: ended, Origin.DRIFT: drifted}
    moved = _drifted_fields(change)
    if codes[home] == every and (home is Origin.DRIFT or not moved):
        return {home: change}
    fields: dict[Origin, frozenset[str]] = {home: _fields(change) - moved}
    fields |= {Origin.DRIFT: moved} if moved else {}
    parts = ((origin, those, fields.get(origin, _NONE)) for origin, those in codes.items())
    return {origin: _only(change, those, own) for origin, those, own in parts if those or own}


def _fields(change: Change) -> frozenset[str]:
    """Return which of a role's name and description the change changes."""
    if not isinstance(change, Update):
        return _NONE
    return frozenset(path for path in _FIELDS if getattr(change.before, path) != getattr(change.after, path))


def _drifted_fields(change: Change) -> frozenset[str]:
    """Return those of the changed fields that are drift."""
    fields = _fields(change)
    if isinstance(change, Update) and change.origin is Origin.BOTH:
        return fields & change.drifted_fields
    return fields if change.origin is Origin.DRIFT else _NONE


def _only(change: Change, codes: frozenset[str], fields: frozenset[str]) -> Change:
    """Return the change with these of its codes and these of its fields."""
    granted, revoked = change.granted & codes, change.revoked & codes
    if isinstance(change, Create):
        return replace(change, after=replace(change.after, permissions=granted))
    if isinstance(change, Delete):
        return replace(change, before=replace(change.before, permissions=revoked))
    before, after = change.before, change.after
    was = {path: getattr(before if path in fields else after, path) for path in _FIELDS}
    return replace(
        change,
        before=replace(before, **was),
        after=replace(after, permissions=(before.permissions | granted) - revoked),
    )
