"""What the metrics and the probes know of the passes, and the pages that show it."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.watch import health
from reconciler.watch.health import Beat
from reconciler.watch.server import Page
from reconciler.watch.tallies import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from reconciler.watch.passes import PassReport
    from reconciler.watch.server import Pages


class Observed:
    """The passes of one tenant. An `Observer`, in the thread of the loop; other threads may read it at any time.

    Each value is replaced as a whole, so no reader sees half a pass.
    """

    def __init__(
        self, every: float, tenant: str | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`every` is the interval in seconds: how long the first wait is."""
        self.tenant = tenant
        self.tally = Tally()
        self.beat = Beat(every)
        self._monotonic = monotonic

    def began(self, at: datetime) -> None:
        """Note that a pass began. The time on the wall does not count: it can be set."""
        del at
        self.beat = self.beat._replace(began=self._monotonic())

    def ended(self, report: PassReport) -> None:
        """Add the pass to the numbers."""
        self.tally = self.tally.after(report)
        self.beat = self.beat._replace(read=self.beat.read or report.read)

    def waits(self, seconds: float) -> None:
        """Note how long the wait is that begins now: after failed passes it is longer."""
        self.beat = self.beat._replace(wait=seconds)


def pages(observed: Sequence[Observed], monotonic: Callable[[], float] = time.monotonic) -> Pages:
    """Return the pages of the operator. Raise `CommandLineError` when prometheus-client is not installed."""
    from reconciler.watch import metrics  # noqa: PLC0415 - its library is an extra, and slow to import

    def shown() -> Page:
        return Page(metrics.exposition((each.tenant, each.tally) for each in observed), HTTPStatus.OK, metrics.TYPE)

    return {
        "/metrics": shown,
        "/healthz": lambda: _probe(holds=health.alive([each.beat for each in observed], monotonic())),
        "/readyz": lambda: _probe(holds=health.ready(each.beat for each in observed)),
    }


def _probe(*, holds: bool) -> Page:
    return Page(b"ok\n") if holds else Page(b"not ok\n", HTTPStatus.SERVICE_UNAVAILABLE)
