"""What a run of the command line takes from the process that it runs in; a test hands in its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import click

from reconciler.apply.interrupts import Stop


@dataclass(frozen=True, slots=True)
class Outside:
    """How a run waits between two tries of a read, and the flag by which an apply is interrupted.

    `stop` is given what tells of an interrupt. The flag's own `wait` is the wait between two tries of an apply.
    """

    sleep: Callable[[float], object] = time.sleep
    stop: Callable[[Callable[[str], object]], Stop] = Stop


def outside() -> Outside:
    """Return what the current run was given."""
    return click.get_current_context().find_object(Outside) or Outside()
