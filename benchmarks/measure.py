"""What the benchmarks share: medians of runs that take turns, so that a busy machine is as busy for both sides.

Only ratios are compared with goals: they mean the same on every machine.
"""

from __future__ import annotations

import gc
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Task = Callable[[], object]

RECONCILER = str(Path(sys.executable).with_name("reconciler"))
"""The installed command beside the Python that runs the benchmark."""


def medians(
    tasks: Mapping[str, Task], rounds: int = 5, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """The median of each task's wall-clock seconds over so many rounds; in each round every task has its turn once.

    With `time.process_time` as the clock, the seconds are those that this process itself computes.
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():
        task()  # a first round that does not count: files come into the cache, modules are compiled
    for _ in range(rounds):
        for name, task in tasks.items():
            gc.collect()
            start = clock()
            task()
            times[name].append(clock() - start)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def command(*arguments: str, cwd: Path | None = None) -> Task:
    """A task that runs a command to its end, shows nothing of it, and raises where it fails."""

    def run() -> object:
        return subprocess.run(arguments, cwd=cwd, stdout=subprocess.DEVNULL, check=True)

    return run


def python(code: str) -> Task:
    """A task that runs a piece of Python in a process of its own, like `python -c`."""
    return command(sys.executable, "-c", code)


def peak_mib(*arguments: str, cwd: Path | None = None) -> float:
    """The most memory (resident, in MiB) that a command has at any time. Linux counts it in KiB, macOS in bytes."""
    child = subprocess.Popen(arguments, cwd=cwd, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, arguments)
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of time over size where both are logarithms: 1 is linear, 2 is quadratic (least squares)."""
    return statistics.linear_regression([math.log(size) for size in sizes], [math.log(each) for each in seconds]).slope


def row(what: str, value: float, goal: float, unit: str = "x") -> None:
    """Print one line: what, the value, the goal, and whether it is met."""
    print(f"{what:<72} {value:8.2f} {unit:<4} goal {goal:7.2f}  {'met' if value <= goal else 'MISSED'}", flush=True)


if __name__ == "__main__":
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs"
    )
