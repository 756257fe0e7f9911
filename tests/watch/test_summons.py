"""Signals to the operator: real ones, to this process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from reconciler.apply.interrupts import ENDS, FIRST, SECOND
from reconciler.model.errors import ExitCode, Interrupted
from reconciler.watch.summons import LATE, UNREAD, Summons

LONG = 60.0
"""Seconds; a rest that takes this long fails the test by its timeout."""


class Left(Exception):
    """What stands for the end of the process."""


class Heard:
    """What was said, and with which exit code the process was left."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.codes: list[int] = []

    def leave(self, code: int) -> None:
        self.codes.append(code)
        raise Left


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def summons(heard: Heard) -> Iterator[Summons]:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)]
    with Summons(heard.said.append, heard.leave, patience=LONG) as found:
        yield found
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)] == before


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def soon(act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(0.05, act)
    timer.start()
    return timer


def test_a_hangup_ends_a_rest_and_asks_for_no_end(summons: Summons) -> None:
    soon(lambda: send(signal.SIGHUP))
    summons.rest(LONG)
    assert not summons.is_set()


def test_a_hangup_during_a_pass_ends_the_rest_after_it(summons: Summons) -> None:
    send(signal.SIGHUP)
    summons.rest(LONG)
    summons.begin()
    summons.rest(0.01)
    assert not summons.is_set()


def test_many_hangups_are_one(summons: Summons) -> None:
    for _ in range(70_000):
        summons._handle(signal.SIGHUP, None)  # noqa: SLF001 - more of them than a pipe can hold
    summons.rest(LONG)
    assert summons.called_again()
    assert not summons.called_again()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_ends_a_rest(summons: Summons, heard: Heard, number: signal.Signals) -> None:
    soon(lambda: send(number))
    summons.rest(LONG)
    assert summons.is_set()
    assert heard.said == [FIRST]


def test_a_signal_wakes_a_rest_before_a_handler_of_python_can_run(summons: Summons) -> None:
    wakes = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(wakes)
    assert wakes != -1
    os.write(wakes, bytes([signal.SIGTERM]))  # as Python's C code does
    soon(lambda: send(signal.SIGTERM))
    summons.rest(LONG)
    assert summons.is_set()


def test_what_signals_woke_before_is_put_back() -> None:
    with Summons():
        pass
    assert signal.set_wakeup_fd(-1) == -1


def test_a_run_that_never_writes_does_not_speak_of_writes(summons: Summons, heard: Heard) -> None:
    summons.first = ENDS
    send(signal.SIGINT)
    assert heard.said == [ENDS]


def test_a_rest_is_as_long_as_asked(summons: Summons) -> None:
    began = time.monotonic()
    summons.rest(0.05)
    assert time.monotonic() - began >= 0.05


def test_a_second_signal_stops_at_once(summons: Summons, heard: Heard) -> None:
    del summons
    send(signal.SIGTERM)
    with pytest.raises(Left):
        send(signal.SIGTERM)
    assert (heard.said, heard.codes) == ([FIRST, SECOND], [ExitCode.INTERRUPTED])


@pytest.mark.parametrize(("late", "said"), [(ExitCode.INTERRUPTED, [FIRST, LATE]), (ExitCode.DONE, [FIRST, UNREAD])])
def test_what_does_not_end_in_time_is_left(summons: Summons, heard: Heard, late: ExitCode, said: list[str]) -> None:
    summons.late, summons.patience = late, 0.05
    send(signal.SIGTERM)
    with pytest.raises(Left):
        time.sleep(LONG)
    assert (heard.said, heard.codes) == (said, [late])


def test_what_writes_nothing_is_interrupted_at_once(summons: Summons) -> None:
    soon(lambda: send(signal.SIGTERM))
    with pytest.raises(Interrupted), summons.interruptible():
        time.sleep(LONG)


def test_what_writes_nothing_does_not_begin_after_a_signal(summons: Summons) -> None:
    summons.set()
    with pytest.raises(Interrupted), summons.interruptible():
        raise AssertionError


def test_what_may_write_is_not_interrupted(summons: Summons) -> None:
    with summons.interruptible():
        pass
    send(signal.SIGTERM)
    assert summons.is_set()


def test_a_wait_of_a_request_ends_with_a_stop_and_not_with_a_hangup(summons: Summons) -> None:
    send(signal.SIGHUP)
    assert not summons.wait(0.01)
    soon(lambda: send(signal.SIGTERM))
    assert summons.wait(LONG)


def test_a_signal_that_was_ignored_at_the_start_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Summons() as summons:
            send(signal.SIGHUP)
            summons.rest(0.01)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_without_handlers_a_rest_takes_its_time() -> None:
    began = time.monotonic()
    summons = Summons()
    summons.rest(0.02)
    assert time.monotonic() - began >= 0.02
    summons._wake()  # noqa: SLF001 - what a late handler does


def test_a_nudge_of_another_thread_ends_a_rest_and_is_no_call(summons: Summons) -> None:
    soon(summons.nudge)
    summons.rest(LONG)
    assert not summons.is_set()
    assert not summons.called_again()


def test_a_nudge_before_a_rest_ends_it_once(summons: Summons) -> None:
    summons.nudge()
    summons.rest(LONG)
    began = time.monotonic()
    summons.rest(0.05)
    assert time.monotonic() - began >= 0.05


def test_a_hangup_is_asked_for_once(summons: Summons) -> None:
    send(signal.SIGHUP)
    assert [summons.called_again(), summons.called_again()] == [True, False]
