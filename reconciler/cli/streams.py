"""The standard streams, even when their reader has left. Every command loads this module, so it loads little."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

import click

from reconciler.cli.fitting import fitted, width_of
from reconciler.model.errors import FileFailed
from reconciler.model.inert import without_commands


class OutputClosed(FileFailed):
    """The reader of standard output has left, like `head -1`. This is not a failure of reconciler."""


def lost(error: OSError) -> FileFailed:
    """Return the failure to write to standard output, and close it for the rest of the run, so exit cannot fail."""
    silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return OutputClosed("the reader of standard output closed it before the report ended")
    return FileFailed(f"cannot write to standard output: {error.strerror}")


def silence(stream: TextIO) -> None:
    """Discard what is written to `stream`, and what is in its buffer."""
    with suppress(OSError):  # a stream without a file descriptor, as in a test, cannot fail at exit
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


_QUIET = "reconciler.quiet"
"""The key under which click keeps whether a run is quiet."""


def hush(ctx: click.Context, param: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click passes it like this
    """Remember for the run whether it is quiet: the callback of `--quiet`."""
    del param
    ctx.find_root().meta[_QUIET] = value
    return value


def is_quiet() -> bool:
    """Return whether progress and notes are off in the current run. Only the thread of the command knows it."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().meta.get(_QUIET))


_COLOR = "reconciler.color"
"""The key under which click keeps what `--color` of a run is."""


def paint(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Remember for the run when to use colour: the callback of `--color`."""
    del param
    ctx.find_root().meta[_COLOR] = value
    return value


def is_plain() -> bool | None:
    """Return whether `--color` of the current run is `never`, for standard error; None if the environment decides."""
    context = click.get_current_context(silent=True)
    asked = context.find_root().meta.get(_COLOR, "auto") if context is not None else "auto"
    return None if asked == "auto" else asked == "never"


def aside(message: str, *, whole: bool = False) -> None:
    """Print what a user can do without, unless the run is quiet."""
    if not is_quiet():
        say(message, whole=whole)


def say(message: str, *, whole: bool = False) -> None:
    """Print a message for people on standard error, if it is open. `message` is inert already.

    On a terminal its long lines are broken between words, unless it must stay `whole`: a plan, a command to copy.
    """
    try:
        click.echo(without_commands(message if whole else fitted(message, width_of(sys.stderr))), err=True)
    except OSError:  # the message cannot be shown, and the work continues
        silence(sys.stderr)
