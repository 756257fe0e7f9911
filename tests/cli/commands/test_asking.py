"""What `apply` asks on a terminal, and what each answer does."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.ended import ended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Workspace

QUESTION = "Apply these 3 changes? [y/N]:"  # and a blank, which some versions of click write elsewhere
PATIENCE = 30.0
"""Seconds for what takes a tenth of one; a process that takes longer is killed, and the test fails."""
CTRL_D = "\x04"


class Asking(NamedTuple):
    """An `apply` that has asked, and the terminal on which it waits for the answer."""

    process: subprocess.Popen[bytes]
    keyboard: int

    def interrupt(self, number: signal.Signals) -> None:
        """Send a signal; again where it came just before Python began to read the keyboard, and was not seen."""
        for _ in range(5):
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
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
def asking(workspace: Workspace) -> Iterator[Asking]:
    keyboard, terminal = pty.openpty()
    try:
        command = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "apply"],
            cwd=workspace.directory,
            stdin=terminal,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        with ended(command) as process:
            assert read_until(QUESTION.encode(), process).rstrip() == QUESTION.encode()
            yield Asking(process, keyboard)
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_a_yes_applies(workspace: Workspace) -> None:
    with asking(workspace) as apply:
        os.write(apply.keyboard, b"y\n")
        code, err = apply.end()
        assert code == 0
        assert sorted(err.splitlines()) == [
            "+ support-lead: created",
            "- temp-role: deleted",
            "~ billing-clerk: updated",
        ]
    assert sorted(workspace.live()) == ["billing-clerk", "support-lead"]


@pytest.mark.parametrize("answer", ["n\n", "\n", CTRL_D], ids=["no", "return", "end of input"])
def test_any_other_answer_is_a_missing_confirmation(workspace: Workspace, answer: str) -> None:
    before = workspace.live()
    with asking(workspace) as apply:
        os.write(apply.keyboard, answer.encode())
        code, err = apply.end()
    assert (code, err) == (4, "reconciler: not confirmed; nothing was written")
    assert workspace.live() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_instead_of_an_answer_writes_nothing(workspace: Workspace, number: signal.Signals) -> None:
    before = workspace.live()
    with asking(workspace) as apply:
        apply.interrupt(number)
        code, err = apply.end()
    assert (code, err) == (130, "reconciler: interrupted; nothing was written")
    assert workspace.live() == before
