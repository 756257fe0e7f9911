"""`reconciler permissions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.catalogue import document, snippet, table
from reconciler.cli.completion.values import words
from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, files_options
from reconciler.cli.outside import this_day
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.tenants import configured
from reconciler.cli.workspace import Library, load_all, roles_from
from reconciler.model.errors import ExitCode, InvalidInput
from reconciler.model.inert import visible

if TYPE_CHECKING:
    from reconciler.config.settings import Configuration
    from reconciler.model.catalogue import Catalogue, Permission
    from reconciler.model.roles import DesiredRole


@click.command(
    "permissions",
    cls=Documented,
    examples=[
        ("List all permissions.", "reconciler permissions"),
        ("Search for a word.", "reconciler permissions refund"),
        ("For a program.", "reconciler permissions --format json"),
        ("Lines to paste into role files.", "reconciler permissions --format yaml --output codes.yaml"),
    ],
    codes={
        0: "Listed.",
        1: "The API, the network or the disk failed.",
    },
)
@click.argument("word", required=False, shell_complete=words)
@files_options()
@connection_options()
@report_options("yaml")
def command(word: str | None, files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> int:
    """List the permission catalogue by category, with the desired roles that hold each code.

    With WORD, lists only permissions that have it in their code, name, description or category. If the role files are
    missing or not valid, the roles are unknown: ? in the table, null in JSON. As YAML, every code is a comment to paste
    below permissions: of a role file. If there is a catalogue lock, the YAML is made from it, and the API is not asked.
    """
    if report.format == "yaml":
        report.write(_snippet(word, files, connection, report))
        return ExitCode.DONE
    configuration, desired = _desired(files)
    found = _with(word, _live(configuration, connection, report))
    if report.format == "json":
        report.write(document(found, desired))
    else:
        report.write(table(found, desired, word=word, color=report.colored, width=report.width))
    return ExitCode.DONE


def _snippet(word: str | None, files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> str:
    configuration = configured(files)
    lock = Library().lock(configuration, roles_from(files, configuration))
    if lock is not None:
        granted = {code: lock.permissions[code] for code in lock.grantable}
        return snippet(_with(word, granted), lock.path, word=word)
    live = _live(configuration, connection, report)
    return snippet(_with(word, live), "the tenant's catalogue", word=word)


def _live(configuration: Configuration, connection: ConnectionOptions, report: ReportOptions) -> Catalogue:
    from reconciler.api import Reader

    settled = connection.settle(configuration)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the catalogue"):
        return Reader(opened).list_permissions()


def _with(word: str | None, catalogue: Catalogue) -> list[Permission]:
    """Return the permissions that have `word` in what is shown of them; all of them without a word."""
    needle = (word or "").casefold()
    return [
        entry
        for entry in catalogue.values()
        if needle in f"{entry.code}\n{entry.name}\n{entry.description}\n{entry.category}".casefold()
    ]


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
            say(f"the files are not valid, so the roles of each permission are unknown: {first}")
        return configuration, None
    return found.configuration, found.desired.roles
