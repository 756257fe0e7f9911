from __future__ import annotations

import threading
from collections.abc import Callable
from email.utils import formatdate
from time import tzset
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import Failed, NotFound, Overloaded, Rejected, Unreachable
from reconciler.transport.retry import Retry, seconds_of

if TYPE_CHECKING:
    from tests.sentences import Golden

NOW = 1_800_000_000.0


class Time:
    """A clock that only sleeping moves, and the list of all sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def policy(self, *, tries: int = 5, base: float = 1.0, chance: float = 1.0) -> Retry:
        return Retry(tries=tries, base=base, sleep=self.sleep, clock=lambda: self.now, random=lambda: chance)


def failing(*errors: Failed) -> Callable[[], str]:
    """A call that raises each of `errors` in turn, and then succeeds."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


def overloaded(retry_after: float | None = None) -> Overloaded:
    return Overloaded("busy", status=503, retry_after=retry_after)


def test_a_success_takes_one_try_and_no_wait() -> None:
    time = Time()
    assert time.policy().call(failing()) == ("done", 1)
    assert time.slept == []


def test_waits_double_with_each_try() -> None:
    time = Time()
    assert time.policy().call(failing(*[overloaded()] * 4)) == ("done", 5)
    assert time.slept == [1, 2, 4, 8]


def test_no_wait_by_itself_is_longer_than_the_cap() -> None:
    time = Time()
    time.policy(base=20).call(failing(*[overloaded()] * 3))
    assert time.slept == [20, 30, 30]


def test_jitter_draws_from_the_whole_wait() -> None:
    time = Time()
    time.policy(chance=0.25).call(failing(overloaded(), overloaded()))
    assert time.slept == [0.25, 0.5]


def test_a_base_of_zero_does_not_wait() -> None:
    time = Time()
    assert time.policy(base=0).call(failing(*[overloaded()] * 4)) == ("done", 5)
    assert time.slept == [0, 0, 0, 0]


def test_no_answer_is_tried_again_too() -> None:
    assert Time().policy().call(failing(Unreachable("cut"))) == ("done", 2)


def test_after_the_last_try_its_error_says_how_many_there_were(golden: Golden) -> None:
    with pytest.raises(Overloaded, match=r"^busy.* 5 ") as caught:
        Time().policy().call(failing(*[overloaded() for _ in range(5)]))
    assert caught.value.attempts == 5
    assert caught.value.status == 503
    golden.says("transport/retry", "the last attempt", str(caught.value))


def test_the_hint_of_an_error_comes_after_what_the_retries_add(golden: Golden) -> None:
    with pytest.raises(Unreachable) as caught:
        Time().policy(tries=1).call(failing(Unreachable("refused", hint="start it")))
    assert str(caught.value).endswith("start it")
    golden.says("transport/retry", "with a hint", str(caught.value))


def test_a_final_error_is_raised_at_once_and_as_it_is() -> None:
    time = Time()
    with pytest.raises(Rejected, match=r"^no$") as caught:
        time.policy().call(failing(Rejected("no", status=422)))
    assert (caught.value.attempts, time.slept) == (1, [])


def test_a_final_error_after_others_knows_the_number_of_tries() -> None:
    with pytest.raises(NotFound) as caught:
        Time().policy().call(failing(overloaded(), NotFound("gone", status=404)))
    assert caught.value.attempts == 2


def test_a_final_error_of_the_first_try_keeps_the_tries_that_it_counted_itself() -> None:
    counted = Rejected("no", status=422)
    counted.attempts = 3
    with pytest.raises(Rejected) as caught:
        Time().policy().call(failing(counted))
    assert caught.value.attempts == 3


def test_a_defect_is_not_tried_again() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Time().policy().call(broken)


def test_the_server_decides_how_long_to_wait_at_least() -> None:
    time = Time()
    time.policy().call(failing(overloaded(retry_after=7), overloaded(retry_after=1)))
    assert time.slept == [7, 2]


def turned_away(retry_after: float | None = None) -> Overloaded:
    return Overloaded("slow down", status=429, retry_after=retry_after)


def test_a_429_is_asked_again_for_as_long_as_the_budget_lasts() -> None:
    time = Time()
    assert time.policy(base=0.001).call(failing(*[turned_away(retry_after=10) for _ in range(11)])) == ("done", 12)
    assert time.now <= 120


