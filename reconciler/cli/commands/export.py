"""`reconciler export`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.outside import this_day
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.tenants import configured
from reconciler.cli.workspace import load_all, lock_at_hand
from reconciler.load.export import Texts, texts_of, write_files
from reconciler.load.lived_in import Present, sort_out
from reconciler.model.errors import ExitCode, Failed, InvalidInput, Refused
from reconciler.model.inert import named, quoted, visible
from reconciler.model.roles import normalise_name, role_document
from reconciler.model.suggestions import did_you_mean
from reconciler.plan.compare import Comparison, compare
from reconciler.plan.scope import matches
from reconciler.policy.limits import NO_SYSTEM_ROLE
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.config.settings import Configuration
    from reconciler.model.catalogue import Catalogue, Lock
    from reconciler.model.roles import DesiredRole, LiveRole


@click.command("export")
@click.argument("roles", nargs=-1, metavar="[ROLE]...")
@option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write one file per role to DIR.  [default: print them all]",
)
@option("--unmanaged", is_flag=True, help="Export only roles that no role file asks for.")
@option("--force", is_flag=True, help="Overwrite existing files.")
@files_options()
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
    configuration, desired = _at_hand(files, unmanaged=unmanaged)
    tenant = _read(configuration, connection, report)
    chosen = _chosen(tenant, configuration, desired, roles)
    texts = texts_of(chosen)
    for left_out in texts.left_out:
        say(str(left_out))
    _warn_of_codes(texts, tenant.catalogue)
    if directory is not None:
        present = Present.read(directory, today=this_day(), lock=_lock(configuration))
        return _write(texts, tenant, directory, present, report, force=force)
    report.write(_document(texts) if report.format == "json" else texts.joined(), data=True)
    return _code(bool(texts.roles), missing=bool(texts.left_out))


@dataclass(frozen=True, slots=True)
class _Tenant:
    """What was read; the catalogue is None when it could not be read."""

    live: tuple[LiveRole, ...]
    catalogue: Catalogue | None


def _at_hand(files: FilesOptions, *, unmanaged: bool) -> tuple[Configuration, Sequence[DesiredRole]]:
    """Return the configuration, and the desired roles if they matter: none when there are no role files."""
    configuration = configured(files)
    if not unmanaged:
        return configuration, ()
    try:
        return configuration, load_all(files, this_day()).desired.roles
    except InvalidInput as error:
        if any(finding.rule != "empty-roles-dir" for finding in error.findings):
            raise
        return configuration, ()


def _read(configuration: Configuration, connection: ConnectionOptions, report: ReportOptions) -> _Tenant:
    from reconciler.api import Reader

    settled = connection.settle(configuration)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the live roles"):
        reader = Reader(opened)
        live = reader.list_roles()
        if not any(role.untouchable for role in live):
            raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE.sentence}")
        try:
            return _Tenant(live, reader.list_permissions())
        except Failed as error:
            say(f"warning: cannot check the permissions against the catalogue: {error}")
            return _Tenant(live, None)


def _chosen(
    tenant: _Tenant, configuration: Configuration, desired: Sequence[DesiredRole], names: Sequence[str]
) -> list[LiveRole]:
    """Return the live roles to export: all that a plan would call unmanaged, or those of them that were named.

    Raise `Failed` with a line for each name that is not one of them.
    """
    scope = configuration.scope._replace(unmanaged="report")
    compared = compare(desired, tenant.live, scope)
    ids = {role.id for role in compared.unmanaged}
    found = [role for role in tenant.live if role.id in ids]
    if not names:
        if compared.ignored:
            ignored = dict.fromkeys(named(role.name) for role in compared.ignored)
            say(f"left out, because they match a pattern under `ignore`: {', '.join(ignored)}")
        return found
    asked = {normalise_name(name) for name in names}
    there = {role.role.name for role in found}
    bad = [f"  {_why_not(name, tenant, compared, configuration)}" for name in sorted(asked - there)]
    if bad:
        raise Failed("\n".join(["nothing was written:", *bad]))
    return [role for role in found if role.role.name in asked]


def _why_not(name: str, tenant: _Tenant, compared: Comparison, configuration: Configuration) -> str:
    """Return why no role with this name can be exported."""
    role = f"role {quoted(name)}"
    live = [one for one in tenant.live if one.role.name == name]
    if not live:
        near = did_you_mean(name, (one.role.name for one in compared.unmanaged))
        return f"{role} is not live{near}"
    if any(one.untouchable for one in live):
        return f"{role} is a system role and cannot be exported"
    if matches(name, configuration.scope.ignore):
        return f"{role} matches a pattern under `ignore` and cannot be exported"
    if not matches(name, configuration.scope.manage):
        return f"{role} does not match any pattern under `manage`"
    return f"{role} is already managed: a role file defines it"


def _warn_of_codes(texts: Texts, catalogue: Catalogue | None) -> None:
    """Warn once for each code that the catalogue does not have, or once in total when it is empty."""
    if catalogue is None:
        return
    holders: dict[str, list[str]] = {}
    for role, _ in texts.roles:
        for code in role.permissions - catalogue.keys():
            holders.setdefault(code, []).append(named(role.name))
    if holders and not catalogue:
        say("warning: the tenant's catalogue is empty, so it has none of these roles' permissions; check the API key")
        return
    for code, names in sorted(holders.items()):
        say(f"warning: unknown permission {quoted(code)} in the tenant's catalogue; held by {', '.join(names)}")


def _lock(configuration: Configuration) -> Lock | None:
    """Return the lock, for the patterns of the files that are there already; None if it cannot be read."""
    try:
        return lock_at_hand(configuration)
    except InvalidInput:
        return None


def _write(
    texts: Texts, tenant: _Tenant, directory: Path, present: Present, report: ReportOptions, *, force: bool
) -> int:
    live = frozenset(role.role.name for role in tenant.live)
    planned = sort_out(texts.roles, directory, present, live, force=force)
    overwritten = write_files(planned.files, directory, force=force)
    if overwritten:
        say(f"overwritten: {', '.join(visible(path.as_posix()) for path in overwritten)}")
    for note in (*planned.notes, present.not_live(live)):
        if note is not None:
            say(note)
    written = [path.as_posix() for path in planned.files]
    done = "the role files were written anyway" if written else None
    if report.format == "json":
        left_out = _left_out(texts)
        report.write(json.dumps({"format_version": "1.0", "files": written, "left_out": left_out}, indent=2), done=done)
    else:
        lines = [*map(visible, written), f"{counted(len(written), 'role file')} written."]
        report.write("\n".join(lines), done=done)
    return _code(bool(written), missing=bool(texts.left_out or planned.kept))


def _code(written: bool, *, missing: bool) -> ExitCode:  # noqa: FBT001 - the function is about this one value
    if not missing:
        return ExitCode.DONE
    return ExitCode.PARTLY_APPLIED if written else ExitCode.FAILED


def _document(texts: Texts) -> str:
    entries = [role_document(role) for role, _ in texts.roles]
    document = {"format_version": "1.0", "roles": entries, "left_out": _left_out(texts)}
    return json.dumps(document, indent=2) + "\n"


def _left_out(texts: Texts) -> list[dict[str, str]]:
    return [{"name": entry.role.role.name, "id": entry.role.id, "reason": entry.reason} for entry in texts.left_out]
