"""One pass of the operator: the engine of `plan` and `apply`, and a report on what it did and left.

There is no second planner and no second executor: a pass compares, judges and applies as the commands do, on values
that `prepare` reads again each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from reconciler.api.both import Lists
from reconciler.apply.executor import Run
from reconciler.apply.outcome import Kind, exit_code
from reconciler.apply.writing import RolesApi
from reconciler.model.errors import CommandLineError, ExitCode, Failed, InvalidInput, Refused
from reconciler.model.inert import visible
from reconciler.plan.document import digest
from reconciler.policy.judge import approve
from reconciler.reconcile import apply_pass, compare_pass, judge_pass, work_of_judged
from reconciler.watch import words
from reconciler.watch.fights import Deeds, Key, fights_at, fought_grants, truces_of, without
from reconciler.watch.left import left_of
from reconciler.watch.passes import PassReport
from reconciler.watch.words import Mode

if TYPE_CHECKING:
    from reconciler.apply.journal import Journal
    from reconciler.apply.through import Applied
    from reconciler.model.roles import Role
    from reconciler.plan.changes import Plan
    from reconciler.policy.judge import Approved, Judged
    from reconciler.reconcile import Pass, Work
    from reconciler.watch.events import Result
    from reconciler.watch.summons import Summons


class Tenant(Lists, RolesApi, Protocol):
    """What a pass needs of the API: both lists, and the writes."""


class Revision(NamedTuple):
    """The commit of the role files, and whether files differ from it; None outside git."""

    commit: str | None = None
    edited: bool | None = None


class AtHand(NamedTuple):
    """What one pass works with, read again for it.

    `open` connects to the tenant with the key of now. `hash_of` returns the `sha256:...` of the file that defines a
    role, None if none does. `ending` counts the grants that end soon.
    """

    files: Pass
    open: Callable[[], AbstractContextManager[Tenant]]
    hash_of: Callable[[str], str | None]
    revision: Revision
    concurrency: int
    ending: int


class Memory(Protocol):
    """The journal of the operator, which no other operator uses. Both raise `FileFailed`."""

    def deeds(self) -> Deeds:
        """Return what was done on this tenant, this operator or not."""
        ...

    def open(self, plan: Plan, files: Mapping[str, str]) -> AbstractContextManager[Journal]:
        """Open the journal for the writes of one pass. `files` has the hashes of the files by role."""
        ...


@dataclass(frozen=True, slots=True)
class Operator:
    """What is the same for every pass. `memory` is None if the mode only reports.

    `prepare` raises what reading files, configuration and key can raise, and `Refused` when the files now name another
    tenant; then `revision` says of which commit they are. `now` is in UTC; `monotonic` is in seconds.
    """

    mode: Mode
    prepare: Callable[[], AtHand]
    revision: Callable[[], Revision]
    summons: Summons
    memory: Memory | None
    now: Callable[[], datetime]
    monotonic: Callable[[], float]

    def one_pass(self) -> PassReport:
        """Return what one pass found and did. Raise `Interrupted` when a signal comes before anything is written.

        An internal error is raised as it is, unless a write caused it: then it is in the outcomes of the report.
        """
        began, start = self.now(), self.monotonic()
        report = self._reported(PassReport("failed", began, 0.0))
        return report._replace(seconds=self.monotonic() - start)

    def _reported(self, report: PassReport) -> PassReport:
        try:
            with self.summons.interruptible():
                at_hand = self.prepare()
        except (InvalidInput, CommandLineError, Refused, Failed) as error:
            return _without_result(report, error)._replace(**self.revision()._asdict())
        report = report._replace(**at_hand.revision._asdict(), ending=at_hand.ending)
        try:
            with at_hand.open() as tenant:
                return self._carried_out(report, at_hand, tenant)
        except (CommandLineError, Failed) as error:
            return _without_result(report, error)

    def _carried_out(self, report: PassReport, at_hand: AtHand, tenant: Tenant) -> PassReport:
        """Compare, and do what the mode asks for."""
        files = at_hand.files
        try:
            with self.summons.interruptible():
                deeds = self.memory.deeds() if self.memory is not None else Deeds()
                whole = compare_pass(files, tenant)
                fought = fought_grants(deeds, at_hand.hash_of) if self.mode is Mode.APPLY else frozenset()
                judged = judge_pass(files, _peaceful(whole, fought))
        except (InvalidInput, Refused, Failed) as error:
            # What the comparison finds wrong, it finds with both sides at hand.
            return _without_result(report, error)._replace(read=not isinstance(error, Failed))
        kept = whole.unmanaged if self.mode is Mode.HEAL else ()
        truces, fighting = truces_of(whole.changes, fought), fights_at(deeds, report.began)
        found = report._replace(
            read=True,
            plan=whole,
            digest=digest(whole),
            left=left_of(whole.changes, (), kept),
            truces=truces,
            fights=len(fighting) + len(truces),
            fighting=fighting,
        )
        if self.memory is None:
            return _reported(found, judged)
        work = work_of_judged(files, judged, lambda change: without(change, fought))
        return self._written(found, work, _Hands(at_hand, tenant, self.memory, deeds, whole, kept))

    def _written(self, found: PassReport, work: Work, hands: _Hands) -> PassReport:
        """Carry out the work, and add what came of it to the report."""
        run = Run(hands.tenant, hands.at_hand.concurrency, self.summons)
        try:
            applied = apply_pass(
                work,
                show=lambda _: None,
                ask=lambda _: None,
                running=lambda approved: self._running(run, work.plan, approved, hands),
            )
        except (Refused, Failed) as error:  # `Failed`: the journal could not be opened
            return _without_result(found, error)
        left = left_of(hands.whole.changes, applied.outcomes, hands.kept)
        done = found._replace(outcomes=applied.outcomes, left=left)
        if any(each.attempts for each in applied.outcomes):
            done = self._with_fights(done, hands)
        return _ended(done, applied, interrupted=self.summons.is_set())

    @contextmanager
    def _running(self, run: Run, plan: Plan, approved: Approved, hands: _Hands) -> Iterator[Run]:
        """Yield the run with its journal. While writes are in flight, a late end is not a clean one."""
        names = (change.name for change in approved.changes if change.after is not None)
        files = {name: file for name in names if (file := hands.at_hand.hash_of(name)) is not None}
        left = len(approved.changes)

        def count(_outcome: object) -> None:
            nonlocal left
            left -= 1
            if not left:
                self.summons.late = ExitCode.DONE

        with hands.memory.open(plan, files) as journal:
            self.summons.late = ExitCode.INTERRUPTED
            try:
                yield replace(run, journal=journal, progress=count)
            finally:
                self.summons.late = ExitCode.DONE

    def _with_fights(self, report: PassReport, hands: _Hands) -> PassReport:
        """Add the fights that began with what this pass wrote."""
        try:
            after = fights_at(hands.memory.deeds(), self.now())
        except Failed:  # the next pass reports that the journal cannot be read
            return report
        begun = tuple(key for key in after if key not in report.fighting)
        return report._replace(fights=len(after) + len(report.truces), fighting=after, begun=begun)


class _Hands(NamedTuple):
    """What a pass that writes needs besides its work. `kept` are the unmanaged roles that count as drift."""

    at_hand: AtHand
    tenant: Tenant
    memory: Memory
    deeds: Deeds
    whole: Plan
    kept: tuple[Role, ...]


def _peaceful(plan: Plan, fought: frozenset[Key]) -> Plan:
    """Return the plan without what is fought over. A role of which all is left alone stays as it is."""
    if not fought:
        return plan
    pairs = [(change, without(change, fought)) for change in plan.changes]
    changes = tuple(left for _, left in pairs if left is not None)
    kept = (change.before for change, left in pairs if left is None and change.before is not None)
    return replace(plan, changes=changes, kept=tuple(sorted((*plan.kept, *kept), key=lambda role: role.name)))


def _without_result(report: PassReport, error: InvalidInput | CommandLineError | Refused | Failed) -> PassReport:
    """Return the report of a pass that ended with an error before it wrote anything."""
    match error:
        case InvalidInput():
            return report._replace(result="invalid", error=words.invalid(error), exit_code=error.exit_code)
        case Refused():
            return report._replace(result="refused", error=words.refused(str(error)), exit_code=error.exit_code)
        case _:  # what a command reports as a wrong command line, such as an empty key, may be right in a later pass
            return report._replace(result="failed", error=visible(str(error)), exit_code=ExitCode.FAILED)


def _reported(report: PassReport, judged: Judged) -> PassReport:
    """Return the report of a pass that only reports. As `plan` does, it says when `apply` would be refused."""
    try:
        approve(judged)
    except Refused as error:
        return _without_result(report, error)
    return _well_ended(report)


def _well_ended(report: PassReport) -> PassReport:
    """Return the report of a pass in which nothing failed."""
    if any(each.made and each.attempts for each in report.outcomes):
        return report._replace(result="applied", exit_code=ExitCode.DONE)
    result: Result = "drift" if report.left.changes or report.left.unmanaged else "in_sync"
    return report._replace(result=result, exit_code=ExitCode.DONE)


def _ended(report: PassReport, applied: Applied, *, interrupted: bool) -> PassReport:
    """Return the report with the result of what was written.

    After an interrupt there is no second reading, so what was written without an error counts as done.
    """
    outcomes = applied.outcomes
    untried = interrupted and any(each.kind is Kind.UNTRIED for each in outcomes)
    wrong = any((each.error is not None and each.kind is not Kind.UNTRIED) or each.stored for each in outcomes)
    if interrupted and not wrong:
        code = ExitCode.DONE
    else:
        code = exit_code(outcomes, converged=applied.converged, interrupted=False, saved=False)
    if code is ExitCode.DONE:
        ended = _well_ended(report)
    else:
        parts = (words.not_applied(outcomes), words.misstored(outcomes), "; ".join(map(visible, applied.remaining)))
        ended = report._replace(result="failed", error=next(filter(None, parts), ""), exit_code=code)
    return ended._replace(exit_code=ExitCode.INTERRUPTED) if untried else ended
