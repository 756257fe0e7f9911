from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.model.errors import (
    Failed,
    FileFailed,
)
from reconciler.model.secret import Secret
from reconciler.transport import Transport, Trust
from tests.scripted_server import Act, Late, ScriptedServer, Trickle, reply
from tests.transport.talking import INSTANT, KEY, TLS, get, reason_in

if TYPE_CHECKING:
    from tests.sentences import Golden


def tls_server() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem")
    return context


def test_a_private_authority_is_trusted_where_it_is_named() -> None:
    with (
        ScriptedServer([reply(body=[])], tls=tls_server()) as server,
        Transport(server.url, trust=Trust(TLS / "ca.pem")) as transport,
    ):
        assert get(transport).body == b"[]"


@pytest.mark.parametrize("act", [Late(reply(body=[]), seconds=0.5), Trickle(reply(body=[]), every=0.01)])
def test_an_answer_over_tls_that_takes_longer_than_one_read_is_an_answer(act: Act) -> None:
    with (
        ScriptedServer([act], tls=tls_server()) as server,
        Transport(server.url, trust=Trust(TLS / "ca.pem")) as transport,
    ):
        assert get(transport).body == b"[]"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted_nor_tried_again(golden: Golden) -> None:
    with ScriptedServer([], tls=tls_server()) as server, Transport(server.url, Secret(KEY)) as transport:
        with pytest.raises(Failed) as caught:
            get(transport)
        assert server.received == []
    assert type(caught.value) is Failed
    assert f"127.0.0.1:{server.port}" in str(caught.value)
    assert "--ca-file" in str(caught.value)
    golden.says(
        "transport/tls", "unknown issuer", str(caught.value), port=server.port, reason=reason_in(str(caught.value))
    )


def test_a_certificate_for_another_host_is_not_trusted(golden: Golden) -> None:
    # The certificate names localhost and 127.0.0.1; 127.0.0.2 is the same machine by another address.
    with (
        ScriptedServer([], tls=tls_server(), host="127.0.0.2") as server,
        Transport(server.url, trust=Trust(TLS / "ca.pem")) as transport,
        pytest.raises(Failed) as caught,
    ):
        get(transport)
    assert "127.0.0.2" in str(caught.value)
    assert "--ca-file" not in str(caught.value)
    golden.says(
        "transport/tls", "another host", str(caught.value), port=server.port, reason=reason_in(str(caught.value))
    )


def test_https_to_a_server_that_speaks_http_is_said_plainly(golden: Golden) -> None:
    with ScriptedServer([]) as server:
        url = server.url.replace("http://", "https://")
        with Transport(url, retry=INSTANT) as transport, pytest.raises(Failed) as caught:
            get(transport)
    assert f"127.0.0.1:{server.port}" in str(caught.value)
    golden.says("transport/tls", "the server speaks http", str(caught.value), port=server.port)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_ca_file_that_is_not_there_is_named(scheme: str, tmp_path: Path, golden: Golden) -> None:
    with pytest.raises(FileFailed, match=r"--ca-file .*nope\.pem") as caught:
        Transport(f"{scheme}://127.0.0.1", trust=Trust(tmp_path / "nope.pem"))
    golden.says("transport/tls", "missing CA file", str(caught.value), directory=tmp_path)


@pytest.mark.parametrize(
    "content", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "ä"]
)
def test_a_ca_file_without_a_certificate_is_named(content: str, tmp_path: Path, golden: Golden) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileFailed, match=r"ca\.pem") as caught:
        Transport("https://127.0.0.1", trust=Trust(path))
    golden.says("transport/tls", "CA file without a certificate", str(caught.value), directory=tmp_path)


def test_clients_of_one_run_share_one_context() -> None:
    trust = Trust(TLS / "ca.pem")
    assert trust.context("https") is trust.context("https")
    assert trust.context("http") is not trust.context("https")
