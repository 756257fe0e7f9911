"""The table of commands: what `--help` lists, and the function that imports a command when it is called.

Each import is written out. So mypy checks that the module has a `command` and that it is a command of click.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler import __version__
from reconciler.cli import layout
from reconciler.cli.documented import Option, examples_text, laid_out, options_text
from reconciler.model.errors import FileFailed

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Group(StrEnum):
    """The groups of commands in `--help`, in their order."""

    PLAN = "Plan and apply"
    WHO = "Who has what, and why"
    FILES = "Files and tenants"
    MORE = "More"


class Listed(NamedTuple):
    """A command in the table: its line in `--help`, its group there, and the function that imports it."""

    about: str
    group: Group
    load: Callable[[], click.Command]


def _validate() -> click.Command:
    from reconciler.cli.commands.validate import command

    return command


def _plan() -> click.Command:
    from reconciler.cli.commands.plan import command

    return command


def _diff() -> click.Command:
    from reconciler.cli.commands.diff import command

    return command


def _apply() -> click.Command:
    from reconciler.cli.commands.apply import command

    return command


def _watch() -> click.Command:
    from reconciler.cli.commands.watch import command

    return command


def _show() -> click.Command:
    from reconciler.cli.commands.show import command

    return command


def _why() -> click.Command:
    from reconciler.cli.commands.why import command

    return command


def _who() -> click.Command:
    from reconciler.cli.commands.who import command

    return command


def _review() -> click.Command:
    from reconciler.cli.commands.review import command

    return command


def _report() -> click.Command:
    from reconciler.cli.commands.report import command

    return command


def _export() -> click.Command:
    from reconciler.cli.commands.export import command

    return command


def _adopt() -> click.Command:
    from reconciler.cli.commands.adopt import command

    return command


def _permissions() -> click.Command:
    from reconciler.cli.commands.permissions import command

    return command


def _lock() -> click.Command:
    from reconciler.cli.commands.lock import command

    return command


def _schema() -> click.Command:
    from reconciler.cli.commands.schema import command

    return command


def _comment() -> click.Command:
    from reconciler.cli.commands.comment import command

    return command


def _undo() -> click.Command:
    from reconciler.cli.commands.undo import command

    return command


def _tenants() -> click.Command:
    from reconciler.cli.commands.tenants import command

    return command


def _sandbox() -> click.Command:
    from reconciler.cli.commands.sandbox import command

    return command


def _demo() -> click.Command:
    from reconciler.cli.commands.demo import command

    return command


def _help() -> click.Command:
    from reconciler.cli.commands.help import command

    return command


def _version() -> click.Command:
    from reconciler.cli.commands.version import command

    return command


COMMANDS = {
    "validate": Listed("Check role files, policies, reviews and configuration, offline.", Group.PLAN, _validate),
    "plan": Listed("Show what `apply` would do.", Group.PLAN, _plan),
    "diff": Listed("Show what the edit of the role files does to access, offline.", Group.PLAN, _diff),
    "apply": Listed("Apply the role files, or a saved plan, to the live tenant.", Group.PLAN, _apply),
    "show": Listed("Show a saved plan again, in any format.", Group.PLAN, _show),
    "comment": Listed("Post a saved plan on its pull request or merge request.", Group.PLAN, _comment),
    "undo": Listed("Plan how to undo the changes recorded in a journal.", Group.PLAN, _undo),
    "watch": Listed("Keep comparing role files with the live tenant, and heal drift.", Group.PLAN, _watch),
    "why": Listed("Say how a role came by a permission: when, by which change, why.", Group.WHO, _why),
    "who": Listed("List the roles that hold a permission, now or in the past.", Group.WHO, _who),
    "review": Listed("List the roles that are due for a review, or record a review.", Group.WHO, _review),
    "report": Listed("Report which role has what, since when, why, and who reviewed it.", Group.WHO, _report),
    "export": Listed("Write the live custom roles as role files.", Group.FILES, _export),
    "adopt": Listed("Edit the role files so they say what is live, for review.", Group.FILES, _adopt),
    "permissions": Listed("List the permission catalogue.", Group.FILES, _permissions),
    "lock": Listed("Write the permission catalogue to the lock, for offline checks.", Group.FILES, _lock),
    "schema": Listed("Print the JSON Schema of a role file, for editors.", Group.FILES, _schema),
    "tenants": Listed("List the tenants of the configuration, offline.", Group.FILES, _tenants),
    "sandbox": Listed("Serve the API on this machine, to try things out.", Group.MORE, _sandbox),
    "demo": Listed("Run the full cycle against a temporary sandbox.", Group.MORE, _demo),
    "help": Listed("Show the help of a command or a topic.", Group.MORE, _help),
    "version": Listed("Show the version.", Group.MORE, _version),
}
"""The commands, in the order in which users meet them."""


EXAMPLES = (
    ("See the full cycle, against a temporary sandbox.", "reconciler demo"),
    ("Start from what is live.", "reconciler export --dir roles.d"),
    ("Edit a file in roles.d, then look at what changes.", "reconciler plan"),
    ("Do it, and keep a record to undo it from.", "reconciler apply --journal journal.jsonl"),
)
"""How to begin."""


class Commands(click.Group):
    """The group of the commands in the table; it imports them one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all commands, in the table's order."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, which is imported now, or None when there is no command with that name."""
        del ctx
        return COMMANDS[cmd_name].load() if cmd_name in COMMANDS else None

    def get_help(self, ctx: click.Context) -> str:
        """Return the help in the width of the terminal."""
        return laid_out(self, ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options, the topics and how to begin."""
        self.format_commands(ctx, formatter)
        formatter.write(options_text(self, ctx, formatter.width))
        from reconciler.cli.topics import TOPICS

        column = layout.column(COMMANDS)
        formatter.write("\nTopics of `reconciler help TOPIC`:\n")
        for name, topic in TOPICS.items():
            formatter.write(layout.entry(name, topic.about, (), column, formatter.width))
        formatter.write(examples_text(EXAMPLES, formatter.width))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lists of commands from the table: `--help` imports no command."""
        del ctx
        column = layout.column(COMMANDS)
        for group in Group:
            formatter.write(f"\n{group}:\n")
            for name, listed in COMMANDS.items():
                if listed.group is group:
                    formatter.write(layout.entry(name, listed.about, (), column, formatter.width))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands from the table, with their lines: a key press imports no command. Then the options."""
        from click.shell_completion import CompletionItem

        commands = [(name, listed.about) for name, listed in COMMANDS.items() if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=about) for name, about in commands), *options]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command. For an unknown name, raise an error that suggests the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from reconciler.cli.hints import hint_for

            ctx.fail(f"No such command '{args[0]}'.{hint_for(args[0], list(COMMANDS))}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    name="reconciler",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "-C",
    "--directory",
    cls=Option,
    envvar=["RECONCILER_DIRECTORY"],
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Change to DIR first; relative paths start there.",
)
@click.version_option(__version__, message="reconciler %(version)s")
@click.pass_context
def cli(ctx: click.Context, directory: str | None) -> None:
    """Keep the custom roles of an OmniStream tenant as files under review.

    YAML files in roles.d say which custom roles should exist. `plan` shows the difference to the live state, `apply`
    applies it. System roles are never changed.
    """
    try:
        os.getcwd()  # noqa: PTH109 - pathlib is not loaded for this
    except OSError as error:  # relative paths have no meaning then, and each command would report it differently
        raise FileFailed(f"cannot read the working directory: {error.strerror}") from None
    if directory is not None:
        ctx.with_resource(contextlib.chdir(directory))  # for the rest of the run
