"""The table of commands: what `--help` lists, and the function that imports a command when it is called.

Each import is written out. So mypy checks that the module has a `command` and that it is a command of click.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import click

from reconciler import __version__
from reconciler.model.errors import FileFailed
from reconciler.model.suggestions import near


class Listed(NamedTuple):
    """A command in the table: its line in `--help`, and the function that imports it."""

    about: str
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


COMMANDS = {
    "validate": Listed("Check role files, policies, reviews and configuration, offline.", _validate),
    "plan": Listed("Show what `apply` would do.", _plan),
    "diff": Listed("Show what the edit of the role files does to access, offline.", _diff),
    "apply": Listed("Apply the role files, or a saved plan, to the live tenant.", _apply),
    "watch": Listed("Keep comparing the role files with the live tenant, and heal drift.", _watch),
    "show": Listed("Show a saved plan again, in any format.", _show),
    "why": Listed("Say how a role came by a permission: when, by which change, why.", _why),
    "who": Listed("List the roles that hold a permission, now or at a time in the past.", _who),
    "review": Listed("List the roles that are due for a review, or record that one was reviewed.", _review),
    "report": Listed("Report which role has which permission, since when, why, and who reviewed it.", _report),
    "export": Listed("Write the live custom roles as role files.", _export),
    "adopt": Listed("Edit the role files so they say what is live, for review.", _adopt),
    "permissions": Listed("List the permission catalogue.", _permissions),
    "lock": Listed("Write the permission catalogue to the lock, for checks without the API.", _lock),
    "schema": Listed("Print the JSON Schema of a role file, for editors.", _schema),
    "comment": Listed("Post a saved plan on its pull request or merge request.", _comment),
    "undo": Listed("Plan how to undo the changes recorded in a journal.", _undo),
    "tenants": Listed("List the tenants of the configuration, offline.", _tenants),
    "sandbox": Listed("Serve the API on this machine, to try things out.", _sandbox),
    "demo": Listed("Run the full cycle against a temporary sandbox.", _demo),
}
"""The commands, in the order in which users meet them."""


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table: `--help` imports no command."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.about) for name, listed in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command. For an unknown name, raise an error that suggests the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            found = near(args[0], COMMANDS)
            hint = f" Did you mean '{found[0]}'?" if found else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    name="reconciler",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every option can also be set in the environment, as RECONCILER_<OPTION>.",
)
@click.version_option(__version__, message="reconciler %(version)s")
def cli() -> None:
    """Keep the custom roles of an OmniStream tenant as files under review.

    YAML files in roles.d say which custom roles should exist. `plan` shows the difference to the live state, `apply`
    applies it. System roles are never changed.
    """
    try:
        os.getcwd()  # noqa: PTH109 - pathlib is not loaded for this
    except OSError as error:  # relative paths have no meaning then, and each command would report it differently
        raise FileFailed(f"cannot read the working directory: {error.strerror}") from None
