"""`make mutants` makes mistakes that the tests see: one that made none would call every one of them unnoticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_mistake_in_a_module_is_noticed_by_its_tests() -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutants", "model/patterns"],
        cwd=ROOT,
        env={**kept, "EACH": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["noticed: 2 of 2, 100.0 %"]), done.stderr
