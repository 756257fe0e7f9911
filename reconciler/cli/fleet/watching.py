"""`watch` of several tenants: what each pass reads again, and how one process has an operator for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.api import Writer
from reconciler.cli.connection import opener, trace
from reconciler.cli.fleet.preparing import Once, Preparing, same_files
from reconciler.cli.fleet.several import check_journal
from reconciler.cli.listening import listening
from reconciler.cli.outside import this_day
from reconciler.cli.passes import AskedOfFiles, FromFiles
from reconciler.cli.tenants import Several, chosen
from reconciler.cli.watching import Asked, Desk, Start, first_said, hashes_of, named_url, remembering
from reconciler.cli.workspace import Library
from reconciler.config.settings import DEFAULT_FILE, Configuration, load_configuration, named_for
from reconciler.git.repository import head_commit
from reconciler.load.recall import Recall
from reconciler.model.errors import InvalidInput, Refused
from reconciler.watch import words
from reconciler.watch.events import Event
from reconciler.watch.loop import Rhythm
from reconciler.watch.marks import Mark, marks_of
from reconciler.watch.passing import AtHand, Operator, Revision
from reconciler.watch.several import Hall, OneOf, run_several
from reconciler.watch.share import shares_of
from reconciler.watch.telling import Telling

if TYPE_CHECKING:
    from reconciler.load import Loaded
    from reconciler.model.days import Day
    from reconciler.model.errors import ExitCode
    from reconciler.watch.passing import Tenant
    from reconciler.watch.schedule import Every
    from reconciler.watch.server import Address
    from reconciler.watch.share import Share
    from reconciler.watch.summons import Summons
    from reconciler.watch.surroundings import Surroundings
    from reconciler.watch.words import Mode


class Watching(NamedTuple):
    """What was asked of a run about several tenants. `journal` is the path of the command line."""

    asked: Asked
    mode: Mode
    every: Every
    journal: Path | None
    listen: Address | None
    parallel: int


@dataclass(slots=True)
class _Reading:
    """What was read on one day since `at`, and what the file system and git said of it then.

    `whole` says that there are marks of the files of all tenants.
    """

    day: Day
    at: float
    library: Library
    once: Once = field(default_factory=Once)
    marks: dict[str, tuple[Mark, ...]] = field(default_factory=dict)
    commits: dict[str, str | None] = field(default_factory=dict)
    whole: bool = False


class Shelves:
    """What tenants of the same files share: nothing is read twice while no file changes, for one interval at most.

    One pass at a time reads, in the working directory and with the day of the run: both belong to the process.
    """

    def __init__(self, asked: Asked, lifetime: float, monotonic: Callable[[], float], summons: Summons) -> None:
        """`lifetime` is in seconds. All clients that `open_client` opens share one TLS context."""
        self.open_client = opener(asked.connection, summons)
        self._context = click.get_current_context()
        self._lifetime = lifetime
        self._monotonic = monotonic
        self._lock = Lock()
        self._recall = Recall()
        self._reading: _Reading | None = None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Keep other passes from reading meanwhile."""
        with self._lock, self._context.scope(cleanup=False):
            yield

    def forget(self) -> None:
        """Read all files again: SIGHUP says that they changed. Any thread may call this."""
        self._reading = None

    def fit(self, paths: Iterable[Path], directory: str | None = None) -> _Reading:
        """Return what was read and is still so; a new one when a path, or the commit around `directory`, changed."""
        marks = {os.fspath(path): marks_of([path]) for path in paths}
        commits = {} if directory is None else {directory: head_commit(directory)}
        found, day, now = self._reading, this_day(), self._monotonic()
        if (
            found is None
            or found.day != day
            or now - found.at >= self._lifetime
            or any(found.marks.get(path, each) != each for path, each in marks.items())
            or any(found.commits.get(path, each) != each for path, each in commits.items())
        ):
            found = self._reading = _Reading(day, now, Library(self._recall))
        found.marks |= marks
        found.commits |= commits
        return found


