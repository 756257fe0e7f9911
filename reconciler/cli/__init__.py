"""The command line around a core that does no I/O. The only package that uses click.

Each command is a separate module, loaded when it is called: `--help` and `validate` stay fast.
"""

from __future__ import annotations

from reconciler.cli.boundary import main

__all__ = ["main"]
