"""The options that several commands share, bundled into one value each: a command's signature stays short.

Every option can also be set as `RECONCILER_<OPTION>` (docs/interface.md, "Environment"); `option` does this.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from reconciler.cli.completion.values import directories, journals, tenants
from reconciler.cli.help.documented import Option, Section
from reconciler.model.days import Day, read_day
from reconciler.model.inert import quoted

Command = TypeVar("Command", bound=Callable[..., Any])


_ON = frozenset({"1", "true", "yes", "on"})
_OFF = frozenset({"0", "false", "no", "off", ""})


_LONGEST = 1_000_000.0
"""Seconds, more than 11 days: poll(2) counts milliseconds in 32 bits."""


def _switched(value: str) -> bool | None:
    """Return what the variable of a flag means, in any case (docs/interface.md); None for any other word."""
    word = value.strip().lower()
    return True if word in _ON else False if word in _OFF else None


class _Flag(click.types.BoolParamType):
    """On or off. click also accepts `t`, `y`, `n` and `f`, which the interface does not have."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:  # noqa: ANN401 - click's own
        """Read the words of the interface."""
        switched = value if isinstance(value, bool) else _switched(str(value))
        if switched is None:
            self.fail(
                f"{quoted(str(value))} is not a valid flag; use 1, true, yes or on, or 0, false, no or off",
                param,
                ctx,
            )
        return switched


class Count(click.IntRange):
    """How often a flag was given. Its variable accepts a number, or the words of any other flag."""

    def __init__(self) -> None:
        """Count from 0."""
        super().__init__(min=0)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own
        """Read a number, or the words of a flag as 1 and 0."""
        switched = _switched(value) if isinstance(value, str) else None
        return super().convert(value if switched is None else int(switched), param, ctx)


class Seconds(click.FloatRange):
    """A number of seconds. A longer time than the system can wait for is the longest that it can."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - click's own
        """Read a number, which is not `nan`."""
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{quoted(str(value))} is not a number of seconds", param, ctx)
        return min(seconds, _LONGEST)


def option(
    *names: str,
    section: Section = Section.OWN,
    envvar: Sequence[str] = (),
    **settings: Any,  # noqa: ANN401 - click's own
) -> Callable[[Command], Command]:
    """Return `click.option`, also set by `RECONCILER_<OPTION>` and then by the variables of `envvar`.

    `section` is where the help of its command lists it: the options of this command alone are in `Section.OWN`.
    """
    long = next(name for name in names if name.startswith("--"))
    own = f"RECONCILER_{long.removeprefix('--').upper().replace('-', '_')}"
    if settings.get("is_flag"):
        settings["type"] = _Flag()
    return click.option(*names, cls=Option, section=section, envvar=[own, *envvar], **settings)


def bundled(
    name: str, kind: type[NamedTuple], options: Sequence[Callable[[Command], Command]]
) -> Callable[[Command], Command]:
    """Declare `options` on a command and pass their values as one argument `name` of the named tuple `kind`."""

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def with_bundle(*args: Any, **values: Any) -> Any:  # noqa: ANN401 - passed through
            defaults = kind._field_defaults
            bundle = kind._make([values.pop(name) if name in values else defaults[name] for name in kind._fields])
            return function(*args, **values, **{name: bundle})

        wrapped: Any = with_bundle
        for declare in reversed(options):
            wrapped = declare(wrapped)
        return wrapped  # type: ignore[no-any-return]  # functools.wraps kept the type

    return decorate


def without(name: str, option_: str) -> str:
    """Return how to do without the value of the parameter `name`: remove the option, or unset the variable."""
    context = click.get_current_context(silent=True)
    variables = [variable_of(context, each) for each in context.command.params if each.name == name] if context else []
    variable = next(filter(None, variables), None)
    return f"unset {variable}" if variable else f"remove {option_}"


def variable_of(context: click.Context, param: click.Parameter) -> str | None:
    """Return the variable of the environment that gave `param` its value; None if the command line gave it."""
    name = param.name or ""
    if context.get_parameter_source(name) is not click.core.ParameterSource.ENVIRONMENT:
        return None
    return next((each for each in param.envvar or () if os.environ.get(each)), None)


class FilesOptions(NamedTuple):
    """The paths of the configuration and the role files; None when the command line does not give one.

    `tenants` has the names of tenants that the command line gives; globs too where the command is about several.
    `every` is true if it asks for all of them. Commands about one tenant have no `--all`.
    """

    config: Path | None = None
    roles_dir: str | None = None
    tenants: tuple[str, ...] = ()
    every: bool = False


def config_option() -> Callable[[Command], Command]:
    """Return `--config`."""
    return option(
        "--config",
        section=Section.FILES,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Configuration file.  [default: reconciler.yaml, if it exists]",
    )


def tenant_option(*, several: bool = False) -> Callable[[Command], Command]:
    """Return `--tenant`, as `tenants`; with `several`, it may be a glob and be repeated."""
    return option(
        "--tenant",
        "tenants",
        section=Section.TENANTS if several else Section.FILES,
        multiple=True,
        shell_complete=tenants,
        metavar="GLOB" if several else "NAME",
        help="Only these tenants of the configuration; repeatable." if several else "Tenant of the configuration.",
    )


def config_options() -> Callable[[Command], Command]:
    """Return `--config` and `--tenant`, as `files`, for a command that needs no role files."""
    return bundled("files", FilesOptions, [config_option(), tenant_option()])


def files_options(*, several: bool = False) -> Callable[[Command], Command]:
    """Return `--config`, `--roles-dir` and `--tenant`, as `files`; with `several` tenants, `--all` too."""
    everything = option(
        "--all", "every", section=Section.TENANTS, is_flag=True, help="All tenants of the configuration."
    )
    return bundled(
        "files",
        FilesOptions,
        [
            config_option(),
            option(
                "--roles-dir",
                shell_complete=directories,
                section=Section.FILES,
                metavar="DIR",
                help="Directory of role files.  [default: roles_dir of the configuration, or roles.d]",
            ),
            tenant_option(several=several),
            *([everything] if several else []),
        ],
    )


def _shard(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Return the number of a shard, from 0, and of how many it is. Raise `click.BadParameter` for any other text."""
    if value is None:
        return None
    from reconciler.fleet.shards import read_shard

    shard = read_shard(value)
    if shard is None:
        message = f"{quoted(value)} is not a shard; write I/N with I from 0 to N-1, such as 0/8 for the first of 8"
        raise click.BadParameter(message, ctx=ctx, param=param)
    return shard


