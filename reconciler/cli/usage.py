"""Say what is wrong with a command line, in the words of reconciler. click's own sentences have three quote styles.

Only an error loads this module.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import click

from reconciler.cli.help.documented import Unfit, value_of
from reconciler.cli.options import variable_of
from reconciler.model.inert import quoted, visible
from reconciler.model.suggestions import near

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIMILAR = 0.65
"""The least likeness of two options of which one is a part of the other, as `--detailed` of `--detailed-exitcode`."""


def sentence(error: click.UsageError) -> str:
    """Return what is wrong: with the option as it was written, or with the variable that set it."""
    match error:
        case click.NoSuchOption():
            alike = error.possibilities or ()
            meant = " or ".join(near(error.option_name, alike) or _similar(error.option_name, alike))
            return f"No such option {visible(error.option_name)}.{f' Did you mean {meant}?' if meant else ''}"
        case click.BadOptionUsage():
            return _misused(error)
        case click.MissingParameter():
            return f"{_named(error)} is missing{usage(error.ctx)}"
        case Unfit():
            return f"{_named(error)} {error.message}"
        case click.BadParameter():
            return f"Invalid value for {_named(error)}: {error.message}"
        case _:
            return error.format_message()


def _similar(name: str, options: Iterable[str]) -> list[str]:
    """Return the options that have most letters of `name`, without the dashes: `--api-key-file` for `--api-key`.

    click counts the dashes too, so it suggests `--only` for `--today`.
    """
    letters, words = name.replace("-", ""), set(name.split("-"))
    return [
        each
        for each in options
        if words <= set(each.split("-")) or SequenceMatcher(None, letters, each.replace("-", "")).ratio() >= _SIMILAR
    ]


def usage(context: click.Context | None) -> str:
    """Return how the command is used, as the end of a sentence."""
    if context is None:
        return ""
    pieces = " ".join([context.command_path, *context.command.collect_usage_pieces(context)])
    return f". Usage: {pieces}"


def _named(error: click.BadParameter) -> str:
    param, context = error.param, error.ctx
    if param is None or context is None:
        return "an argument"
    if variable := variable_of(context, param):
        return variable
    return max(param.opts, key=len) if isinstance(param, click.Option) else param.make_metavar(context).strip("[].")


def _misused(error: click.BadOptionUsage) -> str:
    """Return that an option has no value and needs one, or has one and takes none."""
    name = visible(error.option_name)
    params = error.ctx.command.params if error.ctx else []
    option = next((each for each in params if isinstance(each, click.Option) and error.option_name in each.opts), None)
    if option is None:
        return error.format_message()
    value = value_of(option)
    return f"{name} needs a value: {name} {value}" if value else f"{name} takes no value"


def too_many(context: click.Context, extra: list[str]) -> click.UsageError:
    """Return the error of arguments that the command does not take."""
    words = ", ".join(quoted(each) for each in extra)
    return click.UsageError(f"unexpected argument{'s' if len(extra) > 1 else ''} {words}{usage(context)}", context)
