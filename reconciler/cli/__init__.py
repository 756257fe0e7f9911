"""The command line around a core that does no I/O. The only package that uses click.

Each command is a separate module, loaded when it is called: `--help` and `validate` stay fast.
"""

from __future__ import annotations

import gc
import signal
import sys
from typing import NoReturn

OBJECTS = 100_000
"""New objects between two looks for garbage. A small command ends before the first one, so imports cost no look."""

_HELD = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""The signals of `watch`. Its `Summons` takes those that come while the modules are loaded."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit the process with the interface's exit code.

    While the modules are loaded, Ctrl-C ends the process as SIGTERM does: Python's own handler prints a traceback.
    """
    gc.set_threshold(OBJECTS)
    arguments = sys.argv[1:] if arguments is None else arguments
    if _command(arguments) == "watch":
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from reconciler.cli import boundary  # after the handler

    boundary.main(arguments)


def _command(arguments: list[str]) -> str | None:
    """Return the command: the first word that is neither an option nor the directory of `-C`."""
    rest = iter(arguments)
    for word in rest:
        if word in {"-C", "--directory"}:
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return None
