from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.transport.throttle import MOST, Gate


def throttle(gate: Gate) -> None:
    with gate.slot() as slot:
        slot.throttled()


def succeed(gate: Gate, times: int = 1) -> None:
    for _ in range(times):
        with gate.slot() as slot:
            slot.succeeded()


@pytest.mark.parametrize(("asked", "given"), [(8, 8), (0, 1), (-3, 1), (1000, MOST)])
def test_a_gate_starts_as_wide_as_it_may_be(asked: int, given: int) -> None:
    assert Gate(asked).limit == given


def test_no_gate_lets_more_than_thirty_two_in() -> None:
    assert Gate(33).limit == 32


def test_the_first_success_after_a_raise_counts_as_the_first() -> None:
    gate = Gate(4)
    throttle(gate)
    throttle(gate)
    succeed(gate)
    assert gate.limit == 2
    succeed(gate)
    assert gate.limit == 2
    succeed(gate)
    assert gate.limit == 3


def test_successes_before_the_first_429_are_counted_from_none() -> None:
    gate = Gate(4)
    succeed(gate, 3)
    with gate.slot() as slot:
        gate.limit = 3  # as a 429 of an earlier round would leave it
        slot.succeeded()
    assert gate.limit == 4


def test_a_429_halves_the_limit() -> None:
    gate = Gate(8)
    throttle(gate)
    assert gate.limit == 4


def test_the_limit_never_falls_below_one() -> None:
    gate = Gate(8)
    for _ in range(10):
        throttle(gate)
    assert gate.limit == 1


def test_429s_of_requests_that_were_in_flight_together_count_once() -> None:
    gate = Gate(8)
    with ExitStack() as stack:
        slots = [stack.enter_context(gate.slot()) for _ in range(8)]
        for slot in slots:
            slot.throttled()
    assert gate.limit == 4


def test_the_limit_comes_back_by_one_after_as_many_successes_as_it_is() -> None:
    gate = Gate(8)
    throttle(gate)
    succeed(gate, 3)
    assert gate.limit == 4
    succeed(gate)
    assert gate.limit == 5
    succeed(gate, 5)
    assert gate.limit == 6


def test_a_429_forgets_the_successes_before_it() -> None:
    gate = Gate(8)
    throttle(gate)
    succeed(gate, 3)
    throttle(gate)
    succeed(gate)
    assert gate.limit == 2


def test_the_limit_never_rises_above_its_start() -> None:
    gate = Gate(2)
    succeed(gate, 20)
    assert gate.limit == 2


def test_a_place_is_free_again_after_an_error() -> None:
    gate = Gate(1)
    with pytest.raises(ZeroDivisionError), gate.slot():
        raise ZeroDivisionError
    assert gate.in_flight == 0


def test_who_comes_when_all_places_are_taken_waits_for_one() -> None:
    gate = Gate(1)
    entered = threading.Event()

    def second() -> None:
        with gate.slot():
            entered.set()

    thread = threading.Thread(target=second)
    with gate.slot():
        thread.start()
        assert not entered.wait(0.05)
    thread.join()
    assert entered.is_set()


@given(st.integers(1, MOST), st.lists(st.booleans(), max_size=200))
def test_whatever_happens_the_limit_stays_between_one_and_its_start(start: int, events: list[bool]) -> None:
    gate = Gate(start)
    for good in events:
        if good:
            succeed(gate)
        else:
            throttle(gate)
        assert 1 <= gate.limit <= start


def test_a_gate_is_closed_for_as_long_as_the_server_asks() -> None:
    now = [100.0]
    gate = Gate(8, lambda: now[0])
    assert gate.closed_for() == 0
    gate.close(3)
    assert gate.closed_for() == 3
    now[0] += 5
    assert gate.closed_for() == 0


def test_a_shorter_wait_does_not_open_a_gate_that_is_closed_for_longer() -> None:
    gate = Gate(8, lambda: 0.0)
    gate.close(9)
    gate.close(2)
    assert gate.closed_for() == 9
