"""Ask for a confirmation on the terminal."""

from __future__ import annotations

import click

from reconciler.model.errors import Interrupted

_YES = ("y", "yes")
_NO = ("n", "no", "")


def confirmed(question: str) -> bool:
    """Ask on standard error, and return whether the answer is yes. The end of the input (Ctrl-D) counts as no.

    Raise `click.Abort` at Ctrl-C, and `Interrupted` at another signal.
    """
    try:
        return _answer(question)
    except (click.Abort, Interrupted) as error:
        click.echo(err=True)  # what is said next must not be on the line of the question
        if not isinstance(error.__context__, EOFError):
            raise
        return False


def _answer(question: str) -> bool:
    """Return the answer. Ask again for as long as it is neither yes nor no, in words that click does not have."""
    while True:
        answer = click.prompt(question, default="", show_default=False, prompt_suffix=" [y/N]: ", err=True)
        if answer.strip().lower() in _YES:
            return True
        if answer.strip().lower() in _NO:
            return False
        click.echo("Answer y for yes, or n for no.", err=True)
