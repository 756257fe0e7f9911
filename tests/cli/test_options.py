"""Every option can also be set in the environment (the interface, "Connection")."""

from __future__ import annotations

import click
import pytest

from reconciler.cli.commands import COMMANDS, cli


def options() -> list[tuple[str, click.Option]]:
    context = click.Context(cli)
    commands = [(name, cli.get_command(context, name)) for name in COMMANDS]
    return [
        (f"{name} {option.opts[-1]}", option)
        for name, command in commands
        if command is not None
        for option in command.params
        if isinstance(option, click.Option)
    ]


@pytest.mark.parametrize("option", [option for _, option in options()], ids=[name for name, _ in options()])
def test_an_option_has_the_variable_of_its_name(option: click.Option) -> None:
    name = next(each for each in option.opts if each.startswith("--"))
    assert isinstance(option.envvar, list)
    assert option.envvar[0] == f"RECONCILER_{name.removeprefix('--').upper().replace('-', '_')}"


@pytest.mark.parametrize("option", [option for _, option in options()], ids=[name for name, _ in options()])
def test_an_option_has_a_help_text_that_is_a_sentence(option: click.Option) -> None:
    assert option.help is not None
    assert option.help[0].isupper() or option.help[0].isdigit()
    assert "." in option.help


def test_an_unknown_command_is_none() -> None:
    assert cli.get_command(click.Context(cli), "nothing") is None
