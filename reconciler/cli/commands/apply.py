"""`reconciler apply`."""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.api import Writer
from reconciler.apply.executor import Run
from reconciler.apply.journal import Header, Journal, login_name
from reconciler.apply.outcome import Kind, Outcome, defect_in, exit_code
from reconciler.apply.through import Applied, apply_changes
from reconciler.ci import read_ci
from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.options import FilesOptions, LimitOptions, files_options, limit_options, option
from reconciler.cli.outside import outside
from reconciler.cli.passes import Pass, now, view
from reconciler.cli.progress import reporting, say_past_a_bar, waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.saved import SavedPlan
from reconciler.cli.streams import ReaderLeft, say
from reconciler.model.errors import FileFailed, Refused
from reconciler.model.roles import id_key
from reconciler.plan.document import digest
from reconciler.plan.remaining import remaining_of_files, remaining_of_plan
from reconciler.policy.judge import Approved, Judged, approve
from reconciler.render import outcome, plan_renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.apply.interrupts import Stop
    from reconciler.model.roles import LiveRole
    from reconciler.plan.changes import Change, Plan

NO_JOURNAL = (
    "No journal was kept, so this apply cannot be undone with `reconciler undo`; pass --journal FILE to keep one."
)


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path), required=False)
@option("--yes", is_flag=True, help="Apply without asking for confirmation.")
@option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Append a record of each change to FILE; also journal: in the configuration.",
)
@limit_options()
@files_options()
@connection_options()
@report_options("markdown")
def command(
    *,
    plan: Path | None,
    yes: bool,
    journal: Path | None,
    raised: LimitOptions,
    files: FilesOptions,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> int:
    """Apply the role files, or a saved plan, to the live tenant. Shows the plan, then asks.

    With PLAN, applies exactly what that saved plan says, or nothing: every change in it must still fit.
    """
    report.check()
    stop = outside().stop(say_past_a_bar)
    prepared: Pass | SavedPlan
    if plan is None:
        prepared = Pass.prepare(files, connection, raised)
    else:
        prepared = SavedPlan.prepare(plan, files, connection, raised)
    with transport(connection, prepared.connection, verbose=report.verbose, stop=stop) as opened:
        tenant = Writer(opened)
        work = _from_files(prepared, tenant) if isinstance(prepared, Pass) else _from_plan(prepared, tenant)
        applying = _Applying(work, tenant, prepared.connection.concurrency, stop, journal or prepared.journal, report)
        try:
            return applying.carry_out(ask=not yes)
        except ReaderLeft as error:  # after the first write it costs the report alone; see `ReportOptions.write`
            raise FileFailed(f"{error}; nothing was written") from None


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done: the plan to show, what is left of it to do, and what would be left afterwards."""

    plan: Plan
    judged: Judged
    remaining: Callable[[Sequence[LiveRole]], Sequence[str]]
    made_at: str
    saved: bool = False


def _from_files(prepared: Pass, tenant: Writer) -> _Work:
    judged = prepared.plan_with(tenant)
    return _Work(
        judged.plan,
        judged,
        remaining_of_files(prepared.desired.roles, prepared.rules.scope),
        now(),
    )


def _from_plan(saved: SavedPlan, tenant: Writer) -> _Work:
    with waiting("reading the live roles"):
        judged = saved.fit(tenant)
    plan = replace(saved.plan, refused=judged.plan.refused)
    return _Work(plan, judged, remaining_of_plan(plan), saved.created_at, saved=True)


@dataclass(frozen=True, slots=True)
class _Applying:
    """One apply, from the plan that is shown to the report of what became of it."""

    work: _Work
    tenant: Writer
    concurrency: int
    stop: Stop
    journal: Path | None
    report: ReportOptions

    def carry_out(self, *, ask: bool) -> int:
        """Show, ask, do, report. Returns the exit code; raises `Refused` before the first write or not at all."""
        self._show_plan()
        approved = approve(self.work.judged)
        if approved.changes and ask:
            _ask(len(approved.changes))
        applied = self._apply(approved) if approved.changes else Applied((), converged=True)
        outcomes = self._with_done(applied.outcomes)
        self._show_outcomes(replace(applied, outcomes=outcomes))
        defect = defect_in(outcomes)
        if defect is not None:
            raise defect
        return exit_code(outcomes, converged=applied.converged, interrupted=self.stop.is_set(), saved=self.work.saved)

    def _apply(self, approved: Approved) -> Applied:
        with self.stop, self._journal() as journal, reporting("applying", len(approved.changes)) as told:
            run = Run(self.tenant, self.concurrency, self.stop, journal, lambda ended: told(outcome.line(ended)))
            return apply_changes(approved, run, self.tenant.list_roles, self.work.remaining)

    def _journal(self) -> AbstractContextManager[Journal | None]:
        if self.journal is None:
            return nullcontext()
        plan = self.work.plan
        actor = read_ci(os.environ).actor or login_name(os.environ)
        return Journal(self.journal, Header(digest(plan), plan.source.commit, actor, plan.target))

    def _with_done(self, outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        """The outcomes in the plan's order, with those changes of a saved plan whose result was there before."""
        found = {_key(entry.change): entry for entry in outcomes}
        return tuple(found.get(_key(change)) or Outcome(change, Kind.ALREADY) for change in self.work.plan.changes)

    def _show_plan(self) -> None:
        """The plan goes where the report goes, unless the report is a document that nothing may stand in front of."""
        shown = view(self.report, self.work.plan, self.work.made_at)
        if self.report.format == "text" and self.report.output is None:
            self.report.write(plan_renderer("text")(self.work.plan, shown))
        else:
            say(plan_renderer("text")(self.work.plan, replace(shown, color=False)).rstrip("\n"))

    def _show_outcomes(self, applied: Applied) -> None:
        outcomes, remaining = applied.outcomes, applied.remaining
        sent = any(each.attempts for each in outcomes)
        done = "changes were made anyway; run `reconciler plan` to see what is left" if sent else None
        match self.report.format:
            case "json":
                document = outcome.document(
                    digest(self.work.plan), outcomes, converged=applied.converged, remaining=remaining
                )
                self.report.write(json.dumps(document, indent=2), done=done)
            case "markdown":
                shown = outcome.markdown(outcomes, converged=applied.converged, remaining=remaining)
                unrecorded = self._unrecorded(outcomes)
                self.report.write(f"{shown}\n{unrecorded}" if unrecorded else shown, done=done)
            case _:
                text = outcome.text(outcomes, converged=applied.converged, remaining=remaining)
                self.report.write(f"\n{text}{self._unrecorded(outcomes)}" if outcomes else "", done=done)

    def _unrecorded(self, outcomes: Sequence[Outcome]) -> str:
        """The last line where there was something to do and no journal kept."""
        if self.journal is not None or not outcomes:
            return ""
        return f"{NO_JOURNAL}\n"


def _key(change: Change) -> tuple[str, str]:
    """What tells one change of a plan from another: what is carried out has its ids as the live state spells them."""
    return id_key(change.id or ""), change.name


def _ask(count: int) -> None:
    """Ask on standard error. Raises `Refused` where nobody can answer, or the answer is no."""
    if not sys.stdin.isatty():
        raise Refused(
            "refused, nothing was written: cannot ask for confirmation without a terminal; pass --yes "
            "(review the plan first: `reconciler plan --out plan.json`, then `reconciler apply plan.json --yes`)"
        )
    changes = "this change" if count == 1 else f"these {count} changes"
    try:
        confirmed = click.confirm(f"Apply {changes}?", err=True)
    except click.Abort as error:
        if not isinstance(error.__context__, EOFError):  # Ctrl-C; the end of the input (Ctrl-D) is no answer
            raise
        click.echo(err=True)
        confirmed = False
    if not confirmed:
        raise Refused("not confirmed; nothing was written")
