"""How long `plan --all` takes for 2,000 tenants of 12 roles that are as the files say, and what it needs.

    python benchmarks/fleet.py

One process answers for all of them, 100 ms after each request. Each tenant needs two answers, which are read side by
side, so the bound of 20 tenants at 32 at a time is one delay.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fleet_server import codes_of
from benchmarks.measure import RECONCILER, command, medians, peak_mib, row

TENANTS = 2_000
ROLES = 12
DELAY = 0.1
SHARDS = 8


def main() -> None:
    """Print one row for each goal."""
    with tempfile.TemporaryDirectory() as made, server(ROLES, DELAY) as url:
        top = Path(made)
        few, many = write(top / "few", 20, url), write(top / "many", TENANTS, url)
        one = command(RECONCILER, "plan", "--tenant", "tenant-0000", cwd=few)
        seconds = medians({"few": command(RECONCILER, "plan", "--all", cwd=few), "one": one}, 7)
        # Of one tenant, all but the delay is start-up: imports, files, git.
        row("plan of 20 tenants, start-up aside / 100 ms", (seconds["few"] - seconds["one"] + DELAY) / DELAY, 3)
        start = time.perf_counter()
        command(RECONCILER, "plan", "--all", "--out", "plans", cwd=many)()
        row("plan of 2,000 tenants at 100 ms a response", time.perf_counter() - start, 20, "s")
        row("peak of plan of 2,000 tenants", peak_mib(RECONCILER, "plan", "--all", cwd=many), 500, "MiB")
        in_shards(many)


def in_shards(top: Path) -> None:
    """Plan the shards side by side, and compare their digests with those of one run."""
    start = time.perf_counter()
    arguments = [RECONCILER, "plan", "--all", "--out", "shards", "--shard"]
    running = [
        subprocess.Popen([*arguments, f"{number}/{SHARDS}"], cwd=top, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for number in range(SHARDS)
    ]
    for each in running:
        each.communicate()
    if any(each.returncode for each in running):
        raise SystemExit("a shard failed, so that its time says nothing")
    row("plan of 2,000 tenants in 8 shards side by side", time.perf_counter() - start, 30, "s")
    shown = subprocess.run(
        [RECONCILER, "show", "shards", "--format", "json"], cwd=top, stdout=subprocess.PIPE, check=True
    )
    whole = json.loads((top / "plans" / "fleet.json").read_text())
    row("digests of tenants that differ between shards and one run", differing(json.loads(shown.stdout), whole), 0, "")


def differing(one: dict[str, object], other: dict[str, object]) -> int:
    """How many tenants have different plans."""
    sides = [{name: entry["digest"] for name, entry in each["tenants"].items()} for each in (one, other)]  # type: ignore[attr-defined]
    return len(set(sides[0].items()) ^ set(sides[1].items()))


def write(top: Path, tenants: int, url: str) -> Path:
    """Write the files of so many tenants that are all alike; returns their directory."""
    roles = top / "roles.d"
    roles.mkdir(parents=True)
    for number in range(ROLES):
        lines = [f"name: role-{number}", f"description: Role role-{number} of every tenant.", "permissions:"]
        lines += [f"  - {code}" for code in codes_of(number)]
        (roles / f"role-{number}.yaml").write_text("\n".join(lines) + "\n")
    names = [f"tenant-{number:04}" for number in range(tenants)]
    entries = [f"  {name}: {{url: {url}/{name}}}" for name in names]
    keys = top / "keys"
    keys.mkdir()
    for name in names:
        (keys / name).write_text("benchmark-key\n")
    settings = ["version: 1", "roles_dir: roles.d", "api_key_file: keys/{tenant}", "tenants:", *entries]
    (top / "reconciler.yaml").write_text("\n".join(settings) + "\n")
    return top


@contextmanager
def server(roles: int, delay: float) -> Iterator[str]:
    """The URL of a server in a process of its own; see `fleet_server.py`."""
    arguments = [sys.executable, "-m", "benchmarks.fleet_server", str(roles), str(delay)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        try:
            port = (process.stdout or sys.stdin).readline().strip()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


if __name__ == "__main__":
    os.environ.pop("OMNISTREAM_API_KEY", None)
    main()
