"""`reconciler validate`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from reconciler.ci import read_ci
from reconciler.cli.options import FilesOptions, files_options, today_option
from reconciler.cli.outside import outside
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.workspace import load_all
from reconciler.model.errors import ExitCode, InvalidInput
from reconciler.model.rules import RULES
from reconciler.render.findings import FINDING_FORMATS, Checked, render_findings

if TYPE_CHECKING:
    from reconciler.model.days import Day


@click.command("validate")
@today_option()
@files_options()
@report_options(*FINDING_FORMATS)
def command(today: Day | None, files: FilesOptions, report: ReportOptions) -> int:
    """Check role files and configuration, offline.

    Reports every problem in one run, as path:line:column: message. Exits with 3 if there is one.
    """
    checked = _check(files, today or outside().today())
    report.write(render_findings(checked, report.format, RULES.items(), read_ci(os.environ).from_top()))
    return ExitCode.DONE if checked.valid else ExitCode.INVALID


def _check(files: FilesOptions, today: Day) -> Checked:
    try:
        _, loaded = load_all(files, today)
    except InvalidInput as error:
        return Checked(error.findings, files=None, roles=None)
    return Checked(loaded.warnings, files=loaded.files, roles=len(loaded.roles))
