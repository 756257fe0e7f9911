"""The matrix of roles by permissions, before and after: its rows and columns, and their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.plan.changes import Change, Plan, id_of
from reconciler.render.html.changes import in_order, role_of
from reconciler.render.page.columns import columns_of, groups_of
from reconciler.render.words import compares

if TYPE_CHECKING:
    from reconciler.model.roles import Role
    from reconciler.render.page.columns import Column

_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """One role, before and after; without a change, both are equal. `id` is None when it is unknown."""

    role: Role
    before: frozenset[str]
    after: frozenset[str]
    change: Change | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Rows with the same fate."""

    key: Literal["changed", "unchanged", "kept", "unmanaged", "ignored", "system"]
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Columns sorted by category and code; sections in reading order."""

    columns: tuple[Column, ...]
    sections: tuple[Section, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the rows of all sections, from top to bottom."""
        return tuple(row for section in self.sections for row in section.rows)

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Return the categories, each with its number of columns."""
        return groups_of(self.columns)

    @property
    def touched(self) -> int:
        """Return how many of the columns a change grants or revokes."""
        return len(frozenset[str]().union(*(row.before ^ row.after for row in self.rows if row.change is not None)))


def matrix_of(plan: Plan) -> Matrix:
    """Return every role of the plan by every code: changed roles first, roles that never change last."""
    same = "as they were" if compares(plan) else "already match the role files"
    found = (
        Section("changed", "Changed", tuple(_changed(change, plan) for change in in_order(plan))),
        Section("unchanged", f"Unchanged: {same}", _same(plan.unchanged)),
        Section("kept", "Left alone: this plan only revokes", _same(plan.kept)),
        Section("unmanaged", "Unmanaged: live, but not in any role file", _unmanaged(plan)),
        Section("ignored", "Ignored: excluded by the configuration", _same(plan.ignored)),
        Section("system", "System roles: never changed", _same(plan.system)),
    )
    sections = tuple(section for section in found if section.rows)
    held = {code for section in sections for row in section.rows for code in row.before | row.after}
    return Matrix(columns_of(plan.catalogue, held, plan.sensitive), sections)


def _changed(change: Change, plan: Plan) -> Row:
    return Row(
        role_of(change),
        change.before.permissions if change.before else _NOBODY,
        change.after.permissions if change.after else _NOBODY,
        change,
        id_of(change, plan),
    )


def _unmanaged(plan: Plan) -> tuple[Row, ...]:
    return tuple(
        Row(role, role.permissions, role.permissions, id=role_id) for role, role_id in plan.unmanaged_with_ids()
    )


def _same(roles: tuple[Role, ...]) -> tuple[Row, ...]:
    return tuple(Row(role, role.permissions, role.permissions) for role in roles)
