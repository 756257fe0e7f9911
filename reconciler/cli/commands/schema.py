"""`reconciler schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.config.settings import load_configuration
from reconciler.load.schema import role_schema
from reconciler.model.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.model.catalogue import Catalogue


@click.command("schema")
@option("--catalogue", is_flag=True, help="Include the permissions of the tenant's catalogue, for completion.")
@files_options()
@connection_options()
@report_options()
def command(*, catalogue: bool, files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> int:
    """Print the JSON Schema (2020-12) of a role file, for editors.

    The schema is JSON in either format.
    """
    codes = _catalogue(files, connection, report) if catalogue else None
    report.write(json.dumps(role_schema(codes), indent=2, ensure_ascii=True), data=True)
    return ExitCode.DONE


def _catalogue(files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> Catalogue:
    from reconciler.api import Reader

    settled = connection.settle(load_configuration(files.config))
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the catalogue"):
        return Reader(opened).list_permissions()
