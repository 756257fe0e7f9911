"""What `watch` reads again for each pass, and how its lines are written."""

from __future__ import annotations

import glob
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.api import Writer
from reconciler.apply import interrupts
from reconciler.ci import read_ci
from reconciler.cli import workspace
from reconciler.cli.connection import ConnectionOptions, transport
from reconciler.cli.fitting import fitted, width_of
from reconciler.cli.outside import next_day, this_day
from reconciler.cli.passes import AskedOfFiles, FromFiles
from reconciler.cli.report import cannot_write
from reconciler.cli.streams import lost
from reconciler.cli.tenants import configured
from reconciler.config.connection import url_of
from reconciler.config.settings import DEFAULT_FILE, Configuration
from reconciler.git.state import State, state_of
from reconciler.load.ends import SOON
from reconciler.load.recall import Recall
from reconciler.model.days import days_until
from reconciler.model.errors import CommandLineError, Failed, InvalidInput, Refused
from reconciler.model.inert import visible
from reconciler.reading import content_of
from reconciler.watch.lines import json_line, text_line
from reconciler.watch.marks import Mark, marks_of
from reconciler.watch.memory import JournalMemory
from reconciler.watch.passing import AtHand, Revision
from reconciler.watch.words import Mode
from reconciler.yamlio.text import MAX_BYTES

if TYPE_CHECKING:
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.cli.report import ReportOptions
    from reconciler.load import Loaded
    from reconciler.model.days import Day
    from reconciler.plan.only import Only
    from reconciler.watch.events import Event
    from reconciler.watch.passing import Memory, Tenant
    from reconciler.watch.summons import Summons
    from reconciler.watch.surroundings import Surroundings

_TORN = "the files changed while they were read; the next pass reads them again"


class Asked(NamedTuple):
    """The options by which each pass reads files and connects. `only` narrows each plan; None plans the whole."""

    files: FilesOptions
    connection: ConnectionOptions
    raised: LimitOptions
    only: Only | None = None
    verbose: int = 0


class Start(NamedTuple):
    """What no file may change while the operator runs: the tenant, and where the configuration says its key is."""

    url: str
    api_key_file: Path | None = None


class Desk:
    """Reads again what a pass works with, for the tenant of this run."""

    def __init__(self, asked: Asked, start: Start, summons: Summons) -> None:
        """Remember the working directory by the name that the shell gave it: a symlink in it may move."""
        self._asked = asked
        self._start = start
        self._summons = summons
        self._home = named_directory()
        self._recall = Recall()
        self._known: tuple[str | None, tuple[Mark, ...], Revision] | None = None

    def prepare(self) -> AtHand:
        """Return what is at hand now, on the day of today.

        Raise `InvalidInput`, `CommandLineError` or `Failed` as each command does, `Failed` also when the files change
        while they are read, and `Refused` when the configuration now names another tenant.
        """
        self._enter()
        next_day()
        try:
            return self._read()
        except OSError as error:  # the working directory was removed while it was read
            raise Failed(f"cannot read the files: {error.strerror}; the next pass reads them again") from None

    def _read(self) -> AtHand:
        configuration = self._configuration()
        before = marks_of(self._paths(configuration))
        try:
            found = self._from_files(configuration)
        except InvalidInput:
            if marks_of(self._paths(configuration)) != before:
                raise Failed(_TORN) from None
            raise
        except CommandLineError:  # what is missing now may have been there at the start
            self._check_start(named_url(self._asked.connection, configuration), configuration)
            raise
        if marks_of(self._paths(configuration)) != before:
            raise Failed(_TORN)
        self._check_start(found.connection.url, configuration)
        revision = self._revision(found.files.source.commit, before, configuration)
        files = found.files._replace(source=replace(found.files.source, edited=revision.edited))
        desired = files.desired
        return AtHand(
            files,
            lambda: self._opened(found),
            self._hashes(desired),
            revision,
            found.connection.concurrency,
            ending(desired, desired.today),
        )

    def _from_files(self, _configuration: Configuration) -> FromFiles:
        asked = self._asked
        library = workspace.Library(self._recall)
        of_files = AskedOfFiles(this_day(), only=asked.only)
        return FromFiles.prepare(asked.files, library, asked.connection, asked.raised, of_files)

    def _hashes(self, desired: Loaded) -> Callable[[str], str | None]:
        return hashes_of(desired)

    def _check_start(self, url: str, configuration: Configuration) -> None:
        """Raise `Refused` when a file now names another tenant, or another place of its key."""
        start = self._start
        if not url:
            raise Refused(
                f"the configuration no longer has {visible(start.url)}, which this run is for; "
                "restart `reconciler watch` to change the tenant"
            )
        if url != start.url:
            raise Refused(
                f"the base URL is now {visible(url)}, and this run is for {visible(start.url)}; "
                "restart `reconciler watch` to change the tenant"
            )
        if configuration.api_key_file != start.api_key_file:
            raise Refused(
                "api_key_file: in the configuration has changed; restart `reconciler watch` to take the key from there"
            )

    def revision(self) -> Revision:
        """Return of which commit the files are, also if they are not valid."""
        try:
            state = self._state(self._configuration())
        except OSError:  # the directory is gone; a later pass may find it again
            return Revision()
        return Revision() if state is None else Revision(*state)

    def _revision(self, commit: str | None, marks: tuple[Mark, ...], configuration: Configuration) -> Revision:
        """Return the revision of what was read. Git is asked again only if the commit or a file changed."""
        if self._known is None or self._known[:2] != (commit, marks):
            state = self._state(configuration)
            if (state.commit if state else None) != commit:
                raise Failed(_TORN)
            self._known = (commit, marks, Revision() if state is None else Revision(*state))
        return self._known[2]

    def _enter(self) -> None:
        try:
            if not os.path.samestat(os.stat("."), os.stat(self._home)):  # noqa: PTH116 - called in each pass
                os.chdir(self._home)
        except OSError as error:
            raise Failed(f"cannot enter the working directory {visible(self._home)}: {error.strerror}") from None

    def _configuration(self) -> Configuration:
        try:
            return configured(self._asked.files)
        except (InvalidInput, CommandLineError):  # preparing the pass reports it
            return Configuration(path=self._asked.files.config)

    def _state(self, configuration: Configuration) -> State | None:
        return state_of(self._roles_dirs(configuration)[0], self._paths(configuration))

    def _roles_dirs(self, configuration: Configuration) -> list[Path]:
        return [Path(each) for each in workspace.roles_from(self._asked.files, configuration).directories]

    def _paths(self, configuration: Configuration) -> list[Path]:
        """Return the files and directories that a pass reads; the files that a glob of policies matches now."""
        if configuration.policies is None:
            policies = [configuration.default_policies]
        else:
            policies = [path for item in configuration.policies for path in (item.text, *sorted(_matches(item.text)))]
        config = self._asked.files.config or Path(DEFAULT_FILE)
        return [config, configuration.lock, *map(Path, policies), *self._roles_dirs(configuration)]

    @contextmanager
    def _opened(self, found: FromFiles) -> Iterator[Tenant]:
        options = self._asked.connection
        with transport(options, found.connection, verbose=self._asked.verbose, stop=self._summons) as opened:
            yield Writer(opened)


