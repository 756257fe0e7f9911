"""`reconciler validate`."""

from __future__ import annotations

import os

import click

from reconciler.ci import read_ci
from reconciler.cli.options import FilesOptions, files_options
from reconciler.cli.outside import outside
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.workspace import load_all
from reconciler.model.errors import ExitCode, InvalidInput
from reconciler.model.rules import RULES
from reconciler.render.findings import FINDING_FORMATS, Checked, render_findings


@click.command("validate")
@files_options()
@report_options(*FINDING_FORMATS)
def command(files: FilesOptions, report: ReportOptions) -> int:
    """Check role files and configuration, offline.

    Reports every problem in one run, as path:line:column: message. Exits with 3 if there is one.
    """
    checked = _check(files)
    report.write(render_findings(checked, report.format, RULES.items(), read_ci(os.environ).from_top()))
    return ExitCode.DONE if checked.valid else ExitCode.INVALID


def _check(files: FilesOptions) -> Checked:
    try:
        _, loaded = load_all(files, outside().today())
    except InvalidInput as error:
        return Checked(error.findings, files=None, roles=None)
    return Checked(loaded.warnings, files=loaded.files, roles=len(loaded.roles))
