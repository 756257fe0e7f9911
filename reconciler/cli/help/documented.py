"""A command that documents itself: its options in sections, each with its variable, then examples and exit codes.

`--help`, the man pages and docs/interface.md are made from this. cloup has option groups for click too, and loads for
twice as long as click itself; `--help` must not.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from reconciler.cli.help import layout
from reconciler.model.inert import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DEFAULT = re.compile(r"\s*\[default: (.+)\]$")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_WIDEST_CHOICE = 16
"""In characters, all values of a choice together. A wider one is listed behind the text, not in the column of names."""


class Section(StrEnum):
    """The sections of a command's options, in the order in which they are shown."""

    OWN = "Options"
    FILES = "Files"
    TENANTS = "Several tenants"
    LIMITS = "Limits"
    CONNECTION = "Connection"
    OUTPUT = "Output"


class Option(click.Option):
    """An option that belongs to a section of its command's help."""

    def __init__(self, *arguments: Any, section: Section = Section.OWN, **settings: Any) -> None:  # noqa: ANN401 - click's
        """Declare an option as click does."""
        super().__init__(*arguments, **settings)
        self.section = section

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401 - click's
        """Return the value. Raise `Unfit` for one that is not a choice, not a number of the range, or blank."""
        if not self.is_flag and _wanted(self, "") is None:
            _check_not_blank(self, ctx, value, f"pass {self.metavar}, or leave it out")
        try:
            return super().type_cast_value(ctx, value)
        except click.BadParameter as error:
            wanted = _wanted(self, str(value))
            if wanted is None:  # a path, or a type with words for it
                raise click.BadParameter(error.message.replace(f"'{value}'", quoted(str(value))), ctx, self) from None
            raise Unfit(f"must be {wanted}, not {_shown(str(value))}", ctx, self) from None


