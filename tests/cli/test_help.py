"""What `--help` says, of the program and of each command; how click lays it out is click's."""

from __future__ import annotations

import inspect

import click
import pytest

from reconciler.cli.registry import COMMANDS, cli
from tests.sentences import Golden


def said(command: click.Command) -> str:
    options = [
        f"{', '.join(option.opts)}: {option.help}"
        for option in command.params
        if isinstance(option, click.Option) and option.name not in {"help", "version"}
    ]
    return "\n".join([inspect.cleandoc(command.help or ""), *options])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_as_it_was_read(golden: Golden, name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    golden.says("cli/help", f"reconciler {name}", said(command))


def test_the_help_of_the_program_lists_each_command(golden: Golden) -> None:
    commands = "\n".join(f"{name}: {listed.about}" for name, listed in COMMANDS.items())
    golden.says("cli/help", "reconciler", f"{said(cli)}\n{commands}\n{cli.epilog}")
