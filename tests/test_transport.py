from __future__ import annotations

import gzip
import importlib
import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import __version__
from reconciler.errors import (
    BadAnswer,
    CommandLineError,
    Failed,
    FileFailed,
    NotFound,
    NotSent,
    Overloaded,
    ReconcilerError,
    Rejected,
    Unreachable,
)
from reconciler.inert import visible
from reconciler.retry import Retry
from reconciler.secret import Secret
from reconciler.transport import Answer, Transport
from reconciler.transport.lean import without
from tests.scripted_server import Act, Cut, Late, Received, Reply, Reset, ScriptedServer, Silence, Trickle, reply

KEY = "key-that-must-never-be-seen"
TLS = Path(__file__).parent / "tls"
INSTANT = Retry(base=0, sleep=lambda _: None)


@contextmanager
def talking(*acts: Act, timeout: float = 30) -> Iterator[tuple[ScriptedServer, Transport]]:
    """A server that performs `acts`, and a client for it that retries without waiting."""
    with (
        ScriptedServer(acts) as server,
        Transport(server.url, Secret(KEY), timeout=timeout, retry=INSTANT) as transport,
    ):
        yield server, transport


def get(transport: Transport, path: str = "/api/roles", *, idempotent: bool = True) -> Answer:
    return transport.request("GET", path, operation="list the roles", idempotent=idempotent)


def failure(act: Act, *, timeout: float = 5) -> ReconcilerError:
    """What one request raises, without another try."""
    with talking(act, timeout=timeout) as (_, transport):
        with pytest.raises(ReconcilerError) as caught:
            get(transport, idempotent=False)
        return caught.value


# ------------------------------------------------------------------------------------------------- what is sent


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


# ---------------------------------------------------------------------------------------------- what comes back


def test_any_2xx_is_a_success() -> None:
    with talking(reply(200, b"a"), reply(202, b"b"), reply(204), reply(299)) as (_, transport):
        assert [(a.status, a.body) for a in [get(transport) for _ in range(4)]] == [
            (200, b"a"),
            (202, b"b"),
            (204, b""),
            (299, b""),
        ]


def test_headers_of_an_answer_can_be_read() -> None:
    with talking(reply(headers={"Link": '<x>; rel="next"'})) as (_, transport):
        assert get(transport).headers["link"] == '<x>; rel="next"'


def test_a_zipped_answer_is_unzipped() -> None:
    with talking(reply(body=["a"], zipped=True)) as (_, transport):
        assert json.loads(get(transport).body) == ["a"]


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    with talking(reply(body=["a"], framed=False)) as (_, transport):
        assert get(transport).body == b'["a"]'


def test_what_is_not_gzip_though_it_says_so_is_a_bad_answer() -> None:
    error = failure(reply(body=b"plain", headers={"Content-Encoding": "gzip"}))
    assert isinstance(error, BadAnswer)
    assert str(error) == "could not list the roles: the answer is not the gzip that it says it is"


def test_an_answer_of_more_than_64_mib_is_refused_however_small_it_was_on_the_way() -> None:
    bomb = gzip.compress(bytes(65 * 2**20), compresslevel=1)
    error = failure(reply(body=bomb, headers={"Content-Encoding": "gzip"}))
    assert isinstance(error, BadAnswer)
    assert str(error) == "could not list the roles: the answer is larger than 64 MiB"


def test_a_write_is_done_whatever_its_answer_holds() -> None:
    bomb = gzip.compress(bytes(65 * 2**20), compresslevel=1)
    gzipped = {"Content-Encoding": "gzip"}
    with talking(reply(body=b"plain", headers=gzipped), reply(body=bomb, headers=gzipped)) as (_, transport):
        for _ in range(2):
            answer = transport.request("PATCH", "/api/roles/1", operation="update a role", json={})
            assert (answer.status, answer.body, answer.attempts) == (200, b"", 1)


