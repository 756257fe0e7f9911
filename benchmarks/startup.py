"""How long the small commands take, against the libraries that they cannot do without.

    python benchmarks/startup.py

The example roles are written out as plain codes: what lock, sets and policies cost is measured by `grants`.

`plan` is that of these roles against a sandbox that this script starts on a loopback address: once as the sandbox
starts, which is drifted, so that deepdiff is asked what differs inside four roles, and once where it is not needed.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.grants import write, written_out
from benchmarks.measure import RECONCILER, command, medians, python, row

ROUNDS = 15


def main() -> None:
    """Print one row for each goal."""
    with tempfile.TemporaryDirectory(prefix="reconciler-startup-") as directory:
        top = Path(directory)
        write(top, written_out())
        rows(top)


def rows(top: Path) -> None:
    """Measure in the directory `top`, which has role files and nothing else."""
    bare = medians(
        {
            "click": python("import click"),
            "--version": command(RECONCILER, "--version", cwd=top),
            "--help": command(RECONCILER, "--help", cwd=top),
        },
        ROUNDS,
    )
    for option in ("--version", "--help"):
        row(f"reconciler {option} / import click", bare[option] / bare["click"], 1.5)
    validate = medians(
        {
            "imports": python("import click, pydantic, yaml"),
            "validate": command(RECONCILER, "validate", cwd=top),
        },
        ROUNDS,
    )
    row("validate of the example roles / import click, pydantic, yaml", validate["validate"] / validate["imports"], 2)
    with sandbox(top):
        row("plan of the example roles, drifted / import click, pydantic, yaml, httpx", plan(top), 1.5)
        # All but the role that agents hold, which the sandbox does not delete: exit code 6.
        apply = [RECONCILER, "apply", "--yes", "--max-deletes", "9", "--max-revokes", "99"]
        subprocess.run(apply, cwd=top, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        row("plan of the example roles, none differs inside / the same", plan(top), 1.5)


def plan(top: Path) -> float:
    """`plan` against the sandbox, in units of the imports that it cannot do without."""
    imports = python("import click, pydantic, yaml, httpx")
    seconds = medians({"imports": imports, "plan": command(RECONCILER, "plan", cwd=top)}, ROUNDS)
    return seconds["plan"] / seconds["imports"]


@contextmanager
def sandbox(top: Path) -> Iterator[None]:
    """A sandbox on a free port; the `export` lines that it prints are put into this process's environment."""
    server = subprocess.Popen([RECONCILER, "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=top)
    try:
        for line in server.stdout or ():
            words = line.strip().removeprefix("export ")
            if words.startswith("OMNISTREAM_"):
                name, _, value = words.partition("=")
                os.environ[name] = value.strip("'\"")
            if {"OMNISTREAM_URL", "OMNISTREAM_API_KEY"} <= os.environ.keys():
                break
        yield
    finally:
        server.terminate()
        server.communicate()


if __name__ == "__main__":
    main()
