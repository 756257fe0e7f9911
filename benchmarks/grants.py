"""What lock, sets and policies cost: `validate` with them and without them, on the same roles.

    python benchmarks/grants.py

Both sides have the same roles in the end: what one writes as a set, the other writes out.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.measure import RECONCILER, command, medians, row
from benchmarks.validate import CODES, ROLES, TODAY, role
from reconciler.load import load_roles
from reconciler.load.emit import role_yaml
from reconciler.load.lock import load_lock
from reconciler.load.lock_text import lock_text
from reconciler.load.policy_files import load_policies
from reconciler.load.walk import LOCK_FILE
from reconciler.model.catalogue import Lock, Permission
from reconciler.model.findings import Place
from reconciler.policy.coverage import coverage
from reconciler.policy.items import Item
from reconciler.policy.prepared import known_codes, prepare

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print one row for each goal."""
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        found = compare(top / "examples", written_out(), examples(), 15)
        row("validate of the example roles with lock, sets, policies / without", found, 1.5)
        many = {"roles.d/roles.yaml": "---\n".join(map(role, range(ROLES)))}
        found = compare(top / "many", many, many | {"policies.yaml": policies(), LOCK_FILE: lock(codes())}, 5)
        row(f"validate of {ROLES:,} roles with 800 codes, 30 policies / without", found, 1.6)
        counted(top / "counted")


def compare(top: Path, without: Mapping[str, str], with_: Mapping[str, str], rounds: int) -> float:
    """How many times longer `validate` takes in a directory of the files `with_` than in one of those `without`."""
    write(top / "without", without)
    write(top / "with", with_)
    validate = {name: command(RECONCILER, "validate", cwd=top / name) for name in ("without", "with")}
    seconds = medians(validate, rounds)
    return seconds["with"] / seconds["without"]


def counted(top: Path) -> None:
    """Hold the coverage of 200 roles, 300 codes and 30 policies against asking for each role, code and policy."""
    write(top, {"policies.yaml": policies(), "roles.d/roles.yaml": "---\n".join(map(role, range(200)))})
    asked = load_policies([Item(str(top / "policies.yaml"), Place("policies.yaml"))], TODAY)
    desired = load_roles(top / "roles.d", today=TODAY).roles
    entries = {entry.code: entry for entry in codes()[:300]}
    locked = Lock(LOCK_FILE, "https://tenant.example", entries)
    prepared = prepare(asked.policies, known_codes(desired, locked))

    def loop() -> int:
        return sum(
            code in each.codes and code not in entry.role.permissions
            for entry in desired
            for each in prepared
            for code in entries
        )

    seconds = medians({"loop": loop, "coverage": lambda: coverage(asked, desired, locked)}, 5, time.process_time)
    row(
        "coverage of 200 roles, 300 codes, 30 policies / a loop over the sets", seconds["coverage"] / seconds["loop"], 2
    )


def examples() -> dict[str, str]:
    """The example files of this repository: roles and a set, the lock, the policies."""
    paths = [*(ROOT / "roles.d").rglob("*.yaml"), ROOT / LOCK_FILE, ROOT / "policies.yaml"]
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}


def written_out() -> dict[str, str]:
    """The same roles, each in a file, as plain codes that need neither the set nor the lock."""
    locked = load_lock(ROOT / LOCK_FILE, str)
    roles = [entry.role for entry in load_roles(ROOT / "roles.d", today=TODAY, lock=locked).roles]
    return {f"roles.d/{each.name}.yaml": role_yaml(each) for each in roles}


def lock(entries: Iterable[Permission]) -> str:
    """The text of a lock that has these permissions."""
    return lock_text(Lock(LOCK_FILE, "https://tenant.example", {entry.code: entry for entry in entries}))


def codes() -> list[Permission]:
    """The 800 codes that the roles of `validate.role` hold, 20 each."""
    names = [f"category{left}.action{right}" for left in range(40) for right in range(CODES)]
    return [
        Permission(code, f"Name of {code}", code.partition(".")[0], f"Allows what {code} is about.", f"id-{number}")
        for number, code in enumerate(names)
    ]


def policies() -> str:
    """Thirty policies, five of each check. Role number n holds `categoryC.actionA` where C - A is n modulo 40.

    Those of `needs` warn of some hundred roles. Otherwise no role breaks them.
    """
    every_action = ", ".join(f'"*.action{action}"' for action in range(CODES))
    checks = [check for number in range(5) for check in _checks(number, every_action)]
    return "version: 1\npolicies:\n" + "".join(checks)


def _checks(n: int, every_action: str) -> Iterator[str]:
    holders = ", ".join([f"role-{n}", *(f'"role-*{tens}{n}"' for tens in "02468")])
    even = f'["role-*[02468]0{n}"]'  # numbers that are n modulo 200
    for check, body in {
        "apart": f'apart: [[category{n}.action0], ["category{n + 20}.*", "category{n + 30}.*"]]',
        "cannot": f"cannot: [category{n}.action0]\n    except_roles: [{holders}]",
        "can": f"can: [category{n}.action0]\n    roles: {even}",
        "can-only": f'can_only: [{every_action}]\n    roles: ["role-{n + 1}*"]',
        "needs": f'needs: {{codes: ["*.action{n}"], reason: true}}\n    level: warn\n    roles: {even}',
        "keys": "keys: [description]",
    }.items():
        yield f"  - id: {check}-{n}\n    why: A sentence that says why role number {n} is so.\n    {body}\n"


def write(top: Path, files: Mapping[str, str]) -> None:
    """Write the files, by their paths below `top`."""
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
