"""Many tenants side by side: who starts, who waits, and what one of them does to the others."""

from __future__ import annotations

import threading
import time

import pytest

from reconciler.fleet.run import side_by_side


def test_each_tenant_has_what_came_of_it() -> None:
    assert side_by_side(["a", "b", "c"], str.upper, parallel=2) == {"a": "A", "b": "B", "c": "C"}


def test_no_tenant_is_no_work() -> None:
    assert side_by_side([], str.upper, parallel=2) == {}


def test_so_many_are_worked_on_at_a_time_and_no_more() -> None:
    together = threading.Barrier(3)
    running, most = 0, 0
    lock = threading.Lock()

    def work(_: str) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(10)
        with lock:
            running -= 1

    side_by_side([str(number) for number in range(9)], work, parallel=3)
    assert most == 3


def test_a_tenant_that_hangs_does_not_hold_the_others() -> None:
    others = threading.Event()
    left = 20

    def work(name: str) -> str:
        if name == "hangs":
            assert others.wait(10)
        return name

    def ended(_: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            others.set()

    side_by_side(["hangs", *(str(number) for number in range(20))], work, parallel=2, ended=ended)
    assert left == -1


def test_after_a_stop_no_further_tenant_starts() -> None:
    stop = threading.Event()

    def work(name: str) -> str:
        stop.set()
        return name

    assert side_by_side(["a", "b", "c"], work, parallel=1, stopped=stop.is_set) == {"a": "a"}


def test_a_stop_waits_only_for_tenants_that_may_not_be_left() -> None:
    begun, stop, never = threading.Barrier(3), threading.Event(), threading.Event()

    def work(name: str) -> str:
        begun.wait(10)
        if name == "hangs":
            never.wait()
        assert stop.wait(10)
        return name

    def stopped() -> bool:
        if begun.n_waiting == 2:
            begun.wait(10)
            stop.set()
        return stop.is_set()

    found = side_by_side(
        ["hangs", "writes", "waits"], work, parallel=2, stopped=stopped, may_leave=lambda name: name != "writes"
    )
    never.set()
    assert found == {"writes": "writes"}


def test_an_unexpected_exception_is_raised_when_the_others_have_ended() -> None:
    seen: list[str] = []
    failing = threading.Event()

    def work(name: str) -> str:
        if name == "bad":
            failing.set()
            raise ZeroDivisionError
        assert failing.wait(10)
        seen.append(name)
        return name

    with pytest.raises(ZeroDivisionError):
        side_by_side(["bad", "a", "b"], work, parallel=2)
    assert seen == ["a", "b"]


def test_the_caller_wakes_up_while_a_tenant_takes_long() -> None:
    def work(name: str) -> str:
        time.sleep(0.25)
        return name

    assert side_by_side(["slow"], work, parallel=1) == {"slow": "slow"}
