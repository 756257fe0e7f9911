"""A small HTTP server for metrics and probes, in a separate thread.

It serves pages that it is given, and takes nothing from a client but the first line of a request. One thread serves all
connections, and none is waited for: a client that is slow, silent or floods costs a socket for some seconds.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from reconciler.model.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

_LONGEST_HEAD = 8192  # bytes
_PATIENCE = 5.0  # seconds that a connection may take as a whole
_MOST_OPEN = 64  # connections; beyond it the oldest one ends
_TURNS = 4  # of the loop, until a connection that was accepted last is known, or its socket is closed
_HIGHEST_PORT = 65535
_LABEL = r"[A-Za-z0-9_-]{1,63}"
_ADDRESS = re.compile(rf"(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|({_LABEL}(?:\.{_LABEL})*)):([0-9]{{1,5}})", re.ASCII)
_REQUEST = re.compile(rb"([!-~]+) (?:http://[^/? ]*)?([!->@-~]*)(?:\?[!-~]*)? HTTP/1\.[01]")
_END = b"\r\n\r\n"
_TEXT = "text/plain; charset=utf-8"


class Address(NamedTuple):
    """Where to listen. A `port` of 0 takes a free one. An IPv6 `host` has no brackets here."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Return the address as a base URL.

        >>> Address("::1", 9464).url
        'http://[::1]:9464'
        """
        return f"http://{self}"

    def __str__(self) -> str:
        """Return it as `--listen` takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(text: str) -> Address | None:
    """Return what `HOST:PORT` names, None if it is not one. IPv6 addresses have brackets, as in a URL."""
    found = _ADDRESS.fullmatch(text)
    if found is None or int(found[3]) > _HIGHEST_PORT:
        return None
    return Address(found[1] or found[2], int(found[3]))


class Page(NamedTuple):
    """What a path answers."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = _TEXT


Pages = Mapping[str, Callable[[], Page]]
"""A page is made when it is asked for, in the thread of the server, by path."""


@contextmanager
def serving(address: Address, pages: Pages, patience: float = _PATIENCE) -> Iterator[Address]:
    """Serve `pages` while the block runs. Yield where, with the port that was taken.

    `patience` is how many seconds a connection may take as a whole.
    Raise `Failed` when the address is in use or is not one of this machine.
    """
    with _listener(address) as listener:
        loop, stop = asyncio.new_event_loop(), asyncio.Event()
        serve = _serve(listener, pages, patience, stop)
        thread = threading.Thread(target=_run, args=(loop, serve), name="metrics", daemon=True)
        thread.start()
        try:
            yield address._replace(port=listener.getsockname()[1])
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()


def _listener(address: Address) -> socket.socket:
    """Return a socket that accepts connections already, so a probe that comes at once is not refused."""
    try:
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # A name with addresses of both kinds is the IPv4 one: a scrape of 127.0.0.1 finds what `localhost` names.
        family, kind, protocol, _, where = min(found, key=lambda each: each[0] != socket.AF_INET)
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            listener.listen()
        except OSError:
            listener.close()
            raise
    except OSError as error:
        hint = "choose another HOST:PORT for --listen, or port 0 for any free one"
        raise Failed(f"cannot listen on {address}: {error.strerror}", hint=hint) from error
    return listener


def _run(loop: asyncio.AbstractEventLoop, serve: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(serve)


async def _serve(listener: socket.socket, pages: Pages, patience: float, stop: asyncio.Event) -> None:
    connections: list[_Connection] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(pages, patience, connections), sock=listener)
    await stop.wait()
    loop.remove_reader(listener)  # to close the server first leaks a connection that is just accepted (CPython 3.11)
    turns = 0
    while turns < _TURNS:
        turns = 0 if connections else turns + 1
        for connection in tuple(connections):
            connection.end()
        await asyncio.sleep(0)  # the loop closes their sockets
    server.close()


class _Connection(asyncio.Protocol):
    """One connection: one request, one answer, then it is closed."""

    def __init__(self, pages: Pages, patience: float, connections: list[_Connection]) -> None:
        self._pages = pages
        self._patience = patience
        self._connections = connections
        self._head: bytearray | None = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock of the connection. If there are too many, the oldest one makes room."""
        self._transport = cast("asyncio.Transport", transport)
        self._timer = asyncio.get_running_loop().call_later(self._patience, self.end)
        if len(self._connections) >= _MOST_OPEN:
            self._connections.pop(0).end()
        self._connections.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the connection, whichever side closed it."""
        del error
        self._timer.cancel()
        if self in self._connections:
            self._connections.remove(self)

    def end(self) -> None:
        """Close it at once, whatever it was about."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer when the head of the request is complete. What follows is not read: no request here has a body."""
        if self._head is None:
            return
        self._head += data
        head, end, _ = bytes(self._head).partition(_END)
        if len(head) > _LONGEST_HEAD:
            self._answer(_message(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        elif end:
            self._answer(answer(head, self._pages))

    def _answer(self, message: bytes) -> None:
        """Send the answer and the end of it. The client then closes: a close by this side first may lose the answer."""
        self._head = None
        self._transport.write(message)
        self._transport.write_eof()


def answer(head: bytes, pages: Pages) -> bytes:
    """Return the whole answer to the request with this head, of which only the first line counts."""
    request = _REQUEST.fullmatch(head.partition(b"\r\n")[0])
    if request is None:
        return _message(HTTPStatus.BAD_REQUEST)
    whole = _answer(request[1], pages.get(request[2].decode("ascii")))
    return whole.partition(_END)[0] + _END if request[1] == b"HEAD" else whole


def _answer(method: bytes, page: Callable[[], Page] | None) -> bytes:
    if page is None:
        return _message(HTTPStatus.NOT_FOUND)
    if method not in {b"GET", b"HEAD"}:
        return _message(HTTPStatus.METHOD_NOT_ALLOWED, "Allow: GET, HEAD\r\n")
    found = page()
    return _message(found.status, body=found.body, content_type=found.content_type)


def _message(status: HTTPStatus, headers: str = "", body: bytes | None = None, content_type: str = _TEXT) -> bytes:
    body = f"{status.phrase}\n".encode() if body is None else body
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n{headers}"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
