"""How long `plan` takes for a tenant of 10,000 roles, how many requests it needs, and how well `apply` fills its lanes.

python benchmarks/tenant.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import RECONCILER, command, exponent, medians, peak_mib, python, row
from benchmarks.validate import ROLES, write_one
from reconciler.api import Writer
from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.model.roles import Role
from reconciler.model.secret import Secret
from reconciler.plan.changes import Create, Plan
from reconciler.plan.sources import RoleFiles
from reconciler.policy.judge import approve, judge
from reconciler.policy.limits import Limits
from reconciler.transport import Transport

CREATES = 200
DELAY = 0.05
LANES = 8


def main() -> None:
    """Print one row for each goal."""
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        found = {number: planned(top, number) for number in (100, 1_000, ROLES)}
        row(
            "time of plan as roles grow from 100 to 10,000: exponent",
            exponent(list(found), list(found.values())),
            1.1,
            "",
        )
    filled()


def planned(top: Path, roles: int) -> float:
    """Plan a tenant of so many roles that is as its files say; returns seconds. Prints the rows for the largest."""
    directory = write_one(top / str(roles), roles)
    with server(roles, 0) as url:
        os.environ |= {"OMNISTREAM_URL": url, "OMNISTREAM_API_KEY": "benchmark"}
        plan = (RECONCILER, "plan", "--detailed-exitcode", "--roles-dir", str(directory))
        before = requests(url)
        command(*plan, cwd=top)()
        calls = requests(url) - before
        answer = top / f"{roles}.json"
        answer.write_bytes(get(f"{url}/api/roles"))
        parsers = (
            "import json, yaml\n"
            f"list(yaml.load_all(open({str(directory / 'roles.yaml')!r}), yaml.CSafeLoader))\n"
            f"json.loads(open({str(answer)!r}).read())"
        )
        times = medians({"parsers": python(parsers), "plan": command(*plan, cwd=top)}, 3)
        if roles == ROLES:
            row("API calls of a plan", calls, 2, "")
            row("plan of 10,000 roles / yaml.load_all + json.loads", times["plan"] / times["parsers"], 3)
            row("peak of plan of 10,000 roles", peak_mib(*plan, cwd=top), 300, "MiB")
        return times["plan"]


def filled() -> None:
    """Create roles on a server that takes its time, and hold that against lanes that are never empty."""
    creates = tuple(Create(Role(f"new-{number}", "", frozenset({"category1.action1"}))) for number in range(CREATES))
    admin = Role("admin", "", frozenset())
    with server(0, DELAY) as url, Transport(url, Secret("benchmark"), concurrency=LANES) as transport:
        plan = Plan(url, RoleFiles("roles.d", "sha256:0"), creates, system=(admin,))
        approved = approve(judge(plan, Limits()))
        start = time.perf_counter()
        outcomes = carry_out(approved, Run(Writer(transport), LANES, Stop()))
        took = time.perf_counter() - start
    if any(outcome.error for outcome in outcomes):
        raise SystemExit("a create failed, so that its time says nothing")
    row("apply of 200 creates / 200 x 50 ms / 8 in flight", took / (CREATES * DELAY / LANES), 1.3)


@contextmanager
def server(roles: int, delay: float) -> Iterator[str]:
    """The URL of a server in a process of its own; see `server.py`."""
    arguments = [sys.executable, "-m", "benchmarks.server", str(roles), str(delay)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            port = (process.stdout or sys.stdin).readline().strip()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def requests(url: str) -> int:
    """How many requests the server has had."""
    return int(get(f"{url}/count"))


def get(url: str) -> bytes:
    """The body at a URL of our own server."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - a loopback address that this script opened
        content: bytes = answer.read()
    return content


if __name__ == "__main__":
    main()
