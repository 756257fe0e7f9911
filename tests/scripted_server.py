"""A real HTTP server on a loopback socket that answers what a test tells it to, faults of every kind included.

    with ScriptedServer([reply(503), reply(body=[])]) as server:
        ...                              # talk to server.url
    assert server.paths == ["GET /api/roles", "GET /api/roles"]

The script is a list, used up from the front, or a function from a `Received` to an act. What can be done, as an act:

=====================  ================================================================================================
`reply(...)`           a whole answer: status, JSON or bytes, headers
`Cut(act, after=n)`    the first n bytes of that answer, then the connection ends; `after=0`: not one byte
`Reset(act, after=n)`  the same with a TCP reset
`Trickle(act)`         that answer a byte at a time, `every` seconds apart, until the client has had enough
`Late(act, seconds)`   that answer after a while
`Silence()`            nothing at all, until the client goes or the server is closed
=====================  ================================================================================================

A request beyond the end of a list gets a 599 and is counted in `unscripted`. Nothing here knows of roles: for faults in
front of a server that does, the script is a function that forwards.
"""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

UNSCRIPTED = 599
_Socket = socket.socket | tuple[bytes, socket.socket]
_Address = Any
_LINGER_AND_RESET = struct.pack("ii", 1, 0)  # SO_LINGER for 0 s: close() sends RST


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came. Header names are in lower case; `number` counts the requests from 0."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        """The body as JSON."""
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """The bytes of a whole answer, and whether the connection goes on after it."""

    raw: bytes
    keep_alive: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """The first `after` bytes of an answer, then the end of the connection; negative counts from the end."""

    act: Reply
    after: int = 0


@dataclass(frozen=True, slots=True)
class Reset:
    """Like `Cut`, with a TCP reset."""

    act: Reply
    after: int = 0


@dataclass(frozen=True, slots=True)
class Trickle:
    """A byte at a time, `every` seconds apart, from byte `start` on; those before it at once."""

    act: Reply
    every: float = 0.01
    start: int = 0


@dataclass(frozen=True, slots=True)
class Late:
    """An answer after so many seconds."""

    act: Reply
    seconds: float


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer, until the server is closed."""


Act = Reply | Cut | Reset | Trickle | Late | Silence
Script = Sequence[Act] | Callable[[Received], Act]


def reply(
    status: int = 200,
    body: object = b"",
    headers: Mapping[str, str] | None = None,
    *,
    zipped: bool = False,
    framed: bool = True,
) -> Reply:
    """An answer. A `body` that is not bytes goes as JSON; `zipped`: by gzip; not `framed`: with no Content-Length."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = dict(headers or {})
    if not isinstance(body, bytes):
        lines.setdefault("Content-Type", "application/json")
    if zipped:
        content = gzip.compress(content, mtime=0)
        lines["Content-Encoding"] = "gzip"
    if framed and status != HTTPStatus.NO_CONTENT:
        lines.setdefault("Content-Length", str(len(content)))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return Reply(f"HTTP/1.1 {status} -\r\n{head}\r\n".encode("latin-1") + content, keep_alive=framed)


@dataclass
class ScriptedServer:
    """Serves `script` on a free port of `host` while entered; over TLS where `tls` has a server's context."""

    script: Script
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    most_in_flight: int = 0
    unscripted: int = 0

    def __post_init__(self) -> None:
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._in_flight = 0
        self._acts = iter(self.script) if isinstance(self.script, Sequence) else None
        self._server = _Server((self.host, 0), _Handler)
        self._server.scripted = self

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def paths(self) -> list[str]:
        """`GET /api/roles` for each request, in the order in which they came."""
        return [str(request) for request in self.received]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Act:
        """Note a request and choose the act for it."""
        with self._lock:
            request = Received(len(self.received), method, path, headers, body)
            self.received.append(request)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            if self._acts is not None:
                act = next(self._acts, None)
                self.unscripted += act is None
                return act or reply(UNSCRIPTED, {"error": "the script of the test ended before this request"})
        assert callable(self.script)
        return self.script(request)

    def done(self) -> None:
        """Note that a request is about to be answered."""
        with self._lock:
            self._in_flight -= 1

    def connected(self) -> None:
        """Note a new connection."""
        with self._lock:
            self.connections += 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    scripted: ScriptedServer

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self.scripted.connected()
        if self.scripted.tls:  # the handshake comes with the first read, in the connection's own thread
            connection = self.scripted.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: _Socket, client_address: _Address) -> None:
        """Say nothing: a client that hangs up is what most of these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        scripted = self._scripted
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        act = scripted.take(self.command, self.path, headers, body)
        if isinstance(act, Late):
            scripted.closing.wait(act.seconds)
            act = act.act
        elif isinstance(act, Silence):
            scripted.closing.wait()
        scripted.done()  # before the first byte: the next request may come before the last one is off this thread
        self._perform(act)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    @property
    def _scripted(self) -> ScriptedServer:
        assert isinstance(self.server, _Server)
        return self.server.scripted

    def _perform(self, act: Act) -> None:
        closing = self._scripted.closing
        match act:
            case Reply():
                self.wfile.write(act.raw)
                self.close_connection = not act.keep_alive
            case Cut(act=whole, after=after):
                self.wfile.write(whole.raw[:after])
                self.close_connection = True
            case Reset(act=whole, after=after):
                self.wfile.write(whole.raw[:after])
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_AND_RESET)
                self.connection.close()
                self.close_connection = True
            case Trickle(act=whole, every=every, start=start):
                self.wfile.write(whole.raw[:start])
                for byte in whole.raw[start:]:
                    self.wfile.write(bytes([byte]))
                    if closing.wait(every):
                        break
            case Silence() | Late():
                self.close_connection = True
