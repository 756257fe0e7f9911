"""Bind a port of this machine and serve the sandbox there: in the foreground, or beside a test."""

from __future__ import annotations

import asyncio
import shlex
import signal
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.apply.interrupts import heeded
from reconciler.model.errors import Failed
from reconciler.model.inert import visible
from reconciler.sandbox.seed import DEFAULT_SEED, SeedRole, load_seed
from reconciler.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

try:
    import uvicorn

    from reconciler.sandbox.app import create_app
    from reconciler.sandbox.guard import checked_key, keys_for, new_key, read_only_key
except ImportError as error:
    raise Failed(
        f"the sandbox needs FastAPI and uvicorn ({visible(str(error))}): install reconciler[sandbox]"
    ) from error

HOST = "127.0.0.1"
"""The only address that it listens on, because the printed key allows everything."""

_TICK = 0.01  # seconds
_PATIENCE = 1
"""How many seconds running requests get when the sandbox stops."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the user of a sandbox must know. `note` is one more sentence, or empty."""

    url: str
    api_key: str
    read_only_key: str
    note: str = ""

    def lines(self) -> tuple[str, ...]:
        """Return lines for a terminal: those that do not start with `#` are the two `export` lines to paste."""
        return (
            *((f"# {self.note}",) if self.note else ()),
            "# The sandbox is running. Paste the next two lines into another terminal:",
            f"export OMNISTREAM_URL={self.url}",
            f"export OMNISTREAM_API_KEY={shlex.quote(self.api_key)}",
            f"# Read-only key: {self.read_only_key}",
            f"# Roles and API reference: {self.url}/docs",
            "# Ctrl-C stops it.",
        )


def serve(
    *, port: int, db: Path | None, seed: Path | None, api_key: str | None, announce: Callable[[Greeting], None]
) -> None:
    """Serve until SIGINT or SIGTERM, then return. Call it in the main thread.

    `port` 0 selects a free one. `db` None keeps everything in memory. `seed` None is the default seed. `api_key` None
    creates one. The port accepts connections before `announce` is called.

    Raise `CommandLineError` when the key is not valid, `FileFailed` and `InvalidInput` for problems of `db` and `seed`,
    `Failed` when the port is taken.
    """
    key = new_key() if api_key is None else checked_key(api_key)
    roles = DEFAULT_SEED if seed is None else load_seed(seed)
    with Store(db) as store, _listening(port) as listener:
        unused = not store.plant(roles) and seed is not None
        note = f"{visible(str(db))} already holds roles, so the seed is not used" if unused else ""
        server = _Server(_config(store, key))
        with _stopped_by_signals(server):
            announce(Greeting(_url(listener), key, read_only_key(key), note))
            server.run(sockets=[listener])


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox in a thread of this process. `store` is its store, so a test can look behind the API."""

    url: str
    api_key: str
    read_only_key: str
    store: Store


@contextmanager
def running_sandbox(
    *, seed: Sequence[SeedRole] | Path | None = None, db: Path | None = None, api_key: str | None = None
) -> Iterator[RunningSandbox]:
    """Serve on a free port while the block runs. `seed` None is the default seed. Raise what `serve` raises."""
    key = new_key() if api_key is None else checked_key(api_key)
    roles = load_seed(seed) if isinstance(seed, Path) else DEFAULT_SEED if seed is None else seed
    with Store(db) as store, _listening(0) as listener:
        store.plant(roles)
        server = _Server(_config(store, key))
        # A daemon: an interrupt may break the start of a thread, which then runs although nothing waits for it.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
        url = _url(listener)
        thread.start()
        try:
            server.ready.wait()
            yield RunningSandbox(url=url, api_key=key, read_only_key=read_only_key(key), store=store)
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """uvicorn's server, which also tells when it can be stopped."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Look often whether to stop: uvicorn does so ten times a second, and each test with a tenant waits for it."""
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            await asyncio.sleep(_TICK)


def _config(store: Store, key: str) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(store, keys_for(key)),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
    )


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """Yield a socket that accepts connections already, so the printed URL works at once."""
    # With an explicit protocol, asyncio sets TCP_NODELAY; without it, each answer waits 40 ms for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError as error:
            raise Failed(
                f"cannot listen on {HOST}:{port}: {error.strerror}; choose another --port, or 0 for any free one"
            ) from error
        yield listener


@contextmanager
def _stopped_by_signals(server: _Server) -> Iterator[None]:
    """Stop the server in order on SIGINT, SIGTERM and SIGHUP while the block runs, even before it has started.

    The signal handler raises nothing: the interrupted code could swallow the exception, or break.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in heeded()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"
