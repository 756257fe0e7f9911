"""Any history of edits, faults and time, against a slow statement of what each mode may do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import Overloaded, Rejected, Unreachable
from reconciler.model.roles import Role
from reconciler.policy.limits import Limit, Limits
from reconciler.watch.words import Mode
from tests.builders import a_live_role, a_role, an_id
from tests.watch.world import CODES, WIDE, World, a_world

NAMES = ("lead", "clerk", "temp")
Fault = Literal["", "no list", "no second list", "no write", "lost answer", "limit"]


class Step(NamedTuple):
    """What happens before one pass: roles become this in OmniStream and in the files; None is gone."""

    live: dict[str, frozenset[str] | None]
    files: dict[str, frozenset[str] | None]
    fault: Fault
    hours: int


def some_codes() -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(CODES), max_size=3)


def edits() -> st.SearchStrategy[dict[str, frozenset[str] | None]]:
    return st.dictionaries(st.sampled_from(NAMES), st.none() | some_codes(), max_size=2)


FAULTS: tuple[Fault, ...] = ("", "", "", "no list", "no second list", "no write", "lost answer", "limit")
STEPS = st.lists(
    st.builds(Step, edits(), edits(), st.sampled_from(FAULTS), st.sampled_from([0, 0, 0, 7, 25])),
    min_size=1,
    max_size=9,
)


@dataclass
class Play:
    """A history as it goes on: the live roles before each pass, and what was taken back when."""

    world: World
    steps: list[Step]
    before: dict[str, Role] = field(default_factory=dict)
    taken: list[tuple[datetime, str, str]] = field(default_factory=list)
    made: int = 0
    said: int = 0
    check: Callable[[Play], None] = lambda _: None

    def run(self) -> None:
        """Play it. A role that never changes keeps the files from being empty."""
        self.start(self.steps[0])
        numbers = range(1, 1 + len(self.steps))
        self.world.watch(len(self.steps), {number: partial(self.ended, number) for number in numbers})

    def ended(self, number: int) -> None:
        self.check(self)
        if number < len(self.steps):
            self.start(self.steps[number])

    def start(self, step: Step) -> None:
        world, tenant = self.world, self.world.tenant
        world.time.pass_by(step.hours * 3600)
        tenant.before_list, tenant.before_write, tenant.after_write = always, always, always
        world.limits = WIDE
        for name, codes in step.live.items():
            there = [role for role in tenant.there() if role.role.name == name]
            if codes is None:
                for role in there:
                    tenant.drop(role.id)
            elif there:
                tenant.edit(name, *codes)
            else:
                self.made += 1
                tenant.put(a_live_role(name, codes, id_=an_id(f"{name} by hand {self.made}")))
        for name, codes in step.files.items():
            if codes is None:
                world.files.pop(f"roles.d/{name}.yaml", None)
            else:
                world.want(name, *sorted(codes))
        self.fail(step.fault)
        self.before = self.live()
        self.said = len(world.events)

    def fail(self, fault: Fault) -> None:
        tenant = self.world.tenant
        lists = 0

        def second(*_: object) -> None:
            nonlocal lists
            lists += 1
            if lists > 1:
                down()

        match fault:
            case "no list":
                tenant.before_list = down
            case "no second list":
                tenant.before_list = second
            case "no write":
                tenant.before_write = refuse
            case "lost answer":
                tenant.after_write = lose
            case "limit":
                self.world.limits = Limits(Limit(0), Limit(0))
            case _:
                pass

    def live(self) -> dict[str, Role]:
        return {role.id: role.role for role in self.world.tenant.there()}

    def wanted(self) -> dict[str, frozenset[str]]:
        """What the files say, read in the plainest way."""
        found = {}
        for path, text in self.world.files.items():
            codes = text.partition("[")[2].partition("]")[0].replace('"', "").split(", ")
            found[path.removeprefix("roles.d/").removesuffix(".yaml")] = frozenset(filter(None, codes))
        return found

    def note_what_was_taken(self) -> tuple[list[str], list[str]]:
        """Return the fights that must be told after this pass, and those that were told."""
        now = self.world.reports[-1].began
        fighting = {pair for pair in self.pairs() if self.times(pair, now) >= 3}
        for role_id, was in self.before.items():
            after = self.live().get(role_id)
            self.taken += [(now, role_id, code) for code in was.permissions - after.permissions] if after else []
        begun = [pair[1] for pair in self.pairs() - fighting if self.times(pair, now) >= 3]
        told = [event.message.split()[1] for event in self.world.events[self.said :] if event.kind == "fight"]
        return sorted(begun), sorted(told)

    def pairs(self) -> set[tuple[str, str]]:
        return {(role, code) for _, role, code in self.taken}

    def times(self, pair: tuple[str, str], now: datetime) -> int:
        return sum(1 for at, *of in self.taken if tuple(of) == pair and now - at <= timedelta(hours=24))


def always(*_: object) -> None:
    """Nothing happens."""


def down(*_: object) -> None:
    raise Overloaded("could not list the roles: 503", status=503)


def refuse(*_: object) -> None:
    raise Rejected("the server refused with 422: no", status=422, detail="no")


def lose(*_: object) -> None:
    raise Unreachable("the answer was lost")


def play(mode: Mode, steps: list[Step], check: Callable[[Play], None]) -> World:
    with tempfile.TemporaryDirectory(prefix="laws-") as directory:
        world = a_world(Path(directory), mode, anchor=("a.view",), lead=("a.view",), clerk=("b.view",))
        Play(world, steps, check=check).run()
    return world


def only_less(play: Play) -> None:
    """Hold a pass of `--heal revokes`: each role has what it had, or what it had and its file gives."""
    after, wanted = play.live(), play.wanted()
    assert after.keys() == play.before.keys(), "nothing is created or deleted"
    good = play.world.reports[-1].good
    for role_id, was in play.before.items():
        now = after[role_id]
        healed = was.permissions & wanted.get(was.name, was.permissions)
        assert (now.name, now.description) == (was.name, was.description)
        assert now.permissions == healed or (not good and now.permissions == was.permissions)
    lines = play.world.events[play.said :]
    assert any(line.kind in {"applied", "failed"} for line in lines) or after == play.before
    begun, told = play.note_what_was_taken()
    assert set(told) <= set(begun)
    if good:
        assert begun == told


@given(STEPS)
def test_a_mode_that_heals_revokes_takes_what_files_do_not_give_and_never_gives(steps: list[Step]) -> None:
    play(Mode.HEAL, steps, only_less)


@given(STEPS)
def test_without_a_mode_nothing_is_ever_written(steps: list[Step]) -> None:
    def untouched(play: Play) -> None:
        assert play.live() == play.before
        assert play.world.tenant.log == []

    world = play(Mode.REPORT, steps, untouched)
    assert not world.journal.exists()


def as_the_files_say(play: Play) -> None:
    """Hold a pass of `--apply`: after a good one, roles are as the files say, but for what is left alone."""
    report = play.world.reports[-1]
    wanted = play.wanted()
    after = {role.name: role.permissions for role in play.live().values()}
    left = {truce.role: frozenset(truce.codes) for truce in report.truces}
    uncreated = {truce.role for truce in report.truces if not truce.codes}
    if report.good:
        assert wanted.keys() - uncreated == after.keys()
        assert after == {name: wanted[name] - left.get(name, frozenset()) for name in after}
        return
    before = {role.name: role.permissions for role in play.before.values()}
    for name, codes in after.items():
        assert codes <= before.get(name, frozenset()) | wanted.get(name, frozenset())


@given(STEPS)
def test_a_mode_that_applies_makes_it_as_the_files_say_but_for_what_did_not_last(steps: list[Step]) -> None:
    world = play(Mode.APPLY, steps, as_the_files_say)
    assert a_role("anchor", ["a.view"]) in world.tenant.roles()
