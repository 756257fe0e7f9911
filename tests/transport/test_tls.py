from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from reconciler.model.errors import (
    Failed,
    FileFailed,
    NotSent,
)
from reconciler.model.secret import Secret
from reconciler.transport import Transport
from tests.scripted_server import ScriptedServer, reply
from tests.transport.talking import INSTANT, KEY, TLS, get


def tls_server() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem")
    return context


def test_a_private_authority_is_trusted_where_it_is_named() -> None:
    with (
        ScriptedServer([reply(body=[])], tls=tls_server()) as server,
        Transport(server.url, ca_file=TLS / "ca.pem") as transport,
    ):
        assert get(transport).body == b"[]"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted_nor_tried_again() -> None:
    with ScriptedServer([], tls=tls_server()) as server, Transport(server.url, Secret(KEY)) as transport:
        with pytest.raises(Failed) as caught:
            get(transport)
        assert server.received == []
    assert type(caught.value) is Failed
    assert str(caught.value).startswith(f"could not list the roles: the TLS certificate of 127.0.0.1:{server.port} is")
    assert "--ca-file" in str(caught.value)


def test_a_certificate_for_another_host_is_not_trusted() -> None:
    # The certificate names localhost and 127.0.0.1; 127.0.0.2 is the same machine by another address.
    with (
        ScriptedServer([], tls=tls_server(), host="127.0.0.2") as server,
        Transport(server.url, ca_file=TLS / "ca.pem") as transport,
        pytest.raises(Failed) as caught,
    ):
        get(transport)
    assert "127.0.0.2" in str(caught.value)
    assert "--ca-file" not in str(caught.value)


def test_https_to_a_server_that_speaks_http_is_said_plainly() -> None:
    with ScriptedServer([]) as server:
        url = server.url.replace("http://", "https://")
        with Transport(url, retry=INSTANT) as transport, pytest.raises(NotSent, match="does it speak https") as caught:
            get(transport)
    assert "no TLS connection to 127.0.0.1:" in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_ca_file_that_is_not_there_is_named(scheme: str, tmp_path: Path) -> None:
    with pytest.raises(FileFailed, match=r"--ca-file .*nope\.pem: No such file or directory"):
        Transport(f"{scheme}://127.0.0.1", ca_file=tmp_path / "nope.pem")


@pytest.mark.parametrize(
    "content", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "ä"]
)
def test_a_ca_file_without_a_certificate_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileFailed, match=r"ca\.pem: holds no certificate in PEM form"):
        Transport("https://127.0.0.1", ca_file=path)
