"""The standard streams, even when their reader has left. Every command loads this module, so it loads little."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

import click

from reconciler.cli.fitting import fitted, width_of
from reconciler.model.errors import FileFailed


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


def say(message: str, *, whole: bool = False) -> None:
    """Print a message for people on standard error, if it is open. `message` is inert already.

    On a terminal its long lines are broken between words, unless it must stay `whole`: a plan, a command to copy.
    """
    try:
        click.echo(message if whole else fitted(message, width_of(sys.stderr)), err=True)
    except OSError:  # the message cannot be shown, and the work continues
        silence(sys.stderr)
