"""The handler of the command line, in processes of their own: it is for a whole process."""

from __future__ import annotations

import array
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pytest

from reconciler.apply.interrupts import ENDS, FIRST, SECOND, TOLD
from tests.ended import ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Workspace

PIPE = 4096
"""Bytes. What a pipe holds at the least: a report that is longer waits for its reader."""
NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

LOST = """
import signal, time, weakref

from reconciler.apply.interrupts import Stop
from reconciler.cli import interruption
from reconciler.model.errors import Interrupted
from reconciler.watch.summons import Summons

class Thing:
    pass

def lose(error):
    thing = Thing()
    watched = weakref.ref(thing, lambda _: error())
    del thing

def ended(block):
    try:
        block()
    except BaseException as error:
        print(type(error).__name__)
    else:
        print("went on")

interruption.heed()
"""
"""A program whose `lose` calls a function where Python ignores what it raises."""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LOST + program], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_that_comes_in_a_callback_of_python_still_ends_the_command(number: signal.Signals) -> None:
    done = run(
        f"def block():\n    lose(lambda: signal.raise_signal({int(number)}))\n    time.sleep(30)\nended(block)\n"
    )
    assert done.stderr == ""
    assert done.stdout in {"Interrupted\n", "KeyboardInterrupt\n"}


def test_a_signal_that_c_code_drops_without_a_word_still_ends_the_command() -> None:
    done = run(
        "def block():\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    except KeyboardInterrupt:\n"
        "        pass  # as PyErr_Clear does, which input() calls\n"
        "    time.sleep(30)\n"
        "ended(block)\n"
    )
    assert (done.stdout, done.stderr) == ("Interrupted\n", "")


def test_an_interrupt_that_was_told_is_not_raised_again() -> None:
    done = run(
        "def block():\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    except KeyboardInterrupt:\n"
        "        interruption.told()\n"
        "    time.sleep(1.5)\n"
        "ended(block)\n"
    )
    assert (done.stdout, done.stderr) == ("went on\n", "")


def test_any_other_error_in_a_callback_is_printed_as_ever() -> None:
    done = run("lose(lambda: 1 / 0)\nprint('went on')\n")
    assert (done.returncode, done.stdout) == (0, "went on\n")
    assert "ZeroDivisionError" in done.stderr


BROKEN = """
import threading

def broken():
    condition = threading.Condition()
    with condition:
        condition.release()  # as a wait does, and an interrupt keeps it from taking the lock back
        signal.raise_signal(signal.SIGTERM)
"""


def test_an_interrupt_that_breaks_a_wait_for_a_lock_is_no_internal_error() -> None:
    program = (
        f"{BROKEN}\nimport click\nfrom reconciler.cli import boundary\n"
        "interruption.heed()\n"
        "print(boundary.run([], click.command()(broken)))\n"
    )
    done = run(program)
    assert done.stdout == "130\n"
    assert "internal error" not in done.stderr


def test_an_interrupt_that_breaks_a_wait_for_a_lock_ends_the_pass_of_the_operator() -> None:
    done = run(
        f"{BROKEN}\nsummons = Summons()\n"
        "def block():\n"
        "    with summons.interruptible():\n"
        "        broken()\n"
        "with summons:\n"
        "    ended(block)\n"
    )
    assert (done.stdout, done.stderr) == ("Interrupted\n", f"{FIRST}\n")


def test_a_signal_that_was_lost_just_before_an_apply_stops_it_in_order() -> None:
    done = run("lose(lambda: signal.raise_signal(signal.SIGTERM))\nwith Stop() as stop:\n    print(stop.wait(30))\n")
    assert (done.stdout, done.stderr) == ("True\n", f"{FIRST}\n")


def test_a_signal_that_is_lost_while_the_operator_reads_ends_its_pass() -> None:
    done = run(
        "summons = Summons()\n"
        "def block():\n"
        "    with summons.interruptible():\n"
        "        lose(lambda: signal.raise_signal(signal.SIGTERM))\n"
        "        time.sleep(30)\n"
        "with summons:\n"
        "    ended(block)\n"
    )
    assert (done.stdout, done.stderr) == ("Interrupted\n", f"{FIRST}\n")


