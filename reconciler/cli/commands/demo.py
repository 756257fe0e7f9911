"""`reconciler demo`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from reconciler.cli.fitting import fitted
from reconciler.cli.help.documented import Documented
from reconciler.cli.report import ReportOptions, report_options
from reconciler.demo import COLUMNS, run_demo
from reconciler.model.errors import ExitCode


@click.command(
    "demo",
    cls=Documented,
    examples=[
        ("See the full cycle.", "reconciler demo"),
    ],
    codes={
        0: "Done.",
    },
)
@report_options()
def command(report: ReportOptions) -> int:
    """Run the full cycle against a temporary sandbox: validate, plan, apply, plan again.

    Each step shows the command line that does the same. Takes a few seconds.
    """
    if report.format == "text" and report.output is None:
        columns = min(report.width or COLUMNS, COLUMNS)
        run_demo(
            lambda line: click.echo(fitted(line, report.width), color=report.colored),
            color=report.colored,
            columns=columns,
        )
        return ExitCode.DONE
    lines: list[str] = []
    steps = run_demo(lines.append, color=False)
    report.write(
        json.dumps([asdict(step) for step in steps], indent=2) if report.format == "json" else "\n".join(lines)
    )
    return ExitCode.DONE
