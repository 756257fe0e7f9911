"""The numbers of the operator as Prometheus reads them: these series, and no others. The home of prometheus-client.

No series names a role or a code. With tenants, each has the label `tenant`.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.model.errors import CommandLineError
from reconciler.model.inert import visible
from reconciler.plan.action import Action
from reconciler.watch.events import RESULTS
from reconciler.watch.tallies import BUCKETS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.watch.tallies import Tally

try:
    from prometheus_client.exposition import generate_latest
    from prometheus_client.metrics_core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        InfoMetricFamily,
        Metric,
    )
    from prometheus_client.registry import Collector
except ImportError as error:
    raise CommandLineError(
        f"--listen needs prometheus-client ({visible(str(error))}): pip install 'reconciler[watch]'"
    ) from error

TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ENDS = (*map(str, BUCKETS), "+Inf")


def exposition(tallies: Iterable[tuple[str | None, Tally]]) -> bytes:
    """Return the series in Prometheus' text format: the tally of each tenant, or one of None where there are none."""
    return generate_latest(_Series(tallies))


class _Series(Collector):
    """The families, made from the tallies as they are: no registry, no clock, no state that other code can change."""

    def __init__(self, tallies: Iterable[tuple[str | None, Tally]]) -> None:
        self._of = [([] if tenant is None else [tenant], tally) for tenant, tally in tallies]
        self._labels = ["tenant"] if any(tenant for tenant, _ in self._of) else []

    def collect(self) -> Iterator[Metric]:
        """Return the families, in the order of the interface."""
        yield self._info()
        yield self._gauge("last_success_timestamp_seconds", "When the last successful pass ended.", "last_success")
        yield self._passes()
        yield self._seconds()
        yield self._drift()
        yield self._changes()
        yield self._writes()
        yield self._gauge("fights", "Codes that come back each time they are revoked, or go each time.", "fights")
        yield self._gauge("ending_grants", "Grants of the role files that end within 14 days.", "ending")

    def _gauge(self, name: str, about: str, field: str) -> Metric:
        family = GaugeMetricFamily(f"reconciler_{name}", about, labels=self._labels)
        for tenant, tally in self._of:
            family.add_metric(tenant, getattr(tally, field))
        return family

    def _info(self) -> Metric:
        family = InfoMetricFamily("reconciler", "The version of reconciler that runs.", labels=self._labels)
        for tenant, _ in self._of:
            family.add_metric(tenant, {"version": __version__})
        return family

    def _passes(self) -> Metric:
        family = CounterMetricFamily("reconciler_passes", "Passes by result.", labels=[*self._labels, "result"])
        for tenant, tally in self._of:
            for result in RESULTS:
                family.add_metric([*tenant, result], tally.passes[result])
        return family

    def _seconds(self) -> Metric:
        family = HistogramMetricFamily("reconciler_pass_seconds", "How long passes take.", labels=self._labels)
        for tenant, tally in self._of:
            family.add_metric(tenant, list(zip(_ENDS, accumulate(tally.seconds), strict=True)), tally.total)
        return family

    def _drift(self) -> Metric:
        about = "Codes that the last pass left: wider than the role files, or narrower."
        family = GaugeMetricFamily("reconciler_drift_codes", about, labels=[*self._labels, "direction"])
        for tenant, tally in self._of:
            family.add_metric([*tenant, "wider"], tally.wider)
            family.add_metric([*tenant, "narrower"], tally.narrower)
        return family

    def _changes(self) -> Metric:
        about = "Changes that the last pass left."
        family = GaugeMetricFamily("reconciler_changes", about, labels=[*self._labels, "action"])
        for tenant, tally in self._of:
            for action in Action:
                family.add_metric([*tenant, action.value], tally.changes[action])
        return family

    def _writes(self) -> Metric:
        about = "Changes that passes were to make, by what became of them."
        family = CounterMetricFamily("reconciler_writes", about, labels=[*self._labels, "action", "status"])
        for tenant, tally in self._of:
            for action in Action:
                for status in STATUSES:
                    family.add_metric([*tenant, action.value, status], tally.writes[action, status])
        return family
