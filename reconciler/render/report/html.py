"""The report as one HTML file that needs no network: what it covers, the changes, the matrix with its details."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.history.events import EventKind
from reconciler.model.policy_findings import denied
from reconciler.render import policies
from reconciler.render.page import page
from reconciler.render.page.columns import columns_of, groups_of
from reconciler.render.report import words
from reconciler.render.report.matrix import details
from reconciler.render.revisions import change_of
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.history.report import Report
    from reconciler.model.revisions import Revision
    from reconciler.render.view import View


class ShownChange(NamedTuple):
    """A change of access: its day, what it did, the revision that did it, and what journals say of it."""

    date: str
    what: str
    revision: str
    applied: tuple[str, ...]


def render(report: Report, view: View) -> str:
    """Return the page. `view.links` turns places in role files into links; the rest has no effect here."""
    held = frozenset[str]().union(*(role.codes | role.before for role in report.roles))
    columns = columns_of(report.catalogue, held, frozenset())
    return page(
        "reconciler.render.report",
        "report",
        title=words.title(report),
        report=report,
        as_of=words.as_of(report),
        headline=_headline(report),
        covered=words.covered(report),
        figures=list(_figures(report)),
        created_at=view.created_at,
        findings=_findings(report),
        denied=bool(denied(report.findings)),
        changes=_changes(report),
        equal=words.equal(report),
        groups=groups_of(columns),
        size=f"{counted(len(report.roles), 'role')} by {counted(len(columns), 'permission')}",
        details=details(report, columns, view),
    )


def _headline(report: Report) -> str:
    roles = counted(sum(role.place is not None for role in report.roles), "role")
    return f"{roles}, {counted(sum(bool(row.code) for row in report.rows), 'permission')}"


def _changes(report: Report) -> list[ShownChange]:
    found = []
    sentences: dict[Revision, str] = {}  # one revision may be thousands of changes
    for change in report.changes:
        event, revision = change.event, change.event.revision
        if revision not in sentences:
            sentences[revision] = change_of(revision)
        applied = tuple(words.said_by_journals(change, report.journals))
        found.append(ShownChange(str(revision.date), words.what(event), sentences[revision], applied))
    return found


def _figures(report: Report) -> Iterator[tuple[str, str, int]]:
    """Yield the counts in the head of the page: a key, a label and a number."""
    held = [row for row in report.rows if row.code]
    reviewed = sum(row.review is not None for row in held)
    yield "reviewed", "Reviewed", reviewed
    yield "unreviewed", "Not reviewed", len(held) - reviewed
    yield "ends", "With an end", sum(row.until is not None for row in held)
    yield "findings", "Findings", sum(finding.waived is None for finding in report.findings)
    yield "waived", "Waived", sum(finding.waived is not None for finding in report.findings)
    if (since := report.covers.since) is not None:
        kinds = [change.event.kind for change in report.changes]
        yield "grants", f"Granted since {since}", kinds.count(EventKind.GRANTED)
        yield "revokes", f"Revoked since {since}", kinds.count(EventKind.REVOKED)


def _findings(report: Report) -> list[tuple[str, str, str]]:
    """Return the findings of policies, the worst first: the status, the place and the sentence."""
    return [
        (policies.status(finding, report.covers.today), str(finding.place or ""), policies.sentence(finding))
        for finding in policies.worst_first(report.findings)
    ]
