"""`reconciler diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.completion.values import refs
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, LimitOptions, files_options, limit_options, option, today_option
from reconciler.cli.passes import now, view
from reconciler.cli.report import ReportOptions, report_options
from reconciler.model.errors import CommandLineError, ExitCode, InvalidInput
from reconciler.render import FORMATS_WITH_SINCE, PLAN_FORMATS, plan_renderer

if TYPE_CHECKING:
    from reconciler.model.days import Day


@click.command(
    "diff",
    cls=Documented,
    examples=[
        ("Show the edit that is not committed yet.", "reconciler diff"),
        ("Show what this branch does to access.", "reconciler diff main"),
        ("Save it, for `show` and `comment`.", "reconciler diff --format json --output diff.json"),
        ("The same as a comment.", "reconciler diff origin/main --format markdown"),
    ],
    codes={
        0: "The difference is shown.",
        1: "This is not a git repository, or the clone ends before the base.",
        2: "There are changes, with --detailed-exitcode.",
        3: "Role files or configuration are not valid, here or at the base.",
        4: "A limit, `protect` or a policy refuses the edit.",
    },
)
@click.argument("ref", default="HEAD", shell_complete=refs)
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@today_option()
@limit_options()
@files_options()
@report_options(*PLAN_FORMATS)
def command(
    *,
    ref: str,
    detailed_exitcode: bool,
    today: Day | None,
    raised: LimitOptions,
    files: FilesOptions,
    report: ReportOptions,
) -> int:
    """Show what the edit of the role files does to access. Offline.

    Compares the role files with those at the merge base of REF and HEAD. Without REF, that is HEAD: the edit that is
    not committed yet. Needs no key and no server. If a limit or a policy refuses the edit, the exit code is 4.
    """
    if not ref.strip():
        raise CommandLineError("REF is empty; pass a branch, a tag or a commit, or leave it out for HEAD")
    from reconciler.cli.comparing import NotValidAtBase, compared
    from reconciler.cli.marking import mark
    from reconciler.policy.judge import approve

    try:
        judged = compared(ref, files, raised, today, past=report.format in FORMATS_WITH_SINCE)
    except NotValidAtBase as error:
        mark(report, error.without_places)
        raise
    except InvalidInput as error:
        mark(report, error.findings)
        raise
    report.write(plan_renderer(report.format)(judged.plan, view(report, judged.plan, now())))
    approve(judged)  # raises `Refused`, as `plan` does
    return ExitCode.CHANGES if detailed_exitcode and judged.plan.changes else ExitCode.DONE
