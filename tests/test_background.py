"""The suite itself, where a script's `&` or `nohup` started it: signals are ignored, and children inherit that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SENDERS = [
    "tests/cli/commands/test_sandbox.py::test_the_printed_lines_are_all_that_another_terminal_needs",
    "tests/apply/test_interrupts.py::test_the_first_signal_asks_to_stop_and_says_so",
]


def test_tests_that_send_a_signal_pass_where_it_is_ignored() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    script = 'trap "" INT HUP TERM; exec "$0" -m pytest -q -p no:cacheprovider -p no:xdist --timeout 60 "$@"'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, *SENDERS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
