"""One sandbox for all tests here, put back to the same state for each world."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from reconciler.cli.boundary import run
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.faults.processes import Process, Start
from tests.faults.world import SEED, Result, World
from tests.hurried import HURRIED

Command = Callable[..., Result]
Survived = Callable[[int], None]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=SEED) as running:
        yield running


@pytest.fixture
def a_world(sandbox: RunningSandbox, tmp_path: Path) -> Callable[[], World]:
    """Makes a fresh world at each call; it puts the one sandbox back, so a test uses one at a time."""
    return lambda: World(sandbox, Path(mkdtemp(dir=tmp_path)))


@pytest.fixture
def reconciler(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line in this process: most of the matrix, since starting a process costs more than an apply."""

    def command(world: World, url: str, *arguments: str | Path) -> Result:
        monkeypatch.chdir(world.directory)
        for name in [name for name in os.environ if name.startswith(("RECONCILER_", "OMNISTREAM_"))]:
            monkeypatch.delenv(name)
        for name, value in world.environment(url).items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        code = run([str(argument) for argument in arguments], outside=HURRIED)
        return Result(code, *capsys.readouterr())

    return command


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the command that is installed beside this Python, as a process of its own."""
    found = Path(sysconfig.get_path("scripts")) / "reconciler"
    assert found.exists(), "the command is not installed"
    started: list[Process] = []

    def command(world: World, url: str, *arguments: str | Path) -> Process:
        started.append(Process(str(found), world, url, *arguments))
        return started[-1]

    yield command
    for process in started:
        process.end()


@pytest.fixture
def survived(record_property: Callable[[str, object], None]) -> Survived:
    """Counts faults that a test saw survived; the sum of all is printed at the end of the run."""
    return lambda number: record_property("faults survived", number)
