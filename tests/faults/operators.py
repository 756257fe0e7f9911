"""The installed operator as a process, for one tenant or several, and a proxy that holds requests up."""

from __future__ import annotations

import subprocess
import sysconfig
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from signal import Signals

from tests.faults.processes import PATIENCE
from tests.faults.proxy import Proxy
from tests.scripted_server import Received


class Watching:
    """`reconciler watch`, and its lines as they come, each as `told` makes it: without its time."""

    def __init__(
        self, directory: Path, environment: Mapping[str, str], arguments: tuple[str, ...], told: Callable[[str], str]
    ) -> None:
        self._process = subprocess.Popen(
            [str(Path(sysconfig.get_path("scripts")) / "reconciler"), "watch", *arguments],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._told = told
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                self._lines.put(self._told(line.strip()))

    def line(self) -> str:
        """The next line."""
        return self._lines.get(timeout=PATIENCE)

    def lines(self, number: int) -> set[str]:
        """The next lines, in any order."""
        return {self.line() for _ in range(number)}

    def signal(self, number: Signals) -> None:
        self._process.send_signal(number)

    def interrupted(self) -> None:
        """Wait until the process said that it got a signal: two at once would be one."""
        assert self._process.stderr is not None
        assert self._process.stderr.readline().startswith("interrupted:")

    def code(self) -> int:
        """The exit code, once it ended."""
        found = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return found

    def end(self) -> None:
        """See that nothing of it is left."""
        self._process.kill()
        self.code()
        assert self._process.stderr is not None
        self.err = self._process.stderr.read()
        self._process.stderr.close()


@contextmanager
def ended(operator: Watching) -> Iterator[Watching]:
    """The operator while the block runs."""
    try:
        yield operator
    finally:
        operator.end()


class Held:
    """A proxy that keeps the requests of one method until they are let go."""

    def __init__(self, url: str, method: str) -> None:
        self.asked, self.over = threading.Event(), threading.Event()
        self._method = method
        self.proxy = Proxy(url, before_forwarding=self._hold)

    def _hold(self, request: Received) -> None:
        if request.method == self._method:
            self.asked.set()
            self.over.wait(PATIENCE)
