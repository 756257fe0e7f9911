"""A signal while nothing is written yet: the command stops at once, however silent the server is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.ended import ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOON = 30.0
"""Seconds, far below the timeout of a request, which is what a reader that is not interrupted would take."""

INTERRUPTED = "reconciler: interrupted; nothing was written to the tenant"


def interrupted(process: subprocess.Popen[str], number: signal.Signals) -> tuple[str, str]:
    """Send the signal every few seconds until the process ends, and return its output.

    Python handles a signal between two instructions. One that arrives just before a blocking call is handled after it.
    A process that is about to end gets time for it: a second signal would kill it then.
    """
    for _ in range(4):
        process.send_signal(number)
        try:
            return process.communicate(timeout=SOON / 3)
        except subprocess.TimeoutExpired:
            continue
    return process.communicate(timeout=1)


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(SOON)
        yield server


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("arguments", [["plan"], ["apply", "--yes"], ["export"], ["permissions"]])
def test_a_signal_while_the_server_keeps_silent_ends_the_command(
    arguments: list[str], number: signal.Signals, silent: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "roles.d").mkdir()
    (tmp_path / "roles.d" / "clerk.yaml").write_text("name: clerk\npermissions: []\n")
    environment = {
        **os.environ,
        "OMNISTREAM_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
        "OMNISTREAM_API_KEY": "key",
        "RECONCILER_TIMEOUT": "600",
    }
    command = [sys.executable, "-m", "reconciler", *arguments]
    with (
        ended(
            subprocess.Popen(
                command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        ) as process,
        silent.accept()[0] as connection,
    ):
        connection.recv(1)
        out, err = interrupted(process, number)
    assert (process.returncode, out, err.strip()) == (
        130,
        "",
        INTERRUPTED,
    )
