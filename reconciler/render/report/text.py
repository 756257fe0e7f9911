"""The report as text: what it covers, the roles with their permissions, the changes, and advice."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.model.inert import named, visible
from reconciler.render import policies
from reconciler.render.report import words
from reconciler.render.revisions import change_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.history.report import Report, Row
    from reconciler.render.view import View


def render(report: Report, _view: View) -> str:
    """Return the report. Each permission is one line, so the lines of a code or of a commit can be searched for.

    What a review says of all permissions of a role is in the line of the role, and not repeated.
    """
    parts = [
        [visible(line) for line in _head(report)],
        *(_role(name, list(rows)) for name, rows in groupby(report.rows, key=lambda row: row.role)),
        list(_findings(report)),
        list(_changes(report)),
        list(_advice(report)),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _head(report: Report) -> list[str]:
    return [*filter(None, [words.as_of(report)]), f"{words.title(report)}.", *words.covered(report)]


def _role(name: str, rows: list[Row]) -> list[str]:
    reviews = {words.reviewed(row) for row in rows if row.code}
    of_all = list(reviews) if len(reviews) == 1 else []
    about = [*([f"owner: {', '.join(rows[0].owner)}"] if rows[0].owner else []), *of_all]
    head = f"{named(name)} ({visible('; '.join(about))})" if about else named(name)
    return [head, *(f"  {visible(line)}" for row in rows for line in _row(row, reviewed=not of_all))]


def _row(row: Row, *, reviewed: bool) -> Iterator[str]:
    if not row.code:
        yield "; ".join(["no permissions", *_judged(row)])
        return
    name = f" ({row.name})" if row.name else ""
    since = words.since(row.since) if row.since else ""
    until = f"until {row.until}" if row.until else ""
    reason = f"reason: {row.reason}" if row.reason else ""
    told = [since, words.through(row), until, reason, words.reviewed(row) if reviewed else "", *_judged(row)]
    yield f"{row.code}{name}: {'; '.join(filter(None, told))}"


def _judged(row: Row) -> list[str]:
    breaks = [f"breaks {', '.join(row.findings)}"] if row.findings else []
    return [*breaks, *(f"waiver: {waiver}" for waiver in row.waivers)]


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield "Findings of policies:"
    for finding in policies.worst_first(report.findings):
        yield f"  {policies.line(finding, report.covers.today)}"


def _changes(report: Report) -> Iterator[str]:
    since = report.covers.since
    if since is None:
        return
    yield f"Changes of access since {since}, newest first:" if report.changes else f"No change of access since {since}."
    for change in report.changes:
        yield f"  {change.event.revision.date} {visible(words.what(change.event))}: {change_of(change.event.revision)}"
        yield from (f"    {visible(line)}" for line in words.said_by_journals(change, report.journals))


def _advice(report: Report) -> Iterator[str]:
    if not report.advice.equal and not report.advice.unused:
        return
    yield "Advice:"
    yield from (f"  {visible(line)}" for line in words.equal(report))
    if report.advice.unused:
        yield f"  no role holds {', '.join(map(visible, report.advice.unused))}"
