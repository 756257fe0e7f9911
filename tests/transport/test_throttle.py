from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.transport.throttle import MOST, Throttle


def throttled(throttle: Throttle) -> None:
    with throttle.slot() as slot:
        slot.throttled()


def succeed(throttle: Throttle, times: int = 1) -> None:
    for _ in range(times):
        with throttle.slot() as slot:
            slot.succeeded()


@pytest.mark.parametrize(("asked", "given"), [(8, 8), (0, 1), (-3, 1), (1000, MOST)])
def test_a_gate_starts_as_wide_as_it_may_be(asked: int, given: int) -> None:
    assert Throttle(asked).limit == given


def test_no_gate_lets_more_than_thirty_two_in() -> None:
    assert Throttle(33).limit == 32


def test_the_first_success_after_a_raise_counts_as_the_first() -> None:
    throttle = Throttle(4)
    throttled(throttle)
    throttled(throttle)
    succeed(throttle)
    assert throttle.limit == 2
    succeed(throttle)
    assert throttle.limit == 2
    succeed(throttle)
    assert throttle.limit == 3


def test_successes_before_the_first_429_are_counted_from_none() -> None:
    throttle = Throttle(4)
    succeed(throttle, 3)
    with throttle.slot() as slot:
        throttle.limit = 3  # as a 429 of an earlier round would leave it
        slot.succeeded()
    assert throttle.limit == 4


def test_a_429_halves_the_limit() -> None:
    throttle = Throttle(8)
    throttled(throttle)
    assert throttle.limit == 4


def test_the_limit_never_falls_below_one() -> None:
    throttle = Throttle(8)
    for _ in range(10):
        throttled(throttle)
    assert throttle.limit == 1


def test_429s_of_requests_that_were_in_flight_together_count_once() -> None:
    throttle = Throttle(8)
    with ExitStack() as stack:
        slots = [stack.enter_context(throttle.slot()) for _ in range(8)]
        for slot in slots:
            slot.throttled()
    assert throttle.limit == 4


def test_the_limit_comes_back_by_one_after_as_many_successes_as_it_is() -> None:
    throttle = Throttle(8)
    throttled(throttle)
    succeed(throttle, 3)
    assert throttle.limit == 4
    succeed(throttle)
    assert throttle.limit == 5
    succeed(throttle, 5)
    assert throttle.limit == 6


def test_a_429_forgets_the_successes_before_it() -> None:
    throttle = Throttle(8)
    throttled(throttle)
    succeed(throttle, 3)
    throttled(throttle)
    succeed(throttle)
    assert throttle.limit == 2


def test_the_limit_never_rises_above_its_start() -> None:
    throttle = Throttle(2)
    succeed(throttle, 20)
    assert throttle.limit == 2


def test_a_place_is_free_again_after_an_error() -> None:
    throttle = Throttle(1)
    with pytest.raises(ZeroDivisionError), throttle.slot():
        raise ZeroDivisionError
    assert throttle.in_flight == 0


def test_who_comes_when_all_places_are_taken_waits_for_one() -> None:
    throttle = Throttle(1)
    entered = threading.Event()

    def second() -> None:
        with throttle.slot():
            entered.set()

    thread = threading.Thread(target=second)
    with throttle.slot():
        thread.start()
        assert not entered.wait(0.05)
    thread.join()
    assert entered.is_set()


@given(st.integers(1, MOST), st.lists(st.booleans(), max_size=200))
def test_whatever_happens_the_limit_stays_between_one_and_its_start(start: int, events: list[bool]) -> None:
    throttle = Throttle(start)
    for good in events:
        if good:
            succeed(throttle)
        else:
            throttled(throttle)
        assert 1 <= throttle.limit <= start


def test_a_gate_is_closed_for_as_long_as_the_server_asks() -> None:
    now = [100.0]
    throttle = Throttle(8, lambda: now[0])
    assert throttle.closed_for() == 0
    throttle.close(3)
    assert throttle.closed_for() == 3
    now[0] += 5
    assert throttle.closed_for() == 0


def test_a_shorter_wait_does_not_open_a_gate_that_is_closed_for_longer() -> None:
    throttle = Throttle(8, lambda: 0.0)
    throttle.close(9)
    throttle.close(2)
    assert throttle.closed_for() == 9