def shard_option() -> Callable[[Command], Command]:
    """Return `--shard`, as the number of a shard, from 0, and of how many it is."""
    about = "Only the tenants of this shard: I is from 0 to N-1. A tenant is in one shard."
    return option("--shard", section=Section.TENANTS, callback=_shard, metavar="I/N", help=about)


class LimitOptions(NamedTuple):
    """The limits raised for one run; None keeps the configured limit."""

    max_deletes: int | None
    max_revokes: int | None


def limit_options() -> Callable[[Command], Command]:
    """Return `--max-deletes` and `--max-revokes`, as `raised`."""
    count = click.IntRange(min=0)
    return bundled(
        "raised",
        LimitOptions,
        [
            option(
                "--max-deletes",
                section=Section.LIMITS,
                type=count,
                metavar="N",
                help="Allow at most N deletes in this run, whatever the configuration says.",
            ),
            option(
                "--max-revokes",
                section=Section.LIMITS,
                type=count,
                metavar="N",
                help="Allow at most N revokes in this run, whatever the configuration says.",
            ),
        ],
    )


def only_option() -> Callable[[Command], Command]:
    """Return `--only`. It has one value: a word for another kind of changes is an error, not a guess."""
    about = "Revoke permissions and do nothing else: no grants, creates, deletes, renames or descriptions."
    return option("--only", type=click.Choice(["revokes"]), help=about)


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> Day | None:
    """Return the day that an option names. Raise `click.BadParameter` when it is not `YYYY-MM-DD`."""
    day = None if value is None else read_day(value)
    if day is None and value is not None:
        message = f"{quoted(value)} is not a date; write YYYY-MM-DD, such as 2026-12-31"
        raise click.BadParameter(message, ctx=ctx, param=param)
    return day


def day_option(name: str, **settings: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - click's own
    """Return an option that is a day, `YYYY-MM-DD`."""
    return option(name, callback=_day, metavar="DATE", **settings)


def today_option(judged: str = "ends and waivers") -> Callable[[Command], Command]:
    """Return `--today`. It has no environment variable: a forgotten one would change what every run says."""
    about = f"Look ahead or back: the day for which {judged} are judged.  [default: today, in UTC]"
    return click.option("--today", cls=Option, callback=_day, metavar="DATE", help=about)


def journal_option() -> Callable[[Command], Command]:
    """Return `--journal`, the file to which a command that writes appends, for the commands about several tenants."""
    about = "Append a record of each change to FILE; also journal: in the configuration."
    return option(
        "--journal",
        shell_complete=journals,
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=f"{about} For several tenants, with {{tenant}} in its name.",
    )


def journals_option(about: str) -> Callable[[Command], Command]:
    """Return `--journal`, which may be repeated, as `journals`. `about` says what the journals are read for."""
    return option(
        "--journal",
        "journals",
        shell_complete=journals,
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=f"{about}, from this journal; repeatable.  [default: journal of the configuration]",
    )
