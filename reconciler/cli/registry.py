"""The table of commands: what `--help` lists, and the module that is loaded when one is called."""

from __future__ import annotations

import os
from importlib import import_module

import click

from reconciler import __version__
from reconciler.model.errors import FileFailed

COMMANDS = {
    "validate": "Check role files and configuration, offline.",
    "plan": "Show what `apply` would do.",
    "apply": "Apply the role files, or a saved plan, to the live tenant.",
    "show": "Show a saved plan again, in any format.",
    "export": "Write the live custom roles as role files.",
    "permissions": "List the permission catalogue.",
    "schema": "Print the JSON Schema of a role file, for editors.",
    "comment": "Post a saved plan on its pull request or merge request.",
    "undo": "Plan how to undo the changes recorded in a journal.",
    "sandbox": "Serve the API on this machine, to try things out.",
    "demo": "Run the full cycle against a temporary sandbox.",
}
"""Each command's one line, in the order in which people meet them."""


class Commands(click.Group):
    """A group whose commands live in `reconciler.cli.commands.<name>`, as `command`, and are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the table's order."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None where there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"reconciler.cli.commands.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, so that the help of all loads none of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was perhaps meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
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
    except OSError as error:  # what is relative has no meaning then, and each command would say it in another way
        raise FileFailed(f"cannot read the working directory: {error.strerror}") from None
