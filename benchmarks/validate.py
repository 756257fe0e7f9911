"""How long reading 10,000 roles of 20 codes takes, against PyYAML's own loader on the same bytes.

    python benchmarks/validate.py

The goals of the table are those of the whole command; the rows that name a function leave the start of Python out.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path

import yaml  # the other side of the comparison; in the package PyYAML lives in reconciler.load alone

from benchmarks.measure import RECONCILER, command, exponent, medians, peak_mib, python, row
from reconciler.load import load_roles
from reconciler.model.days import Day

ROLES = 10_000
CODES = 20
TODAY = Day(2026, 11, 29)


def main() -> None:
    """Print one row for each goal."""
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        one, many = write_one(top / "one", ROLES), write_many(top / "many", ROLES)
        size = (one / "roles.yaml").stat().st_size / 1_000_000
        print(f"{ROLES:,} roles of {CODES} codes; the one file has {size:.1f} MB")
        compare(one, "one file")
        compare(many, "10,000 files")
        row("peak of validate, one file", peak_mib(RECONCILER, "validate", "--roles-dir", ".", cwd=one), 300, "MiB")
        sizes = [100, 300, 1000, 3000, 10_000]
        for number in sizes:
            write_one(top / str(number), number)
        found = medians(
            {str(number): partial(load_roles, top / str(number), today=TODAY) for number in sizes}, 3
        ).values()
        row("time as roles grow from 100 to 10,000: exponent", exponent(sizes, list(found)), 1.1, "")


def compare(directory: Path, what: str) -> None:
    """Hold `validate` against PyYAML, as commands and as functions."""
    pyyaml = (
        "import os, sys, yaml\n"
        f"for name in os.listdir({str(directory)!r}):\n"
        f"    with open(os.path.join({str(directory)!r}, name), encoding='utf-8') as file:\n"
        "        list(yaml.load_all(file.read(), yaml.CSafeLoader))"
    )
    commands = medians(
        {"pyyaml": python(pyyaml), "validate": command(RECONCILER, "validate", "--roles-dir", ".", cwd=directory)}
    )
    row(f"validate, {what} / python with PyYAML", commands["validate"] / commands["pyyaml"], 2)
    functions = medians(
        {"pyyaml": lambda: load_with_pyyaml(directory), "load": lambda: load_roles(directory, today=TODAY)}
    )
    row(f"load_roles, {what} / yaml.load_all", functions["load"] / functions["pyyaml"], 2)


def load_with_pyyaml(directory: Path) -> list[object]:
    """Everything that PyYAML makes of the files, as one list."""
    found: list[object] = []
    for name in os.listdir(directory):  # noqa: PTH208 - no side should pay for what the other does without
        with (directory / name).open(encoding="utf-8") as file:
            found += yaml.load_all(file.read(), Loader=yaml.CSafeLoader)
    return found


def role(number: int) -> str:
    """One role file's text."""
    codes = "".join(f"  - category{(number + n) % 40}.action{n}\n" for n in range(CODES))
    return f"name: role-{number}\ndescription: Role number {number} of many.\npermissions:\n{codes}"


def write_one(directory: Path, roles: int) -> Path:
    """All roles in one file."""
    directory.mkdir()
    (directory / "roles.yaml").write_text("---\n".join(map(role, range(roles))), encoding="utf-8")
    return directory


def write_many(directory: Path, roles: int) -> Path:
    """Each role in a file of its own."""
    directory.mkdir()
    for number in range(roles):
        (directory / f"role-{number}.yaml").write_text(role(number), encoding="utf-8")
    return directory


if __name__ == "__main__":
    main()
