"""`reconciler permissions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.catalogue import document, table
from reconciler.cli.completing import words
from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.documented import Documented
from reconciler.cli.options import FilesOptions, files_options
from reconciler.cli.outside import this_day
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.tenants import configured
from reconciler.cli.workspace import load_all, roles_from
from reconciler.model.errors import ExitCode, InvalidInput
from reconciler.model.inert import visible

if TYPE_CHECKING:
    from reconciler.config.settings import Configuration
    from reconciler.model.roles import DesiredRole


@click.command(
    "permissions",
    cls=Documented,
    examples=[
        ("List all permissions.", "reconciler permissions"),
        ("Search for a word.", "reconciler permissions refund"),
        ("For a program.", "reconciler permissions --format json"),
    ],
    codes={
        0: "Listed.",
        1: "The API, the network or the disk failed.",
    },
)
@click.argument("word", required=False, shell_complete=words)
@files_options()
@connection_options()
@report_options()
def command(word: str | None, files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> int:
    """List the permission catalogue by category, with the desired roles that hold each code.

    With WORD, lists only permissions that have it in their code, name, description or category. If the role files are
    missing or not valid, the roles are unknown: ? in the table, null in JSON.
    """
    from reconciler.api import Reader

    configuration, desired = _desired(files)
    settled = connection.settle(configuration)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the catalogue"):
        catalogue = Reader(opened).list_permissions()
    needle = (word or "").casefold()
    found = [
        entry
        for entry in catalogue.values()
        if needle in f"{entry.code}\n{entry.name}\n{entry.description}\n{entry.category}".casefold()
    ]
    if report.format == "json":
        report.write(document(found, desired))
    else:
        report.write(table(found, desired, word=word, color=report.colored))
    return ExitCode.DONE


def _desired(files: FilesOptions) -> tuple[Configuration, tuple[DesiredRole, ...] | None]:
    """Return the desired roles; None when the role files are missing or not valid, so the roles are unknown.

    The catalogue is useful even then: to users who have no role files yet, or who are fixing them.
    """
    try:
        found = load_all(files, this_day())
    except InvalidInput as error:
        configuration = configured(files)
        first = error.findings[0]
        if first.rule == "empty-roles-dir":
            directories = visible(" + ".join(roles_from(files, configuration).directories))
            say(f"no role files in {directories}, so the roles of each permission are unknown")
        else:
            say(f"the role files are not valid, so the roles of each permission are unknown: {first}")
        return configuration, None
    return found.configuration, found.desired.roles
