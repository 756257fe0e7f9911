from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.model.errors import Failed
from reconciler.transport import Transport
from tests.scripted_server import Act, Received, ScriptedServer, reply
from tests.transport.talking import INSTANT, get


def test_a_client_that_is_closed_sends_nothing() -> None:
    with ScriptedServer([]) as server:
        transport = Transport(server.url, retry=INSTANT)
        transport.close()
        with pytest.raises(Failed, match="could not list the roles: this client is closed") as caught:
            get(transport)
    assert (server.received, caught.value.attempts) == ([], 1)


def test_closing_does_not_wait_for_a_request_in_flight_and_lets_it_end() -> None:
    came, closed = threading.Event(), threading.Event()

    def answer(_request: Received) -> Act:
        came.set()
        closed.wait(30)
        return reply(body=[])

    with ScriptedServer(answer) as server, ThreadPoolExecutor(1) as pool:
        transport = Transport(server.url, retry=INSTANT)
        request = pool.submit(get, transport)
        came.wait(30)
        transport.close()
        closed.set()
        assert request.result().body == b"[]"


def test_a_request_in_flight_is_not_sent_again_by_a_client_that_was_closed() -> None:
    came, closed = threading.Event(), threading.Event()

    def answer(_request: Received) -> Act:
        came.set()
        closed.wait(30)
        return reply(503)

    with ScriptedServer(answer) as server, ThreadPoolExecutor(1) as pool:
        transport = Transport(server.url, retry=INSTANT)
        request = pool.submit(get, transport)
        came.wait(30)
        transport.close()
        closed.set()
        with pytest.raises(Failed, match="this client is closed"):
            request.result()
    assert len(server.received) == 1
