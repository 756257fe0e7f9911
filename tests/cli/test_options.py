"""Every option can also be set in the environment (the interface, "Connection")."""

from __future__ import annotations

import click
import pytest

from reconciler.cli.registry import COMMANDS, cli
from tests.cli.conftest import Workspace
from tests.sentences import Golden


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
    if name == "--today":  # a forgotten variable would change what every run says (docs/interface.md)
        assert option.envvar is None
        return
    assert isinstance(option.envvar, list)
    assert option.envvar[0] == f"RECONCILER_{name.removeprefix('--').upper().replace('-', '_')}"


@pytest.mark.parametrize("option", [option for _, option in options()], ids=[name for name, _ in options()])
def test_an_option_has_a_help_text_that_is_a_sentence(option: click.Option) -> None:
    assert option.help is not None
    assert option.help[0].isupper() or option.help[0].isdigit()
    assert "." in option.help


def flags() -> list[tuple[str, click.Option]]:
    """Every option that takes no value, once for each name and type: what `--help` shows without a word behind it."""
    found = {(option.opts[-1], type(option.type)): option for _, option in options() if option.is_flag or option.count}
    return [(name, option) for (name, _), option in found.items()]


every_flag = pytest.mark.parametrize("flag", [flag for _, flag in flags()], ids=[name for name, _ in flags()])


def taken_from(variable: str, flag: click.Option, monkeypatch: pytest.MonkeyPatch) -> object:
    """What a command with this flag is given where the environment holds `variable` for it."""
    assert isinstance(flag.envvar, list)
    monkeypatch.setenv(flag.envvar[0], variable)
    probe = click.Command("probe", params=[flag], callback=lambda **values: next(iter(values.values())))
    return probe.main([], standalone_mode=False)


@every_flag
@pytest.mark.parametrize("variable", ["1", "true", "yes", "on", "True", "ON"])
def test_a_flag_is_on_for_each_word_that_says_so(
    flag: click.Option, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert taken_from(variable, flag, monkeypatch) == 1


@every_flag
@pytest.mark.parametrize("variable", ["0", "false", "no", "off", "", "False", "OFF"])
def test_a_flag_is_off_for_each_word_that_says_so(
    flag: click.Option, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert taken_from(variable, flag, monkeypatch) == 0


@every_flag
@pytest.mark.parametrize("variable", ["t", "y", "n", "f", "none", "-1", "maybe", "enabled"])
def test_a_flag_takes_no_other_word(flag: click.Option, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(click.UsageError):
        taken_from(variable, flag, monkeypatch)


def test_a_flag_whose_variable_says_neither_on_nor_off_is_a_wrong_command_line(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    monkeypatch.setenv("RECONCILER_YES", "perhaps")
    result = workspace.run("apply")
    assert result.code == 64
    golden.says("cli/messages", "a flag that is neither on nor off", result.err)


PATHS = [(name, option) for name, option in options() if isinstance(option.type, click.Path) and not option.multiple]


@pytest.mark.parametrize(("name", "option"), PATHS, ids=[name for name, _ in PATHS])
def test_an_empty_path_is_a_wrong_command_line(name: str, option: click.Option, workspace: Workspace) -> None:
    result = workspace.run(name.split(maxsplit=1)[0], f"{option.opts[-1]}=")
    assert (result.code, result.out) == (64, "")
    assert f"{option.opts[-1]} is empty" in result.err


def test_an_unknown_command_is_none() -> None:
    assert cli.get_command(click.Context(cli), "nothing") is None


def test_the_commands_are_listed_as_in_the_table() -> None:
    assert cli.list_commands(click.Context(cli)) == list(COMMANDS)


@pytest.mark.parametrize("option", ["--timeout", "--retry-wait", "--retry-budget"])
def test_what_is_no_number_is_no_time(workspace: Workspace, option: str) -> None:
    result = workspace.run("plan", option, "nan")
    assert result.code == 64
    assert option in result.err


@pytest.mark.parametrize("seconds", ["1e10", "1e400", "inf"])
@pytest.mark.parametrize("option", ["--timeout", "--retry-wait", "--retry-budget"])
def test_a_time_that_no_system_can_wait_for_is_as_long_as_it_can(
    workspace: Workspace, option: str, seconds: str
) -> None:
    assert workspace.run("plan", option, seconds).code == 0
