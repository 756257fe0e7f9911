"""The matrix of a report: the roles by their permissions, and the details that the script shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.history.events import EventKind
from reconciler.render.page.columns import column_details
from reconciler.render.page.links import address
from reconciler.render.report import words
from reconciler.render.revisions import since
from reconciler.render.words import said

if TYPE_CHECKING:
    from reconciler.history.report import Report, ReportedRole, Row
    from reconciler.model.days import Day
    from reconciler.model.findings import Place
    from reconciler.model.revisions import Revision
    from reconciler.render.page.columns import Column
    from reconciler.render.view import Links, View


class ShownRole(NamedTuple):
    """One row of the matrix. A cell is the classes of its element: empty if the role neither holds nor held the code.

    `h` held before and now, `g` granted since, `r` revoked since; `u` not reviewed, `e` with an end, `f` with a
    finding.
    """

    name: str
    granted: int
    revoked: int
    held: int
    cells: list[str]


class ShownSection(NamedTuple):
    """Rows under one heading."""

    key: str
    title: str
    roles: list[ShownRole]


def sections(report: Report, columns: Sequence[Column]) -> list[ShownSection]:
    """Return the desired roles, and those that are gone since the day of `Covers.since`."""
    rows = {(row.role, row.code): row for row in report.rows}
    desired = [_shown(role, columns, rows) for role in report.roles if role.place is not None]
    gone = [_shown(role, columns, rows) for role in report.roles if role.place is None]
    found = (
        ShownSection("desired", "Roles of the role files", desired),
        ShownSection("gone", f"Gone since {report.covers.since}", gone),
    )
    return [section for section in found if section.roles]


def _shown(role: ReportedRole, columns: Iterable[Column], rows: Mapping[tuple[str, str], Row]) -> ShownRole:
    cells = [
        _classes(role, column.code, rows.get((role.name, column.code)))
        if column.code in role.codes or column.code in role.before
        else ""
        for column in columns
    ]
    granted, revoked = len(role.codes - role.before), len(role.before - role.codes)
    return ShownRole(said(role.name), granted, revoked, len(role.codes), cells)


def _classes(role: ReportedRole, code: str, row: Row | None) -> str:
    if row is None:
        return "r"
    flags = (("u", row.review is None), ("e", row.until is not None), ("f", bool(row.findings)))
    return " ".join(["h" if code in role.before else "g", *(flag for flag, is_set in flags if is_set)])


def details(report: Report, columns: Sequence[Column], view: View) -> dict[str, Any]:
    """Return what the script shows about a column, a row or a cell, in the table's order.

    `told` are sentences that many cells share; a cell names them by their index.
    """
    told = _Told(report.covers.today)
    index = {column.code: str(position) for position, column in enumerate(columns)}
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for row in report.rows:
        if row.code:
            cells.setdefault(row.role, {})[index[row.code]] = _cell(row, told, view.links)
    revoked = _revoked(report)
    return {
        "columns": column_details(columns),
        "rows": [
            {
                "name": said(role.name),
                "description": role.description,
                "owner": "; ".join(role.owner),
                "where": _where(role.place, view.links),
                "cells": cells.get(role.name, {})
                | {
                    index[code]: {"revoked": told.since(revoked[role.name, code])}
                    for code in sorted(role.before - role.codes)
                    if (role.name, code) in revoked
                },
            }
            for role in report.roles
        ],
        "told": told.sentences,
    }


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


def _cell(row: Row, told: _Told, links: Links | None) -> dict[str, Any]:
    """Return what is known of a permission that a role holds. What is unknown or empty is left out."""
    found: dict[str, Any] = {"where": _where(row.place, links)}
    if row.since is not None:
        found["since"] = told.since(row.since)
    if through := words.through(row):
        found["through"] = through
    if row.until is not None:
        found["until"] = str(row.until)
    if row.reason:
        found["reason"] = row.reason
    if row.review is not None:
        found["review"] = told.index(f"{row.review.on} by {row.review.by}")
    if row.findings:
        found["findings"] = list(row.findings)
    if row.waivers:
        found["waivers"] = list(row.waivers)
    return found


def _where(place: Place | None, links: Links | None) -> list[str | None] | None:
    """Return a place as text and, if there is one, its URL on the forge."""
    return None if place is None else [f"{place.path}:{place.line}", address(place.path, place.line, links)]


def _revoked(report: Report) -> Mapping[tuple[str, str], Revision]:
    """Return the revision that last revoked a code from a role of that name."""
    found: dict[tuple[str, str], Revision] = {}
    for change in report.changes:
        event = change.event
        if event.kind is EventKind.REVOKED and event.code is not None:
            found.setdefault((event.role, event.code), event.revision)
    return found
