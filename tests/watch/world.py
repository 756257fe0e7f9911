"""An operator over a tenant and role files in memory; its clock is a number, its journal a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from reconciler.apply.recorded import Entry, read
from reconciler.load import Loaded, load_documents
from reconciler.model.catalogue import Catalogue
from reconciler.model.days import Day
from reconciler.model.errors import ExitCode, Failed, ReconcilerError
from reconciler.model.roles import LiveRole
from reconciler.plan.only import Only
from reconciler.plan.scope import Scope
from reconciler.plan.sources import RoleFiles
from reconciler.policy.limits import Limit, Limits
from reconciler.reconcile import Pass
from reconciler.watch.events import Event
from reconciler.watch.lines import text_line
from reconciler.watch.loop import Rhythm, run
from reconciler.watch.memory import JournalMemory
from reconciler.watch.passes import PassReport
from reconciler.watch.passing import AtHand, Operator, Revision
from reconciler.watch.schedule import Every
from reconciler.watch.telling import Telling
from reconciler.watch.words import Mode
from tests.apply.tenant import Tenant, live
from tests.builders import TARGET, a_catalogue, a_role
from tests.fake_time import FakeTime

CODES = ("a.view", "a.edit", "b.view", "b.edit", "c.view")
COMMITTED = Revision("c0ffee" * 6 + "c0ff", edited=False)
WIDE = Limits(Limit(1000), Limit(1000))


class WatchedTenant(Tenant):
    """A tenant with a catalogue, which people edit by name."""

    def list_permissions(self) -> Catalogue:
        return a_catalogue(*CODES)

    def edit(self, name: str, *codes: str) -> None:
        """What somebody does in OmniStream: the role has these codes now."""
        old = self.role(name)
        self.put(old._replace(role=a_role(name, codes, old.role.description)))

    def role(self, name: str) -> LiveRole:
        return next(role for role in self.there() if role.role.name == name)

    def there(self) -> list[LiveRole]:
        """The custom roles, looked up behind the API."""
        return [role for role in tuple(self._roles.values()) if not role.untouchable]

    def codes(self) -> dict[str, frozenset[str]]:
        return {role.name: role.permissions for role in self.roles()}


@dataclass
class Told:
    """An observer that keeps all it is told."""

    reports: list[PassReport] = field(default_factory=list)
    began_: int = 0
    waited: list[float] = field(default_factory=list)

    def began(self, at: object) -> None:
        del at
        self.began_ += 1

    def ended(self, report: PassReport) -> None:
        self.reports.append(report)

    def waits(self, seconds: float) -> None:
        self.waited.append(seconds)


@dataclass
class World:
    """`files` has the text of each role file. `broken` is what reading them raises; None if they can be read."""

    journal: Path
    tenant: WatchedTenant
    mode: Mode = Mode.HEAL
    files: dict[str, str] = field(default_factory=dict)
    scope: Scope = Scope()
    limits: Limits = WIDE
    revision: Revision = COMMITTED
    broken: ReconcilerError | None = None
    unopened: Failed | None = None
    concurrency: int = 1
    ending: int = 0
    time: FakeTime = field(default_factory=FakeTime)
    events: list[Event] = field(default_factory=list)
    told: Told = field(default_factory=Told)

    def want(self, name: str, *codes: str, description: str = "Leads support.") -> None:
        """The file of a role, as an edit leaves it."""
        document = {"name": name, "description": description, "permissions": list(codes)}
        self.files[f"roles.d/{name}.yaml"] = json.dumps(document)

    def watch(self, passes: int = 1, between: Mapping[int, Callable[[], object]] | None = None) -> ExitCode:
        """Run an operator for so many passes. After pass n, counted from 1, `between[n]` is done."""
        done = 0
        before = self.time.ended_a_pass

        def ended() -> None:
            nonlocal done
            done += 1
            before()
            (between or {}).get(done, lambda: None)()
            if done == passes:
                self.time.summons.set()

        self.time.passes, self.time.ended_a_pass = None, ended
        self.time.summons.clear()
        try:
            return self._run()
        finally:
            self.time.ended_a_pass = before

    def _run(self) -> ExitCode:
        time = self.time
        rhythm = Rhythm(Every("5m", 300), lambda: time.chance, time.now)
        telling = Telling(self.mode)
        if self.mode is Mode.REPORT:
            return run(self._operator(None).one_pass, rhythm, time.summons, telling, self.events.append, [self.told])
        with JournalMemory(self.journal, TARGET, "somebody", time.now) as memory:
            operator = self._operator(memory)
            return run(operator.one_pass, rhythm, time.summons, telling, self.events.append, [self.told])

    def _operator(self, memory: JournalMemory | None) -> Operator:
        time = self.time
        return Operator(
            self.mode, self._at_hand, lambda: self.revision, time.summons, memory, time.now, lambda: time.seconds
        )

    def _at_hand(self) -> AtHand:
        if self.broken is not None:
            raise self.broken
        loaded = _loaded(tuple(sorted(self.files.items())), self.time.today())
        source = RoleFiles("roles.d", loaded.digest, self.revision.commit)
        only: Only | None = "revokes" if self.mode is Mode.HEAL else None
        files = Pass(TARGET, loaded, source, self.scope, self.limits, today=self.time.today(), only=only)
        return AtHand(files, self._open, self._hash_of, self.revision, self.concurrency, self.ending)

    def _open(self) -> nullcontext[WatchedTenant]:
        if self.unopened is not None:
            raise self.unopened
        return nullcontext(self.tenant)

    def _hash_of(self, name: str) -> str | None:
        text = self.files.get(f"roles.d/{name}.yaml")
        return None if text is None else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def lines(self) -> str:
        """The lines of all events."""
        return "\n".join(map(text_line, self.events))

    @property
    def kinds(self) -> list[str]:
        """The kinds of all events."""
        return [event.kind for event in self.events]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The lines of the journal."""
        return read(self.journal).entries

    @property
    def reports(self) -> list[PassReport]:
        return self.told.reports


@lru_cache(maxsize=64)
def _loaded(files: tuple[tuple[str, str], ...], today: Day) -> Loaded:
    """Read role files once: what a pass of weeks costs is not what these tests are about."""
    return load_documents([(path, text.encode()) for path, text in files], today=today)


def a_world(path: Path, mode: Mode = Mode.HEAL, /, **roles: tuple[str, ...]) -> World:
    """A world in which each role is live as its file says."""
    tenant = WatchedTenant(*live([a_role(name, codes) for name, codes in roles.items()]))
    world = World(path / "journal.jsonl", tenant, mode)
    for name, codes in roles.items():
        world.want(name, *codes)
    return world
