"""`reconciler lock`."""

from __future__ import annotations

import json

import click

from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.help.documented import Documented
from reconciler.cli.locking import Asked, changes_text, document, ending, lock_before, look, too_much, warning
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.tenants import asks_for_several, one
from reconciler.cli.workspace import Library, roles_from
from reconciler.model.errors import CommandLineError, ExitCode, Refused
from reconciler.plan.catalogue_changes import loses_too_much


@click.command(
    "lock",
    cls=Documented,
    examples=[
        ("The first time, and each time the catalogue changes.", "reconciler lock"),
        ("In a scheduled job: is the lock up to date?", "reconciler lock --check"),
    ],
    codes={
        0: "The lock is up to date.",
        1: "The API, the network or the disk failed.",
        2: "The lock is not up to date, with --check.",
        3: "A file is not valid.",
        4: "Too much is gone from the catalogue. Nothing was written.",
    },
)
@option("--check", is_flag=True, help="Write nothing; exit with 2 when the lock is not up to date.")
@option("--force", is_flag=True, help="Write also if most codes are gone, or if the lock cannot be read.")
@files_options(several=True)
@connection_options()
@report_options()
def command(
    *, check: bool, force: bool, files: FilesOptions, connection: ConnectionOptions, report: ReportOptions
) -> int:
    """Write the tenant's permission catalogue to the lock, and say what changed and which roles it concerns.

    Review the diff of the lock and commit it. Only reads from the tenant. An empty catalogue, or one that keeps fewer
    than half of the codes, is not written without --force. Several tenants can be checked, not written.
    """
    library = Library()
    if asks_for_several(files):
        if not check:
            raise CommandLineError("the lock is written for one tenant; pass --tenant with a name, or --check for all")
        from reconciler.cli.fleet.lock import check_fleet

        return check_fleet(files, library, connection, report)
    configuration = one(files, library.configuration(files))
    before = lock_before(configuration, files, force=force)
    settled = connection.settle(configuration)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the catalogue"):
        from reconciler.api import Reader

        asked = Asked(settled.url, Reader(opened).lockable_catalogue())
    looked = look(before, asked, configuration, files, library)
    if not check:
        report.check()
    outdated = looked.is_news(before)
    refused = outdated and not check and not force and loses_too_much(before, looked.changes, looked.catalogue)
    written = outdated and not check and not refused
    if written:
        from reconciler.cli.files import write_shared
        from reconciler.load.lock import text_of

        write_shared(configuration.lock, text_of(looked.lock), "lock")
    for finding in () if refused else looked.problems:  # they would be about a catalogue that is not believed
        say(warning(finding, roles_from(files, configuration)))
    done = f"{looked.lock.path} was written anyway" if written else None
    if report.format == "json":
        found = {"format_version": "1.0", **document(looked, written=written)}
        report.write(json.dumps(found, indent=2) + "\n", done=done)
    else:
        last = ending(looked, before, written=written, refused=refused)
        report.write(changes_text(looked, before, last), prose=True, done=done)
    if refused:
        raise Refused(too_much(looked, before))
    return ExitCode.CHANGES if check and outdated else ExitCode.DONE