class File(click.Argument):
    """An argument that is the name of a file, or of a directory."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401 - click's
        """Return the path. Raise `Unfit` when the name is blank: an empty name is that of the working directory."""
        _check_not_blank(self, ctx, value, "pass the name of a file")
        return super().type_cast_value(ctx, value)


def _check_not_blank(param: click.Parameter, ctx: click.Context, value: object, remedy: str) -> None:
    """Raise `Unfit` when a value, or one of several, is blank, as that of a variable of the shell that is not set."""
    values = value if isinstance(value, list | tuple) else (value,)
    if any(isinstance(each, str) and not each.strip() for each in values):
        raise Unfit(f"is empty; {remedy}", ctx, param)


class Unfit(click.BadParameter):
    """A value that an option does not take. The message goes on after the name of the option or of its variable."""


class Described(NamedTuple):
    """What the help says of an option: its names, its value, a sentence, its default and the like."""

    names: tuple[str, ...]
    value: str
    about: str
    notes: tuple[str, ...]


def described(option: click.Option) -> Described:
    """Return what the help says of an option."""
    about = _DEFAULT.sub("", option.help or "")
    value = value_of(option)
    return Described(tuple(option.opts), value, about, tuple(_notes(option, value)))


def value_of(option: click.Option) -> str:
    """Return the placeholder for the value of an option; nothing for a flag."""
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        choices = "|".join(option.type.choices)
        return choices if option.metavar is None or len(choices) <= _WIDEST_CHOICE else option.metavar
    return option.metavar or "N"


def default_of(option: click.Option) -> str | None:
    """Return the default of an option, in words if its help says it; None if there is none."""
    if said := _DEFAULT.search(option.help or ""):
        return said[1]
    if not option.show_default:
        return None
    return f"{option.default:g}" if isinstance(option.default, int | float) else str(option.default)


def range_of(option: click.Option) -> str | None:
    """Return which numbers an option takes; None if it takes none, or any."""
    kind = option.type
    if option.count or not isinstance(kind, click.IntRange | click.FloatRange) or kind.min is None:
        return None
    if kind.max is not None:
        return f"{kind.min:g} to {kind.max:g}"
    return f"more than {kind.min:g}" if kind.min_open else f"{kind.min:g} or more"


def _wanted(option: click.Option, value: str) -> str | None:
    """Return what the value of an option must be, not `value`; None if its type is neither a choice nor a range."""
    kind = option.type
    if isinstance(kind, click.Choice):
        choices = list(kind.choices)
        return choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    if not isinstance(kind, click.IntRange | click.FloatRange) or kind.min is None:
        return None
    whole = "whole " if isinstance(kind, click.IntRange) and not _WHOLE.fullmatch(value) else ""
    if kind.max is not None:
        return f"a {whole}number from {kind.min:g} to {kind.max:g}"
    return f"a {whole}number above {kind.min:g}" if kind.min_open else f"a {whole}number of {kind.min:g} or more"


def _shown(value: str) -> str:
    return value if _NUMBER.fullmatch(value) else quoted(value)


def variables_of(option: click.Option) -> tuple[str, ...]:
    """Return the variables of the environment that set an option, the first that counts first."""
    return tuple(option.envvar) if isinstance(option.envvar, list) else ()


def _notes(option: click.Option, value: str) -> Iterator[str]:
    if isinstance(option.type, click.Choice) and value == option.metavar:
        yield f"one of: {', '.join(option.type.choices)}"
    if (numbers := range_of(option)) and numbers != "0 or more":
        yield numbers
    if default := default_of(option):
        yield f"default: {default}"
    if variables := variables_of(option):
        yield f"env: {', '.join(variables)}"


class Helped(click.Command):
    """A command or a group whose help is asked for with `-h` too."""

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """Return both names. click asks the settings of the first context, and before 8.4 has them in any order."""
        del ctx
        return ["-h", "--help"]


class Documented(Helped):
    """A command with `examples`, as pairs of a comment and a command line, and `codes`: what its exit codes mean."""

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 - click's own
        examples: Sequence[tuple[str, str]] = (),
        codes: Mapping[int, str] | None = None,
        **settings: Any,  # noqa: ANN401 - likewise
    ) -> None:
        """Declare a command as click does."""
        super().__init__(*arguments, **settings)
        self.examples = tuple(examples)
        self.codes = dict(codes or {})

    def get_help(self, ctx: click.Context) -> str:
        """Return the help as wide as the terminal, up to where lines are hard to read."""
        return laid_out(self, ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage."""
        formatter.write(layout.usage(ctx.command_path, self.collect_usage_pieces(ctx), formatter.width))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, each in its section."""
        formatter.write(options_text(self, ctx, formatter.width))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit codes."""
        del ctx
        formatter.write(examples_text(self.examples, formatter.width))
        formatter.write("\nExit codes:\n")
        for code, meaning in self.codes.items():
            formatter.write(layout.entry(str(code), meaning, (), layout.CODES, formatter.width))
        formatter.write("\n".join(layout.wrapped(SEE_CODES, formatter.width, "  ")) + "\n")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments. An option that belongs before the command is an error that says so."""
        ctx.allow_extra_args = True  # so they come back, and the error has our words
        try:
            extra = super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            root = ctx.find_root()
            first = [name for each in root.command.params for name in each.opts] if root is not ctx else []
            if error.option_name in first:
                hint = f"hint: pass it before the command: {root.command_path} {error.option_name}"
                raise click.UsageError(f"No such option {error.option_name} of this command. {hint}", ctx) from None
            raise
        except click.BadOptionUsage as error:
            error.ctx = error.ctx or ctx  # else the error seems to be the program's
            raise
        if extra and not ctx.resilient_parsing:
            from reconciler.cli.usage import too_many

            raise too_many(ctx, extra)
        return extra


SEE_CODES = "Every code: `reconciler help exit-codes`."


def _names(option: Described) -> str:
    names = ", ".join(option.names)
    return f"{names} {option.value}" if option.value else names


def sections_of(command: click.Command, ctx: click.Context) -> dict[Section, list[Described]]:
    """Return the options of a command by section. What is not declared here, such as `--help`, is with the output.

    The program itself has no output, so its options are one section.
    """
    others = Section.OWN if isinstance(command, click.Group) else Section.OUTPUT
    found: dict[Section, list[Described]] = {section: [] for section in Section}
    for each in command.get_params(ctx):
        if isinstance(each, click.Option):
            found[each.section if isinstance(each, Option) else others].append(described(each))
    return {section: options for section, options in found.items() if options}


def options_text(command: click.Command, ctx: click.Context, columns: int) -> str:
    """Return the options of a command, each below the heading of its section."""
    by_section = sections_of(command, ctx)
    column = layout.column(_names(each) for options in by_section.values() for each in options)
    text = ""
    for section, options in by_section.items():
        entries = (layout.entry(_names(each), each.about, each.notes, column, columns) for each in options)
        text += "".join([f"\n{section}:\n", *entries])
    return text


def examples_text(examples: Sequence[tuple[str, str]], columns: int) -> str:
    """Return examples, each below its comment."""
    return "".join(["\nExamples:\n", *(layout.example(about, line, columns) for about, line in examples)])


def laid_out(command: click.Command, ctx: click.Context) -> str:
    """Return the help of a command in the width of the terminal."""
    formatter = click.HelpFormatter(width=ctx.terminal_width or layout.width())
    command.format_help(ctx, formatter)
    return formatter.getvalue().rstrip("\n")
