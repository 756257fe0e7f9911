"""The likeliest cause is said where it is known: a base URL that is almost right, a certificate, a clock."""

from __future__ import annotations

import ssl

import pytest

from reconciler.model.errors import Failed, NotSent, ReconcilerError, Unreachable
from reconciler.transport import Transport, Trust
from reconciler.transport.causes import of_certificate, of_not_found
from tests.scripted_server import Act, Reply, ScriptedServer, reply
from tests.sentences import Golden
from tests.transport.talking import INSTANT, TLS, failure, get, reason_in


def said_by(act: Act) -> str:
    """Return what a request to a server that performs `act` raises, whatever its port is."""
    return str(failure(act))


def tls_server(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / name)
    return context


def test_http_to_a_port_that_expects_https_has_the_likeliest_cause(golden: Golden) -> None:
    with ScriptedServer([], tls=tls_server("localhost.pem")) as server:
        url = server.url.replace("https://", "http://")
        with Transport(url, retry=INSTANT) as transport, pytest.raises(Unreachable) as caught:
            get(transport, idempotent=False)
    golden.says("transport/causes", "http to a port for https", str(caught.value), port=server.port)


def test_an_alert_of_tls_in_answer_to_http_leaves_no_doubt(golden: Golden) -> None:
    error = failure(Reply(b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n", keep_alive=False))
    assert type(error) is Unreachable
    golden.says("transport/causes", "an alert of TLS", without_port(str(error)))


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",  # nginx
        b"Client sent an HTTP request to an HTTPS server.\n",  # Go
        b"Bad Request\nThis combination of host and port requires TLS.\n",  # Tomcat
    ],
    ids=["nginx", "Go", "Tomcat"],
)
def test_a_server_that_says_that_it_expects_https_is_understood(body: bytes) -> None:
    assert said_by(reply(400, body)).endswith(". hint: write https:// in the base URL")


def test_another_bad_request_has_no_hint() -> None:
    assert "hint" not in said_by(reply(400, {"error": "No such field."}))


@pytest.mark.parametrize("target", ["https://127.0.0.1/api/roles", "https://127.0.0.1:8443/login?next=/api/roles"])
def test_a_redirect_from_http_to_https_says_which_scheme_to_write(target: str) -> None:
    assert said_by(reply(301, headers={"Location": target})).endswith("hint: write https:// in the base URL")


@pytest.mark.parametrize("path", ["/login", "/users/sign_in", "/sso/start", "/oauth2/authorize", "/auth/realms/x"])
@pytest.mark.parametrize("host", ["", "http://127.0.0.1", "https://elsewhere.example"])
def test_a_redirect_to_a_login_page_is_said_to_be_one(host: str, path: str) -> None:
    said = said_by(reply(302, headers={"Location": f"{host}{path}"}))
    assert said.endswith("hint: check the base URL: it leads to a login page, and not to the API")


def test_another_redirect_leads_to_the_base_url() -> None:
    assert said_by(reply(302, headers={"Location": "/v2/roles"})).endswith("hint: check the base URL")


@pytest.mark.parametrize("name", ["expired.pem", "early.pem"])
def test_a_certificate_of_another_time_may_be_the_clock(name: str, golden: Golden) -> None:
    with (
        ScriptedServer([], tls=tls_server(name)) as server,
        Transport(server.url, trust=Trust(TLS / name)) as transport,
        pytest.raises(Failed) as caught,
    ):
        get(transport)
    said = str(caught.value)
    today = said.rpartition("it says ")[2].rstrip(")")
    reason = reason_in(said.partition(". hint")[0])
    golden.says("transport/causes", f"certificate: {name}", said, port=server.port, reason=reason, today=today)


def test_what_the_clock_says_is_in_utc() -> None:
    assert of_certificate(10, 1_795_996_800.0).endswith("(it says 2026-11-30)")


def test_an_unusual_error_of_a_certificate_has_no_hint() -> None:
    assert of_certificate(7) == ""


@pytest.mark.parametrize(
    ("base", "hint"),
    [
        ("https://crm.example/api", "the base URL must not end in /api; write https://crm.example"),
        ("https://crm.example/x/api/roles", "the base URL must not end in /api/roles; write https://crm.example/x"),
        ("https://crm.example/apis", "check the base URL: the API is not there"),
        ("https://crm.example", "check the base URL: the API is not there"),
    ],
)
def test_a_list_that_is_not_found_is_a_base_url_that_is_wrong(base: str, hint: str) -> None:
    assert of_not_found(base) == hint


def test_a_port_without_tls_is_asked_once() -> None:
    with ScriptedServer([]) as server:
        url = server.url.replace("http://", "https://")
        with Transport(url, retry=INSTANT) as transport, pytest.raises(ReconcilerError) as caught:
            get(transport)
    assert type(caught.value) is Failed
    assert caught.value.attempts == 1


def test_a_handshake_that_fails_for_another_reason_is_tried_again(golden: Golden) -> None:
    wants_a_certificate = tls_server("localhost.pem")
    wants_a_certificate.maximum_version = ssl.TLSVersion.TLSv1_2  # in 1.3 the client learns of it after the handshake
    wants_a_certificate.verify_mode = ssl.CERT_REQUIRED
    with (
        ScriptedServer([], tls=wants_a_certificate) as server,
        Transport(server.url, trust=Trust(TLS / "ca.pem"), retry=INSTANT) as transport,
        pytest.raises(NotSent) as caught,
    ):
        get(transport)
    assert caught.value.attempts == 5
    reason = reason_in(str(caught.value))
    golden.says("transport/causes", "another failure of TLS", str(caught.value), port=server.port, reason=reason)


def without_port(said: str) -> str:
    host, _, rest = said.partition("127.0.0.1:")
    return f"{host}{{host}}{rest.lstrip('0123456789')}"
