"""The story on one screen: read live, plan, check the limits; for `apply` also carry it out and read again.

This is the file to read first. The planner gets a reader, which has no method that writes; only `apply_changes` gets a
writer. There is one engine: a dry run is a pass that ends after `plan_pass`.
"""

from __future__ import annotations

from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING, Protocol

from reconciler.load import Loaded, check_codes, lookalikes
from reconciler.model.errors import Failed, InvalidInput, Refused, StalePlan
from reconciler.model.findings import errors_of
from reconciler.model.inert import named, visible
from reconciler.model.roles import id_key
from reconciler.plan import renames
from reconciler.plan.changes import RoleFiles, Undo
from reconciler.plan.compare import compare, make_plan
from reconciler.plan.origin import with_origins
from reconciler.plan.scope import Scope, matches
from reconciler.plan.staleness import Fit, fit, left_alone
from reconciler.policy.judge import Approved, Judged, judge
from reconciler.policy.limits import NO_SYSTEM_ROLE, Limits
from reconciler.yamlio.strict import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.apply.executor import Run
    from reconciler.apply.outcome import Outcome
    from reconciler.model.roles import Catalogue, LiveRole, Role
    from reconciler.plan.changes import Change, Plan, Source


_MOST_SUGGESTIONS = 100  # different withdrawn codes that get one; looking for the nearest costs about a millisecond


