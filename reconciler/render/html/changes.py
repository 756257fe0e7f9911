"""The list of changes: each role with its grants and revokes, fields, origin and place in the role files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from reconciler.plan.action import Action, Verdict
from reconciler.plan.changes import Change, Delete, Plan, Update, source_of
from reconciler.plan.fields import field_changes
from reconciler.render.grants import terms, through
from reconciler.render.html.words import does, importance
from reconciler.render.page.links import address
from reconciler.render.revisions import granted_by
from reconciler.render.words import (
    ORIGINS,
    code_mark,
    edit_first,
    fate,
    field_mark,
    names_more_than_one,
    replaced,
    said,
    sensitive_mark,
)

if TYPE_CHECKING:
    from reconciler.model.roles import Role
    from reconciler.render.view import Links, View


_LONG = 20
"""A longer list of changes is folded."""

_NEVER_FOLDED = frozenset({Verdict.WIDENS, Verdict.MIXED})


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A place in a role file as text; `href` is its URL on the forge, if there is one."""

    shown: str
    href: str | None


@dataclass(frozen=True, slots=True)
class ShownPermission:
    """A permission that is granted or revoked. `known` is true when the catalogue has it, and so its `name`.

    `mark` says that it is drift, ended or sensitive, `about` where a grant comes from, its end and its reason,
    and for a revoke what granted it.
    """

    code: str
    known: bool
    name: str
    mark: str
    about: str
    place: ShownPlace | None


class ShownField(NamedTuple):
    """A field before and after. `mark` says whether it is the edit or drift where the change is both."""

    path: str
    before: str
    after: str
    mark: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One change. `id` and `was`, the earlier name, are None when not needed; `place` is None when there is none."""

    kind: str
    name: str
    id: str | None
    fate: str
    verdict: str
    refused: bool
    was: str | None
    place: ShownPlace | None
    origin: str
    description: str
    fields: tuple[ShownField, ...]
    permissions: tuple[tuple[str, tuple[ShownPermission, ...]], ...]


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """The changes with one verdict. With `folds`, the page shows them only when opened."""

    verdict: str
    title: str
    note: str
    folds: bool
    changes: tuple[ShownChange, ...]


@dataclass(frozen=True, slots=True)
class ShownRole:
    """An unmanaged role that stays. `id` is None when its name is unique. Each code has its mark."""

    name: str
    id: str | None
    codes: tuple[tuple[str, str], ...]


def in_order(plan: Plan) -> list[Change]:
    """Return the plan's changes: those that widen access first; with equal verdict edits before drift; then by name."""
    return sorted(plan.changes, key=lambda change: (importance(change.verdict), edit_first(change)))


def by_verdict(plan: Plan, view: View) -> list[ShownVerdict]:
    """Return the changes, grouped by verdict. In a long list those that widen no access are folded."""
    long = len(plan.changes) > _LONG
    groups = groupby(changes(plan, view), key=lambda change: Verdict(change.verdict))
    return [
        ShownVerdict(verdict.value, does(verdict, plan), _deletes(found), long and verdict not in _NEVER_FOLDED, found)
        for verdict, found in ((verdict, tuple(members)) for verdict, members in groups)
    ]


def _deletes(found: tuple[ShownChange, ...]) -> str:
    """Return how many of the changes delete a role, in words; empty if none does."""
    number = sum(change.kind == Action.DELETE for change in found)
    return f"{number} of them {'is a delete' if number == 1 else 'are deletes'}" if number else ""


def changes(plan: Plan, view: View) -> list[ShownChange]:
    """Return what the page shows of each change, in order."""
    ambiguous = names_more_than_one(plan.changes)
    refused = {finding.role for finding in plan.refused}
    return [
        ShownChange(
            kind=change.action,
            name=said(change.name),
            id=change.id if change.name in ambiguous else None,
            fate=fate(change.action, plan),
            verdict=change.verdict.value,
            refused=change.name in refused,
            was=earlier_name(change),
            place=_place(change, view.links),
            origin=ORIGINS[change.origin],
            description="" if isinstance(change, Update) else role_of(change).description,
            fields=_fields(change),
            permissions=tuple(_permissions(change, plan, view.links)),
        )
        for change in in_order(plan)
    ]


def unmanaged(plan: Plan) -> list[ShownRole]:
    """Return the unmanaged roles that stay, with all their codes."""
    ambiguous = names_more_than_one(plan.unmanaged)
    return [
        ShownRole(
            said(role.name),
            role_id if role.name in ambiguous else None,
            tuple((code, sensitive_mark(plan, code)) for code in sorted(role.permissions)),
        )
        for role, role_id in plan.unmanaged_with_ids()
    ]


def role_of(change: Change) -> Role:
    """Return the role after the change; for a deleted one, the role before it."""
    return change.before if isinstance(change, Delete) else change.after


def earlier_name(change: Change) -> str | None:
    """Return the name from which a change renames its role; None if it renames none."""
    earlier = change.renamed_from if isinstance(change, Update) else None
    return None if earlier is None else said(earlier)


def _place(change: Change, links: Links | None) -> ShownPlace | None:
    location = change.location
    if location is None:
        return None
    shown = f"{location}, replaces {replaced(change)}" if replaced(change) else str(location)
    return ShownPlace(shown, address(location.path, location.line, links))


def _fields(change: Change) -> tuple[ShownField, ...]:
    if not isinstance(change, Update):
        return ()
    return tuple(
        ShownField(*field, field_mark(change, field.path)) for field in field_changes(change.before, change.after)
    )


def _permissions(change: Change, plan: Plan, links: Links | None) -> Iterator[tuple[str, tuple[ShownPermission, ...]]]:
    """Yield "granted" and "revoked", each only if it has permissions, with the permissions in order."""
    if codes := change.granted:
        yield (
            "granted",
            tuple(
                _permission(code, change, plan, _beside(change, code), _line(change, code, links))
                for code in sorted(codes)
            ),
        )
    if codes := change.revoked:
        yield "revoked", tuple(_permission(code, change, plan, granted_by(change, code)) for code in sorted(codes))


def _permission(code: str, change: Change, plan: Plan, about: str, place: ShownPlace | None = None) -> ShownPermission:
    known = plan.catalogue.get(code)
    name = known.name if known else ""
    mark = code_mark(change, code) + sensitive_mark(plan, code)
    return ShownPermission(code, known is not None, name, mark, about, place)


def _beside(change: Change, code: str) -> str:
    """Return the set, the pattern and the terms of a granted code; the link to its line says where that is."""
    item = source_of(change, code)
    return ", ".join(filter(None, (through(item) if item else "", terms(change, code))))


def _line(change: Change, code: str, links: Links | None) -> ShownPlace | None:
    item = source_of(change, code)
    if change.location is None or item is None:
        return None
    path, line = item.place.path, item.place.line
    shown = f"line {line}" if path == change.location.path else f"{path}:{line}"
    return ShownPlace(shown, address(path, line, links))
