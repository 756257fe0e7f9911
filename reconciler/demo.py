"""The full cycle against a temporary sandbox: validate, a refusal, plan, apply, plan again.

Each step runs the real command in a separate process, over a real socket, and shows the command line that does the
same. Nothing is simulated, so the output is what a user sees.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.errors import ExitCode, Failed

COLUMNS = 80
"""Of a terminal, where it is not known."""
_BESIDE = ("permissions.lock.yaml", "policies.yaml")


@dataclass(frozen=True, slots=True)
class Done:
    """A finished step: the command line that does the same, its exit code and all its output."""

    command: str
    exit_code: int
    output: str


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the cycle: its purpose, its arguments, and its expected exit code.

    `role_file` is the text of a role file that is there for this step only.
    """

    why: str
    arguments: tuple[str, ...]
    expected: ExitCode
    role_file: str | None = None


STEPS = (
    Step(
        "Are the role files valid? This check needs no server, so it also runs in an "
        "editor or a pre-commit hook. The catalogue lock, permissions.lock.yaml, says "
        "which permissions the tenant has.",
        ("validate",),
        ExitCode.DONE,
    ),
    Step(
        "A role file asks for refunds, which a policy keeps for billing: it is "
        "refused before anyone can merge it. policies.yaml has the rule. An exception "
        "would be a waiver there, with a reason and an end.",
        ("validate",),
        ExitCode.REFUSED,
        role_file="name: evening-shift\ndescription: Covers the evening.\npermissions:\n  - billing.refund\n",
    ),
    Step(
        "What would change? This tenant was edited by hand, so it has drifted from "
        "roles.d. plan only reads. --out saves the plan, so you apply exactly what you "
        "reviewed.",
        ("plan", "--out", "plan.json"),
        ExitCode.DONE,
    ),
    Step(
        "Apply exactly that plan. Two agents still have the role night-shift, so the "
        "server refuses to delete it. Everything else is done. The report says what is "
        "not, and the exit code is 6.",
        ("apply", "plan.json", "--yes", "--journal", "journal.jsonl"),
        ExitCode.PARTLY_APPLIED,
    ),
    Step(
        "What is left? Only the refused delete. Give the two agents another role, apply again, and nothing is left.",
        ("plan", "--detailed-exitcode"),
        ExitCode.CHANGES,
    ),
)
"""The cycle, in order. One change is left at the end, because a real tenant has roles in use."""


def run_demo(
    announce: Callable[[str], None], *, color: bool, columns: int = COLUMNS, steps: Sequence[Step] = STEPS
) -> tuple[Done, ...]:
    """Run `steps`, report each one through `announce`, which gets whole lines, and return all of them.

    What each step is for is wrapped to so many `columns`; what it prints is as it is.

    Raise `Failed` when the sandbox extra is not installed, or when a step does not end as expected.
    """
    from reconciler.sandbox.server import running_sandbox  # noqa: PLC0415 - FastAPI is an extra, and slow to import

    with running_sandbox() as sandbox, tempfile.TemporaryDirectory(prefix="reconciler-demo-") as directory:
        shutil.copytree(example_roles(), Path(directory) / "roles.d")
        for name in _BESIDE:
            shutil.copy(example_roles().with_name(name), Path(directory) / name)
        environment = {
            **_without_settings(os.environ),
            "OMNISTREAM_URL": sandbox.url,
            "OMNISTREAM_API_KEY": sandbox.api_key,
            "FORCE_COLOR" if color else "NO_COLOR": "1",
        }
        announce(f"A sandbox of the OmniStream API runs on {sandbox.url}.")
        announce("The role files are a copy of roles.d.")
        announce("To start a sandbox, run `reconciler sandbox` and paste the two lines it prints.")
        done = []
        for number, step in enumerate(steps, 1):
            announce("")
            announce("-" * columns)
            for line in textwrap.wrap(f"{number}. {step.why}", max(columns - 2, 1), break_on_hyphens=False):
                announce(f"# {line}")
            done.append(_run(number, step, Path(directory), environment, announce))
    announce("")
    announce("That is the full cycle.")
    announce("To adopt your own tenant, start with `reconciler export`; see the README.")
    return tuple(done)


def example_roles(package: Path = Path(__file__).parent) -> Path:
    """Return the role files of this repository: beside the package in a checkout, inside it when installed."""
    inside = package / "roles.d"
    return inside if inside.is_dir() else package.parent / "roles.d"


def _run(
    number: int, step: Step, directory: Path, environment: Mapping[str, str], announce: Callable[[str], None]
) -> Done:
    extra = directory / "roles.d" / "evening-shift.yaml"
    if step.role_file is not None:
        extra.write_text(step.role_file, encoding="utf-8")
    command = shlex.join(["reconciler", *step.arguments])
    announce(f"$ {command}")
    announce("")
    done = subprocess.run(  # noqa: S603 - our own command, with arguments from the table above
        [sys.executable, "-m", "reconciler", *step.arguments],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
    )
    extra.unlink(missing_ok=True)
    for line in done.stdout.splitlines():
        announce(line)
    announce(f"[exit code {done.returncode}]")
    if done.returncode != step.expected:
        raise Failed(f"step {number} of the demo ended with {done.returncode} instead of {step.expected}; see above")
    return Done(command, done.returncode, done.stdout)


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without any setting that could point the demo at another tenant."""
    own = ("OMNISTREAM_", "RECONCILER_")
    return {name: value for name, value in environment.items() if not name.startswith(own)}
