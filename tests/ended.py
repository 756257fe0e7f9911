"""A process that a test starts, and that does not outlive it."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, AnyStr

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def ended(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """Use a process and kill what is left of it: leaving a `Popen` alone waits, for ever where the test has failed."""
    with process:
        try:
            yield process
        finally:
            process.kill()
