"""The command line: the shell around a core that does no I/O. The one home of click.

Each command is a module of its own, loaded when it is called, so that `--help` and `validate` stay quick.
"""

from __future__ import annotations

from reconciler.cli.boundary import main

__all__ = ["main"]
