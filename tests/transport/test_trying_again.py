from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.model.errors import (
    Overloaded,
    Rejected,
)
from reconciler.transport import Transport
from reconciler.transport.retry import Retry
from tests.scripted_server import Act, Cut, Late, Received, ScriptedServer, reply
from tests.transport.talking import INSTANT, get, talking


@pytest.mark.parametrize(
    "act",
    [reply(500), reply(502), reply(503), reply(504), reply(408), reply(429), Cut(reply()), Cut(reply(body=["a"]), -2)],
)
def test_what_may_be_better_next_time_is_asked_again(act: Act) -> None:
    with talking(act, act, reply(body=[])) as (server, transport):
        assert get(transport).attempts == 3
    assert len(server.received) == 3


def test_after_five_tries_it_is_given_up() -> None:
    with talking(*[reply(503, {"error": "busy"})] * 5) as (server, transport):
        with pytest.raises(Overloaded, match=r"503 Service Unavailable: busy.* 5 ") as caught:
            get(transport)
        assert (caught.value.attempts, len(server.received)) == (5, 5)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_final_status_is_asked_once(status: int) -> None:
    with talking(reply(status)) as (server, transport):
        with pytest.raises(Rejected):
            get(transport)
        assert len(server.received) == 1


def test_what_is_not_idempotent_is_sent_once() -> None:
    with talking(reply(503)) as (server, transport):
        with pytest.raises(Overloaded):
            get(transport, idempotent=False)
        assert len(server.received) == 1


def test_a_429_narrows_the_gate_for_all_requests() -> None:
    def throttle_first(request: Received) -> Act:
        return reply(429) if request.number == 0 else Late(reply(), 0.1)

    with (
        ScriptedServer(throttle_first) as server,
        Transport(server.url, concurrency=8, retry=INSTANT) as transport,
        ThreadPoolExecutor(8) as pool,
    ):
        get(transport)
        list(pool.map(lambda _: get(transport), range(8)))
    assert server.most_in_flight <= 5  # halved to 4, and one more after 4 successes


def test_no_more_requests_are_in_flight_than_allowed() -> None:
    together = threading.Barrier(3)

    def three_at_first(request: Received) -> Act:
        if request.number < 3:
            together.wait(timeout=30)
        return reply()

    with (
        ScriptedServer(three_at_first) as server,
        Transport(server.url, concurrency=3, retry=INSTANT) as transport,
        ThreadPoolExecutor(10) as pool,
    ):
        list(pool.map(lambda _: get(transport), range(20)))
    assert server.most_in_flight == 3
    assert server.connections == 3


def test_after_a_429_every_request_waits_for_the_moment_that_the_server_named() -> None:
    slept: list[float] = []
    retry = Retry(base=0, sleep=slept.append, clock=lambda: 0.0)
    with (
        ScriptedServer([reply(429, headers={"RateLimit-Reset": "7"}), reply(), reply()]) as server,
        Transport(server.url, retry=retry) as transport,
    ):
        with pytest.raises(Overloaded):
            get(transport, idempotent=False)
        get(transport)
    assert slept == [7, 7]  # before the slot of the throttle, and at it: the clock of this test stands still


def test_a_wait_beyond_the_budget_holds_nobody_else_up() -> None:
    slept: list[float] = []
    retry = Retry(base=0, sleep=slept.append, clock=lambda: 0.0)
    with (
        ScriptedServer([reply(429, headers={"Retry-After": "3600"}), reply()]) as server,
        Transport(server.url, retry=retry) as transport,
    ):
        with pytest.raises(Overloaded, match="3600 s"):
            get(transport)
        get(transport)
    assert slept == []
