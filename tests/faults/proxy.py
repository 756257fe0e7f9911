"""A proxy of the tests' own in front of a sandbox: real sockets on both sides, and one fault where a test wants it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from tests.scripted_server import Act, Cut, Received, Reply, Reset, ScriptedServer, Silence, reply

PAGE = b"<html><head><title>502</title></head><body><h1>Bad gateway</h1>\x1b[31m</body></html>"
HTML = {"Content-Type": "text/html"}
LONG_AGO = {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}


class Operation(StrEnum):
    """The six of the contract."""

    LIST_ROLES = "list roles"
    LIST_PERMISSIONS = "list permissions"
    GET_ROLE = "get role"
    CREATE = "create"
    PATCH = "patch"
    DELETE = "delete"


def operation_of(request: Received) -> Operation:
    match request.method, request.path:
        case "GET", "/api/roles":
            return Operation.LIST_ROLES
        case "GET", "/api/permissions":
            return Operation.LIST_PERMISSIONS
        case "GET", _:
            return Operation.GET_ROLE
        case "POST", _:
            return Operation.CREATE
        case "PATCH", _:
            return Operation.PATCH
        case _:
            return Operation.DELETE


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `before`: the server never sees the request; else it did its work.

    `final`: the answer is one that no client should send a request again for.
    """

    name: str
    act: Callable[[Reply], Act]
    before: bool = True
    final: bool = False

    @property
    def timeout(self) -> str:
        """For `--timeout`: short where it has to run out, else long enough for a machine that does much else."""
        return "0.2" if isinstance(self.act(reply()), Silence) else "10"


def _half(whole: Reply) -> Act:
    body = len(whole.raw.partition(b"\r\n\r\n")[2])
    return Cut(whole, len(whole.raw) - max(1, body // 2))


FAULTS = (
    Fault("timeout, not done", lambda _whole: Silence()),
    Fault("timeout, done", lambda _whole: Silence(), before=False),
    Fault("cut off, not done", Cut),
    Fault("cut off, done", Cut, before=False),
    Fault("reset, not done", Reset),
    Fault("reset, done", Reset, before=False),
    Fault("half a body, done", _half, before=False),
    Fault("429", lambda _whole: reply(429, {"error": "slow down"})),
    Fault("429, Retry-After in seconds", lambda _whole: reply(429, b"", {"Retry-After": "0"})),
    Fault("429, Retry-After as a date", lambda _whole: reply(429, b"", LONG_AGO)),
    Fault("500, not done", lambda _whole: reply(500, {"error": {"message": "oops"}})),
    Fault("500, done", lambda _whole: reply(500, b"oops"), before=False),
    Fault("502 with a page, not done", lambda _whole: reply(502, PAGE, HTML)),
    Fault("502 with a page, done", lambda _whole: reply(502, PAGE, HTML), before=False),
    Fault("503, not done", lambda _whole: reply(503, {"detail": "busy"}, {"Retry-After": "0"})),
    Fault("504, done", lambda _whole: reply(504), before=False),
    Fault("200 with a page, not done", lambda _whole: reply(200, PAGE, HTML), final=True),
    Fault("200 with a page, done", lambda _whole: reply(200, PAGE, HTML), before=False, final=True),
)


@dataclass(frozen=True, slots=True)
class At:
    """Where a fault strikes: the requests of one operation that are for these of the things asked for, from 0.

    Things are roles, by id or by name; for a list of roles, the reading before the first write (0) and the ones after
    it. `once`: the first request for each of them; else every one.
    """

    operation: Operation
    positions: tuple[int, ...]
    once: bool


@dataclass
class Proxy:
    """Forwards to `target`, and does `fault` at `at`. `struck` counts how often."""

    target: str
    fault: Fault | None = None
    at: At | None = None
    log: list[Received] = field(default_factory=list)
    struck: int = 0
    before_forwarding: Callable[[Received], None] = lambda _request: None
    after_forwarding: Callable[[Received], None] = lambda _request: None
    shape: Callable[[Reply], Act] = lambda whole: whole

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: list[str] = []
        self._written = False

    def __call__(self, request: Received) -> Act:
        if len(request.body) < int(request.headers.get("content-length", 0)):
            return Cut(reply(400))  # the client gave up, on a slow machine, before it had sent the whole request
        with self._lock:
            self.log.append(request)
            strikes = self.fault if self._strikes(request) else None
            self.struck += strikes is not None
            self._written |= request.method != "GET"
        if strikes is not None and strikes.before:
            return strikes.act(reply(200, []))
        self.before_forwarding(request)
        whole = self._forward(request)
        self.after_forwarding(request)
        return strikes.act(whole) if strikes is not None else self.shape(whole)

    def writes(self) -> list[Received]:
        return [request for request in self.log if request.method != "GET"]

    def _strikes(self, request: Received) -> bool:
        at = self.at
        if at is None or operation_of(request) is not at.operation:
            return False
        thing = self._thing(request, at.operation)
        if thing in self._seen and at.once:
            return False
        if thing not in self._seen:
            self._seen.append(thing)
        return self._seen.index(thing) in at.positions

    def _thing(self, request: Received, operation: Operation) -> str:
        if operation is Operation.CREATE:
            body = request.json
            assert isinstance(body, dict)
            return str(body["name"])
        return f"{request.path} {self._written}" if operation is Operation.LIST_ROLES else request.path

    def _forward(self, request: Received) -> Reply:
        address = urlsplit(self.target)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
        try:
            kept = {name: value for name, value in request.headers.items() if name not in {"host", "accept-encoding"}}
            connection.request(request.method, request.path, request.body or None, kept)
            answer = connection.getresponse()
            return reply(answer.status, answer.read(), {"Content-Type": answer.headers.get("Content-Type", "")})
        finally:
            connection.close()


@contextmanager
def serving(proxy: Proxy) -> Iterator[str]:
    """The address at which the proxy listens while the block runs."""
    with ScriptedServer(proxy) as server:
        yield server.url
