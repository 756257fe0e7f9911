"""`reconciler schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.tenants import configured, one
from reconciler.cli.workspace import Library, roles_from
from reconciler.config.settings import load_configuration
from reconciler.load.schema import role_schema
from reconciler.model.errors import ExitCode, InvalidInput
from reconciler.model.inert import without_commands_in_json

if TYPE_CHECKING:
    from reconciler.config.settings import Configuration
    from reconciler.model.catalogue import Catalogue, Lock


@click.command(
    "schema",
    cls=Documented,
    examples=[
        ("For an editor.", "reconciler schema --output roles.schema.json"),
        ("With the codes of the tenant.", "reconciler schema --catalogue --output roles.schema.json"),
    ],
    codes={
        0: "Printed.",
        1: "The API, the network or the disk failed.",
        3: "The lock or the configuration is not valid.",
    },
)
@option("--catalogue", is_flag=True, help="Include the permissions of the tenant's catalogue, for completion.")
@files_options()
@connection_options()
@report_options()
def command(*, catalogue: bool, files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> int:
    """Print the JSON Schema (2020-12) of a role file, for editors.

    The schema is JSON in either format. If there is a catalogue lock, only its codes are allowed, and --catalogue does
    not ask the API.
    """
    lock = _lock(files, required=catalogue)
    if lock is not None:
        schema = role_schema(lock.permissions, lock.withdrawn)
    else:
        schema = role_schema(_catalogue(files, connection, report) if catalogue else None)
    report.write(without_commands_in_json(json.dumps(schema, indent=2)), data=True)
    return ExitCode.DONE


def _configuration(files: FilesOptions) -> Configuration:
    """Return the configuration. All tenants that have one lock have one schema, so then none has to be named."""
    whole = load_configuration(files.config)
    if whole.tenants and not files.tenants and len({each.lock for each in whole.tenants.values()}) == 1:
        return one(files._replace(tenants=(next(iter(whole.tenants)),)), whole)
    return one(files, whole)


def _lock(files: FilesOptions, *, required: bool) -> Lock | None:
    """Return the lock, or None if there is none.

    The configuration may name the lock. If it is not valid, that is an error only where its URL is `required` too.
    """
    try:
        configuration = _configuration(files)
    except InvalidInput as error:
        if required:
            raise
        say(f"warning: the configuration is not valid, so the schema allows any code: {error.findings[0]}")
        return None
    return Library().lock(configuration, roles_from(files, configuration))


def _catalogue(files: FilesOptions, connection: ConnectionOptions, report: ReportOptions) -> Catalogue:
    from reconciler.api import Reader

    settled = connection.settle(configured(files))
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the catalogue"):
        return Reader(opened).list_permissions()
