"""The table of the matrix: what it shows, and the data that the script needs.

The whole table is in the HTML, so people can view, print and copy it without the script. The script adds filters, the
keyboard and the details.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reconciler.plan.changes import Plan, Update, source_of
from reconciler.render.html.words import origin_sentence, unknown
from reconciler.render.page.columns import column_details
from reconciler.render.page.links import address
from reconciler.render.words import counted, names_more_than_one, roles_by_reason, said

if TYPE_CHECKING:
    from reconciler.render.html.matrix import Matrix, Row
    from reconciler.render.page.columns import Column
    from reconciler.render.view import Links, View

State = Literal["", "held", "granted", "revoked"]

_STATES: dict[tuple[bool, bool], State] = {
    (False, False): "",
    (False, True): "granted",
    (True, False): "revoked",
    (True, True): "held",
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One role. `kind` and `fate` are empty when it does not change; `id` is None when its name is unique."""

    name: str
    title: str
    id: str | None
    kind: str
    fate: str
    refused: bool
    granted: int
    revoked: int
    held: int
    cells: list[State]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """Rows with the same fate."""

    key: str
    title: str
    count: str
    rows: list[ShownRow]


def sections(matrix: Matrix, plan: Plan) -> list[ShownSection]:
    """Return the rows of the table in sections; a row has a cell for each column."""
    ambiguous = names_more_than_one(row.role for row in matrix.rows)
    refused = {finding.role or "" for finding in plan.refused}
    return [
        ShownSection(
            section.key,
            section.title,
            f"{len(section.rows):,}",
            [_shown(row, matrix.columns, refused, ambiguous) for row in section.rows],
        )
        for section in matrix.sections
    ]


def size(matrix: Matrix) -> str:
    """Return the size of the matrix in words."""
    return f"{counted(len(matrix.rows), 'role')} by {counted(len(matrix.columns), 'permission')}"


def details(matrix: Matrix, plan: Plan, view: View) -> dict[str, Any]:
    """Return what the script shows about a column or a row, in the table's order."""
    index = {column.code: str(position) for position, column in enumerate(matrix.columns)}
    refused = {name: reason for reason, names in roles_by_reason(plan.refused).items() for name in names}
    return {
        "unknown": unknown(plan),
        "columns": column_details(matrix.columns),
        "rows": [
            {
                "name": said(row.role.name),
                **({} if row.id is None else {"id": row.id}),
                "description": row.role.description,
                "what": section.title,
                **_change_details(row, index, view.links, refused),
            }
            for section in matrix.sections
            for row in section.rows
        ],
    }


def _shown(row: Row, columns: tuple[Column, ...], refused: Container[str], ambiguous: Container[str]) -> ShownRow:
    name, change = row.role.name, row.change
    return ShownRow(
        said(name),
        name,
        row.id if name in ambiguous else None,
        change.action if change else "",
        change.action.fate if change else "",
        refused=change is not None and name in refused,
        granted=len(change.granted) if change else 0,
        revoked=len(change.revoked) if change else 0,
        held=len(row.after),
        cells=[_STATES[column.code in row.before, column.code in row.after] for column in columns],
    )


def _change_details(
    row: Row, index: dict[str, str], links: Links | None, refused: dict[str, str]
) -> dict[str, str | dict[str, list[str | None]] | None]:
    change = row.change
    if change is None:
        return {}
    found: dict[str, str | dict[str, list[str | None]] | None] = {
        "what": change.action.fate,
        "origin": origin_sentence(change),
        "refused": refused.get(change.name),
        "was": change.renamed_from if isinstance(change, Update) else None,
    }
    location = change.location
    if location is not None:
        items = [(code, source_of(change, code)) for code in sorted(change.granted)]
        places = [(code, item.place.path, item.place.line) for code, item in items if item is not None]
        found |= {
            "at": str(location),
            "href": address(location.path, location.line, links),
            "lines": {index[code]: [f"{path}:{line}", address(path, line, links)] for code, path, line in places},
        }
    return found
