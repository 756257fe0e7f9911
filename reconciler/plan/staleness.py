"""Check whether a saved plan still fits the live state (docs/interface.md, "Saved plans").

A change whose result is already live is done. A role that equals neither the before nor the after of its change makes
the whole plan stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, assert_never

from reconciler.model.errors import StalePlan
from reconciler.model.inert import named, quoted, visible
from reconciler.model.roles import SYSTEM_NAMES, LiveRole, Role, id_key, normalise_name
from reconciler.plan.changes import Change, Create, Delete, Plan, Update
from reconciler.plan.scope import Scope, matches
from reconciler.plan.sources import RoleFiles, Undo

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.roles import DesiredRole


_EDITS = 5
"""The roles that are named when the role files changed."""


class Fit(NamedTuple):
    """The changes of a plan that are still open, those that are done, and why the plan is stale (empty if it is not).

    A change in `open` has its id as the live state spells it.
    """

    open: tuple[Change, ...]
    done: tuple[Change, ...]
    stale: tuple[str, ...]


def fit(plan: Plan, live: Iterable[LiveRole]) -> Fit:
    """Return which changes of a saved plan are open, done or stale. Several live roles may have the same name."""
    seen = _Seen.of(plan, live)
    open_, done, stale = [], [], []
    for change in plan.changes:
        why = _touches_system(change, seen) or _stale(change, seen)
        if why:
            stale.append(why)
        elif _is_done(change, seen):
            done.append(change)
        else:
            open_.append(seen.spelled(change))
    return Fit(tuple(open_), tuple(done), tuple(stale))


def left_alone(plan: Plan, changes: Iterable[Change], scope: Scope) -> list[str]:
    """Return a sentence for each of `changes` that `scope`, which may be newer than the plan, no longer allows.

    An undo deletes roles that the runs of its journal created, not unmanaged roles, so `unmanaged: report` does not
    apply to it.
    """
    reports = scope.unmanaged == "report" and isinstance(plan.source, RoleFiles)
    found = []
    for change in changes:
        names = [role.name for role in (change.before, change.after) if role]
        name = named(change.name)
        pattern = next((each for each in scope.ignore if any(matches(name, [each]) for name in names)), None)
        if pattern is not None:
            found.append(f"{name} now matches {visible(pattern)} under `ignore:`")
        elif not all(matches(each, scope.manage) for each in names):
            found.append(f"{name} no longer matches a pattern under `manage:`")
        elif isinstance(change, Delete) and reports:
            found.append(f"the plan deletes {name}, but the configuration now says `unmanaged: report`")
    return found


def edits(plan: Plan, desired: Iterable[DesiredRole]) -> tuple[str, ...]:
    """Return a sentence for each role that the files at hand define otherwise than those that the plan was made from.

    The files have another digest. A plan keeps neither ends nor earlier names, so if no role differs, it is one of
    these. A plan that only revokes does not keep what the files asked for: then there is no sentence.
    """
    if plan.only is not None:
        return ()
    then = {role.name: role for role in (*plan.unchanged, *(change.after for change in plan.changes if change.after))}
    found = []
    for entry in desired:
        place, was = f"{visible(str(entry.location))}: {named(entry.role.name)}", then.pop(entry.role.name, None)
        if was is None:
            found.append(f"{place} was added")
        elif was != entry.role:
            found.append(f"{place}: {difference(was, entry.role)}")
    found += [f"{named(name)} is in no role file now" for name in then]
    return tuple(found) or ("no name, description or permission differs: it is the end of a grant or a `renamed_from`",)


def check_made_for(plan: Plan, target: str, digest: str | None, edited: Sequence[str] = ()) -> None:
    """Raise `StalePlan` when the plan is for another tenant, or was made from other role files.

    `digest` is that of the current role files, or None if there are none; `edited` is what `edits` says of them.
    """
    again = _again(plan)
    if plan.target != target:
        message = f"the plan was made for {visible(plan.target)}, but this run targets {visible(target)}"
        raise StalePlan(f"{message}; run {again} for this tenant")
    if isinstance(plan.source, RoleFiles) and digest not in (None, plan.source.digest):
        changed = "the role files changed after the plan was made"
        remedy = f"run {again} again, or check out the commit it was made from"
        more = [f"and {len(edited) - _EDITS} more"] if len(edited) > _EDITS else []
        _raise_stale(f"{changed}; {remedy}:", [*edited[:_EDITS], *more])
        raise StalePlan(f"{changed} ({plan.source.digest}, now {digest}); {remedy}")


def check_in_time(plan: Plan, today: Day) -> None:
    """Raise `StalePlan` when a grant of a desired role has ended since the plan was made."""
    if plan.valid_until is not None and today > plan.valid_until:
        message = f"the plan was valid until {plan.valid_until}, when a grant of its roles ended, and today is {today}"
        raise StalePlan(f"{message}; run {_again(plan)} again")


def check_fits(plan: Plan, live: Iterable[LiveRole], scope: Scope) -> tuple[Change, ...]:
    """Return the changes that are still open.

    Raise `StalePlan` when the plan no longer fits the live state, or when `scope` no longer allows one of its changes.
    """
    again = _again(plan)
    found = fit(plan, live)
    _raise_stale(f"the live state changed after the plan was made; run {again} again:", found.stale)
    scoped = left_alone(plan, found.open, scope)
    _raise_stale(f"the configuration now excludes roles that the plan changes; run {again} again:", scoped)
    return found.open


def check_granted(plan: Plan, gone: Sequence[str], changed: Sequence[str]) -> None:
    """Raise `StalePlan` when permissions that the plan grants are `gone` or have another meaning: a line for each."""
    again = _again(plan)
    _raise_stale(f"the catalogue no longer has permissions that the plan grants; run {again} again:", gone)
    _raise_stale(f"permissions that the plan grants have another meaning now; run {again} again:", changed)


def _again(plan: Plan) -> str:
    if isinstance(plan.source, Undo):
        return "`reconciler undo`"
    return "`reconciler plan`" if plan.only is None else f"`reconciler plan --only {plan.only}`"


def _raise_stale(head: str, reasons: Sequence[str]) -> None:
    if reasons:
        raise StalePlan("\n  ".join([head, *reasons]))


class _Seen(NamedTuple):
    """The live state, and what the plan says about it.

    `own` has the ids that the plan changes, as `id_key` writes them. `made` has the roles that the plan creates, `kept`
    the names of the roles that it leaves alone.
    """

    by_id: Mapping[str, LiveRole]
    by_name: Mapping[str, Sequence[LiveRole]]
    own: frozenset[str]
    made: frozenset[Role]
    kept: frozenset[str]

    @classmethod
    def of(cls, plan: Plan, live: Iterable[LiveRole]) -> _Seen:
        roles = tuple(live)
        by_name: dict[str, list[LiveRole]] = {}
        for role in roles:
            by_name.setdefault(role.role.name, []).append(role)
        return cls(
            {id_key(role.id): role for role in roles},
            by_name,
            frozenset(id_key(change.id) for change in plan.changes if change.id),
            frozenset(change.after for change in plan.changes if isinstance(change, Create)),
            frozenset(role.name for role in (*plan.unchanged, *plan.unmanaged, *plan.ignored, *plan.system)),
        )

    def live(self, change: Change) -> LiveRole | None:
        """Return the live role with the change's id, or None if there is none."""
        return self.by_id.get(id_key(change.id)) if change.id else None

    def others(self, name: str) -> list[LiveRole]:
        """Return the live roles with that name, except those that the plan changes.

        A role that the plan itself renames or deletes says nothing about what another change does to its old name.
        """
        return [role for role in self.by_name.get(name, ()) if id_key(role.id) not in self.own]

    def spelled(self, change: Change) -> Change:
        """Return the change with the id as the server writes it: some servers compare ids with case."""
        live = self.live(change)
        if live is None or isinstance(change, Create) or live.id == change.id:
            return change
        return replace(change, id=live.id)


