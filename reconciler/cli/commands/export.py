"""`reconciler export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.completion.values import roles as complete_roles
from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.exporting import AtHand, Exported, Live, Wanted, code_of, left_out_document, texts_in, write
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.tenants import asks_for_several
from reconciler.cli.workspace import Library
from reconciler.model.inert import visible
from reconciler.model.roles import role_document
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.load.export import Texts


@click.command(
    "export",
    cls=Documented,
    examples=[
        ("Print all live roles.", "reconciler export"),
        ("Start from what is live.", "reconciler export --dir roles.d"),
        ("One role alone.", "reconciler export night-shift --dir roles.d"),
        ("Only roles that no file asks for.", "reconciler export --unmanaged --dir roles.d"),
    ],
    codes={
        0: "Exported.",
        1: "The API, the network or the disk failed.",
        3: "Role files or configuration are not valid.",
        6: "A role was left out, and others were written.",
    },
)
@click.argument("roles", nargs=-1, metavar="[ROLE]...", shell_complete=complete_roles)
@option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write one file per role to DIR; for several tenants, to DIR/TENANT.  [default: print them all]",
)
@option("--unmanaged", is_flag=True, help="Export only roles that no role file asks for.")
@option("--force", is_flag=True, help="Overwrite existing files.")
@files_options(several=True)
@connection_options()
@report_options()
def command(
    *,
    roles: tuple[str, ...],
    directory: Path | None,
    unmanaged: bool,
    force: bool,
    files: FilesOptions,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> int:
    """Write the live custom roles as role files, to start from or to adopt.

    Exports all custom roles, or each ROLE that you name. A plan right after it shows no changes. Roles that `ignore`
    matches are left out. A role that a role file cannot describe is named and left out; the exit code is then 6.
    """
    wanted, library = Wanted(roles, unmanaged, force), Library()
    if asks_for_several(files):
        from reconciler.cli.fleet.export import export_fleet

        return export_fleet(files, wanted, directory, library, connection, report)
    at_hand = AtHand.read(files, wanted, library)
    settled = connection.settle(at_hand.configuration)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the live roles"):
        live = Live.read(opened)
    texts = texts_in(live, at_hand, wanted, say)
    if directory is not None:
        return _told(write(texts, live, directory, at_hand, force=force, tell=say), texts, report)
    report.write(_document(texts) if report.format == "json" else texts.joined(), data=True)
    return code_of(bool(texts.roles), missing=bool(texts.left_out))


def _told(exported: Exported, texts: Texts, report: ReportOptions) -> int:
    """Report what was written, and return the exit code."""
    written = exported.files
    done = "the role files were written anyway" if written else None
    if report.format == "json":
        document = {"format_version": "1.0", "files": list(written), "left_out": left_out_document(texts)}
        report.write(json.dumps(document, indent=2), done=done)
    else:
        report.write("\n".join([*map(visible, written), f"{counted(len(written), 'role file')} written."]), done=done)
    return exported.code


def _document(texts: Texts) -> str:
    roles = [role_document(role) for role, _ in texts.roles]
    document = {"format_version": "1.0", "roles": roles, "left_out": left_out_document(texts)}
    return json.dumps(document, indent=2) + "\n"
