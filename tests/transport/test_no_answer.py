from __future__ import annotations

import re
import socket

import pytest

from reconciler.model.errors import (
    Failed,
    NotSent,
    Unreachable,
)
from reconciler.transport import Transport
from tests.scripted_server import Act, Cut, Late, Reply, Reset, Silence, Trickle, reply
from tests.sentences import Golden
from tests.transport.talking import INSTANT, failure, get, talking


def test_nobody_listening_is_said_plainly(golden: Golden) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Transport(f"http://127.0.0.1:{port}", retry=INSTANT) as transport, pytest.raises(NotSent) as caught:
        get(transport)
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert caught.value.attempts == 5
    golden.says("transport/no_answer", "the server does not listen", str(caught.value), port=port)


def test_a_name_that_nobody_knows_is_said_plainly_and_asked_for_once(golden: Golden) -> None:
    with Transport("http://unknown.invalid", retry=INSTANT) as transport, pytest.raises(Failed) as caught:
        get(transport, idempotent=False)
    assert "unknown.invalid" in str(caught.value)
    assert caught.value.attempts == 1
    golden.says("transport/no_answer", "unknown host name", str(caught.value))


def test_an_address_that_cannot_be_reached_is_said_with_the_systems_reason() -> None:
    # A broadcast address takes no TCP connection, on any machine.
    with Transport("http://255.255.255.255", retry=INSTANT) as transport, pytest.raises(NotSent) as caught:
        get(transport, idempotent=False)
    assert str(caught.value).startswith("could not list the roles: no connection to 255.255.255.255 (")


def test_a_server_that_takes_no_connection_in_time_is_a_timeout(golden: Golden) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = []
        for _ in range(8):  # a backlog of 0 takes a connection or two, after that none is answered
            filler = socket.socket()
            filler.settimeout(0)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        with Transport(f"http://127.0.0.1:{port}", timeout=0.1) as transport, pytest.raises(NotSent) as caught:
            get(transport, idempotent=False)
        for filler in fillers:
            filler.close()
    assert f"127.0.0.1:{port} within 0.1 s" in str(caught.value)
    golden.says("transport/no_answer", "no connection in time", str(caught.value), port=port)


@pytest.mark.parametrize(
    ("act", "case"),
    [
        (Cut(reply(body=["a"])), "no head of an answer"),
        (Cut(reply(body=["a"]), after=20), "no head of an answer"),
        (Cut(reply(body=["a"]), after=-2), "cut off"),
        (
            Cut(reply(body=b"5\r\nhello\r\n", headers={"Transfer-Encoding": "chunked"}, framed=False), after=-1),
            "cut off",
        ),
        (Reset(reply(body=["a"]), after=-2), "reset"),
        (Reset(reply(body=["a"])), "reset"),
        (Cut(reply(body=b"SSH-2.0\r\n"), after=0), "no head of an answer"),
        (Reply(b"220 mail.example ESMTP\r\n", keep_alive=False), "no head of an answer"),
    ],
)
def test_a_connection_that_ends_too_early_is_no_answer(act: Act, case: str, golden: Golden) -> None:
    error = failure(act)
    assert type(error) is Unreachable
    golden.says("transport/no_answer", case, re.sub("127.0.0.1:[0-9]+", "{host}", str(error)))


@pytest.mark.parametrize(
    "act",
    [
        Silence(),
        Late(reply(body=[]), seconds=30),
        Trickle(reply(body=["a" * 1000])),
        Trickle(reply(body=["a" * 1000]), start=80),
        Trickle(reply(500, ["a" * 1000]), every=0.06),
    ],
    ids=["silence", "late", "trickle from the status line on", "trickle in the body", "trickle slower than a read"],
)
def test_the_timeout_bounds_the_whole_request(act: Act) -> None:
    error = failure(act, timeout=0.5)
    assert isinstance(error, Unreachable)
    assert "no complete answer from 127.0.0.1:" in str(error)
    assert str(error).endswith("within 0.5 s (--timeout)")


def test_no_connection_is_begun_when_the_time_is_up() -> None:
    with talking(timeout=1e-9) as (server, transport):
        with pytest.raises(NotSent, match="no connection to 127"):
            get(transport, idempotent=False)
        assert server.connections == 0


def test_what_httpx_itself_will_not_send_fails_by_its_kind_alone() -> None:
    with (
        talking() as (_, transport),
        pytest.raises(Unreachable, match=r"^could not look: the request to 127.* failed \(LocalProtocolError\)$"),
    ):
        transport.request("G E T", "/", operation="look", idempotent=False)


def test_a_slow_answer_within_the_timeout_is_an_answer() -> None:
    with talking(Trickle(reply(body=[]), every=0.001), timeout=30) as (_, transport):
        assert get(transport).body == b"[]"
