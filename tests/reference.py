"""The tables of docs/interface.md that are made from the command line itself: what a command is called and takes.

An option that several commands take in the same words has one home, a group; each command names its groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

from reconciler.cli.help.documented import Documented, default_of, described, range_of
from reconciler.cli.help.topics import EXIT_CODES
from reconciler.cli.registry import COMMANDS, cli


@dataclass(frozen=True)
class Group:
    """Options that several commands share: the heading that lists them, and a command that has them all."""

    heading: str
    command: str
    options: tuple[str, ...]


_WIDEST = 100
"""In columns: an example with its comment behind it."""

GROUPS = {
    "every": Group(
        "Options of every command", "demo", ("--format", "--output", "--color", "--verbose", "--quiet", "--help")
    ),
    "files": Group("Options for files", "diff", ("--config", "--roles-dir")),
    "tenant": Group("Options for one tenant", "diff", ("--tenant",)),
    "several": Group("Options for several tenants", "validate", ("--tenant", "--all")),
    "limits": Group("Options for limits", "plan", ("--max-deletes", "--max-revokes")),
    "fleet": Group("Options for runs on several tenants", "plan", ("--parallel", "--shard", "--max-tenants")),
    "connection": Group(
        "Options for the connection",
        "plan",
        (
            "--url",
            "--api-key-file",
            "--timeout",
            "--concurrency",
            "--allow-http",
            "--ca-file",
            "--retry-wait",
            "--retry-budget",
        ),
    ),
}


def command_table() -> str:
    """Return the table of all commands, each linked to its section."""
    rows = (f"| [`{name}`](#{name}) | {listed.about} |" for name, listed in COMMANDS.items())
    return "\n".join(["| command | what it does |", "| --- | --- |", *rows]) + "\n"


def option_block(name: str) -> str:
    """Return the table of the options of a group, or a command's usage, own options and groups.

    `program` is the program itself.
    """
    if name == "program":
        return _table([_row(option) for option in program_options()])
    if name in GROUPS:
        return _table([_row(option) for option in group_options(name)])
    command, context = _command(name)
    shared = groups_of(name)
    elsewhere = {_row(option) for group in shared for option in group_options(group)}
    own = [row for option in options_of(name) if (row := _row(option)) not in elsewhere]
    usage = command.get_usage(context).removeprefix("Usage: ")
    links = [f"[{GROUPS[group].heading[0].lower()}{GROUPS[group].heading[1:]}](#{anchor(group)})" for group in shared]
    table = f"{_table(own)}\n" if own else ""
    return f"`{usage}`\n\n{table}{'Also takes' if own else 'Takes'} the {_listed(links)}.\n"


def example_block(name: str) -> str:
    """Return the examples of a command, each with its comment behind it, or above it where that is too wide."""
    command, _ = _command(name)
    assert isinstance(command, Documented)
    longest = max(len(line) for _, line in command.examples)
    if any(longest + len(about) > _WIDEST for about, _ in command.examples):
        rows = [row for about, line in command.examples for row in (f"# {about}", line)]
    else:
        rows = [f"{line:<{longest}}   # {about}" for about, line in command.examples]
    return "\n".join(["```sh", *rows, "```"]) + "\n"


def exit_code_table() -> str:
    """Return the table of the exit codes."""
    rows = (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())
    return "\n".join(["| code | meaning |", "| --- | --- |", *rows]) + "\n"


def program_options() -> list[click.Option]:
    """Return the options that come before the command."""
    return [option for option in cli.get_params(_top()) if isinstance(option, click.Option)]


def options_of(name: str) -> list[click.Option]:
    """Return the options of a command, `--help` included."""
    command, context = _command(name)
    return [parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option)]


def groups_of(name: str) -> list[str]:
    """Return the groups of which a command has every option, in the same words."""
    rows = {_row(option) for option in options_of(name)}
    return [group for group in GROUPS if all(_row(option) in rows for option in group_options(group))]


def group_options(name: str) -> list[click.Option]:
    """Return the options of a group, as the command has them that stands for the others."""
    group = GROUPS[name]
    return [option for option in options_of(group.command) if long_name(option) in group.options]


def long_name(option: click.Option) -> str:
    """Return the name of an option with two dashes."""
    return next(name for name in option.opts if name.startswith("--"))


def anchor(group: str) -> str:
    """Return what a link to the heading of a group names."""
    return GROUPS[group].heading.lower().replace(" ", "-")


def formats_of(name: str) -> list[str]:
    """Return the values that a command's `--format` takes."""
    (choices,) = (option.type for option in options_of(name) if option.name == "format")
    assert isinstance(choices, click.Choice)
    return list(choices.choices)


def _top() -> click.Context:
    return click.Context(cli, info_name="reconciler")


def _command(name: str) -> tuple[click.Command, click.Context]:
    top = _top()
    command = cli.get_command(top, name)
    assert command is not None
    return command, click.Context(command, parent=top, info_name=name)


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts[:-1])
    value = _value(option)
    last = f"`{option.opts[-1]}{f' {value}' if value else ''}`"
    return f"| {names}{', ' if names else ''}{last} | {_default(option)} | {described(option).about} |"


def _value(option: click.Option) -> str:
    """Return what stands for the option's value, nothing for a flag."""
    if option.is_flag or option.count:
        return ""
    if option.name == "format":  # which ones differ from command to command
        return "FORMAT"
    value = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else option.metavar or "N"
    return value.replace("|", r"\|")  # a bar ends a cell, in code too


def _default(option: click.Option) -> str:
    if option.is_flag or option.count:
        return "off"
    default = default_of(option) or "none"
    numbers = range_of(option)
    if not option.show_default:  # in words, or none
        return f"{default} ({numbers})" if default == "none" and numbers else default
    return f"`{default}` ({numbers})" if numbers else f"`{default}`"


def _table(rows: list[str]) -> str:
    return "\n".join(["| option | default | what it does |", "| --- | --- | --- |", *rows]) + "\n"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
