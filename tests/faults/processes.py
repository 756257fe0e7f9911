"""The installed command as a process of its own, with standard error watched while it runs."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from tests.faults.world import Result, World

PATIENCE = 20

Start = Callable[..., "Process"]


class Process:
    """`reconciler` with these arguments in a world's directory, talking to `url`."""

    def __init__(self, executable: str, world: World, url: str, *arguments: str | Path) -> None:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("RECONCILER_", "OMNISTREAM_"))
        }
        self._process = subprocess.Popen(
            [executable, *map(str, arguments)],
            cwd=world.directory,
            env=kept | world.environment(url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self._err: list[str] = []
        self._out = ""
        self._interrupted = threading.Event()
        self._readers = [threading.Thread(target=self._read_err), threading.Thread(target=self._read_out)]
        for reader in self._readers:
            reader.start()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def interrupt(self, number: int) -> None:
        """Send a signal and wait until the process said that it got it."""
        self.signal(number)
        assert self._interrupted.wait(PATIENCE), "the process never said that it was interrupted"

    def result(self) -> Result:
        """Wait for the end."""
        code = self._process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return Result(code, self._out, "".join(self._err))

    def end(self) -> None:
        """See that nothing of it is left, where a test failed before it asked for the result."""
        if self._process.poll() is None:
            self._process.kill()
        self.result()

    def _read_err(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for line in stream:
                self._err.append(line)
                if line.startswith("interrupted:"):
                    self._interrupted.set()

    def _read_out(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            self._out = stream.read()
