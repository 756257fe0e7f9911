from __future__ import annotations

import pytest

from reconciler.model.errors import (
    CommandLineError,
    Failed,
)
from reconciler.model.secret import Secret
from reconciler.transport import Transport
from tests.scripted_server import ScriptedServer, reply
from tests.sentences import Golden
from tests.transport.talking import INSTANT, KEY, get, talking


@pytest.mark.parametrize(
    "url",
    [
        *("", "crm.example", "ftp://crm.example", "https://", "https:///roles"),
        *("https://crm.example:port", "https://crm.example\n", "https://\udc80"),
        *("https://crm.example/?a=b", "https://crm.example/#a"),
    ],
)
def test_a_base_url_that_is_none_is_an_error_of_the_command_line(url: str, golden: Golden) -> None:
    with pytest.raises(CommandLineError) as caught:
        Transport(url)
    golden.says("transport/address", ascii(url), str(caught.value))


def test_a_base_url_with_a_password_is_refused_without_repeating_it(golden: Golden) -> None:
    with pytest.raises(CommandLineError) as caught:
        Transport("https://me:hunter2@crm.example")
    assert "hunter2" not in str(caught.value)
    golden.says("transport/address", "credentials", str(caught.value))


@pytest.mark.parametrize("key", ["", "two\nlines", " key", "key ", "schlüssel", "a\0b"])
def test_a_key_that_http_cannot_carry_is_refused_without_repeating_it(key: str, golden: Golden) -> None:
    with pytest.raises(CommandLineError, match="X-API-Key") as caught:
        Transport("http://127.0.0.1", Secret(key))
    assert not key.strip() or key not in str(caught.value)
    golden.says("transport/address", "a header that HTTP cannot carry", str(caught.value))


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([reply(body=["by proxy"])]) as proxy:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        with Transport("http://crm.invalid", retry=INSTANT) as transport:
            assert get(transport).body == b'["by proxy"]'
    assert proxy.paths == ["GET http://crm.invalid/api/roles"]


def test_a_proxy_that_refuses_is_said_plainly(monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    with ScriptedServer([reply(407)]) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        with Transport("https://crm.invalid", Secret(KEY)) as transport, pytest.raises(Failed) as caught:
            get(transport)
    for named in (f"127.0.0.1:{proxy.port} (https_proxy)", "crm.invalid", "407", "http://USER:PASSWORD@HOST:PORT"):
        assert named in str(caught.value)
    golden.says("transport/proxies", "a password", str(caught.value), port=proxy.port)
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
    proxy: str, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(CommandLineError) as caught:
        Transport("https://crm.example")
    golden.says("transport/proxies", "not a URL", str(caught.value))
