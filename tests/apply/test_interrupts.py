from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from reconciler.apply.interrupts import FIRST, SECOND, Stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_asks_to_stop_and_says_so(number: signal.Signals) -> None:
    said: list[str] = []
    with Stop(said.append) as stop:
        assert not stop.is_set()
        signal.raise_signal(number)
        assert stop.is_set()
    assert said == [FIRST]


def test_the_handlers_from_before_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with Stop():
        assert signal.getsignal(signal.SIGINT) not in before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_was_ignored_before_stays_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with Stop() as stop:
            signal.raise_signal(number)
            assert not stop.is_set()
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_second_signal_stops_at_once(number: signal.Signals) -> None:
    program = (
        "import signal, sys\n"
        "from reconciler.apply.interrupts import Stop\n"
        "with Stop():\n"
        f"    signal.raise_signal({int(number)})\n"
        f"    signal.raise_signal({int(number)})\n"
        "print('still here')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines() == [FIRST, SECOND]


def test_the_second_signal_leaves_with_the_code_of_an_interrupt() -> None:
    said: list[str] = []
    left: list[int] = []
    with Stop(said.append, left.append):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert (said, left) == ([FIRST, SECOND], [130])


def test_what_is_said_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with Stop():
        signal.raise_signal(signal.SIGINT)
    assert capfd.readouterr().err == f"{FIRST}\n"


def test_a_standard_error_that_nobody_reads_does_not_keep_a_signal_from_stopping() -> None:
    program = (
        "import os, signal\n"
        "from reconciler.apply.interrupts import Stop\n"
        "reader, writer = os.pipe()\n"
        "os.close(reader)\n"
        "os.dup2(writer, 2)\n"
        "with Stop() as stop:\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "    print(stop.is_set())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (0, "True\n")


def test_a_wait_that_nobody_interrupts_lasts_as_long_as_it_was_told() -> None:
    began = time.monotonic()
    assert Stop().wait(0.06) is False
    assert time.monotonic() - began >= 0.06


def test_no_wait_at_all_where_somebody_asked_before() -> None:
    stop = Stop()
    stop.set()
    assert stop.wait(float("inf")) is True


def test_a_wait_in_the_main_thread_ends_when_a_signal_comes() -> None:
    with Stop(lambda _message: None) as stop:
        sender = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
        sender.start()
        assert stop.wait(30) is True
        sender.join()


def test_a_wait_in_another_thread_ends_when_a_signal_comes() -> None:
    answers: list[bool] = []
    with Stop(lambda _message: None) as stop:
        waiter = threading.Thread(target=lambda: answers.append(stop.wait(30)))
        waiter.start()
        signal.raise_signal(signal.SIGINT)
        waiter.join(timeout=10)
    assert answers == [True]
