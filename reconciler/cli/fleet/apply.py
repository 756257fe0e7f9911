"""Apply to one tenant of several: what `apply` does with one, without showing, asking or raising."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from reconciler.api import Writer
from reconciler.apply.executor import Run
from reconciler.apply.outcome import Kind, defect_in, exit_code, may_have_written
from reconciler.cli.journals import open_journal
from reconciler.config.settings import named_for
from reconciler.fleet.outcome import TenantEnd
from reconciler.model.errors import CommandLineError, ExitCode, ReconcilerError
from reconciler.model.inert import visible
from reconciler.plan.document import digest
from reconciler.reconcile import Work, apply_pass
from reconciler.render import outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from reconciler.api.both import Lists
    from reconciler.apply.interrupts import Stop
    from reconciler.apply.through import Applied
    from reconciler.config.connection import Connection
    from reconciler.plan.changes import Plan
    from reconciler.policy.judge import Approved
    from reconciler.transport import Transport


class Prepared(Protocol):
    """One tenant, ready to be applied to: from role files, or from a saved plan."""

    @property
    def connection(self) -> Connection:
        """Return how to reach the tenant."""

    @property
    def journal(self) -> Path | None:
        """Return the journal of this tenant, None if none is kept."""

    def work(self, reader: Lists) -> Work:
        """Read the tenant, and return what is left to do."""


class Applying(NamedTuple):
    """How one tenant of a run is applied to, in any thread. `saved` says that plans come from files.

    `prepared` returns a tenant that is ready, or raises why it is not. `journal` is the path of the command line, with
    `{tenant}` in it. `defects` is given each unexpected exception, and `writes` each tenant before its first write.
    """

    prepared: Callable[[str], Prepared]
    open_client: Callable[[Connection], Transport]
    stop: Stop
    saved: bool
    journal: Path | None
    defects: Callable[[Exception], object]
    writes: Callable[[str], object]

    def apply(self, name: str, wave: int) -> TenantEnd:
        """Return how the tenant ended. Nothing is raised, so no tenant stops another."""
        try:
            return self._applied(name, wave)
        except ReconcilerError as error:
            code = ExitCode.FAILED if isinstance(error, CommandLineError) else error.exit_code
            return TenantEnd(name, wave, "failed", code, error=str(error))
        except Exception as error:  # noqa: BLE001 - what the others did must be reported first
            self.defects(error)
            why = f"internal error in reconciler: {type(error).__name__}: {visible(str(error))}"
            return TenantEnd(name, wave, "failed", ExitCode.DEFECT, written=True, error=why)

    def _applied(self, name: str, wave: int) -> TenantEnd:
        prepared = self.prepared(name)
        journal = named_for(name, self.journal) or prepared.journal
        with self.open_client(prepared.connection) as client:
            tenant = Writer(client)
            work = prepared.work(tenant)
            run = Run(tenant, prepared.connection.concurrency, self.stop)

            def running(_: Approved) -> AbstractContextManager[Run]:
                self.writes(name)
                return _running(run, work.plan, journal)

            applied = apply_pass(work, show=_nothing, ask=_nothing, running=running)
        defect = defect_in(applied.outcomes)
        if defect is not None:
            self.defects(defect)
        code = exit_code(
            applied.outcomes, converged=applied.converged, interrupted=self.stop.is_set(), saved=self.saved
        )
        return _end(TenantEnd(name, wave, "failed", code), work.plan, applied)


def _nothing(_: object) -> None:
    """Show nothing and ask nothing: both is done once, for all tenants."""


@contextmanager
def _running(run: Run, plan: Plan, journal: Path | None) -> Iterator[Run]:
    with open_journal(journal, plan) as kept:
        yield Run(run.writer, run.concurrency, run.stop, kept)


def _end(end: TenantEnd, plan: Plan, applied: Applied) -> TenantEnd:
    """Return how a tenant ended, with the document of its apply."""
    outcomes = applied.outcomes
    document = outcome.document(
        digest(plan), outcomes, converged=applied.converged, remaining=applied.remaining, only=plan.only
    )
    end = end._replace(written=may_have_written(outcomes), outcome=document)
    if end.code is not ExitCode.DONE:
        return end._replace(error=_why(applied))
    made = any(each.kind is Kind.APPLIED for each in outcomes)
    return end._replace(status="applied" if made else "unchanged")


def _why(applied: Applied) -> str:
    """Return what went wrong in one tenant: its first failed change, how many more there are, or what is left."""
    failed = [outcome.line(each) for each in applied.outcomes if each.error is not None or each.stored is not None]
    reasons = failed or list(applied.remaining)
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{reasons[0]}{more}"
