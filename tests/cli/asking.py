"""A command on a terminal of its own that has asked, and waits for the answer."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from tests.ended import ended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Workspace

PATIENCE = 30.0
"""Seconds for what takes a tenth of one; a process that takes longer is killed, and the test fails."""
CTRL_D = "\x04"


class Asking(NamedTuple):
    """A command that has asked, and the terminal on which it waits for the answer."""

    process: subprocess.Popen[bytes]
    keyboard: int

    def interrupt(self, number: signal.Signals) -> None:
        """Send a signal; again where it came just before Python began to read the keyboard, and was not seen."""
        for _ in range(5):
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE / 3)
                return

    def end(self) -> tuple[int, str]:
        """The exit code, and what came on standard error after the question."""
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err.decode().strip()


def read_until(wanted: bytes, process: subprocess.Popen[bytes]) -> bytes:
    """What came on standard error when `wanted` had come, or the end, or nothing for too long."""
    assert process.stderr is not None
    got = b""
    while wanted not in got and select.select([process.stderr], [], [], PATIENCE)[0]:
        piece = os.read(process.stderr.fileno(), 4096)
        if not piece:
            break
        got += piece
    return got


@contextmanager
def asking(workspace: Workspace, question: str, *arguments: str) -> Iterator[Asking]:
    """Run the command line until it asks this."""
    keyboard, terminal = pty.openpty()
    try:
        command = subprocess.Popen(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=workspace.directory,
            stdin=terminal,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        with ended(command) as process:
            assert read_until(question.encode(), process).rstrip() == question.encode()
            yield Asking(process, keyboard)
    finally:
        os.close(keyboard)
        os.close(terminal)
