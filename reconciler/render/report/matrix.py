"""The data of a report's matrix: what the script draws as it comes into view, and what it says about each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.history.events import EventKind
from reconciler.render.page.bits import Bits
from reconciler.render.page.columns import column_details
from reconciler.render.page.links import address
from reconciler.render.report import words
from reconciler.render.revisions import since
from reconciler.render.words import said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.history.report import Report, ReportedRole, Row
    from reconciler.model.days import Day
    from reconciler.model.findings import Place
    from reconciler.model.revisions import Revision
    from reconciler.render.page.columns import Column
    from reconciler.render.view import Links, View


_VIEWS: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("unreviewed", lambda row: row.review is None),
    ("ends", lambda row: row.until is not None),
    ("findings", lambda row: bool(row.findings)),
)
"""The views of the page that look for something, and what each looks for in a permission that a role holds."""


def details(report: Report, columns: Sequence[Column], view: View) -> dict[str, Any]:
    """Return what the script draws and says: the columns, the sections, the rows in order, and the changes.

    `told` are sentences that many cells share; a cell names them by their index. What is empty is left out.
    """
    told = _Told(report.covers.today)
    rows = _Roles(report, columns, told, view.links)
    gone = sum(role.place is None for role in report.roles)
    roles = sorted(report.roles, key=lambda role: role.place is None)
    sections = [("Roles of the role files", len(roles) - gone), (f"Gone since {report.covers.since}", gone)]
    return {
        "since": report.covers.since and str(report.covers.since),
        "columns": column_details(columns),
        "sections": [{"title": title, "rows": number} for title, number in sections if number],
        "rows": [rows.entry(role) for role in roles],
        "changes": [[said(change.event.role), change.event.code] for change in report.changes],
        "told": told.sentences,
    }


class _Roles:
    """Writes rows for the script. A set of codes is a set of columns as in `bits`."""

    def __init__(self, report: Report, columns: Sequence[Column], told: _Told, links: Links | None) -> None:
        self._bits = Bits(columns)
        self._index = {column.code: str(position) for position, column in enumerate(columns)}
        self._told = told
        self._links = links
        self._revoked = _revoked(report)
        self._rows: dict[str, list[Row]] = {}
        for row in report.rows:
            if row.code:
                self._rows.setdefault(row.role, []).append(row)

    def entry(self, role: ReportedRole) -> dict[str, Any]:
        """Return what is known of a role: its codes, those before if they were others, and what views look for."""
        rows = self._rows.get(role.name, [])
        own = role.place and role.place.path
        cells = {self._index[row.code]: self._cell(row, own) for row in rows}
        for code in sorted(role.before - role.codes):
            if (role.name, code) in self._revoked:
                cells[self._index[code]] = {"revoked": self._told.since(self._revoked[role.name, code])}
        found = {
            "name": said(role.name),
            "description": role.description,
            "owner": "; ".join(role.owner),
            "at": role.place and self._place(role.place),
            "held": self._bits.text(role.codes),
            **({} if role.before == role.codes else {"before": self._bits.text(role.before)}),
            **{key: self._bits.text(row.code for row in rows if looks_for(row)) for key, looks_for in _VIEWS},
            "cells": cells,
        }
        return {key: value for key, value in found.items() if value or key == "before"}

    def _place(self, place: Place) -> list[str | int | None]:
        """Return a path, a line and the URL of the file on the forge, without the line."""
        href = address(place.path, place.line, self._links)
        return [place.path, place.line, href and href.rpartition("#L")[0]]

    def _cell(self, row: Row, own: str | None) -> dict[str, Any]:
        """Return what is known of a permission that a role holds: only the line if it is in the role's own file."""
        review = row.review
        found = {
            "where": row.place.line if row.place.path == own else self._place(row.place),
            "since": None if row.since is None else self._told.since(row.since),
            "through": words.through(row),
            "until": row.until and str(row.until),
            "reason": row.reason,
            "review": None if review is None else self._told.index(f"{review.on} by {review.by}"),
            "findings": list(row.findings),
            "waivers": list(row.waivers),
        }
        return {key: value for key, value in found.items() if value or value == 0}


class _Told:
    """Sentences, each once."""

    def __init__(self, today: Day) -> None:
        self._today = today
        self._indices: dict[str, int] = {}
        self._since: dict[Revision, int] = {}

    def index(self, sentence: str) -> int:
        """Return the index of the sentence, which is added if it is new."""
        return self._indices.setdefault(sentence, len(self._indices))

    def since(self, revision: Revision) -> int:
        """Return the index of the sentence about a revision."""
        if revision not in self._since:
            self._since[revision] = self.index(since(revision, self._today))
        return self._since[revision]

    @property
    def sentences(self) -> list[str]:
        """Return the sentences by index."""
        return list(self._indices)


def _revoked(report: Report) -> Mapping[tuple[str, str], Revision]:
    """Return the revision that last revoked a code from a role of that name."""
    found: dict[tuple[str, str], Revision] = {}
    for change in report.changes:
        event = change.event
        if event.kind is EventKind.REVOKED and event.code is not None:
            found.setdefault((event.role, event.code), event.revision)
    return found
