from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.model.addresses import canonical, is_loopback
from reconciler.model.errors import Failed, FileFailed, NotSent
from reconciler.transport import Transport, Trust
from reconciler.transport.proxies import is_excluded, proxy_for
from tests.scripted_server import ScriptedServer, reply
from tests.transport.talking import INSTANT, TLS, get, reason_in
from tests.transport.test_tls import tls_server

if TYPE_CHECKING:
    from tests.sentences import Golden


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LocalHost.", "127.0.0.1", "127.9.8.7", "127.1", "0x7f.1", "2130706433", "0177.0.0.1"),
        *("::1", "[::1]", "0:0:0:0:0:0:0:1", "[0000:0000:0000:0000:0000:0000:0000:0001]"),
        *("::ffff:127.0.0.1", "::FFFF:7f00:1"),
    ],
)
def test_this_machine_is_known_in_every_spelling(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example", "127.0.0.1.example", "::2", "10.1", "1.2.3.4.5", "999.1", "127.0.0.1."]
)
def test_no_other_host_is_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_an_address_has_one_spelling() -> None:
    assert [canonical(host) for host in ("[0:0::1]", "127.1", "CRM.test", "2001:DB8:0::1")] == [
        "::1",
        "127.0.0.1",
        "crm.test",
        "2001:db8::1",
    ]


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("crm.test", "*"),
        ("crm.test", "crm.test"),
        ("crm.test", "CRM.TEST."),
        ("a.crm.test", "crm.test"),
        ("crm.test", ".test"),
        ("crm.test", "*.test"),
        ("crm.test", "crm.*"),
        ("crm.test", "crm.test:443"),
        ("crm.test", "x y crm.test"),
        ("crm.test", "x, crm.test"),
        ("10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3:443"),
        ("10.1.2.3", "10.*"),
        ("2001:db8::5", "2001:db8::/32"),
        ("2001:db8::5", "[2001:db8:0::5]:443"),
        ("2001:db8::5", "[2001:db8::5]"),
    ],
)
def test_no_proxy_takes_out_a_host(host: str, no_proxy: str) -> None:
    assert is_excluded(host, 443, no_proxy)


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("crm.test", ""),
        ("crm.test", ", ."),
        ("crm.test", "rm.test"),
        ("crm.test", "crm.test:80"),
        ("crm.test", "10.0.0.0/8"),
        ("10.1.2.3", "11.0.0.0/8"),
        ("10.1.2.3", "10.0.0.0/99"),
        ("10.1.2.3", "2001:db8::/32"),
    ],
)
def test_no_proxy_leaves_the_others(host: str, no_proxy: str) -> None:
    assert not is_excluded(host, 443, no_proxy)


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def test_a_proxy_from_nowhere_that_is_known_by_name_is_told_as_the_systems(no_variables: pytest.MonkeyPatch) -> None:
    no_variables.setenv("Https_Proxy", "http://127.0.0.1:9")
    found = proxy_for(httpx.URL("https://crm.test"))
    assert found is not None
    assert found.shown == "the proxy 127.0.0.1:9 (set by the system)"


def test_a_dead_proxy_is_named_without_its_password(no_variables: pytest.MonkeyPatch, golden: Golden) -> None:
    no_variables.setenv("ALL_PROXY", "http://me:hunter2@127.0.0.1:1")
    with Transport("https://crm.test", retry=INSTANT) as transport, pytest.raises(NotSent) as caught:
        get(transport)
    assert "127.0.0.1:1 (ALL_PROXY)" in str(caught.value)
    golden.says("transport/proxies", "the proxy does not listen", str(caught.value))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("status", [403, 407])
def test_a_proxy_that_forbids_is_asked_once(status: int, no_variables: pytest.MonkeyPatch) -> None:
    with ScriptedServer([reply(status)] * 9) as proxy:
        no_variables.setenv("HTTPS_PROXY", proxy.url)
        with Transport("https://crm.test", retry=INSTANT) as transport, pytest.raises(Failed):
            get(transport)
        assert proxy.paths == ["CONNECT crm.test:443"]


