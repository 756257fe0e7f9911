"""Ask for a confirmation on the terminal."""

from __future__ import annotations

import click

from reconciler.model.errors import Interrupted


def confirmed(question: str) -> bool:
    """Ask on standard error, and return whether the answer is yes. The end of the input (Ctrl-D) counts as no.

    Raise `click.Abort` at Ctrl-C, and `Interrupted` at another signal.
    """
    try:
        return click.confirm(question, err=True)
    except (click.Abort, Interrupted) as error:
        click.echo(err=True)  # what is said next must not be on the line of the question
        if not isinstance(error.__context__, EOFError):
            raise
        return False
