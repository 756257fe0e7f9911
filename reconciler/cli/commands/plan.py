"""`reconciler plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.cli import workspace
from reconciler.cli.completion.values import refs
from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.fleet.several import SeveralOptions, limit_of, several_of, several_options
from reconciler.cli.help.documented import Documented
from reconciler.cli.marking import mark
from reconciler.cli.options import (
    FilesOptions,
    LimitOptions,
    bundled,
    files_options,
    limit_options,
    only_option,
    option,
    today_option,
)
from reconciler.cli.outside import this_day
from reconciler.cli.passes import AskedOfFiles, FromFiles, now, view
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.model.errors import CommandLineError, ExitCode, InvalidInput
from reconciler.model.inert import visible
from reconciler.policy.judge import Judged, approve
from reconciler.reconcile import plan_pass
from reconciler.render import FORMATS_WITH_SINCE, PLAN_FORMATS, plan_renderer

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.plan.only import Only


class Asked(NamedTuple):
    """What the plan is asked for: the commit that it is compared with, the kind of its changes, and its day."""

    base: str | None
    only: Only | None
    today: Day | None

    def of_files(self, *, saved: bool) -> AskedOfFiles:
        """Return what this asks of role files. A plan that is kept says since when, and whether files are edited."""
        return AskedOfFiles(self.today or this_day(), self.base, self.only, past=saved, edits=saved)


@click.command(
    "plan",
    cls=Documented,
    examples=[
        ("Look.", "reconciler plan"),
        ("Look, and save what you looked at.", "reconciler plan --out plan.json"),
        ("Tell the edits of this branch from drift.", "reconciler plan --base main"),
        ("Less access, and nothing else.", "reconciler plan --only revokes"),
        ("Check for drift in a scheduled job.", "reconciler plan --detailed-exitcode"),
        ("Draw the matrix of roles and permissions.", "reconciler plan --format html --output plan.html"),
    ],
    codes={
        0: "The plan is shown.",
        1: "The API, the network or the disk failed.",
        2: "There are changes, with --detailed-exitcode.",
        3: "Role files or configuration are not valid.",
        4: "A limit, `protect` or a policy refuses the plan.",
    },
)
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="PLAN",
    help="Save the plan (mode 0600); for several tenants, a directory of plans.",
)
@bundled(
    "asked",
    Asked,
    [
        option(
            "--base",
            shell_complete=refs,
            metavar="REF",
            help="Show for each change whether it comes from an edit since REF or from drift.",
        ),
        only_option(),
        today_option(),
    ],
)
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@limit_options()
@files_options(several=True)
@several_options()
@connection_options()
@report_options(*PLAN_FORMATS)
def command(
    *,
    out: Path | None,
    asked: Asked,
    detailed_exitcode: bool,
    raised: LimitOptions,
    several: SeveralOptions,
    files: FilesOptions,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> int:
    """Show what `apply` would do. Only reads.

    A plan that exceeds a limit is still shown whole, with the reason; the exit code is then 4. For several tenants,
    each distinct effect is shown once.
    """
    if asked.today is not None and out is not None:
        raise CommandLineError("--today looks ahead, and --out saves a plan to apply; remove one of the two")
    report.check_apart(out)
    library = workspace.Library()
    try:
        found = several_of(files, several, library)
    except InvalidInput as error:
        mark(report, error.findings)
        raise
    if found is not None:
        from reconciler.cli.fleet.plan import FleetRun, plan_fleet
        from reconciler.cli.fleet.preparing import Preparing

        preparing = Preparing(files, library, connection, raised, asked.of_files(saved=out is not None))
        limit = limit_of(library.configuration(files), several)
        run = FleetRun(found, preparing, several.parallel, report)
        return plan_fleet(run, out, limit, detailed_exitcode=detailed_exitcode)
    if out is not None and out.is_dir():
        raise CommandLineError(f"--out {visible(str(out))} is a directory; for one tenant, it is a file")
    past = out is not None or report.format in FORMATS_WITH_SINCE
    try:
        prepared = FromFiles.prepare(files, library, connection, raised, asked.of_files(saved=past))
        judged = _judged(prepared, connection, verbose=report.verbose)
    except InvalidInput as error:
        mark(report, error.findings)  # codes that only the catalogue can reject are annotated at their line too
        raise
    made_at = now()
    if out is not None:
        from reconciler.cli.files import write_private
        from reconciler.plan.document import dumps

        write_private(out, dumps(judged.plan, made_at), "plan")
    report.write(plan_renderer(report.format)(judged.plan, view(report, judged.plan, made_at)))
    approve(judged)  # raises `Refused`, as `apply` does
    return ExitCode.CHANGES if detailed_exitcode and judged.plan.changes else ExitCode.DONE


def _judged(prepared: FromFiles, options: ConnectionOptions, *, verbose: int) -> Judged:
    """Read the live state and plan, with a separate client."""
    with transport(options, prepared.connection, verbose=verbose) as opened, waiting("reading the live roles"):
        from reconciler.api import Reader  # after httpx: below the imports of `api`, it loads more slowly

        return plan_pass(prepared.files, Reader(opened))
