"""`reconciler schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.workspace import lock_at_hand
from reconciler.config.settings import load_configuration
from reconciler.load.schema import role_schema
from reconciler.model.errors import ExitCode, InvalidInput

if TYPE_CHECKING:
    from reconciler.model.catalogue import Catalogue


@click.command("schema")
@option("--catalogue", is_flag=True, help="Include the permissions of the tenant's catalogue, for completion.")
@files_options()
@connection_options()
@report_options()
def command(*, catalogue: bool, files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> int:
    """Print the JSON Schema (2020-12) of a role file, for editors.

    The schema is JSON in either format. If there is a catalogue lock, only its codes are allowed, and --catalogue does
    not ask the API.
    """
    codes = _locked(files, required=catalogue)
    if codes is None and catalogue:
        codes = _catalogue(files, connection, report)
    report.write(json.dumps(role_schema(codes), indent=2, ensure_ascii=True), data=True)
    return ExitCode.DONE


def _locked(files: FilesOptions, *, required: bool) -> Catalogue | None:
    """Return the permissions of the lock, None without one. Withdrawn ones have that in their names.

    The configuration may name the lock. If it is not valid, that is an error only where its URL is `required` too.
    """
    try:
        configuration = load_configuration(files.config)
    except InvalidInput as error:
        if required:
            raise
        say(f"warning: the configuration is not valid, so the schema allows any code: {error.findings[0]}")
        return None
    lock = lock_at_hand(configuration)
    if lock is None:
        return None
    gone = {code: entry._replace(name=f"{entry.name} (withdrawn)") for code, entry in lock.permissions.items()}
    return {code: gone[code] if code in lock.withdrawn else entry for code, entry in lock.permissions.items()}


def _catalogue(files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> Catalogue:
    from reconciler.api import Reader

    settled = connection.settle(load_configuration(files.config))
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the catalogue"):
        return Reader(opened).list_permissions()
