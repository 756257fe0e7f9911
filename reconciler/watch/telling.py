"""When the operator says something: once for each change, and always when it wrote. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.model.errors import ExitCode
from reconciler.watch import words
from reconciler.watch.events import Event, Kind

if TYPE_CHECKING:
    from reconciler.watch.events import Result
    from reconciler.watch.fights import Key, Truce
    from reconciler.watch.passes import PassReport
    from reconciler.watch.words import Mode


class Telling:
    """What the operator said last. `tenant` is named in each event, None if there are no tenants.

    A fight that goes on when the operator starts was reported before. One that an apply by hand completes is reported.
    """

    def __init__(self, mode: Mode, tenant: str | None = None) -> None:
        """Start with nothing said."""
        self._mode = mode
        self._tenant = tenant
        self._last: tuple[Result, str | None] | None = None
        self._truces: frozenset[Truce] = frozenset()
        self._fights: frozenset[Key] | None = None

    def of(self, report: PassReport, at: datetime) -> Iterator[Event]:
        """Yield the events of a pass that ended at this time."""
        now = (report.result, report.digest)
        if _wrote(report) or (now != self._last and not _cut_short(report)):
            yield self._event(report.result, self._message(report), report, at)
        self._last = now
        for key, fight in report.fighting.items():
            if key in report.begun or (self._fights is not None and key not in self._fights):
                yield self._event("fight", words.fight(fight), report, at)
        for truce in report.truces:
            if truce not in self._truces:
                yield self._event("fight", words.truce(truce), report, at)
        if report.plan is not None:  # else the pass did not compare, and knows nothing of what goes on
            self._truces, self._fights = frozenset(report.truces), frozenset(report.fighting)

    def stopped(self, at: datetime, not_started: int) -> Event:
        """Return the event of an orderly end, which left so many changes of the last plan out."""
        return Event(at, "stopped", f"by a signal{words.not_started(not_started)}", tenant=self._tenant)

    def _message(self, report: PassReport) -> str:
        done = words.applied(report.outcomes)
        match report.result:
            case "in_sync":
                return words.in_sync(report)
            case "drift":
                return words.drift(report.left, self._mode)
            case "applied":
                return done
            case _:
                return f"{done}. {report.error}" if done else report.error

    def _event(self, kind: Kind, message: str, report: PassReport, at: datetime) -> Event:
        return Event(at, kind, message, report.commit, report.edited, report.digest, report.plan, tenant=self._tenant)


def _wrote(report: PassReport) -> bool:
    return any(each.attempts for each in report.outcomes)


def _cut_short(report: PassReport) -> bool:
    """Return whether a signal came before the first write: the last event says so."""
    return report.exit_code is ExitCode.INTERRUPTED
