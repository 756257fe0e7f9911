"""`reconciler show`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.completion.values import plans
from reconciler.cli.files import read_text
from reconciler.cli.help.documented import Documented, File
from reconciler.cli.passes import view
from reconciler.cli.report import ReportOptions, report_options
from reconciler.model.errors import ExitCode
from reconciler.render import PLAN_FORMATS, plan_renderer


@click.command(
    "show",
    cls=Documented,
    examples=[
        ("Show a saved plan.", "reconciler show plan.json"),
        ("In sentences, for people who read no YAML.", "reconciler show plan.json --format sentences"),
        ("Make a comment of it.", "reconciler show plan.json --format markdown --output comment.md"),
    ],
    codes={
        0: "The plan is shown.",
        1: "The file cannot be read.",
        5: "The file is not a saved plan, or a directory does not have all of its plans.",
    },
)
@click.argument("plan", cls=File, shell_complete=plans, type=click.Path(path_type=Path))
@report_options(*PLAN_FORMATS)
def command(plan: Path, report: ReportOptions) -> int:
    """Show the saved plan PLAN again, in any format. Offline.

    PLAN can be a directory with the plans of several tenants, which `plan --all --out` makes.
    """
    if plan.is_dir():
        _show_fleet(plan, report)
        return ExitCode.DONE
    from reconciler.plan.saved import loads  # pydantic is slow to load

    saved, created_at = loads(read_text(plan, "saved plan"), str(plan))
    report.write(plan_renderer(report.format)(saved, view(report, saved, created_at)))
    return ExitCode.DONE


def _show_fleet(directory: Path, report: ReportOptions) -> None:
    from reconciler.cli.fleet.saved import read_fleet
    from reconciler.cli.fleet.several import check_format
    from reconciler.render.fleet import fleet_renderer
    from reconciler.render.view import View

    check_format(report.format)
    index, effects = read_fleet(directory)
    shown = fleet_renderer(report.format)(index, effects, View(index.created_at, color=report.colored))
    report.write(shown, prose=True)
