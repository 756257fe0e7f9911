from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import pytest

from reconciler.model.errors import Failed, NotSent
from reconciler.transport.connecting import (
    LookupFailedError,
    NameUnknownError,
    NoConnectionError,
    Race,
    addresses,
)
from reconciler.transport.failures import Way, no_answer
from reconciler.transport.redaction import Redaction

if TYPE_CHECKING:
    from tests.sentences import Golden

V4, V6 = socket.AF_INET, socket.AF_INET6


def entry(family: socket.AddressFamily, address: str) -> tuple[Any, ...]:
    return (family, socket.SOCK_STREAM, 6, "", (address, 443))


class Attempts:
    """Connections to addresses that refuse, swallow, or take; what was asked for and what was closed."""

    def __init__(self, **kinds: str) -> None:
        self.kinds = kinds
        self.asked: list[str] = []
        self.closed: list[str] = []
        self.late = threading.Event()
        self.was_closed = threading.Event()

    def __call__(self, address: str) -> str:
        self.asked.append(address)
        kind = self.kinds[address]
        if kind == "refuses":
            raise httpcore.ConnectError(address)
        if kind != "takes":
            assert self.late.wait(30)
        return address

    def close(self, made: str) -> None:
        self.closed.append(made)
        self.was_closed.set()


class TwoTogether:
    """Starts the first when the second is to be started, so that both are through at one moment."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], None]) -> None:
        self._waiting.append(work)
        if len(self._waiting) > 1:
            for each in self._waiting:
                each()


def test_addresses_come_one_of_each_family_in_turn_and_each_once() -> None:
    found = [entry(V6, "::a"), entry(V6, "::b"), entry(V6, "::a"), entry(V4, "192.0.2.1"), entry(V4, "192.0.2.2")]
    assert addresses("crm.test", 443, 9, lambda *_, **__: found) == ["::a", "192.0.2.1", "::b", "192.0.2.2"]


@pytest.mark.parametrize("host", ["192.0.2.1", "::1", "127.1"])
def test_an_address_is_not_looked_up(host: str) -> None:
    assert addresses(host, 443, 9, None) == [host]


def test_a_resolver_that_does_not_answer_is_left_behind() -> None:
    never = threading.Event()
    with pytest.raises(LookupFailedError):
        addresses("crm.test", 443, 0.01, lambda *_, **__: [entry(V4, "192.0.2.1")] * never.wait(30))
    never.set()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), NameUnknownError),
        (UnicodeError("label too long"), NameUnknownError),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), LookupFailedError),
        (socket.gaierror(socket.EAI_FAIL, "failed"), LookupFailedError),
    ],
)
def test_a_name_that_does_not_exist_is_told_from_a_resolver_that_fails(error: Exception, kind: type[Exception]) -> None:
    def lookup(*_: object, **__: object) -> list[tuple[Any, ...]]:
        raise error

    with pytest.raises(kind):
        addresses("crm.test", 443, 9, lookup)


def test_an_address_that_swallows_the_connection_does_not_hold_up_the_next() -> None:
    attempts = Attempts(a="swallows", b="takes")
    assert Race(attempts, attempts.close, stagger=0.001).run(["a", "b"], 30) == "b"
    attempts.late.set()
    assert attempts.was_closed.wait(30)
    assert attempts.closed == ["a"]


def test_an_address_that_refuses_makes_way_for_the_next_at_once() -> None:
    attempts = Attempts(a="refuses", b="takes")
    assert Race(attempts, attempts.close, stagger=30).run(["a", "b"], 60) == "b"


def test_no_address_is_asked_while_the_one_before_it_is_quick() -> None:
    attempts = Attempts(a="takes", b="takes")
    assert Race(attempts, attempts.close, stagger=30).run(["a", "b"], 60) == "a"
    assert attempts.asked == ["a"]


def test_of_two_that_connect_at_one_moment_the_second_is_closed() -> None:
    attempts = Attempts(a="takes", b="takes")
    assert Race(attempts, attempts.close, stagger=0, start=TwoTogether()).run(["a", "b"], 30) == "a"
    assert attempts.closed == ["b"]


def test_what_failed_beside_the_winner_is_forgotten() -> None:
    attempts = Attempts(a="takes", b="refuses")
    assert Race(attempts, attempts.close, stagger=0, start=TwoTogether()).run(["a", "b"], 30) == "a"
    assert attempts.closed == []


def test_where_all_refuse_the_first_says_why() -> None:
    attempts = Attempts(a="refuses", b="refuses")
    with pytest.raises(httpcore.ConnectError, match="a"):
        Race(attempts, attempts.close, stagger=30).run(["a", "b"], 60)


def test_where_none_answers_in_time_there_is_no_connection() -> None:
    attempts = Attempts(a="swallows", b="refuses")
    with pytest.raises(NoConnectionError):
        Race(attempts, attempts.close, stagger=0.001).run(["a", "b"], 0.05)
    attempts.late.set()


def mapped(cause: Exception, kind: type[httpx.TransportError] = httpx.ConnectError) -> httpx.TransportError:
    error = kind("text of httpx")
    error.__cause__ = cause
    return error


DIRECT = Way("crm.test", 3, Redaction(()))
PROXIED = Way("crm.test", 3, Redaction(()), "the proxy p.test:3128 (HTTPS_PROXY)")


@pytest.mark.parametrize(
    ("case", "error", "way", "names"),
    [
        ("unknown host", mapped(NameUnknownError()), DIRECT, ["crm.test"]),
        ("unknown proxy", mapped(NameUnknownError()), PROXIED, ["p.test:3128 (HTTPS_PROXY)"]),
        ("a proxy that cannot be resolved", mapped(LookupFailedError()), PROXIED, ["p.test:3128 (HTTPS_PROXY)"]),
        ("a host that cannot be resolved", mapped(LookupFailedError()), DIRECT, ["crm.test"]),
        (
            "no connection to the proxy",
            mapped(NoConnectionError(), httpx.ConnectTimeout),
            PROXIED,
            ["p.test:3128 (HTTPS_PROXY)", "3 s"],
        ),
        ("no answer through the proxy", httpx.ReadTimeout(""), PROXIED, ["crm.test", "p.test:3128", "3 s"]),
        ("a proxy that fails", httpx.ProxyError("502 Bad Gateway"), PROXIED, ["p.test:3128", "crm.test", "502"]),
        ("a proxy that forbids", httpx.ProxyError("403 Forbidden"), PROXIED, ["crm.test", "403 Forbidden"]),
    ],
)
def test_a_failure_names_whom_it_is_about(
    case: str, error: httpx.TransportError, way: Way, names: list[str], golden: Golden
) -> None:
    message = str(no_answer(error, operation="look", way=way))
    assert all(name in message for name in names)
    golden.says("transport/connecting", case, message)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (mapped(NameUnknownError()), Failed),
        (mapped(LookupFailedError()), NotSent),
        (mapped(NoConnectionError(), httpx.ConnectTimeout), NotSent),
        (httpx.ProxyError("407 Proxy Authentication Required"), Failed),
        (httpx.ProxyError("403 Forbidden"), Failed),
        (httpx.ProxyError("429 Too Many Requests"), NotSent),
        (httpx.ProxyError("503 Service Unavailable"), NotSent),
    ],
)
def test_only_what_may_be_better_next_time_is_tried_again(error: httpx.TransportError, kind: type[Failed]) -> None:
    assert type(no_answer(error, operation="look", way=PROXIED)) is kind