class Reader(Protocol):
    """What a pass needs of the API: two lists. Its methods raise `Failed` when one cannot be read whole."""

    def list_roles(self) -> tuple[LiveRole, ...]:
        """Return all live roles, system roles included."""
        ...

    def list_permissions(self) -> Catalogue:
        """Return the permission catalogue by code."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration and the command line say about a pass."""

    scope: Scope = Scope()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of each change, and what a second reading of the live state showed to be left, a sentence each."""

    outcomes: tuple[Outcome, ...]
    remaining: tuple[str, ...] = ()
    converged: bool = False


def plan_pass(
    desired: Loaded,
    reader: Reader,
    rules: Rules,
    *,
    target: str,
    source: Source,
    base: Mapping[str, Role] | None = None,
) -> Judged:
    """Read the live state and compare: one list of roles, one list of permissions, whatever the number of roles.

    Raises `InvalidInput` for codes that the catalogue does not have and for roles that cannot be matched, `Refused` for
    either where the live state shows no system role, and `Failed` where the live state cannot be read.
    """
    live, catalogue = _read(reader)
    try:
        plan = _planned(desired, live, rules, target, source, catalogue)
    except InvalidInput:
        if any(role.untouchable for role in live):
            raise
        # What is not believed proves no file wrong: where both hold, refused (4) goes before not valid (3).
        raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE}") from None
    if base is not None:
        plan = with_origins(plan, base, desired.roles)
    looks = lookalikes.notes(desired.roles, plan)
    # How a description ends matters to nobody while the server keeps it so: `validate` says it, not each plan.
    warned = (str(problem) for problem in desired.warnings if problem.rule != "description-ends")
    notes = sorted([*plan.notes, *warned, *renames.hints(plan), *renames.same_names(plan), *looks])
    return judge(replace(plan, notes=tuple(notes)), rules.limits)


def _planned(
    desired: Loaded,
    live: Sequence[LiveRole],
    rules: Rules,
    target: str,
    source: Source,
    catalogue: Catalogue,
) -> Plan:
    """Return the plan. Raise `InvalidInput` when it cannot be made or grants codes that the catalogue does not have."""
    try:
        plan = make_plan(desired.roles, live, target=target, source=source, scope=rules.scope, catalogue=catalogue)
    except InvalidInput as error:
        raise InvalidInput(
            (*error.findings, *errors_of(check_codes(desired.roles, catalogue, _perhaps(desired, live))))
        ) from None
    held = {role.name: role.permissions for role in plan.unchanged}
    held |= {change.name: change.before.permissions for change in plan.changes if change.before and change.after}
    found = check_codes(desired.roles, catalogue, held)
    if errors_of(found):
        raise InvalidInput(found)
    return replace(plan, notes=tuple(map(str, found)))


def _perhaps(desired: Loaded, live: Sequence[LiveRole]) -> Mapping[str, frozenset[str]]:
    """Return the codes that the live role of each desired one may hold, when it is unclear which one that is."""
    codes: dict[str, frozenset[str]] = {}
    for role in live:
        codes[role.role.name] = codes.get(role.role.name, frozenset()) | role.role.permissions
    return {
        entry.role.name: frozenset().union(*(codes.get(n, ()) for n in (entry.role.name, *entry.renamed_from)))
        for entry in desired.roles
    }


def fit_saved(plan: Plan, reader: Reader, rules: Rules, *, target: str, digest: str | None) -> tuple[Fit, Judged]:
    """Return how a saved plan fits the live state, and the judged rest of it.

    Only the changes that are left to do are judged, and so may be approved.

    `digest` is that of the role files at hand, None without any. Raise `StalePlan` when the plan is for another tenant,
    was made from other role files, or no longer fits the live state, the configuration in `rules` or the catalogue.
    Raise `Failed` when one of the two lists cannot be read.
    """
    again = "`reconciler undo`" if isinstance(plan.source, Undo) else "`reconciler plan`"
    if plan.target != target:
        message = f"the plan was made for {visible(plan.target)}, but this run targets {visible(target)}"
        raise StalePlan(f"{message}; run {again} for this tenant")
    if isinstance(plan.source, RoleFiles) and digest not in (None, plan.source.digest):
        message = f"the role files changed after the plan was made ({plan.source.digest}, now {digest})"
        raise StalePlan(f"{message}; run {again} again, or check out the commit it was made from")
    live = reader.list_roles()
    found = fit(plan, live)
    _raise_stale(f"the live state changed after the plan was made; run {again} again:", found.stale)
    scoped = left_alone(plan, found.open, rules.scope)
    _raise_stale(f"the configuration now excludes roles that the plan changes; run {again} again:", scoped)
    judged = judge(_as_live(plan, found.open, live, rules.scope), rules.limits)
    try:
        withdrawn = _withdrawn(found.open, reader)
    except Failed:
        if judged.reasons:  # where both hold, refused (4) goes before failed (1)
            return found, judged
        raise
    _raise_stale(f"the catalogue no longer has permissions that the plan grants; run {again} again:", withdrawn)
    return found, judged


def _raise_stale(head: str, reasons: Sequence[str]) -> None:
    if reasons:
        raise StalePlan("\n  ".join([head, *reasons]))


def _withdrawn(changes: Sequence[Change], reader: Reader) -> list[str]:
    """Return a line for each code that `changes` grant and the catalogue does not have, with the roles."""
    roles: dict[str, list[str]] = {}
    for change in changes:
        for code in change.granted:
            roles.setdefault(code, []).append(named(change.name))
    if not roles:
        return []
    catalogue = reader.list_permissions()
    gone = sorted(roles.keys() - catalogue.keys())
    near = {code: did_you_mean(code, catalogue, 3) for code in gone[:_MOST_SUGGESTIONS]}
    return [f"{visible(code)} (granted to {', '.join(roles[code])}){near.get(code, '')}" for code in gone]


def apply_changes(
    approved: Approved,
    run: Run,
    read: Callable[[], Sequence[LiveRole]],
    remaining: Callable[[Sequence[LiveRole]], Sequence[str]],
) -> Applied:
    """Carry out the approved changes, then `read` the live state again; return the outcomes and what is left to do.

    The second reading decides what an answer left open or reported wrongly (see `verify`), and the journal records it.
    After an interrupt there is no second reading: what was done is reported at once.
    """
    from reconciler.apply.executor import amended, carry_out  # noqa: PLC0415 - a plan starts sooner without what only writes
    from reconciler.apply.verify import unverified, verified  # noqa: PLC0415

    outcomes = carry_out(approved, run)
    if run.stop.is_set():
        return Applied(outcomes, ("interrupted before verification; run `reconciler plan` to see what is left",))
    try:
        settled, live = verified(outcomes, run.writer, read)
    except Failed as error:
        told = amended(outcomes, unverified(outcomes), run)
        return Applied(told, (f"the live state could not be verified: {error}",))
    left = tuple(remaining(live))
    return Applied(amended(outcomes, settled, run), left, converged=not left and not _misstored(settled))


def _misstored(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.stored is not None for outcome in outcomes)


def remaining_of_files(desired: Loaded, scope: Scope) -> Callable[[Sequence[LiveRole]], Sequence[str]]:
    """Return a function that says what a new plan of the same role files would still do, as sentences."""

    def remaining(live: Sequence[LiveRole]) -> list[str]:
        try:
            found = compare(desired.roles, live, scope)
        except InvalidInput as error:
            return [str(finding) for finding in error.findings]
        return [_still(change) for change in found.changes]

    return remaining


def remaining_of_plan(plan: Plan) -> Callable[[Sequence[LiveRole]], Sequence[str]]:
    """Return a function that says which changes of a saved plan are not done, as sentences."""

    def remaining(live: Sequence[LiveRole]) -> list[str]:
        found = fit(plan, live)
        return [*map(_still, found.open), *found.stale]

    return remaining


def _still(change: Change) -> str:
    return f"{named(change.name)} is still to be {change.action.done}"


def _read(reader: Reader) -> tuple[tuple[LiveRole, ...], Catalogue]:
    """Return both lists, read in parallel: over a slow network that halves the wait.

    The second reader is a daemon thread, so a server that does not answer cannot delay an interrupt or the end of the
    process.
    """
    permissions: Future[Catalogue] = Future()
    Thread(target=_settle, args=(permissions, reader.list_permissions), daemon=True).start()
    try:
        return reader.list_roles(), permissions.result()
    except Failed:
        wait([permissions])  # the client is closed after this, and nobody may still be using it
        raise


def _settle(future: Future[Catalogue], read: Callable[[], Catalogue]) -> None:
    try:
        future.set_result(read())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the result is asked for
        future.set_exception(error)


def _as_live(plan: Plan, changes: Sequence[Change], live: Sequence[LiveRole], scope: Scope) -> Plan:
    """Return what is left of a saved plan, among the roles that are live now, from which limits take percentages.

    The digest does not cover the roles that the plan left alone, so they are not trusted.
    """
    touched = {id_key(change.id) for change in changes if change.id}
    custom = [
        role
        for role in live
        if not role.untouchable and id_key(role.id) not in touched and matches(role.role.name, scope.manage)
    ]
    ignored = [role.role for role in custom if matches(role.role.name, scope.ignore)]
    return replace(
        plan,
        changes=tuple(changes),
        unchanged=tuple(role.role for role in custom if not matches(role.role.name, scope.ignore)),
        unmanaged=(),
        ignored=tuple(ignored),
        system=tuple(role.role for role in live if role.untouchable),
    )
