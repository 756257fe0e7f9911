"""The data of the matrix: what the script draws as it comes into view, and what it says about each cell.

The HTML has the list of changes, which is complete without a script, and no table. So the page of a large tenant is
small, and the browser lays out only what is in view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.plan.action import Origin
from reconciler.plan.changes import source_of
from reconciler.render.html.changes import earlier_name
from reconciler.render.html.words import origin_sentence, parts_of_origin, unknown
from reconciler.render.page.bits import Bits
from reconciler.render.page.columns import column_details
from reconciler.render.page.links import address
from reconciler.render.words import code_mark, counted, fate, names_more_than_one, noun, roles_by_reason, said

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.plan.changes import Change, Plan
    from reconciler.render.html.matrix import Matrix, Row
    from reconciler.render.view import Links, View


def size(matrix: Matrix) -> str:
    """Return the size of the matrix in words."""
    return f"{counted(len(matrix.rows), 'role')} by {counted(len(matrix.columns), 'permission')}"


def details(matrix: Matrix, plan: Plan, view: View) -> dict[str, Any]:
    """Return the columns, the sections with their numbers of rows, and the rows in order. What is empty is left out."""
    rows = _Rows(matrix, plan, view.links)
    return {
        "unknown": unknown(plan),
        "noun": noun(plan),
        "columns": column_details(matrix.columns),
        "sections": [{"title": section.title, "rows": len(section.rows)} for section in matrix.sections],
        "rows": [rows.entry(row) for row in matrix.rows],
    }


class _Rows:
    """Writes rows for the script. A set of codes is a set of columns as in `bits`."""

    def __init__(self, matrix: Matrix, plan: Plan, links: Links | None) -> None:
        self._index = {column.code: position for position, column in enumerate(matrix.columns)}
        self._bits = Bits(matrix.columns)
        self._links = links
        self._plan = plan
        self._ambiguous: Collection[str] = names_more_than_one(row.role for row in matrix.rows)
        self._refused: Mapping[str, str] = {
            name: reason for reason, names in roles_by_reason(plan.refused).items() for name in names
        }

    def entry(self, row: Row) -> dict[str, Any]:
        """Return what is known of a role: `before` its codes, `after` those after the plan if they are others."""
        found = {
            "name": said(row.role.name),
            "description": row.role.description,
            "id": row.id,
            "twin": row.id is not None and row.role.name in self._ambiguous,
            "before": self._bits.text(row.before),
            **({} if row.change is None else self._changed(row.change)),
        }
        return {key: value for key, value in found.items() if value or key == "after"}

    def _changed(self, change: Change) -> dict[str, Any]:
        after = change.after.permissions if change.after else ()
        found: dict[str, Any] = {
            "kind": change.action,
            "fate": fate(change.action, self._plan),
            "after": self._bits.text(after),
            "origin": origin_sentence(change.origin, self._plan),
            "origins": parts_of_origin(change),
            "refused": self._refused.get(change.name),
            "was": earlier_name(change),
        }
        if change.origin is Origin.BOTH:
            found["from"] = {
                str(self._index[code]): code_mark(change, code).strip(" ()")
                for code in sorted(change.granted | change.revoked)
            }
        if change.location is not None:
            found["at"] = self._place(change.location.path, change.location.line)
            found["lines"] = self._lines(change, change.location.path)
        return found

    def _place(self, path: str, line: int) -> list[str | int | None]:
        """Return a path, a line and the URL of the file on the forge, without the line."""
        href = address(path, line, self._links)
        return [path, line, href and href.rpartition("#L")[0]]

    def _lines(self, change: Change, own: str) -> dict[str, int | list[str | int | None]]:
        """Return where each granted code is: only the line if it is in the role's own file."""
        items = ((code, source_of(change, code)) for code in sorted(change.granted))
        places = [
            (str(self._index[code]), item.place.path, item.place.line) for code, item in items if item is not None
        ]
        return {index: line if path == own else self._place(path, line) for index, path, line in places}
