"""`reconciler undo`."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.completion.values import journals
from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.help.documented import Documented, File
from reconciler.cli.options import FilesOptions, LimitOptions, config_options, limit_options, option
from reconciler.cli.outside import this_day
from reconciler.cli.passes import now, view
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import aside
from reconciler.cli.tenants import by_target, one
from reconciler.cli.workspace import Library, limits, policies_at_hand, roles_from
from reconciler.config.connection import check_url
from reconciler.config.settings import Configuration, load_configuration
from reconciler.model.days import read_day
from reconciler.model.errors import CommandLineError, ExitCode, InvalidInput
from reconciler.model.inert import quoted, visible
from reconciler.policy.judge import approve, judge
from reconciler.render import PLAN_FORMATS, plan_renderer

if TYPE_CHECKING:
    from reconciler.apply.recorded import Recorded
    from reconciler.history.recent import Chosen
    from reconciler.load import RolesFrom
    from reconciler.model.catalogue import Lock
    from reconciler.plan.changes import Plan
    from reconciler.policy.rules import Policies


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """Return the time that `--since` names. Raise `click.BadParameter` when it is not a day or a time with a zone."""
    if value is None:
        return None
    day = read_day(value)
    if day is not None:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = datetime.min  # noqa: DTZ901 - it has no zone, so it is refused
    if found.tzinfo is None:
        message = f"{quoted(value)} is not a time; write it with a zone, such as 2026-11-25T03:10:00Z, or YYYY-MM-DD"
        raise click.BadParameter(message, ctx=ctx, param=param)
    return found


@click.command(
    "undo",
    cls=Documented,
    examples=[
        ("Look.", "reconciler undo journal.jsonl"),
        ("Save the plan, then apply it.", "reconciler undo journal.jsonl --out undo.json"),
        ("Only the last run.", "reconciler undo journal.jsonl --last 1"),
    ],
    codes={
        0: "The plan is shown.",
        1: "The API, the network or the disk failed.",
        3: "The journal or the configuration is not valid.",
        4: "A limit or `protect` refuses the plan.",
    },
)
@click.argument("journal", cls=File, shell_complete=journals, type=click.Path(path_type=Path))
@option(
    "--last",
    type=click.IntRange(min=1),
    metavar="N",
    help="Undo only the last N runs that wrote something; each pass of `watch` that wrote is one.",
)
@option(
    "--since",
    callback=_moment,
    metavar="TIME",
    help="Undo only what was sent since TIME, such as 2026-11-25T03:10:00Z, or 2026-11-25 for that day in UTC.",
)
@option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="PLAN", help="Save the plan (mode 0600).")
@config_options()
@limit_options()
@connection_options()
@report_options(*PLAN_FORMATS)
def command(
    *,
    journal: Path,
    last: int | None,
    since: datetime | None,
    out: Path | None,
    files: FilesOptions,
    raised: LimitOptions,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> int:
    """Plan how to undo the changes recorded in JOURNAL. Only reads.

    Save the plan with --out and apply it with `reconciler apply PLAN`, like any other plan. The id of a deleted role,
    and the agents assigned to it, cannot be restored; the plan says so. A journal that `watch` wrote needs --last or
    --since.
    """
    from reconciler.api import Reader
    from reconciler.apply.recorded import read
    from reconciler.cli.files import write_private
    from reconciler.history.undo import undo_plan
    from reconciler.plan.document import dumps

    report.check_apart(out)
    configuration = _configuration(files, journal)
    policies = policies_at_hand(configuration)
    lock, note = _lock(configuration, roles_from(files, configuration), needed=policies is not None)
    settled = connection.settle(configuration)
    entries = read(journal)
    chosen = _chosen(entries, settled.url, last, since)
    with transport(connection, settled, verbose=report.verbose) as opened, waiting("reading the live roles"):
        reader = Reader(opened)
        plan = undo_plan(
            entries,
            reader.list_roles(),
            target=settled.url,
            scope=configuration.scope,
            catalogue=reader.list_permissions(),
            form=_one_form,
            chosen=chosen,
        )
    plan = replace(plan, tenant=configuration.tenant, today=this_day(), notes=(*plan.notes, *note))
    if not note:
        plan = _with_ended(_with_unlocked(plan, lock), configuration, lock)
    plan = _judged_by_policies(plan, policies, lock)
    judged = judge(plan, limits(configuration, raised))
    made_at = now()
    if out is not None:
        write_private(out, dumps(judged.plan, made_at), "plan")
        configured = () if files.config is None else ("--config", str(files.config))
        aside(f"To apply it: {visible(shlex.join(['reconciler', 'apply', str(out), *configured]))}", whole=True)
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


def _chosen(journal: Recorded, target: str, last: int | None, since: datetime | None) -> Chosen | None:
    """Return which lines are undone; None is all. Raise `CommandLineError` when `watch` wrote and neither is given."""
    from reconciler.history import recent

    if last is not None and since is not None:
        raise CommandLineError("--last and --since both choose what is undone; remove one of the two")
    if last is not None:
        return recent.last_runs(last)
    if since is not None:
        return recent.since(since)
    if any(entry.command == "watch" and _one_form(entry.target) == target for entry in journal.entries):
        what = f"`reconciler watch` wrote to {visible(journal.path)}"
        raise CommandLineError(f"{what}; pass --last N or --since TIME to choose how much to undo")
    return None


def _lock(configuration: Configuration, roles: RolesFrom, *, needed: bool) -> tuple[Lock | None, tuple[str, ...]]:
    """Return the lock, and a note if it is not valid. Only policies need it: undo goes by the tenant's catalogue."""
    try:
        return Library().lock(configuration, roles), ()
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