def named_url(options: ConnectionOptions, configuration: Configuration) -> str:
    """Return the base URL of a run: empty where none is named, and as it is written where it is not valid."""
    try:
        return url_of(options.url, configuration.url, allow_http=options.allow_http)
    except CommandLineError:
        return options.url or configuration.url or ""


def _matches(pattern: str) -> list[str]:
    return glob.glob(pattern, recursive=True)  # noqa: PTH207 - names, not Paths


def hashes_of(desired: Loaded, base: str = "") -> Callable[[str], str | None]:
    """Return the function from a role to the `sha256:...` of its file; None if none defines it, or it is gone.

    The paths are relative to `base`, by default to the working directory of then.
    """
    paths = {entry.role.name: entry.location.path for entry in desired.roles}

    def hash_of(name: str) -> str | None:
        try:
            content = content_of(Path(base, paths[name]), MAX_BYTES)
        except (KeyError, OSError):
            return None
        return f"sha256:{hashlib.sha256(content).hexdigest()}"

    return hash_of


def ending(desired: Loaded, today: Day) -> int:
    """Return how many (role, code) pairs have a grant that ends within 14 days of `today`."""
    ends = [grant.until for entry in desired.roles for grant in entry.grants.values()]
    return sum(1 for end in ends if end is not None and days_until(end, today) <= SOON)


def named_directory() -> str:
    """Return the working directory as the shell names it in `PWD`, links included, if that is where this process is."""
    here, named = os.getcwd(), os.environ.get("PWD", "")  # noqa: PTH109 - a name, not a Path
    try:
        same = os.path.isabs(named) and os.path.samefile(named, here)  # noqa: PTH117, PTH121 - likewise
    except OSError:
        return here
    return named if same else here


def remembering(
    mode: Mode, journal: Path | None, url: str, surroundings: Surroundings
) -> AbstractContextManager[Memory | None]:
    """Return the journal, locked while it is entered; None for a mode that only reports."""
    if mode is Mode.REPORT:
        return nullcontext()
    if journal is None:
        option = "--apply" if mode is Mode.APPLY else "--heal revokes"
        message = f"{option} needs a journal; pass --journal FILE, or add `journal:` to the configuration"
        raise CommandLineError(message)
    from reconciler.apply.journal import login_name

    actor = read_ci(os.environ).actor or login_name(os.environ)
    return JournalMemory(Path(os.path.realpath(journal)), url, actor, surroundings.now)


def first_said(mode: Mode) -> str:
    """Return what the first Ctrl-C says: a watch that only reports has no writes."""
    return interrupts.ENDS if mode is Mode.REPORT else interrupts.FIRST


def writer_of_lines(report: ReportOptions, log_format: str | None) -> Callable[[Event], None]:
    """Return the function that writes an event as a line and flushes it: to standard output, or to `--output`.

    A terminal gets a long line of text broken between words.
    """
    line_of = json_line if (log_format or report.format) == "json" else text_line

    def say(event: Event) -> None:
        line = line_of(event)
        if report.output is None:
            try:
                click.echo(line if line_of is json_line else fitted(line, width_of(sys.stdout)))
            except OSError as error:
                raise lost(error) from None
            return
        try:
            with report.output.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise cannot_write(report.output, error) from None

    return say
