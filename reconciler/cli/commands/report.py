"""`reconciler report`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import FilesOptions, day_option, files_options, option, today_option
from reconciler.cli.outside import this_day
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.workspace import load_all, roles_dir
from reconciler.model.errors import ExitCode
from reconciler.render.report import REPORT_FORMATS, report_renderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.workspace import Workspace
    from reconciler.history.events import History
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.model.report import Report
    from reconciler.render.view import View


@click.command("report")
@day_option("--since", help="Also list every change of access on this day or later.")
@option(
    "--journal",
    "journals",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Say what this journal records of each change. Can be repeated.",
)
@today_option()
@files_options()
@report_options(*REPORT_FORMATS)
def command(
    *, since: Day | None, journals: Sequence[Path], today: Day | None, files: FilesOptions, report: ReportOptions
) -> int:
    """Report for an auditor which role has which permission, since when, why, and who reviewed it, offline.

    There is one row for each permission of each role. It informs: what it finds does not change the exit code.
    """
    day = today or this_day()
    found = load_all(files, day)
    made = _report(found, roles_dir(files, found.configuration), day, since)
    report.write(report_renderer(report.format)(made, _view(report, made.covers.commit)), data=report.format != "text")
    return ExitCode.DONE


def _report(found: Workspace, directory: str, day: Day, since: Day | None) -> Report:
    """Read the history and the policies, and put the report together."""
    from reconciler.history.report import Evidence, advice_on, changes_since, roles_since, rows_of
    from reconciler.model.report import Covers, Report

    desired = found.desired.roles
    history, commit = _history(found, directory, day)
    evidence = Evidence(history, found.lock, findings=_findings(found, day))
    return Report(
        Covers(directory, commit, day, since, history.skipped, looks_ahead=day != this_day()),
        rows_of(desired, evidence),
        changes_since(history, since) if since else (),
        advice_on(desired, found.lock),
        roles_since(desired, history, since),
        found.lock.permissions if found.lock else {},
        evidence.findings,
    )


def _history(found: Workspace, directory: str, day: Day) -> tuple[History, str]:
    """Return the history of the role files, and the commit of HEAD."""
    from reconciler.git.repository import Asker
    from reconciler.history.past import read_past

    past = read_past(directory, found.configuration.lock, Asker("report"))
    roles = {entry.role.name: entry for entry in found.desired.roles}
    return past.history(day, roles), past.newest.hash


def _findings(found: Workspace, day: Day) -> Sequence[Finding]:
    if found.policies is None:
        return ()
    from reconciler.policy.check import findings

    return findings(found.policies, found.desired.roles, day, found.lock).findings


def _view(report: ReportOptions, commit: str) -> View:
    from reconciler.ci import read_ci
    from reconciler.cli.passes import now
    from reconciler.render.view import View

    ci = read_ci(os.environ)
    return View(now(), color=report.colored, links=ci.links(commit), from_top=ci.from_top())
