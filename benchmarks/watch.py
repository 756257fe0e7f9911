"""What a pass of `watch` with nothing to do costs, held against `plan` without its start-up; and whether memory grows.

    python benchmarks/watch.py [PASSES]

Both commands run in this process, so neither pays for Python, imports or click. Git, which both ask, counts.
"""

from __future__ import annotations

import gc
import io
import os
import resource
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Self

from benchmarks.measure import medians, row
from benchmarks.tenant import server
from benchmarks.validate import write_many
from reconciler.cli import OBJECTS
from reconciler.cli.boundary import run
from reconciler.cli.outside import Outside
from reconciler.watch.summons import Summons
from reconciler.watch.surroundings import Surroundings

ROLES = 200
FEW = 10
"""Roles where memory is looked at: what a pass leaves behind does not depend on them, and passes are quicker."""
PASSES = 10_000
WARM = 500
"""Passes before the memory is noted for the first time."""


class Passes(Summons):
    """No rest at all, and a stop after so many passes. `noted` has the resident MiB after the warm ones and all."""

    def __init__(self, number: int) -> None:
        """Count from 0."""
        super().__init__()
        self._number = number
        self._done = 0
        self.noted: list[float] = []

    def __enter__(self) -> Self:
        """Install no handler."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove none."""

    def rest(self, seconds: float) -> None:
        """Count a pass."""
        del seconds
        self._done += 1
        if self._done == min(WARM, self._number):
            self.noted.append(resident())
        if self._done == self._number:
            self.noted.append(resident())
            self.set()


def main() -> None:
    """Print one row for each goal."""
    passes = int(sys.argv[1]) if len(sys.argv) > 1 else PASSES
    with tempfile.TemporaryDirectory() as made, server(ROLES, 0) as url:
        os.environ |= {"OMNISTREAM_URL": url, "OMNISTREAM_API_KEY": "benchmark"}
        os.chdir(made)
        write_many(Path("roles.d"), ROLES)
        for command in ("init --quiet", "add .", "-c user.name=b -c user.email=b@b commit --quiet --message first"):
            subprocess.run(["git", *command.split()], check=True)  # noqa: S607 - the git of the user
        each = 20
        tasks = {"plan": lambda: plan(each), "first": lambda: watch(1), "passes": lambda: watch(each + 1)}
        times = medians(tasks, 5, cpu)
        passes_alone = times["passes"] - times["first"]
        row(f"CPU of a pass of watch / of plan without its start-up ({ROLES} roles)", passes_alone / times["plan"], 1)
        print(f"  plan {times['plan'] / each * 1000:.1f} ms, a pass {passes_alone / each * 1000:.1f} ms")
    with tempfile.TemporaryDirectory() as made, server(FEW, 0) as url:
        os.environ |= {"OMNISTREAM_URL": url}
        os.chdir(made)
        write_many(Path("roles.d"), FEW)
        warm, last = watch(passes)
        row(f"memory after {passes} passes - after {min(WARM, passes)}", last - warm, 1, "MiB")


def plan(number: int) -> None:
    """Plan so many times, with garbage collected as rarely as in a process of its own; `watch` sets what it needs."""
    gc.set_threshold(OBJECTS)
    for _ in range(number):
        with redirect_stdout(io.StringIO()):
            ended(run(["plan", "--roles-dir", "roles.d"]))


def watch(passes: int) -> list[float]:
    """Make so many passes; return what was noted of the memory."""
    summons = Passes(passes)
    outside = Outside(watch=Surroundings(lambda: summons))
    with redirect_stdout(io.StringIO()) as lines:
        ended(run(["watch", "--heal", "revokes", "--journal", "journal.jsonl"], outside=outside))
    if " in_sync: " not in lines.getvalue():
        raise SystemExit(f"a pass had something to do, so its time says nothing: {lines.getvalue()}")
    return summons.noted


def ended(code: int) -> None:
    """Raise if a command failed: then its time says nothing."""
    if code:
        raise SystemExit(code)


def cpu() -> float:
    """Return the seconds that this process and what it started have computed."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def resident() -> float:
    """Return the resident memory of this process now, in MiB; where there is no /proc, the most it ever had."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)
    return pages * resource.getpagesize() / (1024 * 1024)


if __name__ == "__main__":
    main()
