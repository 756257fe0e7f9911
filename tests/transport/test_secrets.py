from __future__ import annotations

import logging

import pytest

from tests.scripted_server import Act, Cut, reply
from tests.transport.talking import KEY, failure, get, talking


def everything_about(error: BaseException | None) -> str:
    """The texts and representations of an error and of all that it carries along."""
    found = ""
    while error is not None:
        found += f"{error!s} {error!r} {vars(error)!r} "
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize(
    "act",
    [
        reply(401, {"error": f"no such key: {KEY}"}),
        reply(500, f"<title>{KEY}</title>".encode()),
        reply(302, headers={"Location": f"/login/{KEY}"}),
        Cut(reply()),
        Cut(reply(body=["a"]), after=-1),
    ],
)
def test_the_key_is_in_no_error(act: Act) -> None:
    assert KEY not in everything_about(failure(act))


def test_an_error_carries_no_error_of_httpx() -> None:
    error = failure(Cut(reply()))
    assert (error.__cause__, error.__context__) == (None, None)


def test_the_key_is_not_in_the_representation_of_the_client() -> None:
    with talking() as (server, transport):
        assert repr(transport) == f"Transport('127.0.0.1:{server.port}')"


def test_the_trace_tells_of_each_try_and_of_nothing_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "reconciler")
    with talking(reply(503, {"error": KEY}), Cut(reply()), reply(body=[KEY])) as (_, transport):
        get(transport, "/api/roles?token=abc")
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    heads = [line.partition(" in ")[0] for line in lines]
    assert heads == ["GET /api/roles: 503", "GET /api/roles: no answer", "GET /api/roles: 200"]
    assert [line.rpartition(", ")[2] for line in lines] == ["attempt 1", "attempt 2", "attempt 3"]
    assert KEY not in caplog.text
    assert "token" not in caplog.text
