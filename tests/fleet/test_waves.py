"""Which waves start, given how the tenants before them ended."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.waves import Rollout, Wave, waves_of
from tests.fleet.plans import names

WAVES = {"staging": 1, "acme": 2, "beta": 2, "last": 10}


def test_waves_come_in_the_order_of_their_numbers() -> None:
    assert waves_of(WAVES) == (Wave(1, ("staging",)), Wave(2, ("acme", "beta")), Wave(10, ("last",)))


def test_the_next_wave_starts_when_all_of_the_one_before_converged() -> None:
    assert Rollout(waves_of(WAVES)).after([]).next == Wave(2, ("acme", "beta"))


def test_one_tenant_that_did_not_converge_holds_what_is_left() -> None:
    rollout = Rollout(waves_of(WAVES)).after(["staging"])
    assert rollout.next is None
    assert rollout.halted
    assert rollout.not_started == ("acme", "beta", "last")


def test_max_failed_counts_over_the_whole_run() -> None:
    rollout = Rollout(waves_of(WAVES), max_failed=1).after(["staging"])
    assert rollout.next == Wave(2, ("acme", "beta"))
    assert rollout.after(["acme"]).next is None


def test_a_run_that_is_through_has_no_next_wave() -> None:
    rollout = Rollout(waves_of({"a": 1})).after([])
    assert (rollout.next, rollout.halted, rollout.not_started) == (None, False, ())


@given(st.dictionaries(names, st.integers(1, 4), max_size=10), st.sets(names), st.integers(0, 3))
def test_a_wave_starts_exactly_while_no_more_than_max_failed_did_not_converge(
    tenants: dict[str, int], failing: set[str], max_failed: int
) -> None:
    rollout = Rollout(waves_of(tenants), max_failed)
    started: list[str] = []
    while (wave := rollout.next) is not None:
        assert len(failing & set(started)) <= max_failed
        started += wave.tenants
        rollout = rollout.after(name for name in wave.tenants if name in failing)
    assert {*started, *rollout.not_started} == tenants.keys()
    assert not rollout.not_started or len(failing & set(started)) > max_failed
    assert [tenants[name] for name in started] == sorted(tenants[name] for name in started)