def test_of_a_large_error_only_the_beginning_is_read() -> None:
    error = failure(reply(500, b"x" * 2**20))
    assert isinstance(error, Overloaded)
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, Rejected),
        (403, Rejected),
        (404, NotFound),
        (408, Overloaded),
        (409, Rejected),
        (410, Rejected),
        (422, Rejected),
        (429, Overloaded),
        (500, Overloaded),
        (502, Overloaded),
        (503, Overloaded),
        (504, Overloaded),
        (599, Overloaded),
        (302, Rejected),
        (304, Rejected),
        (600, Overloaded),
    ],
)
def test_the_status_decides_what_a_failure_is(status: int, kind: type[ReconcilerError]) -> None:
    error = failure(reply(status, {"error": "because"} if status != 304 else b""))
    assert type(error) is kind
    assert getattr(error, "status", None) == status


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "name is taken"}, "name is taken"),
        ({"message": "name is taken"}, "name is taken"),
        ({"detail": "name is taken"}, "name is taken"),
        ({"error": {"message": "name is taken", "code": 7}}, "name is taken"),
        ({"error": "", "message": "name is taken"}, "name is taken"),
        ({"detail": [{"loc": ["body", "name"], "msg": "too short"}]}, "body.name: too short"),
        ({"errors": [{"message": "one"}, "two"]}, "one; two"),
        ({"code": 7}, '{"code": 7}'),
        (["one"], "one"),
        ([[[[[["deep"]]]]]], '[["deep"]]'),
        (b"just  text\n of two lines", "just text of two lines"),
        (b"<html><head><title>Bad gateway</title>", 'an HTML page, perhaps of a proxy, titled "Bad gateway"'),
        (b"<p>oh", "an HTML page, perhaps of a proxy"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ({"error": "\u202egnp"}, "\\u202egnp"),
        (b"[" * 100_000, "[" * 299 + "…"),
        ({"error": "x" * 400}, "x" * 299 + "…"),
    ],
)
def test_the_servers_own_words_are_shown_as_data(body: object, said: str) -> None:
    error = failure(reply(422, body))
    assert str(error) == f"could not list the roles: the server answered 422 Unprocessable Entity: {said}"
    assert isinstance(error, Rejected)
    assert error.detail == said


def test_an_empty_body_is_said_to_be_empty() -> None:
    assert str(failure(reply(409))) == "could not list the roles: the server answered 409 Conflict with an empty body"


def test_a_status_without_a_name_is_its_number() -> None:
    assert "the server answered 499: oh" in str(failure(reply(499, b"oh")))


def test_an_error_whose_body_is_cut_off_is_still_that_error() -> None:
    error = failure(Cut(reply(422, {"error": "name is taken"}), after=-10))
    assert isinstance(error, Rejected)


def test_advice_for_a_status_is_part_of_the_message() -> None:
    with (
        talking(reply(401, {"error": "no"})) as (_, transport),
        pytest.raises(Rejected, match=r"401 Unauthorized: no; check the key$"),
    ):
        transport.request("GET", "/", operation="look", advice={401: "check the key"})


def test_retry_after_reaches_the_error() -> None:
    error = failure(reply(429, headers={"Retry-After": "17"}))
    assert isinstance(error, Overloaded)
    assert error.retry_after == 17


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}, 9e9, 1e11),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, 0, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1", "Retry-After": "9"}, 9, 9),
    ],
)
def test_a_rate_limit_that_is_used_up_says_when_it_begins_anew(
    headers: dict[str, str], least: float, most: float
) -> None:
    error = failure(reply(403, headers=headers))
    assert isinstance(error, Rejected)
    assert error.retry_after is not None
    assert least <= error.retry_after <= most


