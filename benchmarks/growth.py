"""How time grows with files that are much larger than people write, up to 10,000 items: linear is 1, quadratic is 2.

    python benchmarks/growth.py

The garbage collector adds a little to 1, because one document is held in memory as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from benchmarks.measure import exponent, medians, row
from benchmarks.validate import TODAY
from reconciler.load.loaded import collect
from reconciler.load.policies import read_policies
from reconciler.model.catalogue import Lock, Permission
from reconciler.policy.check import Live, findings
from reconciler.policy.idle import idle_parts

SIZES = (1_000, 3_000, 10_000)
GOAL = 1.3


class Files(NamedTuple):
    """The text of a role file and of a policy file, and the number of codes `a.c0`, `a.c1`, ... of the lock."""

    roles: str = "name: clerk\npermissions: [a.c0]\n"
    policies: str = "policies: []\n"
    codes: int = 1


def main() -> None:
    """Print one row for each way to grow."""
    for what, files in CASES.items():
        tasks = {str(size): partial(judged, files(size)) for size in SIZES}
        row(
            f"time as {what} grow: exponent",
            exponent(SIZES, list(medians(tasks, 3, time.process_time).values())),
            GOAL,
            "",
        )


def judged(files: Files) -> object:
    """Everything that `validate` and `plan` do with the files. The live roles hold what the files want already."""
    lock = Lock("lock", "https://tenant.example", {code: Permission(code, code, "a") for code in codes(files.codes)})
    loaded, _ = collect([("roles.yaml", files.roles.encode())], today=TODAY, lock=lock)
    policies = read_policies([("policies.yaml", files.policies.encode())], TODAY)
    live = Live({entry.role.name: entry.role for entry in loaded.roles})
    return idle_parts(policies, loaded.roles, lock), findings(policies, loaded.roles, TODAY, lock, live)


def codes(number: int) -> list[str]:
    """So many codes, all of one category."""
    return [f"a.c{each}" for each in range(number)]


def listed(number: int) -> str:
    """So many codes as the items of a list."""
    return ", ".join(codes(number))


def numbered(number: int, text: str) -> str:
    """The text so many times; `#` is the number."""
    return "".join(text.replace("#", str(each)) for each in range(number))


CASES: Mapping[str, Callable[[int], Files]] = {
    "waivers": lambda n: Files(
        policies="policies: [{id: p, cannot: [a.c0]}]\nwaivers:\n"
        + numbered(n, "- {policy: p, role: clerk#, codes: [a.c0], reason: Why, until: 2027-01-01}\n")
    ),
    "policies": lambda n: Files(policies="policies:\n" + numbered(n, "- {id: p#, cannot: [b.view]}\n")),
    "policies and codes, by a pattern that matches all": lambda n: Files(
        policies="policies:\n" + numbered(n, "- {id: p#, cannot: ['a.*']}\n"), codes=n
    ),
    "groups with a pattern that matches all": lambda n: Files(
        policies=f"policies: [{{id: p, apart: [{numbered(n, '[a.*], ')}]}}]\n", codes=n
    ),
    "names in except_roles and roles": lambda n: Files(
        "---\n".join(f"name: clerk{each}\npermissions: [a.c0]\n" for each in range(n)),
        f"policies: [{{id: p, cannot: [b.view], except_roles: [{numbered(n, 'clerk#, ')}]}}]\n",
    ),
    "names without a role": lambda n: Files(
        policies=f"policies: [{{id: p, cannot: [b.view], except_roles: [{numbered(n, 'clerk#, ')}]}}]\n"
    ),
    "codes of a role that a policy forbids": lambda n: Files(
        f"name: clerk\npermissions: [{listed(n)}]\n", "policies: [{id: p, cannot: ['a.*']}]\n", n
    ),
    "codes that a role includes and excepts": lambda n: Files(
        f"set: all\npermissions: [a.*]\n---\nname: clerk\ninclude: [all]\nexcept: [{listed(n)}]\n", codes=n
    ),
    "codes with an end": lambda n: Files(
        "name: clerk\npermissions:\n" + "".join(f"- {code}: {{until: 2026-11-01}}\n" for code in codes(n)), codes=n
    ),
    "sets that no role includes": lambda n: Files(
        Files().roles + "".join(f"---\nset: s{each}\npermissions: [a.c0]\n" for each in range(n))
    ),
    "includes": lambda n: Files(
        f"name: clerk\ninclude: [{numbered(n, 's#, ')}]\n"
        + "".join(f"---\nset: s{each}\npermissions: [a.c0]\n" for each in range(n))
    ),
    "includes of unknown sets, and sets": lambda n: Files(
        f"name: clerk\ninclude: [{numbered(n, 't#, ')}]\n"
        + "".join(f"---\nset: s{each}\npermissions: [a.c0]\n" for each in range(n))
    ),
}


if __name__ == "__main__":
    main()
