"""`reconciler validate`."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.ci import read_ci
from reconciler.cli.checking import AtHand, check
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import Command, FilesOptions, bundled, files_options, option, today_option
from reconciler.cli.outside import this_day
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import aside
from reconciler.model.errors import CommandLineError, ExitCode
from reconciler.model.policy_findings import denied
from reconciler.model.rules import RULES
from reconciler.render.findings import FINDING_FORMATS, render_findings
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.model.days import Day
    from reconciler.model.findings import Place
    from reconciler.render.sarif import Sources


class WaiverOptions(NamedTuple):
    """Whether to write waivers, and their last day and reason."""

    write_waivers: bool
    until: str | None
    reason: str | None


def _waiver_options() -> Callable[[Command], Command]:
    write = "Add a waiver to the policy file for everything that is denied today."
    return bundled(
        "waivers",
        WaiverOptions,
        [
            option("--write-waivers", is_flag=True, help=write),
            option("--until", metavar="DATE", help="Last day of these waivers, at most 366 days away."),
            option("--reason", metavar="TEXT", help="Reason of these waivers."),
        ],
    )


@click.command(
    "validate",
    cls=Documented,
    examples=[
        ("Check everything, offline.", "reconciler validate"),
        ("Problems as annotations on the changed files, in GitHub Actions.", "reconciler validate --format github"),
        ("Problems for code scanning.", "reconciler validate --format sarif --output problems.sarif"),
        ("How much the policies guard; needs the catalogue lock.", "reconciler validate --coverage"),
        (
            "Accept what a policy denies today, for a while.",
            'reconciler validate --write-waivers --until 2026-12-31 --reason "Known at the start"',
        ),
    ],
    codes={
        0: "The files are valid.",
        3: "A file is not valid.",
        4: "A role breaks a policy without a waiver.",
    },
)
@today_option()
@option("--coverage", is_flag=True, help="Count the grants and revokes that a policy would notice.")
@_waiver_options()
@files_options(several=True)
@report_options(*FINDING_FORMATS)
def command(
    *, today: Day | None, coverage: bool, waivers: WaiverOptions, files: FilesOptions, report: ReportOptions
) -> int:
    """Check role files, policies, reviews and configuration, offline.

    Reports every problem in one run, as path:line:column: message. Exits with 3 if there is one. If the files are
    valid and a role breaks a policy without a waiver, exits with 4. Checks all tenants of the configuration.
    """
    day = today or this_day()
    if waivers.write_waivers or waivers.until is not None or waivers.reason is not None:
        _write(waivers, files, day, looks_ahead=today is not None)
    checked, more = check(files, day, coverage=coverage)
    from_top = read_ci(os.environ).from_top()
    sources = partial(_sources, [*RULES.items(), *more], from_top)
    shown = render_findings(checked, report.format, from_top, color=report.colored, sources=sources)
    report.write(shown, prose=True)
    if not checked.valid:
        return ExitCode.INVALID
    return ExitCode.REFUSED if denied(checked.policies) else ExitCode.DONE


def _sources(rules: Iterable[tuple[str, str]], from_top: Callable[[str], str]) -> Sources:
    """Return what SARIF needs. Files are read once more, for where on its line each problem ends."""
    from reconciler.cli.project import address
    from reconciler.cli.rows import FileRows
    from reconciler.render.sarif import Sources
    from reconciler.yamlio.extent import end_of_value

    files = FileRows()

    def end_of(place: Place) -> int | None:
        rows = files.of(place.path)
        return end_of_value(rows[place.line - 1], place.column) if 0 < place.line <= len(rows) else None

    return Sources(dict(rules), address("Source"), address("Documentation"), from_top, end_of)


def _write(asked: WaiverOptions, files: FilesOptions, today: Day, *, looks_ahead: bool) -> None:
    """Write the waivers. Files that are not valid stay as they are; what is wrong with them is reported as always."""
    reason = " ".join((asked.reason or "").split())
    if not (asked.write_waivers and asked.until is not None and reason):
        raise CommandLineError("--write-waivers, --until DATE and --reason TEXT belong together; pass all three")
    if looks_ahead:
        raise CommandLineError("--write-waivers writes for today; remove --today")
    from reconciler.cli.waivers import last_day, write_waivers

    until = last_day(asked.until, today)
    valid = AtHand.read(files, today).valid
    if not valid:
        return
    count = write_waivers([each.found for each in valid], today, until, reason)
    aside(f"Added {counted(count, 'waiver')}." if count else "Nothing is denied, so no waiver was added.")