def test_a_proxy_that_is_not_reached_over_tls_is_told_apart_from_the_host(
    no_variables: pytest.MonkeyPatch, golden: Golden
) -> None:
    with ScriptedServer([]) as proxy:
        no_variables.setenv("HTTPS_PROXY", proxy.url.replace("http://", "https://"))
        with Transport("https://crm.test", retry=INSTANT) as transport, pytest.raises(Failed) as caught:
            get(transport)
    golden.says("transport/proxies", "a proxy without TLS", str(caught.value), port=proxy.port)


def test_a_password_that_a_proxy_wants_goes_into_its_url_for_plain_http_too(
    no_variables: pytest.MonkeyPatch, golden: Golden
) -> None:
    with ScriptedServer([reply(407)]) as proxy:
        no_variables.setenv("HTTP_PROXY", proxy.url)
        with Transport("http://crm.test", retry=INSTANT) as transport, pytest.raises(Failed) as caught:
            get(transport)
    assert "USER:PASSWORD@" in str(caught.value)
    golden.says("transport/proxies", "a password for http", str(caught.value), port=proxy.port)


def test_a_private_authority_is_trusted_for_the_proxy_too(no_variables: pytest.MonkeyPatch) -> None:
    with ScriptedServer([reply(body=["by proxy"])], tls=tls_server()) as proxy:
        no_variables.setenv("HTTP_PROXY", proxy.url)
        with Transport("http://crm.test", trust=Trust(TLS / "ca.pem")) as transport:
            assert get(transport).body == b'["by proxy"]'


def test_a_proxy_whose_certificate_is_not_trusted_is_named(no_variables: pytest.MonkeyPatch, golden: Golden) -> None:
    with ScriptedServer([], tls=tls_server()) as proxy:
        no_variables.setenv("HTTPS_PROXY", proxy.url)
        with Transport("https://crm.test") as transport, pytest.raises(Failed) as caught:
            get(transport)
    assert f"127.0.0.1:{proxy.port} (HTTPS_PROXY)" in str(caught.value)
    message = str(caught.value)
    golden.says("transport/proxies", "untrusted certificate", message, port=proxy.port, reason=reason_in(message))


@pytest.mark.parametrize(
    ("variable", "content"),
    [("SSL_CERT_FILE", None), ("SSL_CERT_FILE", ""), ("SSL_CERT_FILE", "garbage"), ("SSL_CERT_DIR", None)],
)
def test_a_variable_that_names_no_certificates_is_named(
    variable: str, content: str | None, no_variables: pytest.MonkeyPatch, tmp_path: Path, golden: Golden
) -> None:
    path = tmp_path / "certificates"
    if content is not None:
        path.write_text(content)
    no_variables.setenv(variable, str(path))
    with pytest.raises(FileFailed, match=f"{variable}.*certificates") as caught:
        Transport("https://crm.test", trust=Trust(TLS / "ca.pem"))
    what = "missing" if content is None else "without a certificate"
    golden.says("transport/tls", f"{variable} {what}", str(caught.value), directory=tmp_path)


def test_a_directory_is_no_file_of_certificates(no_variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    no_variables.setenv("SSL_CERT_FILE", str(tmp_path))
    with pytest.raises(FileFailed, match="Is a directory"):
        Transport("https://crm.test")


def test_a_directory_of_hashed_certificates_is_used(no_variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cfa4c0bc.0").write_bytes((TLS / "ca.pem").read_bytes())  # as `openssl x509 -hash` says
    no_variables.setenv("SSL_CERT_DIR", str(tmp_path))
    with ScriptedServer([reply(body=["trusted"])], tls=tls_server()) as server, Transport(server.url) as transport:
        assert get(transport).body == b'["trusted"]'
