"""`reconciler lock`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.options import FilesOptions, files_options, option
from reconciler.cli.others import Others
from reconciler.cli.outside import this_day
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.tenants import configured
from reconciler.cli.workspace import Library, lock_at_hand, policies_at_hand, roles_from
from reconciler.load.directories import read_from
from reconciler.load.holders import holders_in
from reconciler.load.locked import IF_THERE
from reconciler.model.catalogue import Lock
from reconciler.model.errors import ExitCode, InvalidInput, Refused
from reconciler.model.inert import visible
from reconciler.plan.catalogue_changes import (
    CatalogueChanges,
    changes_document,
    compare_catalogue,
    loses_too_much,
    updated,
)
from reconciler.render.catalogue_changes import lock_lines
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.config.settings import Configuration
    from reconciler.model.catalogue import Catalogue
    from reconciler.model.findings import Finding
    from reconciler.policy.rules import Policies


@click.command("lock")
@option("--check", is_flag=True, help="Write nothing; exit with 2 when the lock is not up to date.")
@option("--force", is_flag=True, help="Write also if most codes are gone, or if the lock cannot be read.")
@files_options()
@connection_options()
@report_options()
def command(
    *, check: bool, force: bool, files: FilesOptions, connection: ConnectionOptions, report: ReportOptions
) -> int:
    """Write the tenant's permission catalogue to the lock, and say what changed and which roles it concerns.

    Review the diff of the lock and commit it. Only reads from the tenant. An empty catalogue, or one that keeps fewer
    than half of the codes, is not written without --force.
    """
    configuration = configured(files)
    before = _before(configuration, force=force)
    looked = _look(before, files, configuration, connection, report)
    if not check:
        report.check()
    outdated = before is None or not looked.changes.none
    refused = outdated and not check and not force and loses_too_much(before, looked.changes, looked.catalogue)
    written = outdated and not check and not refused
    if written:
        from reconciler.cli.files import write_shared
        from reconciler.load.lock import text_of

        write_shared(configuration.lock, text_of(looked.lock), "lock")
    for finding in looked.problems:
        say(_warning(finding))
    done = f"{looked.lock.path} was written anyway" if written else None
    if report.format == "json":
        report.write(_document(looked, written=written), done=done)
    else:
        ending = _ending(looked, before, outdated=outdated, written=written, refused=refused)
        report.write(_text(looked, before, ending), done=done)
    if refused:
        raise Refused(_too_much(looked, before))
    return ExitCode.CHANGES if check and outdated else ExitCode.DONE


class _Looked(NamedTuple):
    """What was read: the server's catalogue, how it differs from the lock, and the new lock.

    `rules` has the policies and waivers that name a code, `problems` those of role files and policies.
    """

    catalogue: Catalogue
    changes: CatalogueChanges
    lock: Lock
    rules: Mapping[str, Sequence[str]]
    problems: Sequence[Finding]


def _before(configuration: Configuration, *, force: bool) -> Lock | None:
    """Return the lock as it is; None if there is none, or if it is not valid and `force` overrides that."""
    try:
        return lock_at_hand(configuration, made_here=True)
    except InvalidInput as error:
        if not force:
            raise
        say(f"the lock is not valid, so nothing is compared with it: {error.findings[0]}")
        return None


def _look(
    before: Lock | None,
    files: FilesOptions,
    configuration: Configuration,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> _Looked:
    """Read the tenant's catalogue and the role files, and compare."""
    from reconciler.api import Reader
    from reconciler.policy.mentions import named_by

    settled = connection.settle(configuration)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the catalogue"):
        catalogue = Reader(opened).lockable_catalogue()
    path = visible(configuration.lock.as_posix())
    roles = roles_from(files, configuration)
    # Both what was and what is: a role is concerned if it loses a code, and if it gains one.
    known = {**(before.permissions if before else {}), **catalogue}
    withdrawn = before.withdrawn - catalogue.keys() if before else frozenset[str]()
    today = this_day()
    desired, _ = read_from(roles, today=today, lock=Lock(path, settled.url, known, withdrawn))
    policies, not_valid = _policies(configuration)
    rules = named_by(policies)
    named = {*desired.names_codes, *rules}
    changes = compare_catalogue(before, catalogue, settled.url, holders_in(desired.roles), named)
    lock = updated(before, catalogue, settled.url, named, path)
    after, problems = read_from(roles, today=today, lock=lock)
    others = Others(configuration, today, Library())
    after = others.sets(after)
    idle = others.of_policies(policies, after, lock) if policies is not None else ()
    return _Looked(catalogue, changes, lock, rules, sorted([*problems, *not_valid, *idle, *after.warnings]))


def _policies(configuration: Configuration) -> tuple[Policies | None, Sequence[Finding]]:
    """Return the policies, None if there are none or if they are not valid, and the problems."""
    try:
        return policies_at_hand(configuration), ()
    except InvalidInput as error:
        return None, error.findings


def _document(looked: _Looked, *, written: bool) -> str:
    head = {"format_version": "1.0", "written": written, "permissions": len(looked.catalogue)}
    return json.dumps({**head, **changes_document(looked.changes)}, indent=2) + "\n"


def _text(looked: _Looked, before: Lock | None, ending: str) -> str:
    """Return what changed, without a list of all codes if there was no lock, and the last line."""
    lines = [] if before is None else list(lock_lines(looked.changes, looked.rules, looked.lock.withdrawn))
    lines += ["", ending] if lines else [ending]
    return "\n".join(lines) + "\n"


def _ending(looked: _Looked, before: Lock | None, *, outdated: bool, written: bool, refused: bool) -> str:
    path, codes = looked.lock.path, counted(len(looked.catalogue), "permission")
    if written:
        return f"{path} written: {codes}. Review its diff and commit it."
    if refused:
        return f"{path} not written: the tenant has {codes}."
    if outdated:
        what = "does not exist" if before is None else "is not up to date"
        return f"{path} {what}: the tenant has {codes}. Run `reconciler lock` and commit the diff."
    return f"{path} is up to date: {codes}."


def _warning(finding: Finding) -> str:
    if finding.rule == "empty-roles-dir" and finding.place:
        return f"no role files in {finding.place.path}, so the roles that a permission concerns are unknown"
    shown = str(replace(finding, message=finding.message.removesuffix(IF_THERE)))
    return shown if finding.severity == "warning" else f"warning: {shown}"


def _too_much(looked: _Looked, before: Lock | None) -> str:
    path = looked.lock.path
    if not looked.catalogue:
        what = "the tenant's catalogue is empty"
    else:
        had = len(before.grantable) if before else 0
        what = f"the tenant's catalogue has fewer than half of the {counted(had, 'permission')} in {path}"
    advice = "check the URL and that the API key belongs to this tenant, or pass --force"
    return f"refused, {path} was not written: {what}. hint: {advice}"
