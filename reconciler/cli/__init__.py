"""The command line around a core that does no I/O. The only package that uses click.

Each command is a separate module, loaded when it is called: `--help` and `validate` stay fast.
"""

from __future__ import annotations

import gc
import signal
from typing import NoReturn

OBJECTS = 100_000
"""New objects between two looks for garbage. A small command ends before the first one, so imports cost no look."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit the process with the interface's exit code.

    While the modules are loaded, Ctrl-C ends the process as SIGTERM does: Python's own handler prints a traceback.
    """
    gc.set_threshold(OBJECTS)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from reconciler.cli import boundary  # after the handler

    boundary.main(arguments)
