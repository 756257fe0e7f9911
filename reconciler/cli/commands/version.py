"""`reconciler version`."""

from __future__ import annotations

import json
import platform

import click

from reconciler import __version__
from reconciler.cli.help.documented import Documented
from reconciler.cli.report import ReportOptions, report_options
from reconciler.model.errors import ExitCode


@click.command(
    "version",
    cls=Documented,
    examples=[
        ("For people.", "reconciler version"),
        ("With what it runs on, for a report of an error.", "reconciler version --format json"),
    ],
    codes={0: "Shown."},
)
@report_options()
def command(report: ReportOptions) -> int:
    """Show the version. In JSON, also that of Python and the system."""
    if report.format == "json":
        found = {
            "format_version": "1.0",
            "version": __version__,
            "python": platform.python_version(),
            "system": platform.system(),
        }
        report.write(json.dumps(found, indent=2) + "\n")
    else:
        report.write(f"reconciler {__version__}")
    return ExitCode.DONE
