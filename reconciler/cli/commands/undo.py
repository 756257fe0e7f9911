"""`reconciler undo`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.options import FilesOptions, LimitOptions, config_options, limit_options, option
from reconciler.cli.outside import this_day
from reconciler.cli.passes import now, view
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.cli.tenants import by_target, one
from reconciler.cli.workspace import limits, lock_at_hand, policies_at_hand, roles_from
from reconciler.config.connection import check_url
from reconciler.config.settings import Configuration, load_configuration
from reconciler.model.errors import CommandLineError, ExitCode, InvalidInput
from reconciler.policy.judge import approve, judge
from reconciler.render import PLAN_FORMATS, plan_renderer

if TYPE_CHECKING:
    from reconciler.model.catalogue import Lock
    from reconciler.plan.changes import Plan
    from reconciler.policy.rules import Policies


@click.command("undo")
@click.argument("journal", type=click.Path(path_type=Path))
@option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="PLAN", help="Save the plan (mode 0600).")
@config_options()
@limit_options()
@connection_options()
@report_options(*PLAN_FORMATS)
def command(
    *,
    journal: Path,
    out: Path | None,
    files: FilesOptions,
    raised: LimitOptions,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> int:
    """Plan how to undo the changes recorded in JOURNAL. Only reads.

    Save the plan with --out and apply it with `reconciler apply PLAN`, like any other plan. The id of a deleted role,
    and the agents assigned to it, cannot be restored; the plan says so.
    """
    from reconciler.api import Reader
    from reconciler.apply.recorded import read
    from reconciler.cli.files import write_private
    from reconciler.history.undo import undo_plan
    from reconciler.plan.document import dumps

    configuration = _configuration(files, journal)
    policies = policies_at_hand(configuration)
    lock, note = _lock(configuration, needed=policies is not None)
    settled = connection.settle(configuration)
    entries = read(journal)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the live roles"):
        reader = Reader(opened)
        plan = undo_plan(
            entries,
            reader.list_roles(),
            target=settled.url,
            scope=configuration.scope,
            catalogue=reader.list_permissions(),
            form=_one_form,
        )
    plan = replace(plan, tenant=configuration.tenant, today=this_day(), notes=(*plan.notes, *note))
    if not note:
        plan = _with_ended(_with_unlocked(plan, lock), configuration, lock)
    plan = _judged_by_policies(plan, policies, lock)
    judged = judge(plan, limits(configuration, raised))
    made_at = now()
    if out is not None:
        write_private(out, dumps(judged.plan, made_at), "plan")
        say(f"To apply it: reconciler apply {out}")
    report.write(plan_renderer(report.format)(judged.plan, view(report, judged.plan, made_at)))
    approve(judged)  # raises `Refused`, as `apply` does
    return ExitCode.DONE


def _configuration(files: FilesOptions, journal: Path) -> Configuration:
    """Return the configuration; of several tenants, that of the one that is named or that the journal is about."""
    whole = load_configuration(files.config)
    if whole.tenants and not files.tenants:
        from reconciler.apply.recorded import read

        files = by_target(files, (_one_form(entry.target) for entry in read(journal).entries), whole)
    return one(files, whole)


def _lock(configuration: Configuration, *, needed: bool) -> tuple[Lock | None, tuple[str, ...]]:
    """Return the lock, and a note if it is not valid. Only policies need it: undo goes by the tenant's catalogue."""
    try:
        return lock_at_hand(configuration), ()
    except InvalidInput as error:
        if needed:
            raise
        return None, (f"undo goes by the tenant's catalogue: {error.findings[0]}",)


def _with_unlocked(plan: Plan, lock: Lock | None) -> Plan:
    """Return the plan with a note if it grants what the lock does not have."""
    if lock is None:
        return plan
    from reconciler.load.lock_notes import with_undo_note

    return with_undo_note(plan, lock)


def _with_ended(plan: Plan, configuration: Configuration, lock: Lock | None) -> Plan:
    """Return the plan with a note if it gives back what the role files let end. Undo does not need role files."""
    from reconciler.history.ended import with_ended_notes
    from reconciler.load import load_from

    try:
        desired = load_from(roles_from(FilesOptions(), configuration), today=this_day(), lock=lock).roles
    except InvalidInput:
        return plan
    return with_ended_notes(plan, desired)


def _judged_by_policies(plan: Plan, policies: Policies | None, lock: Lock | None) -> Plan:
    if policies is None:
        return plan
    from reconciler.policy.planned import with_given_back

    return with_given_back(plan, policies, this_day(), lock)


def _one_form(url: str) -> str:
    """Return a tenant's URL in the form of the settings; an edited journal, or one of an older version, may differ."""
    try:
        return check_url(url, allow_http=True)
    except CommandLineError:
        return url
