"""Random histories of a tenant and its role files: each is made from a seed, and is the same each time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from tests.histories.statement import Config, File, Live, Role
from tests.histories.tenant import FAULTS, Edit, Quirk, Script

NAMES = ("a", "b", "c", "d", "e")
ODD = ("vendor-x", "x-other")  # what `ignore` and `manage` may leave alone
CATALOGUE = ("p.edit", "p.view", "q.edit", "q.view", "r.view")
Verb = Literal["plan", "apply", "undo", "save", "apply saved", "at once"]


class Step(NamedTuple):
    """First the files, configuration, catalogue and tenant become what is given (None: as they are), then a command."""

    verb: Verb
    files: tuple[File, ...] | None = None
    config: Config | None = None
    withdrawn: str | None = None
    others: tuple[Edit, ...] = ()
    faults: tuple[tuple[int, str], ...] = ()
    edits: tuple[tuple[int, Edit], ...] = ()
    seed: int = 0

    @property
    def script(self) -> Script:
        at = {number for number, _ in self.edits}
        return Script(dict(self.faults), {n: tuple(edit for m, edit in self.edits if m == n) for n in at})


class History(NamedTuple):
    """Who is live, which files there are, and what happens then."""

    live: tuple[Live, ...]
    files: tuple[File, ...]
    quirk: Quirk
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Dice:
    chance: random.Random

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def role(self, name: str) -> Role:
        codes = self.chance.sample(CATALOGUE, self.chance.randint(0, 3))
        return Role(name, self.chance.choice(("", "Old.", "New.", "Two.\nLines.\n")), frozenset(codes))

    def files(self, live: tuple[Live, ...]) -> tuple[File, ...]:
        """Files that ask for some of what is live as it is, for some of it otherwise, and for some new roles."""
        known = {role.role.name: role.role for role in live}
        names = self.chance.sample(NAMES, self.chance.randint(1, 4))
        earlier = [name for name in NAMES if self.often(0.5)]
        found = []
        for name in names:
            role = known[name] if name in known and self.often(0.4) else self.role(name)
            taken = earlier.pop() if earlier and self.often(0.35) else None
            if taken in known and self.often(0.3):
                role = known[taken]._replace(name=name)
            found.append(File(role, None if taken == name else taken))
        return tuple(found)

    def config(self) -> Config:
        return Config(
            unmanaged="report" if self.often(0.25) else "delete",
            manage="[a-e]*" if self.often(0.15) else "*",
            ignore=("vendor-*",) if self.often(0.4) else (),
            protect=(self.chance.choice(NAMES),) if self.often(0.15) else (),
            max_deletes=self.chance.choice((99, 99, 1)),
            max_revokes=self.chance.choice((99, 99, 99, 2)),
        )

    def edit(self) -> Edit:
        name = self.chance.choice((*NAMES, *ODD))
        what = self.chance.choice(("update", "update", "update", "delete", "create", "make system", "hold"))
        becomes = self.chance.choice(NAMES) if what == "update" and self.often(0.2) else name
        return Edit(what, name, self.role(becomes) if what in {"update", "create"} else None)  # type: ignore[arg-type]

    def step(self, live: tuple[Live, ...]) -> Step:
        verb = self.chance.choice(("plan", "apply", "apply", "undo", "undo", "save", "apply saved", "at once"))
        calm = verb in {"plan", "save", "at once"} or self.often(0.3)
        faults = [] if calm or self.often(0.3) else [self._fault() for _ in range(self.chance.randint(1, 3))]
        late = [] if calm or verb == "undo" or self.often(0.5) else [self._late() for _ in range(2)]
        return Step(
            verb,  # type: ignore[arg-type]  # mypy widens what `choice` gives
            self.files(live) if self.often(0.4) else None,
            self.config() if self.often(0.3) else None,
            self.chance.choice(CATALOGUE) if self.often(0.08) else None,
            tuple(self.edit() for _ in range(self.chance.choice((0, 0, 0, 1, 2)))),
            tuple(sorted(faults)),
            tuple(sorted(late, key=lambda pair: pair[0])),
            self.chance.randrange(10**6),
        )

    def _fault(self) -> tuple[int, str]:
        return self.chance.randint(2, 12), self.chance.choice(sorted(FAULTS))

    def _late(self) -> tuple[int, Edit]:
        return self.chance.randint(2, 12), self.edit()


def made(seed: int) -> History:
    """The history of a seed."""
    dice = _Dice(random.Random(seed))  # noqa: S311 - chance that is to be the same each time
    names = dice.chance.sample(NAMES, dice.chance.randint(1, 4)) + [name for name in ODD if dice.often(0.3)]
    custom = tuple(Live(an_id(name), dice.role(name), held=dice.often(0.05)) for name in sorted(names))
    quirk: Quirk = dice.chance.choice(("implies", "trims", "drops")) if dice.often(0.2) else ""
    steps = tuple(dice.step(custom) for _ in range(dice.chance.randint(1, 5)))
    return History(custom, dice.files(custom), quirk, steps)


def an_id(name: str) -> str:
    """The id of a role that is live from the start."""
    return str(uuid5(NAMESPACE_OID, f"first {name}"))


SYSTEM_ROLES = tuple(
    Live(an_id(name), Role(name, "", frozenset({"p.view"})), system=True) for name in ("admin", "agent", "supervisor")
)