def test_a_429_does_not_use_up_the_tries_of_other_failures() -> None:
    errors = [turned_away(1), *[overloaded() for _ in range(4)]]
    assert Time().policy().call(failing(*errors)) == ("done", 6)


def test_a_429_that_never_ends_is_given_up_when_the_budget_is_spent() -> None:
    time = Time()
    with pytest.raises(Overloaded, match=r"120 s"):
        time.policy().call(failing(*[turned_away() for _ in range(100)]))
    assert 60 <= time.now <= 120


def test_waits_that_take_no_time_count_as_if_they_did() -> None:
    retry = Retry(base=1, sleep=lambda _: None, clock=lambda: 0.0, random=lambda: 1.0)
    with pytest.raises(Overloaded, match="120 s"):
        retry.call(failing(*[turned_away() for _ in range(100)]))


def test_without_any_wait_a_429_is_a_try_like_others() -> None:
    with pytest.raises(Overloaded, match=" 5 "):
        Time().policy(base=0).call(failing(*[turned_away() for _ in range(6)]))


def test_a_wait_beyond_the_budget_is_not_begun(golden: Golden) -> None:
    time = Time()
    with pytest.raises(Overloaded, match=r"3600 s.*120 s") as caught:
        time.policy().call(failing(overloaded(retry_after=3600)))
    assert (caught.value.attempts, time.slept) == (1, [])
    golden.says("transport/retry", "a wait beyond the budget", str(caught.value))


def test_what_is_left_of_the_budget_shrinks_with_each_wait() -> None:
    time = Time()
    with pytest.raises(Overloaded, match=r"61 s.*60 s"):
        time.policy().call(failing(overloaded(retry_after=60), overloaded(retry_after=61)))
    assert time.slept == [60]


@pytest.mark.parametrize(
    ("case", "seconds", "attempts"), [("the budget is spent", 50, 3), ("one attempt spends the budget", 121, 1)]
)
def test_no_try_starts_after_the_budget(golden: Golden, case: str, seconds: int, attempts: int) -> None:
    time = Time()

    def slow() -> None:
        time.now += seconds
        raise Unreachable("timeout")

    with pytest.raises(Unreachable, match=rf"^timeout.* 120 s .* {attempts} ") as caught:
        time.policy().call(slow)
    golden.says("transport/retry", case, str(caught.value))


def test_a_stop_ends_the_wait_and_no_further_try_is_made(golden: Golden) -> None:
    stop = threading.Event()
    stop.set()
    calls = []

    def call() -> None:
        calls.append(1)
        raise overloaded()

    with pytest.raises(Overloaded, match=r"^busy.*interrupted.* 1 ") as caught:
        Retry(sleep=stop.wait, base=30).call(call)
    assert (len(calls), caught.value.attempts) == (1, 1)
    golden.says("transport/retry", "a stop", str(caught.value))


def test_a_stop_that_nobody_asked_for_changes_nothing() -> None:
    assert Retry(sleep=threading.Event().wait, base=0).call(failing(overloaded())) == ("done", 2)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("120", 120),
        (" 5 ", 5),
        (formatdate(NOW + 90, usegmt=True), 90),
        (formatdate(NOW - 90, usegmt=True), 0),
        ("Fri, 15 Jan 2027 08:01:00 -0000", 60),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 5000, None),
        ("\u0663", None),
        ("Fri, 99 Jan 2027 08:01:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_of(header, lambda: NOW) == seconds


def test_a_date_without_a_zone_is_read_as_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    tzset()
    try:
        assert seconds_of("Fri, 15 Jan 2027 08:01:00", lambda: NOW) == 60
    finally:
        monkeypatch.undo()
        tzset()


def test_a_policy_that_nobody_set_waits_half_a_second_at_most_before_the_second_try() -> None:
    waits: list[float] = []
    policy = Retry(sleep=waits.append, random=lambda: 1.0)
    assert policy.call(failing(overloaded(), overloaded())) == ("done", 3)
    assert waits == [0.5, 1.0]


@given(st.text(max_size=60))
def test_no_retry_after_whatever_breaks_anything(header: str) -> None:
    seconds = seconds_of(header, lambda: NOW)
    assert seconds is None or seconds >= 0
