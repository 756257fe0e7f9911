from __future__ import annotations

import pytest

from reconciler.model.errors import (
    CommandLineError,
    Failed,
)
from reconciler.model.secret import Secret
from reconciler.transport import Transport
from tests.scripted_server import ScriptedServer, reply
from tests.transport.talking import INSTANT, KEY, get, talking


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "must start with https://"),
        ("crm.example", "must start with https://"),
        ("ftp://crm.example", "must start with https://"),
        ("https://", "must start with https://"),
        ("https:///roles", "must start with https://"),
        ("https://crm.example:port", "is not a URL"),
        ("https://crm.example\n", "is not a URL"),
        ("https://\udc80", "is not a URL"),
        ("https://crm.example/?a=b", "must end before"),
        ("https://crm.example/#a", "must end before"),
    ],
)
def test_a_base_url_that_is_none_is_an_error_of_the_command_line(url: str, said: str) -> None:
    with pytest.raises(CommandLineError, match=said):
        Transport(url)


def test_a_base_url_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(CommandLineError, match="user name or a password") as caught:
        Transport("https://me:hunter2@crm.example")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "two\nlines", " key", "key ", "schlüssel", "a\0b"])
def test_a_key_that_http_cannot_carry_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(CommandLineError, match="the header X-API-Key") as caught:
        Transport("http://127.0.0.1", Secret(key))
    assert not key.strip() or key not in str(caught.value)


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([reply(body=["by proxy"])]) as proxy:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        with Transport("http://crm.invalid", retry=INSTANT) as transport:
            assert get(transport).body == b'["by proxy"]'
    assert proxy.paths == ["GET http://crm.invalid/api/roles"]


def test_a_proxy_that_refuses_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([reply(407)]) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        with Transport("https://crm.invalid", Secret(KEY)) as transport, pytest.raises(Failed) as caught:
            get(transport)
    assert str(caught.value) == (
        f"could not list the roles: the proxy 127.0.0.1:{proxy.port} (https_proxy) did not connect to crm.invalid: "
        "407 -; put the user and password into the proxy's URL, percent-encoded: http://USER:PASSWORD@HOST:PORT"
    )
    assert proxy.paths == ["CONNECT crm.invalid:443"]
    assert KEY not in str(proxy.received)


def test_no_proxy_stands_between_this_machine_and_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid")
    monkeypatch.delenv("no_proxy", raising=False)
    with talking(reply(body=[])) as (_, transport):
        assert get(transport).body == b"[]"


def test_a_host_without_a_proxy_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", ".invalid")
    with (
        Transport("http://crm.invalid:8080") as transport,
        pytest.raises(Failed, match="name of crm"),
    ):
        get(transport, idempotent=False)


@pytest.mark.parametrize("proxy", ["socks5://proxy.example", "ftp://proxy.example", "http://", "http://proxy:port"])
def test_a_proxy_that_cannot_be_used_is_an_error_of_the_command_line(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(CommandLineError, match="the proxy that the environment sets for https"):
        Transport("https://crm.example")
