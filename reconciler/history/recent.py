"""Choose the newest part of a journal: its last runs that wrote something, or what was sent since a time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.history.tracks import requests_of
from reconciler.model.errors import FileFailed
from reconciler.model.inert import quoted

if TYPE_CHECKING:
    from reconciler.apply.recorded import Entry

Chosen = Callable[[Sequence["Entry"]], Sequence["Entry"]]
"""A function from the lines of a journal about one tenant to those that count, in the same order."""


def last_runs(number: int) -> Chosen:
    """Return the function that keeps the last so many runs.

    A run that changed nothing does not count. For example, of three passes of `watch` of which the last one failed
    before its first write, `last_runs(1)` keeps the second.
    """

    def chosen(entries: Sequence[Entry]) -> Sequence[Entry]:
        runs = list(dict.fromkeys(entry.run for entry, _ in requests_of(entries)))
        kept = set(runs[-number:])
        return [entry for entry in entries if entry.run in kept]

    return chosen


def since(moment: datetime) -> Chosen:
    """Return the function that keeps the requests that were sent at `moment`, which has a zone, or later."""

    def chosen(entries: Sequence[Entry]) -> Sequence[Entry]:
        sent: dict[tuple[str, int], datetime] = {}
        for entry in entries:
            sent.setdefault((entry.run, entry.request), _time(entry))
        return [entry for entry in entries if sent[entry.run, entry.request] >= moment]

    return chosen


def _time(entry: Entry) -> datetime:
    try:
        found = datetime.fromisoformat(entry.time)
    except ValueError:
        found = datetime.min  # noqa: DTZ901 - it has no zone, as a time that was edited by hand may have none
    if found.tzinfo is None:
        what = f"request {entry.request} of run {quoted(entry.run)} in the journal has the time {quoted(entry.time)}"
        raise FileFailed(f"{what}, which is not a time with a zone; fix it by hand, or use --last")
    return found
