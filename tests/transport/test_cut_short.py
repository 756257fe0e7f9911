"""A stop leaves what is read little time, and what is written all of its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.model.errors import Unreachable
from reconciler.transport import Transport
from reconciler.transport.deadline import unhurried
from tests.scripted_server import Act, Late, ScriptedServer, Silence, Trickle, reply
from tests.sentences import Golden
from tests.transport.talking import INSTANT, get

PATIENCE = 0.3
"""Seconds, longer than a read waits at a time."""


@contextmanager
def stopped_once_asked(act: Act, timeout: float = 30) -> Iterator[Transport]:
    """A client of a run that a signal stops as soon as the server has a request."""
    with ScriptedServer([act]) as server:
        retry = INSTANT._replace(stopped=lambda: bool(server.received), patience=PATIENCE)
        with Transport(server.url, timeout=timeout, retry=retry) as transport:
            yield transport


@pytest.mark.parametrize("act", [Silence(), Trickle(reply(body=["a" * 1000]), start=80)], ids=["silence", "trickle"])
def test_a_read_that_waits_when_the_run_is_stopped_ends_soon(act: Act, golden: Golden) -> None:
    with stopped_once_asked(act) as transport, pytest.raises(Unreachable) as caught:
        get(transport, idempotent=False)
    port = transport.base.rpartition(":")[2]
    golden.says("transport/no_answer", "cut short by a stop", str(caught.value), port=port)


def test_a_read_that_begins_after_the_stop_has_no_more_time_than_that() -> None:
    retry = INSTANT._replace(stopped=lambda: True, patience=PATIENCE)
    with (
        ScriptedServer([Silence()]) as server,
        Transport(server.url, retry=retry) as transport,
        pytest.raises(Unreachable, match="after the interrupt"),
    ):
        get(transport, idempotent=False)


def test_a_timeout_that_is_shorter_than_that_holds_as_ever() -> None:
    with stopped_once_asked(Silence(), timeout=0.1) as transport, pytest.raises(Unreachable, match="--timeout"):
        get(transport, idempotent=False)


def test_a_read_that_is_answered_meanwhile_is_complete() -> None:
    with stopped_once_asked(reply(body=[])) as transport:
        assert get(transport).body == b"[]"


def test_a_read_that_decides_what_a_write_did_keeps_its_time() -> None:
    with stopped_once_asked(Late(reply(body=[]), seconds=2 * PATIENCE)) as transport, unhurried():
        assert get(transport, idempotent=False).body == b"[]"


def test_a_write_in_flight_keeps_its_time() -> None:
    with stopped_once_asked(Late(reply(body={}), seconds=2 * PATIENCE)) as transport:
        answer = transport.request("PATCH", "/api/roles/1", operation="update a role", json={}, idempotent=False)
        assert answer.is_success