class SharedDesk(Desk):
    """Reads again what a pass of one of several tenants works with, in the thread of the pass."""

    def __init__(self, name: str, shelves: Shelves, asked: Asked, start: Start, share: Share) -> None:
        """Remember the values."""
        super().__init__(asked._replace(files=asked.files._replace(tenants=(name,), every=False)), start, share)
        self._name = name
        self._shelves = shelves

    def prepare(self) -> AtHand:
        """Return what `Desk` returns, or raise what it raises; `Refused` also when the tenant is removed."""
        with self._shelves.entered():
            return super().prepare()

    def revision(self) -> Revision:
        """Return of which commit the files are, also if they are not valid."""
        with self._shelves.entered():
            return super().revision()

    def _configuration(self) -> Configuration:
        files = self._asked.files
        library = self._shelves.fit([files.config or Path(DEFAULT_FILE)]).library
        try:
            whole = library.configuration(files)
        except InvalidInput:  # preparing the pass reports it
            return Configuration(path=files.config)
        return whole.of(self._name) if self._name in whole.tenants else whole

    def _from_files(self, configuration: Configuration) -> FromFiles:
        reading = self._reading(configuration)
        asked = self._asked
        of_files = AskedOfFiles(reading.day, only=asked.only)
        preparing = Preparing(asked.files, reading.library, asked.connection, asked.raised, of_files)
        whole = preparing.configuration
        if self._name not in whole.tenants:
            raise Refused(
                f"tenant {self._name} is no longer in the configuration; restart `reconciler watch` to go on without it"
            )
        return preparing.pass_of(whole.of(self._name), reading.once)

    def _reading(self, configuration: Configuration) -> _Reading:
        """Return what was read and is still so. What looks idle is judged over the files of all tenants."""
        found = self._shelves.fit(self._paths(configuration), configuration.roles_dir)
        whole = configuration.whole
        if not found.whole and whole is not None:
            every = {os.fspath(path) for name in whole.tenants for path in self._paths(whole.of(name))}
            found.marks |= {path: marks_of([path]) for path in every - found.marks.keys()}
            found.whole = True
        return found

    def _revision(self, commit: str | None, marks: tuple[Mark, ...], configuration: Configuration) -> Revision:
        reading = self._shelves.fit([])
        return reading.once.get(
            ("revision", commit, marks, same_files(configuration)),
            lambda: super(SharedDesk, self)._revision(commit, marks, configuration),
        )

    def _hashes(self, desired: Loaded) -> Callable[[str], str | None]:
        """Return the hashes of files by whole paths: the pass of another tenant may change the working directory."""
        return hashes_of(desired, os.getcwd())  # noqa: PTH109 - a name, not a Path

    @contextmanager
    def _opened(self, found: FromFiles) -> Iterator[Tenant]:
        with self._shelves.open_client(found.connection) as opened:
            yield Writer(opened)


def watch_several(watching: Watching, say: Callable[[Event], object], surroundings: Surroundings) -> ExitCode:
    """Watch several tenants until a signal ends it. Return the exit code.

    Raise `InvalidInput` when the configuration is not valid, `CommandLineError` when the options do not fit it or each
    other, and `Failed` when a journal is in use.
    """
    asked, every = watching.asked, watching.every
    summons = surroundings.summons()
    summons.first = first_said(watching.mode)
    with summons, ExitStack() as stack:
        whole = load_configuration(asked.files.config)
        several = chosen(asked.files, whole)
        assert isinstance(several, Several)  # noqa: S101 - `asks_for_several` says so, or `chosen` has raised
        asked.connection.leave_to_the_configuration(alone=False)
        check_journal(watching.journal, whole)
        trace(asked.verbose)
        shelves = Shelves(asked, every.seconds, surroundings.monotonic, summons)
        names = several.names
        starts = [_start(asked, whole.of(name)) for name in names]
        memories = [
            stack.enter_context(
                remembering(
                    watching.mode,
                    named_for(name, watching.journal) or whole.of(name).journal,
                    start.url,
                    surroundings,
                )
            )
            for name, start in zip(names, starts, strict=True)
        ]
        found = stack.enter_context(listening(watching.listen, every.seconds, names, surroundings.monotonic))
        tenants = []
        for at, (name, share) in enumerate(zip(names, shares_of(summons, len(names)), strict=True)):
            desk = SharedDesk(name, shelves, asked, starts[at], share)
            operator = Operator(
                watching.mode,
                desk.prepare,
                desk.revision,
                share,
                memories[at],
                surroundings.now,
                surroundings.monotonic,
            )
            message = words.started(starts[at].url, every.text, watching.mode, found.url)
            say(Event(surroundings.now(), "started", message, tenant=name))
            tenants.append(OneOf(operator, share, Telling(watching.mode, name), found.observers[at : at + 1]))
        rhythm = Rhythm(every, surroundings.chance, surroundings.now)
        hall = Hall(rhythm, surroundings.monotonic, say, watching.parallel, surroundings.start, shelves.forget)
        return run_several(tenants, hall, summons)


def _start(asked: Asked, configuration: Configuration) -> Start:
    """Return what no file may change for a tenant. A URL that is not valid is a failed pass of that tenant alone."""
    return Start(named_url(asked.connection, configuration), configuration.api_key_file)
