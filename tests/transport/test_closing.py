from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from reconciler.model.errors import Failed
from reconciler.transport import Answer, Transport
from tests.scripted_server import Act, Received, ScriptedServer, reply
from tests.transport.talking import INSTANT, get


def test_a_client_that_is_closed_sends_nothing() -> None:
    with ScriptedServer([]) as server:
        transport = Transport(server.url, retry=INSTANT)
        transport.close()
        with pytest.raises(Failed, match="could not list the roles: this client is closed") as caught:
            get(transport)
    assert (server.received, caught.value.attempts) == ([], 1)


@contextmanager
def closed_while_in_flight(act: Act) -> Iterator[tuple[ScriptedServer, Future[Answer]]]:
    """A request whose client is closed after the server has it, and before the server answers with `act`."""
    came, closed = threading.Event(), threading.Event()

    def answer(_request: Received) -> Act:
        came.set()
        closed.wait(30)
        return act

    with ScriptedServer(answer) as server, ThreadPoolExecutor(1) as pool:
        transport = Transport(server.url, retry=INSTANT)
        request = pool.submit(get, transport)
        came.wait(30)
        transport.close()
        closed.set()
        yield server, request


def test_closing_does_not_wait_for_a_request_in_flight_and_lets_it_end() -> None:
    with closed_while_in_flight(reply(body=[])) as (_, request):
        assert request.result().body == b"[]"


def test_a_request_in_flight_is_not_sent_again_by_a_client_that_was_closed() -> None:
    with closed_while_in_flight(reply(503)) as (server, request), pytest.raises(Failed, match="this client is closed"):
        request.result()
    assert len(server.received) == 1
