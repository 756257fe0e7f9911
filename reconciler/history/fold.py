"""The history of access as a value: a pure fold over (revision, expanded roles), oldest first.

A (role, code) pair is on while the role holds the code, on the day of the revision. Each time it turns on or off is an
event. Where a file is, how it is written and through which set a code comes makes no event. A role is followed through
`renamed_from` at the revision where the earlier name goes and the new one comes: chains work as in a plan
(`reconciler.plan.matching`), and a name that does not go keeps its role. A deleted role that comes back under its name
is the same role.

Time passes between revisions: a grant that ends is revoked on the day after its last day, by no commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.history.events import Event, EventKind, History, Life, Version, held_on
from reconciler.model.revisions import NOT_COMMITTED, Revision

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.roles import DesiredRole

_ONE_DAY = timedelta(days=1)


def fold(
    versions: Iterable[Version],
    today: Day,
    *,
    now: Mapping[str, DesiredRole] | None = None,
    skipped: int = 0,
    oldest: Revision | None = None,
) -> History:
    """Return what the versions did to access, up to the day `today`.

    A version of a later day counts as one of today. `now` are the roles of the work tree, which are the newest version
    where they differ. `skipped` and `oldest` are as in `History`.
    """
    work = _Fold(today)
    for version in versions:
        work.step(version)
    work.pass_time(today)
    if now is not None:
        work.step(Version(Revision(today, None, NOT_COMMITTED), now))
    return work.history(skipped, oldest)


class _Life:
    """One role so far. `held` has the codes that it holds now, each with its end."""

    def __init__(self) -> None:
        self.name = ""
        self.role: DesiredRole | None = None
        self.groups: list[list[Event]] = []
        self.held: Mapping[str, Day | None] = {}
        self.since: dict[str, Revision] = {}
        self.granted: dict[str, Revision] = {}
        self.next_end: Day | None = None

    def hold(self, held: Mapping[str, Day | None], revision: Revision) -> list[Event]:
        """Hold these codes from now on. Return the events that this is."""
        revoked, granted = self.held.keys() - held.keys(), held.keys() - self.held.keys()
        events = [Event(EventKind.REVOKED, self.name, revision, code) for code in revoked]
        events += [Event(EventKind.GRANTED, self.name, revision, code) for code in granted]
        for code in revoked:
            del self.since[code]
        self.since |= dict.fromkeys(granted, revision)
        self.granted |= dict.fromkeys(granted, revision)
        self.held = held
        self.next_end = min((end for end in held.values() if end is not None), default=None)
        return events

    def frozen(self) -> Life:
        """Return the life as a value."""
        return Life(self.name, self.role, _newest_first(self.groups), self.since, self.granted)


class _Fold:
    """One run: the roles that exist now by name, the first end of each that has one, and all that took a name."""

    def __init__(self, today: Day) -> None:
        self._today = today
        self._day = today.min
        self._lives: dict[str, _Life] = {}
        self._ending: dict[_Life, Day] = {}
        self._takers: dict[str, list[tuple[Day, _Life]]] = {}
        self._groups: list[list[Event]] = []

    def pass_time(self, today: Day) -> None:
        """Revoke the codes whose last day is before `today`."""
        days: dict[Day, dict[_Life, set[str]]] = {}
        for life, first in self._ending.items():
            if first >= today:
                continue
            for code, end in life.held.items():
                if end is not None and end < today:
                    days.setdefault(end, {}).setdefault(life, set()).add(code)
        for end in sorted(days):
            revision = Revision(end + _ONE_DAY, None, f"ended {end.isoformat()}")
            self._record(
                (life, life.hold({code: held for code, held in life.held.items() if code not in codes}, revision))
                for life, codes in days[end].items()
            )

    def step(self, version: Version) -> None:
        """Turn what the roles are into what this version says they are."""
        revision, roles = version
        day = min(revision.date, self._today)
        backwards, self._day = day < self._day, day  # a clock that is set back brings ended grants back
        self.pass_time(day)
        lives = self._lives
        differ = [name for name, role in roles.items() if name not in lives or lives[name].role is not role]
        new = {name for name in differ if name not in lives}
        gone = lives.keys() - roles.keys() if len(lives) + len(new) > len(roles) else set[str]()
        renamed = self._renamed(roles, gone, new)
        now = {name: lives.get(name) or self._returned(name) for name in (roles if backwards else differ)}
        now |= {name: lives[earlier] for name, earlier in renamed.items()}
        done = [(lives[name], self._deleted(lives[name], revision)) for name in gone.difference(renamed.values())]
        for name in gone:
            del lives[name]
        lives |= now
        done += [(life, self._now(life, roles[name], day, revision)) for name, life in now.items()]
        self._record(done)

    def history(self, skipped: int, oldest: Revision | None) -> History:
        """Return the history so far."""
        frozen = {life: life.frozen() for life in {life for taken in self._takers.values() for _, life in taken}}
        roles = {name: frozen[life] for name, life in self._lives.items()}
        takers = {name: tuple((day, frozen[life]) for day, life in taken) for name, taken in self._takers.items()}
        earlier = {name: taken[-1][1] for name, taken in takers.items() if name not in roles}
        return History(roles, earlier, _newest_first(self._groups), skipped, oldest, takers)

    def _renamed(self, roles: Mapping[str, DesiredRole], gone: set[str], new: set[str]) -> dict[str, str]:
        """Return the name that each renamed role had, by its new one.

        A name that goes may be the start of a chain: `a` becomes `b`, whose role becomes `c`, which is new.
        """
        renamed: dict[str, str] = {}
        if not gone or not any(roles[name].renamed_from for name in new):
            return renamed
        takers = {earlier: name for name in sorted(roles) for earlier in roles[name].renamed_from}
        chains = [chain for name in gone if (chain := _chain(name, takers, new))]
        taken = Counter(name for chain in chains for name in chain[1:])
        for chain in chains:
            if all(taken[name] == 1 for name in chain[1:]):  # otherwise it is unclear which role is meant
                renamed |= zip(chain[1:], chain, strict=False)
        return renamed

    def _returned(self, name: str) -> _Life:
        """Return the role of that name that was deleted, or else a new one."""
        _, life = self._takers[name][-1] if name in self._takers else (None, _Life())
        return life if life.role is None and life.name == name else _Life()

    def _deleted(self, life: _Life, revision: Revision) -> list[Event]:
        life.role = None
        return [Event(EventKind.DELETED, life.name, revision), *life.hold({}, revision)]

    def _now(self, life: _Life, role: DesiredRole, day: Day, revision: Revision) -> list[Event]:
        events = []
        name, before = role.role.name, life.name
        life.name = name
        if life.role is None:
            events.append(Event(EventKind.CREATED, name, revision))
        elif before != name:
            events.append(Event(EventKind.RENAMED, name, revision, renamed_from=before))
        if events:
            self._takers.setdefault(name, []).append((revision.date, life))
        life.role = role
        return events + life.hold(held_on(role, day), revision)

    def _record(self, done: Iterable[tuple[_Life, list[Event]]]) -> None:
        """Remember the events of one revision."""
        everything: list[Event] = []
        for life, events in done:
            if life.next_end is None:
                self._ending.pop(life, None)
            else:
                self._ending[life] = life.next_end
            if events:
                life.groups.append(sorted(events, key=_order))
                everything += events
        if everything:
            self._groups.append(sorted(everything, key=_order))


def _chain(gone: str, takers: Mapping[str, str], new: Collection[str]) -> list[str]:
    """Return the names from the one that goes to a new one, each an earlier name of the next; empty without any."""
    chain = [gone]
    while (name := takers.get(chain[-1])) is not None and name not in chain:
        chain.append(name)
        if name in new:
            return chain
    return []


def _order(event: Event) -> tuple[int, str, str]:
    return event.order


def _newest_first(groups: list[list[Event]]) -> tuple[Event, ...]:
    return tuple(event for group in reversed(groups) for event in group)
