"""`reconciler adopt`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from reconciler.adopt.adoption import Given, adopt
from reconciler.adopt.asked import Asked
from reconciler.cli.completion.values import refs
from reconciler.cli.completion.values import roles as complete_roles
from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.outside import this_day
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.workspace import load_all, roles_from
from reconciler.load.walk import Walk
from reconciler.model.errors import ExitCode, InvalidInput, Refused
from reconciler.model.findings import Finding
from reconciler.model.inert import quoted
from reconciler.model.roles import normalise_name
from reconciler.policy.limits import NO_SYSTEM_ROLE
from reconciler.render.adoption import adoption_document, adoption_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.adopt.outcome import Adoption
    from reconciler.cli.workspace import Workspace
    from reconciler.config.connection import Connection
    from reconciler.load import RolesFrom
    from reconciler.model.roles import DesiredRole, LiveRole


@click.command(
    "adopt",
    cls=Documented,
    examples=[
        ("Accept every role that drifted.", "reconciler adopt"),
        ("This role alone; codes that are not live are removed too.", "reconciler adopt knowledge-editor"),
        ("What drifted since the merge base, in both directions.", "reconciler adopt --base origin/main"),
        ("Also make a file for each unmanaged role.", "reconciler adopt --unmanaged"),
        ("Write nothing, only look.", "reconciler adopt --check"),
    ],
    codes={
        0: "Adopted, or nothing to adopt.",
        1: "The API, the network or the disk failed.",
        2: "There is something to adopt, with --check.",
        3: "Role files are not valid, or something is left for you to edit.",
        6: "Partly adopted: something is left for you to edit.",
    },
)
@click.argument("roles", nargs=-1, metavar="[ROLE]...", shell_complete=complete_roles)
@option(
    "--base",
    shell_complete=refs,
    metavar="REF",
    help="Compare with the role files at the merge base of REF and HEAD.  [default: HEAD]",
)
@option("--unmanaged", is_flag=True, help="Also make a role file of every unmanaged role.")
@option("--check", is_flag=True, help="Write nothing; exit with 2 when there is something to adopt.")
@files_options()
@connection_options()
@report_options()
def command(
    *,
    roles: tuple[str, ...],
    base: str | None,
    unmanaged: bool,
    check: bool,
    files: FilesOptions,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> int:
    """Edit the role files so they say what is live: accept what was changed in OmniStream, for review.

    Adopts every role that drifted, or each ROLE that you name. Only reads from the tenant. What the files ask for and
    is not applied yet stays. A permission that is not live is removed with --base or for a named role only.
    """
    found = load_all(files, this_day())
    where = roles_from(files, found.configuration)
    last = where.directories[-1]
    settled = connection.settle(found.configuration)
    before = _base(base, where, found)
    walks = [Walk(directory) for directory in where.directories]
    contents = _contents(walks)
    live = _chosen(_live(connection, settled, report), where, roles)
    given = Given(where, found.desired, contents, before, live, found.configuration.scope, found.lock)
    asked = Asked(roles, unmanaged, take_out=base is not None)
    adopted = adopt(given, asked, lambda path: os.path.lexists(Path(last) / PurePath(path).name))
    if not check:
        report.check()
        _write(adopted, walks, last, contents)
    written = bool(adopted.files) and not check
    text = adoption_document(adopted) if report.format == "json" else adoption_text(adopted, check=check)
    report.write(text, prose=True, done="the role files were written anyway" if written else None)
    return _code(adopted, check=check)


def _base(ref: str | None, roles: RolesFrom, found: Workspace) -> Mapping[str, DesiredRole]:
    """Return the roles at the base by name. Raise `InvalidInput` when the role files there are not valid."""
    from reconciler.cli.base_rules import base_of
    from reconciler.cli.passes import defined_at
    from reconciler.git.repository import BASE, Asker

    then = base_of(ref or "HEAD", roles, found.configuration, BASE if ref else Asker("adopt"))
    try:
        return defined_at(then, found.configuration.lock, found.desired.today).roles or {}
    except InvalidInput as error:
        where = f"at the merge base {then.base.commit[:12]}"
        raise InvalidInput(replace(each, message=f"{where}: {each.message}") for each in error.findings) from None


def _contents(walks: Sequence[Walk]) -> Mapping[str, bytes]:
    """Return the role files by path. Of two that look alike, none has the path as shown: neither can be edited."""
    read = [each for walk in walks for each in walk.files()]
    alike = {shown for walk in walks for shown, paths in walk.paths.items() if len(paths) > 1}
    return {f"{shown} ({number})" if shown in alike else shown: text for number, (shown, text) in enumerate(read)}


def _chosen(live: Sequence[LiveRole], roles: RolesFrom, named_roles: Sequence[str]) -> Sequence[LiveRole]:
    """Return the live roles without those that the globs under `roles` do not take: no file can be made for them here.

    Raise `InvalidInput` when one of them is named.
    """
    if not roles.choice:
        return live
    from reconciler.load.layers import chosen

    names = {role.role.name for role in live if not role.untouchable}
    others = names - chosen(names, roles.choice)
    message = "does not match the globs under `roles`, so no file can define it for this tenant"
    bad = sorted(others & {normalise_name(name) for name in named_roles})
    if bad:
        raise InvalidInput(
            [Finding("idle-choice", f"role {quoted(name)} {message}", roles.choice[0].place) for name in bad]
        )
    return [role for role in live if role.role.name not in others]


def _live(connection: ConnectionOptions, settled: Connection, report: ReportOptions) -> Sequence[LiveRole]:
    from reconciler.api import Reader

    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the live roles"):
        live = Reader(opened).list_roles()
    if not any(role.untouchable for role in live):
        raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE.sentence}")
    return live


def _write(adopted: Adoption, walks: Sequence[Walk], directory: str, before: Mapping[str, bytes]) -> None:
    """Write each file as a whole. Raise `PartlyApplied` when one cannot be written after another was."""
    from reconciler.cli.files import create_bytes, replace_bytes
    from reconciler.model.errors import FileFailed, PartlyApplied

    done: list[str] = []
    paths = {shown: path for walk in walks for shown, path in walk.paths.items()}
    for file in adopted.files:
        try:
            if file.created:
                create_bytes(Path(directory) / PurePath(file.path).name, file.content, "role file")
            else:
                (path,) = paths[file.path]
                replace_bytes(Path(path), before[file.path], file.content, "role file")
        except FileFailed as error:
            if not done:
                raise
            raise PartlyApplied(f"{error}; written before it: {', '.join(done)}") from None
        done.append(file.path)


def _code(adopted: Adoption, *, check: bool) -> ExitCode:
    if adopted.by_hand:
        return ExitCode.PARTLY_APPLIED if adopted.files and not check else ExitCode.INVALID
    return ExitCode.CHANGES if adopted.files and check else ExitCode.DONE
