"""`reconciler watch`."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from reconciler.cli.connection import ConnectionOptions, connection_options
from reconciler.cli.fleet.several import parallel_option
from reconciler.cli.help.documented import Documented
from reconciler.cli.listening import listen_option, listening
from reconciler.cli.options import (
    Command,
    FilesOptions,
    LimitOptions,
    bundled,
    files_options,
    journal_option,
    limit_options,
    option,
)
from reconciler.cli.outside import outside
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.tenants import asks_for_several, configured
from reconciler.model.errors import CommandLineError
from reconciler.model.inert import quoted
from reconciler.watch.schedule import Every, read_every
from reconciler.watch.words import Mode

if TYPE_CHECKING:
    from reconciler.cli.watching import Asked
    from reconciler.watch.events import Event
    from reconciler.watch.server import Address
    from reconciler.watch.surroundings import Surroundings


def _every(ctx: click.Context, param: click.Parameter, value: str) -> Every:
    every = read_every(value)
    if every is None:
        message = f"{quoted(value)} is not an interval; write a whole number and s, m or h, from 1s to 24h, such as 5m"
        raise click.BadParameter(message, ctx=ctx, param=param)
    return every


class WatchOptions(NamedTuple):
    """The options of `watch` alone."""

    interval: Every
    heal: Literal["revokes"] | None
    applies: bool
    journal: Path | None
    log_format: str | None
    listen: Address | None
    parallel: int

    @property
    def mode(self) -> Mode:
        """Return what each pass does. Raise `CommandLineError` when two modes are asked for."""
        if self.heal and self.applies:
            raise CommandLineError("--heal revokes and --apply are two modes; remove one of the two")
        return Mode.APPLY if self.applies else Mode.HEAL if self.heal else Mode.REPORT


def _watch_options() -> Callable[[Command], Command]:
    return bundled(
        "options",
        WatchOptions,
        [
            option(
                "--every",
                "interval",  # `every` is `--all`
                callback=_every,
                default="5m",
                show_default=True,
                metavar="INTERVAL",
                help="Wait this long between two passes, give or take a tenth: a whole number and s, m or h.",
            ),
            option(
                "--heal",
                type=click.Choice(["revokes"]),
                help="In each pass, revoke what roles have and the files do not give. Needs a journal.",
            ),
            option(
                "--apply",
                "applies",
                is_flag=True,
                help="In each pass, apply the whole plan without asking, within limits and policies. Needs a journal.",
            ),
            journal_option(),
            option(
                "--log-format",
                type=click.Choice(["text", "json"]),
                help="Format of the lines.  [default: that of --format]",
            ),
            listen_option(),
            parallel_option(),
        ],
    )


_OBJECTS = 10_000
"""New objects between two looks for garbage, fewer than for other commands: this one has no end."""


@click.command(
    "watch",
    cls=Documented,
    examples=[
        ("Report drift; a key that may only read is enough.", "reconciler watch"),
        (
            "Revoke what the files do not give, every five minutes.",
            "reconciler watch --every 5m --heal revokes --journal journal.jsonl",
        ),
        (
            "Apply the whole plan in each pass, with lines for a log.",
            "reconciler watch --apply --journal journal.jsonl --log-format json",
        ),
    ],
    codes={
        0: "Stopped by a signal.",
        1: "It could not start: the journal or the port is in use.",
        130: "Stopped by a signal before all writes were started.",
    },
)
@_watch_options()
@limit_options()
@files_options(several=True)
@connection_options()
@report_options()
def command(
    *,
    options: WatchOptions,
    raised: LimitOptions,
    files: FilesOptions,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> int:
    """Keep comparing the role files with the live tenant, and say when something changes.

    Only reports by default. Reads files, configuration, lock, policies and the key again for each pass. SIGHUP starts a
    pass at once; SIGTERM and Ctrl-C end it in order. With --all, one process watches all tenants.
    """
    from reconciler.cli.watching import Asked, writer_of_lines
    from reconciler.watch.surroundings import Surroundings

    mode = options.mode
    gc.set_threshold(_OBJECTS)
    report.check()
    asked = Asked(files, connection, raised, options.heal, report.verbose)
    say = writer_of_lines(report, options.log_format)
    surroundings = outside().watch or Surroundings()
    if asks_for_several(files):
        from reconciler.cli.fleet.watching import Watching, watch_several

        watching = Watching(asked, mode, options.interval, options.journal, options.listen, options.parallel)
        return watch_several(watching, say, surroundings)
    return _watch(asked, options, say, surroundings)


def _watch(asked: Asked, options: WatchOptions, say: Callable[[Event], None], surroundings: Surroundings) -> int:
    """Watch one tenant."""
    from reconciler.cli.watching import Desk, Start, first_said, remembering
    from reconciler.config.settings import named_for
    from reconciler.watch import words
    from reconciler.watch.events import Event
    from reconciler.watch.loop import Rhythm, run
    from reconciler.watch.passing import Operator
    from reconciler.watch.telling import Telling

    mode, every = options.mode, options.interval
    summons = surroundings.summons()
    summons.first = first_said(mode)
    with summons:
        configuration = configured(asked.files)
        tenant, journal = configuration.tenant, options.journal
        journal = (journal if tenant is None else named_for(tenant, journal)) or configuration.journal
        url = asked.connection.settle(configuration).url
        with (
            remembering(mode, journal, url, surroundings) as memory,
            listening(options.listen, every.seconds, monotonic=surroundings.monotonic) as found,
        ):
            desk = Desk(asked, Start(url, configuration.api_key_file), summons)
            operator = Operator(
                mode, desk.prepare, desk.revision, summons, memory, surroundings.now, surroundings.monotonic
            )
            rhythm = Rhythm(every, surroundings.chance, surroundings.now)
            say(Event(surroundings.now(), "started", words.started(url, every.text, mode, found.url)))
            return run(operator.one_pass, rhythm, summons, Telling(mode), say, found.observers)
