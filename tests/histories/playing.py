"""A history is played through the real command line, and each step is held against the statement of the interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.histories.facts import Seen, calm_facts, facts
from tests.histories.histories import CATALOGUE, SYSTEM_ROLES, History, Step
from tests.histories.statement import DONE, REFUSED, STALE, TO_DO, Change, Config, File, Files, Live, fits, plan
from tests.histories.tenant import Tenant
from tests.histories.world import World, changes_of


@dataclass
class _Play:
    """A history while it is played."""

    world: World
    files: tuple[File, ...]
    config: Config = Config()  # noqa: RUF009 - frozen
    saved: dict[str, Any] | None = None
    saved_files: tuple[File, ...] | None = None

    def step(self, number: int, step: Step) -> Iterator[str]:
        tenant = self.world.tenant
        self.files = self.files if step.files is None else step.files
        self.config = self.config if step.config is None else step.config
        if step.withdrawn in tenant.catalogue:
            tenant.catalogue.remove(step.withdrawn or "")
        for edit in step.others:
            tenant.edit(edit)
        self.world.write(self.files, self.config)
        match step.verb:
            case "plan" | "save":
                yield from self._plan(step)
            case "apply":
                yield from self._apply(step)
            case "undo":
                yield from self._there_and_back(number, step)
            case "apply saved":
                yield from self._apply_saved(step)
            case "at once":
                yield from self._at_once(step)

    def _wanted(self, live: dict[str, Live] | None = None) -> Any:  # noqa: ANN401 - a Wanted
        tenant = self.world.tenant
        return plan(self.files, (live or tenant.live).values(), tenant.catalogue, self.config)

    def _plan(self, step: Step) -> Iterator[str]:
        before, wanted = dict(self.world.tenant.live), self._wanted()
        out = ("--out", "saved.json") if step.verb == "save" else ("--detailed-exitcode",)
        ran = self.world.run("plan", *out)
        code = TO_DO if wanted.code == DONE and wanted.changes and step.verb == "plan" else wanted.code
        if self.world.tenant.live != before or any(entry.writes for entry in ran.log):
            yield "a plan writes nothing: it did"
        if ran.code != code:
            yield f"the exit code of a plan is the statement's: {ran.code} for {code}: {ran.said[-600:]}"
        elif ran.report and changes_of(ran.report) != wanted.changes:
            yield f"the changes of a plan are the statement's: {changes_of(ran.report)} for {wanted.changes}"
        if step.verb == "save" and ran.code in {DONE, REFUSED}:  # a refused plan is saved too
            self.saved, self.saved_files = ran.report, self.files

    def _goal(self) -> Callable[[Any], bool]:
        tenant, files, config = self.world.tenant, self.files, self.config
        return lambda live: plan(files, live, tenant.catalogue, config) == (DONE, frozenset())

    def _run(self, step: Step, *arguments: str, goal: Callable[[Any], bool], planned: Any = None) -> Seen:  # noqa: ANN401 - roles by id
        tenant = self.world.tenant
        before = dict(tenant.live)
        ran = self.world.run("apply", *arguments, script=step.script)
        return Seen(ran, before, dict(tenant.live), goal, not tenant.quirk, planned)

    def _apply(self, step: Step) -> Iterator[str]:
        wanted, held = self._wanted(), self._someone_holds()
        seen = self._run(step, goal=self._goal())
        yield from facts(seen)
        if seen.calm and not held:
            yield from calm_facts(seen, wanted.code, wanted.changes)
        self.seen = seen

    def _someone_holds(self) -> bool:
        return any(live.held for live in self.world.tenant.live.values())

    def _apply_saved(self, step: Step) -> Iterator[str]:
        if self.saved is None:
            return
        tenant, changes = self.world.tenant, changes_of(self.saved)
        wanted = fits(
            changes, tenant.live.values(), tenant.catalogue, Files(self.files == self.saved_files, self.config)
        )
        held = self._someone_holds()
        planned = {change.id: change.before for change in changes if change.id}
        seen = self._run(step, "saved.json", goal=_all_there(changes), planned=planned)
        yield from facts(seen)
        if seen.calm and not held:
            yield from calm_facts(seen, wanted.code, wanted.changes)

    def _there_and_back(self, number: int, step: Step) -> Iterator[str]:
        """An apply, its undo, and the undo of that: each finds just what the one before did."""
        yield from self._apply(step)
        seen = self.seen
        if not seen.ran.journal.exists() or not seen.alone:
            return
        for turn in range(2):
            undone = yield from self._undone(seen, f"undo-{number}-{turn}.json")
            if undone is None or not (undone.calm and undone.ran.journal.exists()):
                return
            seen = undone

    def _undone(self, seen: Seen, out: str) -> Any:  # noqa: ANN401 - a generator that returns a Seen or None
        tenant = self.world.tenant
        names = {live.role.name for roles in (seen.before, seen.after) for live in roles.values()}
        left = {name for name in names if self.config.leaves(name)}
        raised = ("--max-deletes", "99", "--max-revokes", "99")
        ran = self.world.run("undo", str(seen.ran.journal), "--out", out, *raised)
        if ran.code == REFUSED and self.config.protect:
            return None
        if ran.code != DONE or ran.report is None:
            yield f"an undo makes a plan: {ran.code} {ran.said[-600:]}"
            return None
        changes = changes_of(ran.report)
        if not left and len(tenant.catalogue) == len(CATALOGUE):
            wrong = list(_not_just_taken_back(seen, ran.report))
            yield from wrong
            if wrong:
                return None
        before = dict(tenant.live)
        back = self._run(Step("apply"), out, *raised, goal=_all_there(changes))
        if back.ran.code == STALE and self.config.unmanaged == "report":
            return None
        yield from facts(back)
        if back.calm and not self._someone_holds() and len(tenant.catalogue) == len(CATALOGUE) and not left:
            yield from calm_facts(back, DONE, changes)
            whole = len(seen.claimed) == len(seen.effects)
            if whole and back.ran.code == DONE and _roles(tenant.live) != _roles(seen.before):
                yield f"after an undo the roles are those before: {_roles(before)} {_roles(tenant.live)}"
        return back

    def _at_once(self, step: Step) -> Iterator[str]:
        tenant, wanted = self.world.tenant, self._wanted()
        before, held = dict(tenant.live), self._someone_holds()
        pair = self.world.at_once(step.seed, "apply")
        for ran in pair:
            yield from facts(Seen(ran, before, dict(tenant.live), self._goal(), not tenant.quirk))
        if wanted.code != DONE or tenant.quirk or held:
            return
        if not self._goal()(tenant.live.values()):
            yield f"two applies at once reach what the files say: {[ran.code for ran in pair]} {pair[0].said}"
        # Not updates: the API has no precondition, so both may send the same PATCH between one GET and one answer.
        told = [each for ran in pair if ran.report for each in ran.report["outcomes"] if each["action"] != "update"]
        claimed = [(each["action"], each["id"]) for each in told if each["status"] == "applied"]
        if len(claimed) != len(set(claimed)):
            yield f"of two applies at once one makes and one deletes each role: {claimed}"


def _all_there(changes: frozenset[Change]) -> Callable[[Any], bool]:
    def goal(live: Any) -> bool:  # noqa: ANN401 - an iterable of Live
        roles = {one.id: one.role for one in live}
        return all(
            change.id not in roles
            if change.after is None
            else change.after in roles.values()
            if change.id is None
            else roles.get(change.id) == change.after
            for change in changes
        )

    return goal


def _difference(now: Any, then: Any, ids: set[str | None]) -> frozenset[Change]:  # noqa: ANN401 - roles by id
    """The changes that take the roles of these ids from what they are to what they were."""
    found: set[Change] = set()
    for role_id in ids:
        was, is_ = then.get(role_id), now.get(role_id)
        if was and is_ and was.role != is_.role:
            found.add(Change("update", role_id, is_.role, was.role))
        elif was and not is_:
            found.add(Change("create", None, None, was.role))
        elif is_ and not was:
            found.add(Change("delete", role_id, is_.role, None))
    return frozenset(found)


def _not_just_taken_back(seen: Seen, undo: dict[str, Any]) -> Iterator[str]:
    """How the plan of an undo differs from just what was done, where that is known."""
    if any(each["reason"] in {"not-known", "changed-meanwhile"} for each in seen.outcomes):
        return
    done = _difference(seen.after, seen.before, {entry.id for entry in seen.claimed})
    wanted, changes = _whose_names_are_free(done, seen.after), changes_of(undo)
    if wanted != changes:
        yield f"an undo takes back just what was done: {sorted(changes)} for {sorted(wanted)}"
    for change in done - wanted:
        if not any(change.name in note for note in undo["notes"]):
            yield f"what an undo cannot take back it says: {change} {undo['notes']}"


def _whose_names_are_free(changes: frozenset[Change], live: Any) -> frozenset[Change]:  # noqa: ANN401 - roles by id
    """The changes whose name no role keeps that the others leave alone: an undo takes no name from anybody."""
    moved = {change.id for change in changes}
    kept = {one.role.name for one in live.values() if one.id not in moved}
    free = frozenset(change for change in changes if not (change.after and change.name in kept))
    return free if free == changes else _whose_names_are_free(free, live)


def _roles(live: Any) -> list[Any]:  # noqa: ANN401 - roles by id
    return sorted((*role.role[:2], *sorted(role.role.codes)) for role in live.values())


def disagreements(history: History, world: World) -> list[str]:
    """Play a history; what is broken in the first step that breaks anything."""
    live = {role.id: role for role in (*SYSTEM_ROLES, *history.live)}
    world.settle(Tenant(live, CATALOGUE, history.quirk))
    play = _Play(world, history.files)
    for number, step in enumerate(history.steps):
        broken = list(play.step(number, step))
        broken += [f"the tenant of the test works: {e.method}" for e in world.tenant.log if e.by == "BROKEN"]
        if broken:
            return broken
    return []
