"""The program: a group of commands of which each is imported when it is called, and what its help says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from reconciler.cli.help import layout
from reconciler.cli.help.documented import Helped, examples_text, laid_out, options_text
from reconciler.model.inert import quoted

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


class Commands(Helped, click.Group):
    """The group of the commands in a table; it imports them one at a time."""

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 - click's own
        table: Mapping[str, Listed],
        examples: Sequence[tuple[str, str]],
        **settings: Any,  # noqa: ANN401 - likewise
    ) -> None:
        """Declare a group as click does, with its commands and with examples of how to begin."""
        super().__init__(*arguments, **settings)
        self.table = table
        self.examples = examples

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all commands, in the table's order."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, which is imported now, or None when there is no command with that name."""
        del ctx
        return self.table[cmd_name].load() if cmd_name in self.table else None

    def get_help(self, ctx: click.Context) -> str:
        """Return the help in the width of the terminal."""
        return laid_out(self, ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options, the topics and how to begin."""
        self.format_commands(ctx, formatter)
        formatter.write(options_text(self, ctx, formatter.width))
        from reconciler.cli.help.topics import TOPICS

        column = layout.column(self.table)
        formatter.write("\nTopics of `reconciler help TOPIC`:\n")
        for name, topic in TOPICS.items():
            formatter.write(layout.entry(name, topic.about, (), column, formatter.width))
        formatter.write(examples_text(self.examples, formatter.width))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lists of commands from the table: `--help` imports no command."""
        del ctx
        column = layout.column(self.table)
        for group in Group:
            formatter.write(f"\n{group}:\n")
            for name, listed in self.table.items():
                if listed.group is group:
                    formatter.write(layout.entry(name, listed.about, (), column, formatter.width))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands from the table, with their lines: a key press imports no command. Then the options."""
        from click.shell_completion import CompletionItem

        commands = [(name, listed.about) for name, listed in self.table.items() if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=about) for name, about in commands), *options]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what comes before the command. An option of the command there is an error that says so."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name = next((each for each in given if each in self.table), None)
            if name is not None and error.option_name in self._options_of(name):
                hint = f"hint: pass it after the command: {ctx.command_path} {name} {error.option_name}"
            elif having := next((each for each in self.table if error.option_name in self._options_of(each)), None):
                hint = f"hint: write it after a command that has it, such as {having}"
            else:
                raise
            raise click.UsageError(f"No such option {error.option_name} before a command. {hint}", ctx) from None
        except click.BadOptionUsage as error:
            error.ctx = error.ctx or ctx
            raise

    def _options_of(self, name: str) -> set[str]:
        return {option for parameter in self.table[name].load().params for option in parameter.opts}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command. For an unknown name, raise an error that suggests the nearest one."""
        if args and args[0] not in self.table and not args[0].startswith("-"):
            from reconciler.cli.help.hints import hint_for

            ctx.fail(f"No such command {quoted(args[0])}.{hint_for(args[0], list(self.table))}")
        return super().resolve_command(ctx, args)
