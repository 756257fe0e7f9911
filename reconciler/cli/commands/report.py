"""`reconciler report`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.comments import ItemComments
from reconciler.cli.fitting import by_clauses
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, day_option, files_options, journals_option, today_option
from reconciler.cli.outside import this_day
from reconciler.cli.past import cut, journals_at_hand, read_past_at_hand
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.reviewing import load_with_reviews
from reconciler.cli.workspace import roles_from
from reconciler.history.applied import applied_events
from reconciler.history.evidence import Evidence, advice_on, changes_since, roles_since, rows_of, unknown_since
from reconciler.history.report import Covers, Report
from reconciler.model.errors import ExitCode
from reconciler.model.inert import named, visible
from reconciler.policy.reviews import entries_by_role
from reconciler.render.report import REPORT_FORMATS, report_renderer
from reconciler.render.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.apply.recorded import Recorded
    from reconciler.cli.workspace import Workspace
    from reconciler.history.events import History
    from reconciler.history.report import Row
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding


@click.command(
    "report",
    cls=Documented,
    examples=[
        ("Everything, with what changed since a day.", "reconciler report --since 2026-09-01"),
        ("Rows for a spreadsheet.", "reconciler report --format csv --output access.csv"),
        ("A page with the matrix, to keep and to print.", "reconciler report --format html --output access.html"),
    ],
    codes={
        0: "Reported.",
        1: "This is not a git repository, or the clone ends before the answer.",
        3: "Role files or configuration are not valid.",
    },
)
@day_option("--since", help="Also list every change of access on this day or later.")
@journals_option("Say when each change was applied")
@today_option()
@files_options()
@report_options(*REPORT_FORMATS)
def command(
    *, since: Day | None, journals: tuple[Path, ...], today: Day | None, files: FilesOptions, report: ReportOptions
) -> int:
    """Report which role has which permission, since when, why, and who reviewed it. For auditors, offline.

    There is one row for each permission of each role. The report informs: findings do not change the exit code.
    """
    day = today or this_day()
    found, entries = load_with_reviews(files, day)
    past = read_past_at_hand("report", files, found.configuration)
    history = past.history(day, {entry.role.name: entry for entry in found.desired.roles})
    shown = " + ".join(roles_from(files, found.configuration).directories)
    covers = Covers(shown, past.newest.hash, day, since, history.skipped, day != this_day())
    evidence = Evidence(
        history, found.lock, entries_by_role(found.desired.roles, entries), _findings(found, day), ItemComments().of
    )
    recorded = journals_at_hand(journals, found.configuration) if since or journals else ()
    made = _report(covers, found, evidence, recorded)
    _check(made.rows, history, since)
    view = _view(covers.commit) if report.format == "html" else View()
    shown = by_clauses(report_renderer(report.format)(made, view), report.width)
    report.write(shown, data=report.format != "text", prose=True)
    return ExitCode.DONE


def _report(covers: Covers, found: Workspace, evidence: Evidence, journals: Sequence[Recorded]) -> Report:
    desired, lock, since = found.desired.roles, found.lock, covers.since
    return Report(
        covers,
        rows_of(desired, evidence),
        changes_since(evidence.history, since, applied_events(journals)) if since else (),
        advice_on(desired, lock),
        roles_since(desired, evidence.history, since),
        lock.permissions if lock else {},
        evidence.findings,
        [journal.path for journal in journals],
    )


def _findings(found: Workspace, today: Day) -> Sequence[Finding]:
    if found.policies is None:
        return ()
    from reconciler.policy.check import findings

    return findings(found.policies, found.desired.roles, today, found.lock).findings


def _check(rows: Sequence[Row], history: History, since: Day | None) -> None:
    """Raise `Failed` when a shallow clone ends before the grant of a row, or before the day `since`."""
    row = unknown_since(rows)
    if row is not None:
        raise cut("report", history, f"since when {named(row.role)} holds {visible(row.code)}")
    if since is not None and history.oldest is not None and (history.unread or history.oldest.date >= since):
        raise cut("report", history, f"what changed since {since}")


def _view(commit: str) -> View:
    """Return what the page needs: when it was made, and links to the forge where CI says which one it is."""
    from reconciler.ci import read_ci
    from reconciler.cli.passes import now

    ci = read_ci(os.environ)
    return View(now(), links=ci.links(commit), from_top=ci.from_top())