@pytest.mark.parametrize("headers", [{"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "1"}, {}])
def test_a_rate_limit_that_is_not_used_up_asks_for_no_wait(headers: dict[str, str]) -> None:
    error = failure(reply(403, headers=headers))
    assert isinstance(error, Rejected)
    assert error.retry_after is None


def test_a_redirect_is_not_followed_and_says_where_it_pointed() -> None:
    location = "https://elsewhere.example/login?token=abc#top"
    with talking(reply(302, headers={"Location": location})) as (server, transport):
        with pytest.raises(Rejected) as caught:
            get(transport)
        assert len(server.received) == 1
    assert str(caught.value) == (
        "could not list the roles: the server answered 302 Found and points to "
        '"https://elsewhere.example/login"; redirects are not followed: check the base URL'
    )


def test_a_redirect_to_nowhere_says_so() -> None:
    assert "301 Moved Permanently and points to nowhere" in str(failure(reply(301)))


def test_an_answer_before_the_answer_is_not_one() -> None:
    error = failure(reply(101, headers={"Upgrade": "x", "Connection": "upgrade"}))
    assert isinstance(error, Rejected | Unreachable)


# ------------------------------------------------------------------------------------- answers that never came


def test_nobody_listening_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Transport(f"http://127.0.0.1:{port}", retry=INSTANT) as transport, pytest.raises(NotSent) as caught:
        get(transport)
    assert str(caught.value) == (
        f"could not list the roles: 127.0.0.1:{port} refuses the connection; is the server running there?; "
        "given up after 5 tries"
    )


def test_a_name_that_nobody_knows_is_said_plainly() -> None:
    with Transport("http://nobody.invalid", retry=INSTANT) as transport, pytest.raises(NotSent) as caught:
        get(transport, idempotent=False)
    assert str(caught.value) == "could not list the roles: the host name of nobody.invalid cannot be resolved"


def test_an_address_that_cannot_be_reached_is_said_with_the_systems_reason() -> None:
    # A broadcast address takes no TCP connection, on any machine.
    with Transport("http://255.255.255.255", retry=INSTANT) as transport, pytest.raises(NotSent) as caught:
        get(transport, idempotent=False)
    assert str(caught.value).startswith("could not list the roles: no connection to 255.255.255.255 (")


def test_a_server_that_takes_no_connection_in_time_is_a_timeout() -> None:
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
    assert str(caught.value) == f"could not list the roles: no connection to 127.0.0.1:{port} within 0.1 s"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (Cut(reply(body=["a"])), "was cut off, or is not HTTP"),
        (Cut(reply(body=["a"]), after=20), "was cut off, or is not HTTP"),
        (Cut(reply(body=["a"]), after=-2), "was cut off, or is not HTTP"),
        (
            Cut(reply(body=b"5\r\nhello\r\n", headers={"Transfer-Encoding": "chunked"}, framed=False), after=-1),
            "cut off",
        ),
        (Reset(reply(body=["a"]), after=-2), "broke before the whole answer had come (Connection reset by peer)"),
        (Reset(reply(body=["a"])), "broke before the whole answer had come (Connection reset by peer)"),
        (Cut(reply(body=b"SSH-2.0\r\n"), after=0), "was cut off"),
    ],
)
def test_a_connection_that_ends_too_early_is_no_answer(act: Act, said: str) -> None:
    error = failure(act)
    assert type(error) is Unreachable
    assert said in str(error)


def test_what_is_not_http_is_no_answer() -> None:
    assert "is not HTTP" in str(failure(Reply(b"220 mail.example ESMTP\r\n", keep_alive=False)))


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


# ------------------------------------------------------------------------------------------------- trying again


@pytest.mark.parametrize(
    "act",
    [reply(500), reply(502), reply(503), reply(504), reply(408), reply(429), Cut(reply()), Cut(reply(body=["a"]), -2)],
)
def test_what_may_be_better_next_time_is_asked_again(act: Act) -> None:
    with talking(act, act, reply(body=[])) as (server, transport):
        assert get(transport).attempts == 3
    assert len(server.received) == 3


def test_after_five_tries_it_is_given_up() -> None:
    with talking(*[reply(503, {"error": "busy"})] * 5) as (server, transport):
        with pytest.raises(Overloaded, match="503 Service Unavailable: busy; given up after 5 tries") as caught:
            get(transport)
        assert (caught.value.attempts, len(server.received)) == (5, 5)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_final_status_is_asked_once(status: int) -> None:
    with talking(reply(status)) as (server, transport):
        with pytest.raises(Rejected):
            get(transport)
        assert len(server.received) == 1


def test_what_is_not_idempotent_is_sent_once() -> None:
    with talking(reply(503)) as (server, transport):
        with pytest.raises(Overloaded):
            get(transport, idempotent=False)
        assert len(server.received) == 1


def test_a_429_narrows_the_gate_for_all_requests() -> None:
    def throttle_first(request: Received) -> Act:
        return reply(429) if request.number == 0 else Late(reply(), 0.1)

    with (
        ScriptedServer(throttle_first) as server,
        Transport(server.url, concurrency=8, retry=INSTANT) as transport,
        ThreadPoolExecutor(8) as pool,
    ):
        get(transport)
        list(pool.map(lambda _: get(transport), range(8)))
    assert server.most_in_flight <= 5  # halved to 4, and one more after 4 successes


def test_no_more_requests_are_in_flight_than_allowed() -> None:
    together = threading.Barrier(3)

    def three_at_first(request: Received) -> Act:
        if request.number < 3:
            together.wait(timeout=30)
        return reply()

    with (
        ScriptedServer(three_at_first) as server,
        Transport(server.url, concurrency=3, retry=INSTANT) as transport,
        ThreadPoolExecutor(10) as pool,
    ):
        list(pool.map(lambda _: get(transport), range(20)))
    assert server.most_in_flight == 3
    assert server.connections == 3


# ---------------------------------------------------------------------------------------------------------- TLS


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


# -------------------------------------------------------------------------------------------- addresses, proxies


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
        with Transport("https://crm.invalid", Secret(KEY)) as transport, pytest.raises(NotSent) as caught:
            get(transport, idempotent=False)
    assert "the proxy on the way to crm.invalid refused: 407" in str(caught.value)
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
    with Transport("http://crm.invalid:8080") as transport, pytest.raises(NotSent, match="cannot be resolved"):
        get(transport, idempotent=False)


@pytest.mark.parametrize("proxy", ["socks5://proxy.example", "ftp://proxy.example", "http://", "http://proxy:port"])
def test_a_proxy_that_cannot_be_used_is_an_error_of_the_command_line(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(CommandLineError, match="the proxy that the environment sets for https"):
        Transport("https://crm.example")


# ------------------------------------------------------------------------------------------------------ secrets


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
    assert [line.rpartition(", ")[2] for line in lines] == ["try 1", "try 2", "try 3"]
    assert KEY not in caplog.text
    assert "token" not in caplog.text


# ------------------------------------------------------------------------------------------------- whatever comes


def is_sound(request: Callable[[], Answer]) -> bool:
    """Whether a request either succeeds or fails with a message that can do nothing to a terminal."""
    try:
        return 200 <= request().status < 300
    except ReconcilerError as error:
        return visible(str(error)) == str(error)


@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=200),
    headers=st.dictionaries(
        st.sampled_from(["Location", "Retry-After", "Content-Type", "Set-Cookie", "Content-Encoding"]),
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30),
    ),
)
def test_no_answer_whatever_raises_anything_but_an_error_of_ours(
    status: int, body: bytes, headers: dict[str, str]
) -> None:
    with talking(reply(status, body, headers)) as (_, transport):
        assert is_sound(lambda: get(transport, idempotent=False))


