"""A run over waves, with tenants that are fakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.fleet.outcome import TenantEnd
from reconciler.fleet.rolling import INTERRUPTED, Rolled, Rolling, roll_out
from reconciler.fleet.waves import Rollout, Wave, waves_of
from reconciler.model.errors import ExitCode, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

WAVES = {"staging": 1, "acme": 2, "beta": 2, "last": 3}


def rolled(
    *failing: str,
    max_failed: int = 0,
    before_wave: Callable[[Wave], object] = lambda _: None,
    stop_after: str = "",
    parallel: int = 1,
) -> tuple[Rolled, list[str]]:
    """Return how a run ends in which these tenants fail, and which tenants were applied to, in order."""
    applied: list[str] = []

    def apply(name: str, wave: int) -> TenantEnd:
        applied.append(name)
        if name in failing:
            return TenantEnd(name, wave, "failed", ExitCode.FAILED, error="no answer")
        return TenantEnd(name, wave, "applied", written=True)

    rolling = Rolling(apply, before_wave, lambda: stop_after in applied, lambda _: None, parallel)
    return roll_out(Rollout(waves_of(WAVES), max_failed), rolling), applied


def status(found: Rolled) -> dict[str, str]:
    return {end.name: end.status for end in found.ends}


def test_waves_are_applied_in_order() -> None:
    found, applied = rolled(parallel=2)
    assert (applied[0], sorted(applied[1:3]), applied[3]) == ("staging", ["acme", "beta"], "last")
    assert set(status(found).values()) == {"applied"}
    assert found.held == ""


def test_a_run_stops_at_the_first_tenant_that_does_not_converge_and_finishes_its_wave() -> None:
    found, applied = rolled("acme")
    assert applied == ["staging", "acme", "beta"]
    assert status(found)["last"] == "not_started"
    assert found.held == "wave 3 was not started: 1 tenant did not converge, and --max-failed allows 0"


def test_what_is_not_started_is_named_by_the_next_wave() -> None:
    found, _ = rolled("staging")
    assert found.held == "wave 2 was not started: 1 tenant did not converge, and --max-failed allows 0"
    assert {end.error for end in found.ends[1:]} == {found.held}


def test_so_many_tenants_may_fail() -> None:
    found, applied = rolled("acme", "staging", max_failed=1)
    assert "last" not in applied
    assert found.held == "wave 3 was not started: 2 tenants did not converge, and --max-failed allows 1"
    assert "last" in rolled("acme", max_failed=1)[1]


def test_after_a_signal_no_tenant_starts() -> None:
    found, applied = rolled(stop_after="acme")
    assert applied == ["staging", "acme"]
    assert [(end.name, end.error) for end in found.ends if end.status == "not_started"] == [
        ("beta", INTERRUPTED),
        ("last", INTERRUPTED),
    ]


def test_after_a_signal_no_wave_is_prepared() -> None:
    prepared: list[int] = []
    rolled(before_wave=lambda wave: prepared.append(wave.number), stop_after="staging")
    assert prepared == [1]


def refuse(number: int) -> Callable[[Wave], object]:
    def before_wave(wave: Wave) -> None:
        if wave.number == number:
            raise Refused("refused, nothing was written: too many tenants")

    return before_wave


def test_a_first_wave_that_may_not_start_is_raised_since_nothing_was_written() -> None:
    with pytest.raises(Refused):
        rolled(before_wave=refuse(1))


def test_a_later_wave_that_may_not_start_holds_the_rest() -> None:
    found, applied = rolled(before_wave=refuse(2))
    assert applied == ["staging"]
    assert (found.held, found.code) == ("wave 2 was not started: too many tenants", ExitCode.REFUSED)
    assert status(found)["last"] == "not_started"
