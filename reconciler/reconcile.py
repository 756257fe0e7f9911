"""The story on one screen: read live, plan, check the limits; and for `apply` carry it out and look again.

This is the file to read first. The planner gets a reader, which has no method that writes; only `apply_changes` gets a
writer. There is one engine: a dry run is a pass that ends after `plan_pass`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING, Protocol

from reconciler import hints
from reconciler.document import action_of
from reconciler.errors import Failed, InvalidInput, Refused, StalePlan
from reconciler.inert import visible
from reconciler.limits import NO_SYSTEM_ROLE, Limits, Verdicts, judge, with_refusals
from reconciler.load import Loaded, check_codes
from reconciler.origin import with_origins
from reconciler.plan import Change, Plan, Scope, Source, make_plan, matches
from reconciler.promise import Fit, fit

if TYPE_CHECKING:
    from reconciler.apply import Run
    from reconciler.outcome import Outcome
    from reconciler.roles import Catalogue, LiveRole, Role


class Reader(Protocol):
    """What a pass needs of the API: two lists. Raises `Failed` where one cannot be had whole."""

    def list_roles(self) -> tuple[LiveRole, ...]:
        """All live roles, system roles included."""
        ...

    def list_permissions(self) -> Catalogue:
        """The permission catalogue by code."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration and the command line say about a pass."""

    scope: Scope = Scope()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Judged:
    """A plan with its refused roles marked, and why it may not run (`verdicts.reasons` is empty where it may)."""

    plan: Plan
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of each change, and what a second reading of the live state showed to be left, a sentence each."""

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
        _hold_codes(desired, catalogue)
        plan = make_plan(desired.roles, live, target=target, source=source, scope=rules.scope, catalogue=catalogue)
    except InvalidInput:
        if any(role.untouchable for role in live):
            raise
        # What is not believed proves no file wrong: where both hold, refused (4) goes before not valid (3).
        raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE}") from None
    if base is not None:
        plan = with_origins(plan, base)
    notes = sorted([*plan.notes, *(str(warning) for warning in desired.warnings), *hints.hints(plan)])
    return Judged(*with_refusals(replace(plan, notes=tuple(notes)), rules.limits))


def _hold_codes(desired: Loaded, catalogue: Catalogue) -> None:
    unknown = check_codes(desired.roles, catalogue)
    if unknown:
        raise InvalidInput(tuple(unknown))


def fit_saved(plan: Plan, reader: Reader, rules: Rules, *, target: str, digest: str | None) -> tuple[Fit, Verdicts]:
    """Hold a saved plan against the tenant it would run on, the role files at hand and the live state.

    `digest` is that of the role files at hand, None where there are none. Raises `StalePlan` where the plan is for
    another tenant, was made from other role files, or no longer fits the live state.
    """
    if plan.target != target:
        message = f"the plan was made for {visible(plan.target)} and never runs against {visible(target)}"
        raise StalePlan(f"{message}; make one for this tenant")
    if None not in (digest, plan.source.digest) and digest != plan.source.digest:
        message = f"the role files changed since the plan was made ({plan.source.digest}, now {digest})"
        raise StalePlan(f"{message}; make the plan anew, or check out the commit it was made from")
    live = reader.list_roles()
    found = fit(plan, live)
    if found.stale:
        raise StalePlan("\n  ".join(["the live state changed since the plan was made; make it anew:", *found.stale]))
    return found, judge(_as_live(plan, found.open, live, rules.scope), rules.limits)


def apply_changes(
    changes: Sequence[Change],
    run: Run,
    read: Callable[[], Sequence[LiveRole]],
    remaining: Callable[[Sequence[LiveRole]], Sequence[str]],
) -> Applied:
    """Carry the changes out, then `read` the live state again; `remaining` says of it what is left to do.

    What an answer left open, or told wrongly, the second reading decides (see `verify`), and the journal is told. After
    an interrupt there is none: what was done is reported at once.
    """
    from reconciler.apply import amended, carry_out  # noqa: PLC0415 - a plan starts sooner without what only writes
    from reconciler.verify import verified  # noqa: PLC0415

    outcomes = carry_out(changes, run)
    if run.stop.is_set():
        return Applied(outcomes, ("interrupted before verification; run `reconciler plan` to see what is left",))
    try:
        settled, live = verified(outcomes, run.writer, read)
    except Failed as error:
        return Applied(outcomes, (f"the live state could not be verified: {error}",))
    left = tuple(remaining(live))
    return Applied(amended(outcomes, settled, run), left, converged=not left and not _misstored(settled))


def _misstored(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.stored is not None for outcome in outcomes)


def remaining_of_files(desired: Loaded, scope: Scope) -> Callable[[Sequence[LiveRole]], Sequence[str]]:
    """What a new plan of the same role files would still do, as sentences."""

    def remaining(live: Sequence[LiveRole]) -> list[str]:
        try:
            plan = make_plan(desired.roles, live, target="", source=Source("", None), scope=scope)
        except InvalidInput as error:
            return [str(problem) for problem in error.problems]
        return [_still(change) for change in plan.changes]

    return remaining


def remaining_of_plan(plan: Plan) -> Callable[[Sequence[LiveRole]], Sequence[str]]:
    """Which changes of a saved plan are not as it wants them, as sentences."""

    def remaining(live: Sequence[LiveRole]) -> list[str]:
        found = fit(plan, live)
        return [*map(_still, found.open), *found.stale]

    return remaining


def _still(change: Change) -> str:
    return f"{visible(change.name)} is still to be {action_of(change)}d"


def _read(reader: Reader) -> tuple[tuple[LiveRole, ...], Catalogue]:
    """Read both lists side by side: over a long line that halves the wait.

    The second reader is a daemon, for which neither an interrupt nor the end of the process waits: a server that keeps
    silent cannot hold a Ctrl-C up.
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
    """What is left of a saved plan, among the roles that are live now: limits take their percentages of what is true.

    The roles that the plan left alone are not covered by its digest, so they are not believed.
    """
    touched = {change.id for change in changes}
    custom = [role for role in live if not role.untouchable and role.id not in touched]
    ignored = [role.role for role in custom if matches(role.role.name, scope.ignore)]
    return replace(
        plan,
        changes=tuple(changes),
        unchanged=tuple(role.role for role in custom if not matches(role.role.name, scope.ignore)),
        unmanaged=(),
        ignored=tuple(ignored),
        system=tuple(role.role for role in live if role.untouchable),
    )