def test_threads_do_not_share_their_deadlines() -> None:
    """A request with a short time to go must not end another one."""
    ready = threading.Event()

    def act(request: Received) -> Act:
        if request.path == "/slow":
            ready.set()
            return Late(reply(body=b"slow"), 1.2)
        return reply(body=b"fast")

    with (
        ScriptedServer(act) as server,
        Transport(server.url, timeout=30) as patient,
        Transport(server.url, timeout=1) as hasty,
        ThreadPoolExecutor(1) as pool,
    ):
        slow = pool.submit(get, patient, "/slow")
        ready.wait()
        assert get(hasty, "/fast").body == b"fast"
        assert slow.result().body == b"slow"


# ------------------------------------------------------------------------------------------------------ loading


def test_loading_the_transport_loads_nothing_that_it_does_not_use() -> None:
    code = (
        "import sys, reconciler.transport, reconciler.api; "
        "print({'rich', 'pygments', 'trio', 'pydantic.main'} & set(sys.modules), 'httpx._main' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set() False\n"


def test_a_module_is_hidden_only_for_a_moment() -> None:
    with without("wave", "sys"):
        assert sys.modules["sys"] is sys
        with pytest.raises(ImportError):
            importlib.import_module("wave")
    assert importlib.import_module("wave").__name__ == "wave"
