"""What a run of the command line takes from its process; a test passes its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import click

from reconciler.apply.interrupts import Stop


class Outside(NamedTuple):
    """How a run waits between two attempts of a read, and the flag that interrupts an apply.

    `stop` creates the flag from a function that reports an interrupt. Between two attempts, an apply uses its `wait`.
    """

    sleep: Callable[[float], object] = time.sleep
    stop: Callable[[Callable[[str], object]], Stop] = Stop


def outside() -> Outside:
    """Return the values of the current run."""
    return click.get_current_context().find_object(Outside) or Outside()
