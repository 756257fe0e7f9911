"""A client that talks to a scripted server, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.model.errors import (
    ReconcilerError,
)
from reconciler.model.secret import Secret
from reconciler.transport import Answer, Transport
from reconciler.transport.retry import Retry
from tests.scripted_server import Act, ScriptedServer

KEY = "key-that-must-never-be-seen"
TLS = Path(__file__).parent.parent / "tls"
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


def reason_in(message: str) -> str:
    """Return the words of OpenSSL in the last brackets of `message`: they differ from version to version."""
    return message.rpartition("(")[2].partition(")")[0]


def failure(act: Act, *, timeout: float = 5) -> ReconcilerError:
    """What one request raises, without another try."""
    with talking(act, timeout=timeout) as (_, transport):
        with pytest.raises(ReconcilerError) as caught:
            get(transport, idempotent=False)
        return caught.value
