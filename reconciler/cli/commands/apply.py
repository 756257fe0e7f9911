"""`reconciler apply`."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.apply.executor import Run
from reconciler.apply.interrupts import TOLD
from reconciler.apply.outcome import Kind, Outcome, defect_in, exit_code, may_have_written
from reconciler.cli import workspace
from reconciler.cli.asking import confirmed
from reconciler.cli.completion.values import plans
from reconciler.cli.connection import ConnectionOptions, connection_options, transport
from reconciler.cli.fleet.several import ApplyOptions, SeveralOptions, limit_of, several_options, tenants_to_apply
from reconciler.cli.help.documented import Documented, File, Section
from reconciler.cli.journals import note_of_edits, open_journal
from reconciler.cli.options import (
    FilesOptions,
    LimitOptions,
    bundled,
    files_options,
    journal_option,
    limit_options,
    only_option,
    option,
)
from reconciler.cli.outside import outside, this_day
from reconciler.cli.passes import AskedOfFiles, FromFiles, now, view
from reconciler.cli.progress import reporting, say_past_a_bar, waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import OutputClosed, aside, say
from reconciler.config.settings import named_for
from reconciler.model.errors import CommandLineError, FileFailed, Refused
from reconciler.plan.document import digest
from reconciler.reconcile import Work, apply_pass
from reconciler.render import outcome, plan_renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.apply.through import Applied
    from reconciler.cli.saved import FromPlan
    from reconciler.plan.changes import Plan
    from reconciler.plan.only import Only
    from reconciler.policy.judge import Approved

NO_JOURNAL = (
    "No journal was kept, so this apply cannot be undone with `reconciler undo`; pass --journal FILE to keep one."
)
NOTHING_TO_UNDO = "No journal was kept. Nothing was written, so there is nothing to undo."


@click.command(
    "apply",
    cls=Documented,
    examples=[
        ("Plan, show, ask, apply.", "reconciler apply"),
        ("In a pipeline: what was reviewed, or nothing.", "reconciler apply plan.json --yes --journal journal.jsonl"),
        ("Less access at once, and nothing else.", "reconciler apply --only revokes"),
    ],
    codes={
        0: "Applied and verified, or nothing to do.",
        1: "The API, the network or the disk failed. Nothing was written.",
        3: "Role files or configuration are not valid. Nothing was written.",
        4: "Refused or not confirmed. Nothing was written.",
        5: "The saved plan no longer fits. Nothing was written.",
        6: "Partly applied.",
        130: "Interrupted. Writes in flight were finished.",
    },
)
@click.argument("plan", cls=File, shell_complete=plans, type=click.Path(path_type=Path), required=False)
@bundled(
    "asked",
    ApplyOptions,
    [
        option("--yes", is_flag=True, help="Apply without asking for confirmation."),
        journal_option(),
        option(
            "--wave",
            section=Section.TENANTS,
            type=click.IntRange(min=1),
            metavar="K",
            help="Only the tenants of this wave.",
        ),
        option(
            "--max-failed",
            section=Section.TENANTS,
            type=click.IntRange(min=0),
            default=0,
            show_default=True,
            metavar="N",
            help="Start the next wave of tenants although N of those before did not converge.",
        ),
    ],
)
@only_option()
@limit_options()
@files_options(several=True)
@several_options()
@connection_options()
@report_options("markdown")
def command(
    *,
    plan: Path | None,
    asked: ApplyOptions,
    only: Only | None,
    raised: LimitOptions,
    several: SeveralOptions,
    files: FilesOptions,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> int:
    """Apply the role files, or a saved plan, to the live tenant. Shows the plan, then asks.

    With PLAN, applies exactly what that saved plan says, or nothing: every change in it must still fit. PLAN can be a
    directory with the plans of several tenants, which `plan --all --out` makes. These are applied wave after wave.
    """
    report.check()
    if plan is not None and only is not None:
        message = "--only narrows the plan that this run makes, and PLAN is made already; remove one of the two"
        raise CommandLineError(f"{message}. hint: `reconciler plan --only {only} --out PLAN` makes a plan to apply")
    library = workspace.Library()
    found = tenants_to_apply(plan, files, several, asked, library)
    of_files = AskedOfFiles(this_day(), only=only, edits=True)
    if found is not None:
        from reconciler.cli.fleet.plan import FleetRun
        from reconciler.cli.fleet.preparing import Preparing
        from reconciler.cli.fleet.rollout import apply_several

        preparing = Preparing(files, library, connection, raised, of_files)
        fleet = FleetRun(found, preparing, several.parallel, report)
        return apply_several(plan, fleet, asked, limit_of(library.configuration(files), several))
    stop = outside().stop(say_past_a_bar)
    prepared: FromFiles | FromPlan
    if plan is None:
        prepared = FromFiles.prepare(files, library, connection, raised, of_files)
    else:
        from reconciler.cli.saved import FromPlan  # pydantic is slow to load

        prepared = FromPlan.prepare(plan, files, connection, raised)
    kept = asked.journal if prepared.tenant is None else named_for(prepared.tenant, asked.journal)
    kept = kept or prepared.journal
    with transport(connection, prepared.connection, verbose=report.verbose, stop=stop) as opened:
        from reconciler.api import Writer  # after httpx: below the imports of `api`, it loads more slowly

        tenant = Writer(opened)
        with waiting("reading the live roles"):
            work = prepared.work(tenant)
        shown = _Shown(work.plan, prepared.created_at or now(), report, recorded=kept is not None)
        run = Run(tenant, prepared.connection.concurrency, stop)
        ask = None if asked.yes else partial(_ask, saved=plan is not None)
        applied, interrupted = _applied(work, run, kept, shown, ask)
    defect = defect_in(applied.outcomes)
    if defect is not None:
        raise defect
    return exit_code(applied.outcomes, converged=applied.converged, interrupted=interrupted, saved=plan is not None)


def _applied(
    work: Work, run: Run, journal: Path | None, shown: _Shown, ask: Callable[[Approved], None] | None
) -> tuple[Applied, bool]:
    """Apply, and show the plan before and the outcomes after it. Return too whether a signal came before these."""
    try:
        applied = apply_pass(
            work,
            show=shown.show_plan,
            ask=ask or (lambda _: None),
            running=lambda approved: _running(run, work.plan, approved, journal),
        )
        interrupted = run.stop.is_set()
        run.stop.first = TOLD
        shown.show_outcomes(applied)
    except OutputClosed as error:  # after the first write it costs the report alone; see `ReportOptions.write`
        raise FileFailed(f"{error}; nothing was written") from None
    return applied, interrupted


@contextmanager
def _running(run: Run, plan: Plan, approved: Approved, journal: Path | None) -> Iterator[Run]:
    """Yield the run with its journal and a progress bar, while signals interrupt it in order.

    They do so until the command ends: during the report, a signal must not say that nothing was written.
    """
    click.get_current_context().with_resource(run.stop)
    with open_journal(journal, plan) as kept, reporting("applying", len(approved.changes)) as told:

        def tell(ended: Outcome) -> None:
            if ended.kind is not Kind.UNTRIED:  # an interrupt leaves many, and the report has them on one line
                told(outcome.line(ended))

        yield replace(run, journal=kept, progress=tell)


@dataclass(frozen=True, slots=True)
class _Shown:
    """How to show the plan and the outcomes. `recorded` is true when there is a journal."""

    plan: Plan
    made_at: str
    report: ReportOptions
    recorded: bool

    def show_plan(self, plan: Plan) -> None:
        """Print the plan where the report goes, or to standard error when the report must be a document alone."""
        shown = view(self.report, plan, self.made_at)
        if self.report.format == "text" and self.report.output is None:
            self.report.write(plan_renderer("text")(plan, shown))
        else:
            say(plan_renderer("text")(plan, shown._replace(color=False)).rstrip("\n"), whole=True)
        note = note_of_edits(plan.source, recorded=self.recorded) if plan.changes else None
        if note is not None:
            aside(note)

    def show_outcomes(self, applied: Applied) -> None:
        """Write the outcome of each change to the report, followed by what the user must know about it."""
        outcomes, remaining = applied.outcomes, applied.remaining
        sent = any(each.attempts for each in outcomes)
        verified = outcome.when_verified(self.plan)
        done = "changes were made anyway; run `reconciler plan` to see what is left" if sent else None
        match self.report.format:
            case "json":
                document = outcome.document(
                    digest(self.plan),
                    outcomes,
                    converged=applied.converged,
                    remaining=remaining,
                    only=self.plan.only,
                )
                self.report.write(json.dumps(document, indent=2), done=done)
            case "markdown":
                shown = outcome.markdown(outcomes, converged=applied.converged, remaining=remaining, verified=verified)
                unrecorded = self._unrecorded(outcomes)
                self.report.write(f"{shown}\n{unrecorded}" if unrecorded else shown, done=done)
            case _:
                text = outcome.text(
                    outcomes,
                    converged=applied.converged,
                    remaining=remaining,
                    verified=verified,
                    color=self.report.colored,
                )
                self.report.write(f"\n{text}{self._unrecorded(outcomes)}" if outcomes else "", prose=True, done=done)

    def _unrecorded(self, outcomes: Sequence[Outcome]) -> str:
        """Return the last line of a run that had work to do and no journal; otherwise an empty string."""
        if self.recorded or not outcomes:
            return ""
        return f"{NO_JOURNAL if may_have_written(outcomes) else NOTHING_TO_UNDO}\n"


_REVIEW = " (review the plan first: `reconciler plan --out plan.json`, then `reconciler apply plan.json --yes`)"


def _ask(approved: Approved, *, saved: bool) -> None:
    """Ask on standard error. Raise `Refused` when there is no terminal, or the answer is no. `saved`: a saved plan."""
    if not sys.stdin.isatty():
        message = "refused, nothing was written: cannot ask for confirmation without a terminal; pass --yes"
        raise Refused(message if saved else f"{message}{_REVIEW}")
    count = len(approved.changes)
    changes = "this change" if count == 1 else f"these {count} changes"
    if not confirmed(f"Apply {changes}?"):
        raise Refused("not confirmed; nothing was written")
