from __future__ import annotations

from pathlib import Path

import pytest

from reconciler import __version__
from reconciler.model.errors import NotSent
from reconciler.model.secret import Secret
from reconciler.transport import Transport
from reconciler.transport.retry import Retry
from tests.scripted_server import ScriptedServer, reply
from tests.transport.talking import KEY, get, talking


def test_a_request_carries_the_key_and_says_who_asks() -> None:
    with talking(reply(body=[])) as (server, transport):
        get(transport)
    headers = server.received[0].headers
    assert headers["x-api-key"] == KEY
    assert headers["user-agent"] == f"reconciler/{__version__}"
    assert headers["accept-encoding"] == "gzip"


def test_without_a_key_none_is_sent() -> None:
    with ScriptedServer([reply(body=[])]) as server, Transport(server.url) as transport:
        get(transport)
    assert "x-api-key" not in server.received[0].headers


def test_other_headers_and_secrets_are_sent_too() -> None:
    headers = {"Accept": "application/vnd.github+json"}
    secrets = {"Authorization": Secret("Bearer abc")}
    with (
        ScriptedServer([reply(body=[])]) as server,
        Transport(server.url, headers=headers, secrets=secrets) as transport,
    ):
        get(transport)
    assert server.received[0].headers["accept"] == "application/vnd.github+json"
    assert server.received[0].headers["authorization"] == "Bearer abc"


def test_a_json_body_is_sent_as_such() -> None:
    with talking(reply(201)) as (server, transport):
        transport.request("POST", "/api/roles", operation="create a role", json={"name": "größe\ud800"})
    request = server.received[0]
    assert request.json == {"name": "größe\ud800"}
    assert request.headers["content-type"] == "application/json"


def test_the_base_url_may_have_a_path_and_the_path_a_query() -> None:
    with ScriptedServer([reply(), reply()]) as server:
        for base in (f"{server.url}/api/v4", f"{server.url}/api/v4/"):
            with Transport(base) as transport:
                get(transport, "/projects?page=2")
    assert server.paths == ["GET /api/v4/projects?page=2"] * 2


def test_a_whole_url_as_a_path_is_a_defect_and_sends_nothing() -> None:
    with talking() as (server, transport), pytest.raises(ValueError, match="elsewhere"):
        get(transport, "http://elsewhere.example/")
    assert server.received == []


def test_connections_are_used_again() -> None:
    with talking(*[reply(body=[])] * 5) as (server, transport):
        for _ in range(5):
            get(transport)
    assert server.connections == 1


def test_no_credentials_come_from_a_netrc_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with talking(reply(body=[])) as (server, transport):
        get(transport)
    assert "authorization" not in server.received[0].headers


def test_after_an_interrupt_no_write_is_sent_that_waited_for_its_place() -> None:
    retry = Retry(base=0, sleep=lambda _: True, stopped=lambda: True)
    with ScriptedServer([]) as server, Transport(server.url, Secret(KEY), retry=retry) as transport:
        with pytest.raises(NotSent, match="could not delete it: interrupted before") as caught:
            transport.request("DELETE", "/api/roles/1", operation="delete it")
        assert server.paths == []
    assert caught.value.attempts == 1


def test_after_an_interrupt_reads_are_still_sent() -> None:
    retry = Retry(base=0, sleep=lambda _: True, stopped=lambda: True)
    with ScriptedServer([reply(200, [])]) as server, Transport(server.url, Secret(KEY), retry=retry) as transport:
        assert get(transport).status == 200