def _touches_system(change: Change, seen: _Seen) -> str | None:
    live = seen.live(change)
    names = {normalise_name(role.name) for role in (change.before, change.after) if role}
    found = seen.others(change.name) if isinstance(change, Create) else [live] if live else []
    if names & SYSTEM_NAMES or any(role.untouchable for role in found):
        return f"{named(change.name)} is a system role; reconciler never changes system roles"
    return None


def _is_done(change: Change, seen: _Seen) -> bool:
    """Return whether the result of a change that is not stale is already live."""
    live = seen.live(change)
    match change:
        case Create():
            return bool(seen.others(change.name))
        case Update():
            return live is not None and live.role == change.after
        case Delete():
            return live is None
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)


def _stale(change: Change, seen: _Seen) -> str | None:
    """Return a sentence that says why the change no longer applies, or None if it applies."""
    name = named(change.name)
    live = seen.live(change)
    match change:
        case Create():
            other = next((role for role in seen.others(change.name) if role.role != change.after), None)
            if other is None:
                return None
            return (
                f"the plan creates {name}, but a role of this name is live now: {difference(change.after, other.role)}"
            )
        case Update():
            if live is None:
                return f"the plan updates {name}, but it no longer exists (id {visible(change.id)})"
            if live.role not in (change.before, change.after):
                return f"{name} changed after the plan was made: {difference(change.before, live.role)}"
            if change.renamed_from is not None and live.role != change.after and seen.others(change.name):
                return f"the plan renames {named(change.before.name)} to {name}, but another role has that name now"
            return None
        case Delete():
            return _undeletable(change, live, seen)
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)


def _undeletable(change: Delete, live: LiveRole | None, seen: _Seen) -> str | None:
    """Return what `_stale` returns, for a delete with the id of `live`. A role recreated by name counts as changed."""
    name = named(change.name)
    if live is not None:
        what = difference(change.before, live.role)
        return (
            f"the plan deletes {name}, but it changed after the plan was made: {what}"
            if live.role != change.before
            else None
        )
    other = next((role for role in seen.others(change.name) if role.role not in seen.made), None)
    if other is None or change.name in seen.kept:
        return None
    return f"the plan deletes {name}, but another role has that name now (id {visible(other.id)})"


def difference(then: Role, now: Role) -> str:
    """Return what differs between two states of a role, for a message: fields first, then sorted codes."""
    parts = [
        f"{field} {quoted(before)} -> {quoted(after)}"
        for field, before, after in (("name", then.name, now.name), ("description", then.description, now.description))
        if before != after
    ]
    parts += [f"+ {visible(code)}" for code in sorted(now.permissions - then.permissions)]
    parts += [f"- {visible(code)}" for code in sorted(then.permissions - now.permissions)]
    return ", ".join(parts) or "no difference"
