from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import Failed
from reconciler.watch.server import Address, Page, answer, read_address, serving

PAGES = {
    "/metrics": lambda: Page(b"numbers\n", content_type="text/numbers"),
    "/healthz": lambda: Page(b"not ok\n", HTTPStatus.SERVICE_UNAVAILABLE),
}


@pytest.fixture
def served() -> Iterator[Address]:
    with serving(Address("127.0.0.1", 0), PAGES) as address:
        yield address


def connect(address: Address) -> socket.socket:
    return socket.create_connection((address.host, address.port), timeout=10)


def said(address: Address, request: bytes) -> bytes:
    """What the server answers to these bytes, up to the end that it sends."""
    with connect(address) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9464", "127.0.0.1", 9464),
        ("localhost:0", "localhost", 0),
        ("[::1]:65535", "::1", 65535),
        ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
        ("my-host.example.org:80", "my-host.example.org", 80),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert read_address(text) == Address(host, port)
    assert str(Address(host, port)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "::1:9464", "[::1]", "[]:1", "h:65536", "h:-1", "h:1\n"),
        *("h:\N{ARABIC-INDIC DIGIT THREE}", "h h:1", "a..b:1", "http://h:1", "h:1/", f"{'a' * 64}:1"),
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    assert read_address(text) is None


def test_the_url_of_an_ipv6_address_has_brackets() -> None:
    assert Address("::1", 9464).url == "http://[::1]:9464"


def test_a_page_is_served_with_its_status_and_type(served: Address) -> None:
    answer = httpx.get(f"{served.url}/metrics")
    assert (answer.status_code, answer.text) == (200, "numbers\n")
    assert answer.headers["Content-Type"] == "text/numbers"
    assert httpx.get(f"{served.url}/healthz?from=a-probe").status_code == 503


def test_head_is_get_without_the_body(served: Address) -> None:
    got, head = httpx.get(f"{served.url}/metrics"), httpx.head(f"{served.url}/metrics")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == got.headers


def test_another_path_is_not_found(served: Address) -> None:
    assert httpx.get(f"{served.url}/").status_code == 404
    assert httpx.get(f"{served.url}/metrics/").status_code == 404


def test_head_of_what_is_not_there_has_no_body_either(served: Address) -> None:
    answer = said(served, b"HEAD /nowhere HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
def test_another_method_is_not_allowed(served: Address, method: str) -> None:
    answer = said(served, f"{method} /metrics HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n")


def test_a_body_is_not_read_and_does_not_lose_the_answer(served: Address) -> None:
    assert httpx.post(f"{served.url}/metrics", content=b"x" * 1_000_000).status_code == 405


@pytest.mark.parametrize(
    "first", [b"", b"GET", b"GET /metrics", b"GET /metrics HTTP/2.0", b"\x00\xff /metrics HTTP/1.1"]
)
def test_what_is_no_request_is_a_bad_one(served: Address, first: bytes) -> None:
    assert said(served, first + b"\r\n\r\n").startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_request_through_a_proxy_names_the_whole_url(served: Address) -> None:
    assert said(served, b"GET http://h:1/metrics?x=1 HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_head_that_does_not_end_is_refused(served: Address) -> None:
    endless = b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 9000
    assert said(served, endless).startswith(b"HTTP/1.1 431 ")


def test_a_request_may_come_in_pieces(served: Address) -> None:
    with connect(served) as client:
        for piece in (b"GET /met", b"rics HTTP/1.1\r\n", b"\r", b"\n"):
            client.sendall(piece)
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_goes_away_harms_no_other(served: Address) -> None:
    with connect(served) as client:
        client.sendall(b"GET /metr")
    assert httpx.get(f"{served.url}/metrics").status_code == 200


def test_clients_that_say_nothing_keep_no_other_waiting(served: Address) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(connect(served))
        assert httpx.get(f"{served.url}/metrics").status_code == 200


def test_the_oldest_of_too_many_connections_ends(served: Address) -> None:
    with ExitStack() as stack:
        first, *_ = [stack.enter_context(connect(served)) for _ in range(65)]
        assert first.recv(1) == b""


def test_a_connection_has_only_so_much_time() -> None:
    with serving(Address("127.0.0.1", 0), PAGES, patience=0.05) as address, connect(address) as client:
        assert client.recv(1) == b""


def test_nothing_listens_after_the_block() -> None:
    with serving(Address("127.0.0.1", 0), PAGES) as address, connect(address) as client:
        client.sendall(b"GET /metrics")
    with pytest.raises(ConnectionRefusedError):
        connect(address)


def test_a_connection_that_comes_at_the_end_is_closed_too() -> None:
    """What is left open warns when it is collected, and a warning fails the test."""
    for _ in range(20):
        with serving(Address("127.0.0.1", 0), PAGES) as address:
            client = connect(address)
        with client:
            gc.collect()


def test_an_address_in_use_is_a_failure_that_names_it(served: Address) -> None:
    with pytest.raises(Failed, match=rf"^cannot listen on 127.0.0.1:{served.port}: Address already in use") as caught:
        serving(served, PAGES).__enter__()
    assert "--listen" in str(caught.value)


def test_a_host_that_is_unknown_is_a_failure() -> None:
    with pytest.raises(Failed, match=r"^cannot listen on nowhere.invalid:0: "):
        serving(Address("nowhere.invalid", 0), PAGES).__enter__()


def test_a_name_is_looked_up() -> None:
    with serving(Address("localhost", 0), PAGES) as address:
        assert (address.host, httpx.get(f"{address.url}/metrics").status_code) == ("localhost", 200)


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_an_ipv6_address_is_served() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    with serving(Address("::1", 0), PAGES) as address:
        assert httpx.get(f"{address.url}/metrics").status_code == 200


@given(st.binary())
def test_any_first_line_has_a_whole_answer(head: bytes) -> None:
    given_back = answer(head, PAGES)
    head_of_answer, _, body = given_back.partition(b"\r\n\r\n")
    assert head_of_answer.startswith(b"HTTP/1.1 ")
    assert f"Content-Length: {len(body)}".encode() in head_of_answer