def test_a_second_signal_ends_the_process_without_a_word() -> None:
    done = run(
        "try:\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "except Interrupted:\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "print('went on')\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_after_an_apply_does_not_change_its_exit_code(number: signal.Signals) -> None:
    done = run(
        "def work():\n"
        "    with Stop():\n"
        "        pass\n"
        f"    signal.raise_signal({int(number)})\n"
        "    return 6\n"
        "print(interruption.heeding(work))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "6\n", "")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_while_the_process_ends_does_not_change_its_exit_code(number: signal.Signals) -> None:
    done = run(
        "import os, sys\n"
        "class Last:\n"
        f"    def __del__(self, kill=os.kill, process=os.getpid(), number={int(number)}):\n"
        "        kill(process, number)\n"
        "last = Last()\n"
        "sys.exit(interruption.heeding(lambda: 3))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_a_second_signal_while_the_process_ends_is_the_last() -> None:
    done = run(
        "import atexit, sys\nimport click\nfrom reconciler.cli import boundary\n"
        "atexit.register(signal.raise_signal, signal.SIGTERM)\n"
        "interrupted = click.command()(lambda: signal.raise_signal(signal.SIGINT))\n"
        "sys.exit(interruption.heeding(lambda: boundary.run([], interrupted)))\n"
    )
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "")


def test_a_signal_that_was_lost_just_before_the_end_changes_nothing() -> None:
    done = run(
        "import atexit, sys\natexit.register(time.sleep, 0.1)\n"
        "def work():\n    lose(lambda: signal.raise_signal(signal.SIGTERM))\n    return 3\n"
        "sys.exit(interruption.heeding(work))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_a_second_signal_after_an_apply_ends_the_process_without_a_word() -> None:
    done = run(
        "with Stop():\n"
        "    pass\n"
        "signal.raise_signal(signal.SIGTERM)\n"
        "signal.raise_signal(signal.SIGINT)\n"
        "print('went on')\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_while_an_error_is_reported_prints_no_traceback(number: signal.Signals, workspace: Workspace) -> None:
    wrong = "".join(f"  - Wrong {at}\n" for at in range(5000))
    workspace.write("roles.d/wrong.yaml", f"name: wrong\npermissions:\n{wrong}")
    command = [sys.executable, "-m", "reconciler", "plan"]
    with ended(subprocess.Popen(command, stderr=subprocess.PIPE, text=True)) as process:
        assert process.stderr is not None
        room = fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, PIPE)
        while waiting_to_be_read(process.stderr.fileno()) < room:  # then the report waits for its reader
            time.sleep(0.01)
        process.send_signal(number)
        err = process.stderr.read()
        assert process.wait(30) == 130
    assert "Wrong 0" in err
    assert "Traceback" not in err


def waiting_to_be_read(pipe: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_an_interrupt_is_not_taken_for_an_error() -> None:
    done = run(
        "try:\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "except Exception:\n"
        "    print('an error')\n"
        "except BaseException as error:\n"
        "    print(type(error).__name__)\n"
    )
    assert done.stdout == "Interrupted\n"


@contextmanager
def reporting(workspace: Workspace, *options: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An apply that waits for the reader of its report, and the end of a pipe from which that can be read."""
    for number in range(40):
        workspace.want(f"role-{number}", "contacts.view", "conversations.view")
    report = workspace.directory / "report"
    os.mkfifo(report)
    reader = os.open(report, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, PIPE)
    command = [sys.executable, "-m", "reconciler", "apply", "--yes", "--format", "json", *options]
    with report.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.PIPE, text=True, env={**os.environ, **variables}
        )
    try:
        with ended(process):
            while waiting_to_be_read(reader) < PIPE:
                assert process.poll() is None
                time.sleep(0.01)
            yield process, reader
    finally:
        os.close(reader)


def heard(stream: IO[str], message: str) -> None:
    """Read the lines of a process until it says this."""
    while (line := stream.readline()) != f"{message}\n":
        assert line


def read(process: subprocess.Popen[str], reader: int) -> str:
    """What the process writes until its end."""
    got = b""
    while process.poll() is None or select.select([reader], [], [], 0)[0]:
        if select.select([reader], [], [], 0.05)[0]:
            got += os.read(reader, PIPE)
    return got.decode()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_while_an_apply_reports_changes_neither_report_nor_exit_code(
    number: signal.Signals, unbuffered: str, workspace: Workspace
) -> None:
    with reporting(workspace, PYTHONUNBUFFERED=unbuffered) as (process, reader):
        assert process.stderr is not None
        process.send_signal(number)
        heard(process.stderr, TOLD)
        assert json.loads(read(process, reader))["converged"]
        assert (process.returncode, process.stderr.read()) == (0, "")


def test_a_change_that_failed_counts_more_than_a_signal_while_it_is_reported(workspace: Workspace) -> None:
    (temporary,) = [role for role in workspace.tenant.store.roles() if role["name"] == "temp-role"]
    workspace.tenant.store.hire(temporary["id"], 1)
    with reporting(workspace) as (process, reader):
        process.send_signal(signal.SIGTERM)
        assert json.loads(read(process, reader))["summary"]["failed"] == 1
        assert process.returncode == 6


def test_a_second_signal_ends_an_apply_whose_report_nobody_reads(workspace: Workspace) -> None:
    with reporting(workspace) as (process, _):
        assert process.stderr is not None
        process.send_signal(signal.SIGTERM)
        heard(process.stderr, TOLD)
        process.send_signal(signal.SIGTERM)
        assert (process.wait(), process.stderr.read()) == (130, f"{SECOND}\n")


def test_ctrl_c_within_code_that_is_made_from_a_string_does_not_end_the_process_by_the_signal(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import signal, sys\n"
        "from reconciler.cli import interruption\n"
        "def work():\n"
        "    try:\n"
        "        exec('signal.raise_signal(signal.SIGINT)')  # as the making of a dataclass does\n"
        "    except KeyboardInterrupt:\n"
        "        interruption.told()\n"
        "        return 130\n"
        "sys.exit(interruption.heeding(work))\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "program"], env=os.environ | {"PYTHONPATH": path}, check=False, timeout=60
    )
    assert done.returncode == 130


def signalled_while_loading(module: str, number: signal.Signals, arguments: list[str]) -> subprocess.Popen[str]:
    """Start a command that gets a signal, as a process, when it first loads `module`."""
    program = (
        "import os, signal, sys\n"
        "class Signal:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        f"            os.kill(os.getpid(), {number.value})\n"
        "sys.meta_path.insert(0, Signal())\n"
        "from reconciler.cli import main\n"
        f"main({arguments!r})\n"
    )
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_signal_while_the_modules_are_loaded_ends_the_process_without_a_word() -> None:
    with ended(signalled_while_loading("reconciler.cli.boundary", signal.SIGINT, ["version"])) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (-signal.SIGINT, "", "")


LOADED = ["reconciler.cli.boundary", "reconciler.watch.loop"]
"""The first module and a late one that `watch` loads: before and after the handler of the command line is there."""


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("module", LOADED)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_modules_of_watch_are_loaded_is_its_orderly_end(number: signal.Signals, module: str) -> None:
    with ended(signalled_while_loading(module, number, ["watch"])) as process:
        out, err = process.communicate(timeout=60)
    events = [line.split(" ")[1] for line in out.splitlines()]
    assert (process.returncode, events, err) == (0, ["started:", "stopped:"], f"{ENDS}\n")


def test_a_watch_whose_lines_go_to_a_pipe_that_nobody_reads_still_hears_signals(workspace: Workspace) -> None:
    os.mkfifo(workspace.directory / "lines")
    with ended(signalled_while_loading(LOADED[0], signal.SIGTERM, ["watch", "--output", "lines"])) as process:
        assert process.stderr is not None
        heard(process.stderr, ENDS)
        process.send_signal(signal.SIGTERM)
        assert (process.wait(), process.stderr.read()) == (130, f"{SECOND}\n")


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("before", [["-C", "."], ["--directory", "."], ["--directory=."], ["-C."]])
def test_a_directory_before_watch_makes_no_difference_to_that(before: list[str]) -> None:
    with ended(signalled_while_loading(LOADED[0], signal.SIGTERM, [*before, "watch"])) as process:
        assert (process.communicate(timeout=60)[1], process.returncode) == (f"{ENDS}\n", 0)


@pytest.mark.parametrize("arguments", [["help", "watch"], ["-C", "watch"], []])
def test_no_other_command_holds_a_signal_back(arguments: list[str]) -> None:
    with ended(signalled_while_loading(LOADED[0], signal.SIGTERM, arguments)) as process:
        assert (process.communicate(timeout=60), process.returncode) == (("", ""), -signal.SIGTERM)


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("module", LOADED)
def test_a_hangup_while_the_modules_of_watch_are_loaded_does_not_end_it(module: str) -> None:
    with ended(signalled_while_loading(module, signal.SIGHUP, ["watch"])) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert ([line.split(" ")[1] for line in lines], process.returncode) == (["started:", "drift:"], 0)
