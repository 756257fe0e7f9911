"""What journals say was done to access: the requests that took effect, as events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.history.events import EventKind
from reconciler.model.days import Day, read_day

if TYPE_CHECKING:
    from reconciler.apply.recorded import Entry, Recorded


class AppliedEvent(NamedTuple):
    """One event of a role or, with a code, of a (role, code) pair, as a journal records it.

    `time` is RFC 3339 in UTC. `journal` is the path of the journal as the user typed it.
    """

    kind: EventKind
    role: str
    time: str
    actor: str
    target: str
    journal: str
    code: str | None = None
    renamed_from: str | None = None

    @property
    def day(self) -> Day | None:
        """Return the day of `time`, None if it cannot be read."""
        return read_day(self.time[:10])


def applied_document(event: AppliedEvent) -> dict[str, Any]:
    """Return the event as it is in the JSON of `why` and `report`."""
    return {
        "event": event.kind.word,
        "role": event.role,
        "code": event.code,
        "time": event.time,
        "actor": event.actor,
        "target": event.target,
        "journal": event.journal,
    }


def applied_events(journals: Iterable[Recorded]) -> tuple[AppliedEvent, ...]:
    """Return the events of all journals, newest first; those of one request in the order of `EventKind`, then by code.

    Only a request that was applied counts. Of several outcomes of one request, the last one does.
    """
    found = [event for journal in journals for entry in _applied(journal) for event in _events(entry, journal.path)]
    return tuple(sorted(found, key=lambda event: event.time, reverse=True))


def _applied(journal: Recorded) -> Iterator[Entry]:
    last = {(entry.run, entry.request): entry for entry in journal.entries if entry.kind == "outcome"}
    yield from (entry for entry in reversed(list(last.values())) if entry.status == "applied")


def _events(entry: Entry, journal: str) -> Iterator[AppliedEvent]:
    before = entry.before.role() if entry.before else None
    left = entry.stored or entry.after
    after = left.role() if left else None
    held = before.permissions if before else frozenset[str]()
    holds = after.permissions if after else frozenset[str]()
    name = after.name if after else entry.name
    kinds: list[tuple[EventKind, str | None]] = []
    if before is None or after is None:
        kinds.append((EventKind.DELETED if after is None else EventKind.CREATED, None))
    elif before.name != after.name:
        kinds.append((EventKind.RENAMED, None))
    kinds += [(EventKind.REVOKED, code) for code in sorted(held - holds)]
    kinds += [(EventKind.GRANTED, code) for code in sorted(holds - held)]
    for kind, code in kinds:
        renamed = before.name if kind is EventKind.RENAMED and before else None
        yield AppliedEvent(kind, name, entry.time, entry.actor, entry.target, journal, code, renamed)
