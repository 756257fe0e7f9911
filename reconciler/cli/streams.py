"""The standard streams, whoever may have gone away from them. Every command loads this, so it loads little."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

import click

from reconciler.model.errors import FileFailed


class ReaderLeft(FileFailed):
    """Whoever read standard output went away, as `head -1` does: it is no failure of ours."""


def lost(error: OSError) -> FileFailed:
    """The failure to write to standard output, which is closed for the rest of the run: nothing fails anew at exit."""
    silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return ReaderLeft("the reader of standard output closed it before the report ended")
    return FileFailed(f"cannot write to standard output: {error.strerror}")


def silence(stream: TextIO) -> None:
    """Send what is written to `stream`, and what is buffered there, nowhere."""
    with suppress(OSError):  # a stream without a file of its own, as in a test, has nothing that could fail at exit
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say(message: str) -> None:
    """Tell people something on standard error, if anybody is there. `message` is inert already."""
    try:
        click.echo(message, err=True)
    except OSError:  # nobody can be told, and what is under way goes on all the same
        silence(sys.stderr)
