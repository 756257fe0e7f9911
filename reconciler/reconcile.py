"""The whole story: read the live state, plan, check the limits; for `apply`, carry the plan out and look again.

Read this file first. A pass consists of plain values, so a command, a loop and a fleet can build one. The planner gets
a reader, which has no method that writes; only the `Run` of an `apply_pass` has a writer. There is one engine: a dry
run is a pass that ends after `plan_pass`.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load import codes
from reconciler.load.notes import with_notes
from reconciler.model.errors import Failed, InvalidInput, Refused
from reconciler.model.roles import LiveRole
from reconciler.plan.compare import make_plan
from reconciler.plan.ends import valid_until
from reconciler.plan.marks import with_marks
from reconciler.plan.only import only_revokes
from reconciler.plan.origin import as_edit, with_origins
from reconciler.plan.scope import Scope
from reconciler.policy.judge import Judged, approve, judge
from reconciler.policy.limits import NO_SYSTEM_ROLE, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from reconciler.api.both import Lists
    from reconciler.apply.executor import Run
    from reconciler.apply.through import Applied
    from reconciler.history.events import History
    from reconciler.load import Loaded
    from reconciler.load.consistency import Moved
    from reconciler.model.catalogue import Catalogue, Lock
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.model.roles import DesiredRole
    from reconciler.plan.changes import Change, Plan
    from reconciler.plan.only import Only
    from reconciler.plan.rules_changed import RuleChange
    from reconciler.plan.sources import Source
    from reconciler.policy.judge import Approved
    from reconciler.policy.rules import Policies


RulesThen = tuple[tuple["RuleChange", ...], tuple["Finding", ...]]
"""The rules that differ from the base, and what the policies of the base say of the roles now."""


class Pass(NamedTuple):
    """Role files, their tenant, and what may be changed there.

    `base` has the roles of an earlier commit by name, to find origins, and `base_sets` the codes of its sets. `notes`
    are added to the notes of the plan. `today` is the day for which the plan is made; if that is not the day of this
    run, the plan `looks_ahead`. `lock` is the catalogue lock that the role files were read with, if there is one.
    `only` narrows the plan to one kind of changes. `history` reads the history of the role files, for a plan that shows
    since when roles had what it revokes. `tenant` is the tenant's name in the configuration, None without tenants.
    """

    target: str
    desired: Loaded
    source: Source
    scope: Scope = Scope()
    limits: Limits = Limits()
    base: Mapping[str, DesiredRole] | None = None
    base_sets: Mapping[str, frozenset[str]] = MappingProxyType({})
    notes: tuple[str, ...] = ()
    lock: Lock | None = None
    policies: Policies | None = None
    today: Day | None = None
    looks_ahead: bool = False
    base_rules: RulesThen | None = None
    only: Only | None = None
    history: Callable[[], History | None] | None = None
    tenant: str | None = None


class SavedPass(NamedTuple):
    """A saved plan, and what it is held against. `digest` is that of the role files at hand; None if there are none.

    `findings` are what the policies at hand find in the role files at hand on the day `today`. `edited` says which of
    their roles are not as the plan was made from.
    """

    target: str
    plan: Plan
    digest: str | None = None
    scope: Scope = Scope()
    limits: Limits = Limits()
    findings: tuple[Finding, ...] = ()
    today: Day | None = None
    edited: tuple[str, ...] = ()


class Work(NamedTuple):
    """The work of an apply pass: the plan to show, the part left to do, and how to find what is left afterwards."""

    plan: Plan
    judged: Judged
    remaining: Callable[[Sequence[LiveRole]], Sequence[str]]


def plan_pass(files: Pass, reader: Lists, *, in_turn: bool = False) -> Judged:
    """Read the live state, compare, and judge the plan. Raise what `compare_pass` raises."""
    return judge_pass(files, compare_pass(files, reader, in_turn=in_turn))


def compare_pass(files: Pass, reader: Lists, *, in_turn: bool = False) -> Plan:
    """Read the live state and compare: one list of roles, one list of permissions, whatever the number of roles.

    The two are read in parallel unless `in_turn`. The plan is whole, also with `only`. Raise `InvalidInput` when the
    catalogue does not have a code or a role cannot be matched, `Refused` instead when the live state also shows no
    system role, and `Failed` when the live state cannot be read.
    """
    from reconciler.api.both import read_both, read_in_turn  # noqa: PLC0415 - showing a plan needs no API

    live, catalogue = read_in_turn(reader) if in_turn else read_both(reader)
    try:
        plan = _planned(files, live, catalogue)
    except InvalidInput:
        if any(role.untouchable for role in live):
            raise
        # A doubtful live state cannot prove a file wrong: when both apply, refused (4) comes before not valid (3).
        raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE.sentence}") from None
    if files.base is not None:
        plan = with_marks(with_origins(plan, files.base, files.desired.roles), files.base_sets, files.desired.roles)
    return plan


def diff_pass(files: Pass, base: Mapping[str, DesiredRole]) -> Judged:
    """Compare the role files with those at an earlier commit, whose roles take the place of the live ones.

    There is no tenant, so the lock is the catalogue, and nothing is ignored or unmanaged. Raise `InvalidInput` when a
    role cannot be matched.
    """
    wanted = files.desired.roles
    there = [LiveRole(name, entry.role, is_system=False) for name, entry in base.items()]
    catalogue = files.lock.permissions if files.lock is not None else {}
    plan = make_plan(wanted, there, target="", source=files.source, catalogue=catalogue)
    plan = with_marks(as_edit(_dated(plan, files), base, wanted), files.base_sets, wanted)
    return judge_pass(files, plan, base)


def _dated(plan: Plan, files: Pass) -> Plan:
    return replace(
        plan,
        tenant=files.tenant,
        today=files.today,
        looks_ahead=files.looks_ahead,
        valid_until=valid_until(files.desired.roles),
    )


def judge_pass(files: Pass, plan: Plan, base: Mapping[str, DesiredRole] | None = None) -> Judged:
    """Narrow and judge a plan of role files. `base` has the roles before it if it is a comparison."""
    if files.base_rules is not None:
        plan = replace(plan, rules_changed=files.base_rules[0], base_findings=files.base_rules[1])
    if files.history is not None:
        from reconciler.history.since import with_since  # noqa: PLC0415 - only where the plan shows it

        plan = with_since(plan, files.history)
    if files.only is not None:
        plan = only_revokes(plan)
    plan = with_notes(plan, files.desired, files.notes)
    if files.policies is not None and files.today is not None:
        from reconciler.policy.planned import with_findings  # noqa: PLC0415 - only where there are policies

        plan = with_findings(plan, files.desired.roles, files.policies, files.today, files.lock, base)
    return judge(plan, files.limits)


def _planned(files: Pass, live: Sequence[LiveRole], catalogue: Catalogue) -> Plan:
    """Compare, and check new grants against the catalogue. Raise `InvalidInput` with the problems of both."""
    wanted = files.desired.roles
    moved = _moved(files, catalogue)
    try:
        plan = make_plan(wanted, live, target=files.target, source=files.source, scope=files.scope, catalogue=catalogue)
    except InvalidInput as error:
        unknown = codes.errors_unmatched(wanted, live, catalogue, moved) if files.only is None else ()
        raise InvalidInput((*error.findings, *unknown)) from None
    plan = _dated(replace(plan, notes=codes.notes(wanted, plan, moved, grants=files.only is None)), files)
    if files.lock is None:
        return plan
    from reconciler.load.lock_notes import with_catalogue_changes  # noqa: PLC0415 - needed only with a lock

    return with_catalogue_changes(plan, files.desired, files.lock, files.policies)


def _moved(files: Pass, catalogue: Catalogue) -> Mapping[str, Moved]:
    """Return the new code of each code of the lock that the tenant renamed."""
    if files.lock is None:
        return {}
    from reconciler.load import consistency  # noqa: PLC0415 - needed only with a lock
    from reconciler.plan.catalogue_changes import successors  # noqa: PLC0415 - needed only with a lock

    found = successors(files.lock, catalogue, files.target)
    return {before: consistency.Moved(after, after in files.lock.permissions) for before, after in found.items()}


def work_of_files(files: Pass, reader: Lists) -> Work:
    """Return the work of an apply of role files. Raise what `plan_pass` raises."""
    return work_of_judged(files, plan_pass(files, reader))


def work_of_judged(files: Pass, judged: Judged, leave: Callable[[Change], Change | None] | None = None) -> Work:
    """Return the work of a judged plan of role files.

    `leave` returns what is done of a change, None if it is left alone altogether; the plan is narrowed by it already.
    """
    from reconciler.plan.remaining import remaining_of_files  # noqa: PLC0415 - only writing needs this

    return Work(judged.plan, judged, remaining_of_files(files.desired.roles, files.scope, files.only, leave))


def work_of_plan(saved: SavedPass, reader: Lists) -> Work:
    """Check a saved plan against the tenant of this run, the role files here, the live state and the catalogue.

    Judge, and so approve, only the part of the plan that is left to do. Raise `StalePlan` when the plan no longer fits
    one of them, and `Failed` when one of the two lists cannot be read.
    """
    from reconciler.plan.remaining import as_live, remaining_of_plan  # noqa: PLC0415 - only a saved plan needs this
    from reconciler.plan.staleness import check_fits, check_granted, check_made_for  # noqa: PLC0415 - likewise

    check_made_for(saved.plan, saved.target, saved.digest, saved.edited)
    live = reader.list_roles()
    left = check_fits(saved.plan, live, saved.scope)
    plan = _on_this_day(saved)
    judged = judge(as_live(plan, left, live, saved.scope), saved.limits, asked=plan)
    try:
        check_granted(saved.plan, *codes.stale_grants(saved.plan, left, reader.list_permissions))
    except Failed:
        if not judged.reasons:  # when both apply, refused (4) comes before failed (1)
            raise
    plan = replace(plan, refused=judged.plan.refused)
    return Work(plan, judged, remaining_of_plan(plan))


def _on_this_day(saved: SavedPass) -> Plan:
    if saved.today is None or not (saved.plan.findings or saved.findings):
        return saved.plan
    from reconciler.policy.planned import on_a_later_day  # noqa: PLC0415 - only where there are findings

    return on_a_later_day(saved.plan, saved.today, saved.findings)


def apply_pass(
    work: Work,
    *,
    show: Callable[[Plan], object],
    ask: Callable[[Approved], object],
    running: Callable[[Approved], AbstractContextManager[Run]],
) -> Applied:
    """Show, approve, ask, apply, look again. Return the outcome of each change of the plan, in its order.

    `ask` raises when the answer is no. `running` opens the run after the answer. When nothing is left to do, neither is
    called. Raise `Refused` only before the first write.
    """
    from reconciler.apply.through import Applied, apply_changes, whole  # noqa: PLC0415 - only writing needs this

    show(work.plan)
    approved = approve(work.judged)
    if not approved.changes:
        return Applied(whole(work.plan, ()), converged=True)
    ask(approved)
    with running(approved) as run:
        applied = apply_changes(approved, run, run.writer.list_roles, work.remaining)
    return replace(applied, outcomes=whole(work.plan, applied.outcomes))
