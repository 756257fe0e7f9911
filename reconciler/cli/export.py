"""`reconciler export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.progress import waiting
from reconciler.cli.report import Report, report_options, say
from reconciler.errors import ExitCode, Refused
from reconciler.export import export_files, export_text
from reconciler.inert import visible
from reconciler.limits import NO_SYSTEM_ROLE
from reconciler.plan import matches
from reconciler.render.words import counted
from reconciler.settings import Configuration, load_configuration

if TYPE_CHECKING:
    from reconciler.roles import LiveRole, Role


@click.command("export")
@option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write one file a role into DIR.  [default: print them all]",
)
@option("--force", is_flag=True, help="Write over existing files.")
@files_options()
@connection_options()
@report_options()
def command(
    *, directory: Path | None, force: bool, files: FilesOptions, connection: ConnectionOptions, report: Report
) -> int:
    """Write the live custom roles as role files, to start from or to adopt.

    A plan right after it shows no changes. Roles that `ignore` leaves alone are left out.
    """
    configuration = load_configuration(files.config)
    roles = _chosen(_live(configuration, connection, report), configuration)
    if directory is None:
        report.write(_document(roles) if report.format == "json" else export_text(roles), data=True)
        return ExitCode.DONE
    written = export_files(roles, directory, force=force)
    done = "the role files were written all the same"
    if report.format == "json":
        paths = [path.as_posix() for path in written]
        report.write(json.dumps({"format_version": "1.0", "files": paths}, indent=2), done=done)
    else:
        lines = [visible(path.as_posix()) for path in written]
        report.write("\n".join([*lines, f"{counted(len(lines), 'role file')} written."]), done=done)
    return ExitCode.DONE


def _live(configuration: Configuration, connection: ConnectionOptions, report: Report) -> tuple[LiveRole, ...]:
    from reconciler.api import Reader

    settled = connection.settle(configuration)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the live roles"):
        live = Reader(opened).list_roles()
    if not any(role.untouchable for role in live):
        raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE}")
    return live


def _chosen(live: tuple[LiveRole, ...], configuration: Configuration) -> list[Role]:
    """The custom roles, sorted by name, without the ignored ones: role files that ask for those would not be valid."""
    custom = sorted((role.role for role in live if not role.untouchable), key=lambda role: role.name)
    chosen = [role for role in custom if not matches(role.name, configuration.scope.ignore)]
    if len(chosen) < len(custom):
        left = ", ".join(visible(role.name) for role in custom if role not in chosen)
        say(f"left out, since `ignore` leaves them alone: {left}")
    return chosen


def _document(roles: list[Role]) -> str:
    entries = [
        {"name": role.name, "description": role.description, "permissions": sorted(role.permissions)} for role in roles
    ]
    return json.dumps({"format_version": "1.0", "roles": entries}, indent=2) + "\n"
