from __future__ import annotations

from http import HTTPStatus

from reconciler.watch.observed import Observed, pages
from reconciler.watch.tallies import Tally
from tests.watch.reports import AT, a_report


class Clock:
    """A monotonic clock that stands still until a test sets it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def an_observed(clock: Clock, tenant: str | None = None) -> Observed:
    """Of an operator that waits 10 s."""
    return Observed(10.0, tenant, clock)


def status(observed: list[Observed], path: str, clock: Clock) -> HTTPStatus:
    return pages(observed, clock)[path]().status


def test_a_pass_is_in_the_numbers_once_it_has_ended() -> None:
    observed = an_observed(Clock())
    observed.began(AT)
    assert observed.tally == Tally()
    observed.ended(a_report("drift"))
    assert observed.tally.passes["drift"] == 1


def test_healthz_holds_for_three_waits_after_a_pass_began() -> None:
    clock = Clock()
    observed = an_observed(clock)
    assert status([observed], "/healthz", clock) == 503
    observed.began(AT)
    clock.now += 30
    assert status([observed], "/healthz", clock) == 200
    clock.now += 1
    assert status([observed], "/healthz", clock) == 503


def test_healthz_allows_for_the_longer_waits_after_failed_passes() -> None:
    clock = Clock()
    observed = an_observed(clock)
    observed.began(AT)
    observed.ended(a_report("failed"))
    observed.waits(60.0)
    clock.now += 180
    assert status([observed], "/healthz", clock) == 200
    clock.now += 1
    assert status([observed], "/healthz", clock) == 503


def test_readyz_holds_once_a_pass_has_read_both_sides_and_from_then_on() -> None:
    clock = Clock()
    observed = an_observed(clock)
    observed.ended(a_report("failed", read=False))
    assert status([observed], "/readyz", clock) == 503
    observed.ended(a_report("refused"))
    observed.ended(a_report("failed", read=False))
    assert status([observed], "/readyz", clock) == 200


def test_metrics_have_the_passes_of_each_tenant() -> None:
    clock = Clock()
    staging, production = (an_observed(clock, name) for name in ("staging", "production"))
    staging.ended(a_report("drift"))
    page = pages([staging, production], clock)["/metrics"]()
    assert page.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert b'reconciler_passes_total{result="drift",tenant="staging"} 1.0\n' in page.body
    assert b'reconciler_passes_total{result="drift",tenant="production"} 0.0\n' in page.body
