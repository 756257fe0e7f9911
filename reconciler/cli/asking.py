"""Ask for a confirmation on the terminal."""

from __future__ import annotations

import click


def confirmed(question: str) -> bool:
    """Ask on standard error, and return whether the answer is yes. The end of the input (Ctrl-D) counts as no.

    Raise `click.Abort` at Ctrl-C.
    """
    try:
        return click.confirm(question, err=True)
    except click.Abort as error:
        if not isinstance(error.__context__, EOFError):
            raise
        click.echo(err=True)
        return False
