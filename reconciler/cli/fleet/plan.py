"""Plan several tenants side by side: one client a tenant, each plan saved as it is made, and the index last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.connection import opener, trace
from reconciler.cli.files import write_private
from reconciler.cli.fleet.several import check_format
from reconciler.cli.passes import FromFiles, now
from reconciler.cli.progress import counting
from reconciler.fleet.effects import effects
from reconciler.fleet.index import INDEX_FILE, dumps, index_of, plan_file, shard_of_file
from reconciler.fleet.limits import check_tenants
from reconciler.fleet.outcome import worst
from reconciler.fleet.planned import TenantPlan, planned, unplanned
from reconciler.fleet.run import side_by_side
from reconciler.model.errors import CommandLineError, ExitCode, FileFailed, ReconcilerError, Refused
from reconciler.model.inert import visible
from reconciler.plan.document import dumps as dumps_plan
from reconciler.plan.sources import RoleFiles
from reconciler.policy.judge import approve
from reconciler.reconcile import plan_pass
from reconciler.render.fleet import fleet_renderer
from reconciler.render.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.apply.interrupts import Stop
    from reconciler.cli.fleet.preparing import Preparing
    from reconciler.cli.report import ReportOptions
    from reconciler.config.connection import Connection
    from reconciler.fleet.part import Part
    from reconciler.policy.judge import Judged
    from reconciler.policy.limits import Limit
    from reconciler.transport import Transport


Passes = Mapping[str, FromFiles | ReconcilerError]
"""The pass of each tenant by its name, or why there is none."""


class FleetRun(NamedTuple):
    """A run about several tenants: which they are, how their passes are made, and how it is shown.

    At most `parallel` tenants are worked on at a time.
    """

    part: Part
    preparing: Preparing
    parallel: int
    report: ReportOptions


def plan_fleet(run: FleetRun, out: Path | None, limit: Limit | None, *, detailed_exitcode: bool) -> ExitCode:
    """Plan the tenants, save their plans to the directory `out`, and show what they do. Return the exit code."""
    check_format(run.report.format)
    passes = run.preparing.passes(run.part.names)
    if out is not None:
        make_room(out, run.part)
    made_at = now()
    plans = plan_all(run, passes, out, made_at)
    commit = next((each.commit for each in plans if each.commit), None)
    told = sorted((each.plan for each in plans), key=lambda plan: plan.name)
    every, shard = run.part.every, run.part.shard
    index = index_of(told, created_at=made_at, commit=commit, names=every, shard=shard, edited=_edited(run, passes))
    found = effects((plan.name, plan.changes) for plan in told)
    if out is not None:
        write_private(out / index.file, dumps(index, found), "index of saved plans")
    run.report.write(
        fleet_renderer(run.report.format)(index, found, View(made_at, color=run.report.colored)), prose=True
    )
    changing = [plan.name for plan in told if plan.changes]
    check_tenants(changing, len(told), limit)
    code = worst(plan.code for plan in told)
    return ExitCode.CHANGES if detailed_exitcode and changing and code is ExitCode.DONE else code


def _edited(run: FleetRun, passes: Passes) -> bool | None:
    """Return whether files of the tenants differ from the commit, None if it is unknown. Git is asked once for all."""
    from reconciler.git.state import state_of

    whole = run.preparing.configuration
    made = {name: each.files.source for name, each in passes.items() if isinstance(each, FromFiles)}
    sources = {name: source for name, source in made.items() if isinstance(source, RoleFiles)}
    paths = {whole.of(name).lock for name in sources}
    paths |= {Path(path) for source in sources.values() for path in (source.path, *source.later)}
    state = state_of(Path(next(iter(sources.values())).path), sorted(paths)) if sources else None
    return None if state is None else state.edited


class MadePlan(NamedTuple):
    """What came of planning a tenant, and the commit of its role files."""

    plan: TenantPlan
    commit: str | None = None


def plan_all(
    run: FleetRun, passes: Passes, out: Path | None = None, made_at: str = "", stop: Stop | None = None
) -> Sequence[MadePlan]:
    """Plan the tenants side by side; save each plan to the directory `out`, with the time `made_at`.

    After a `stop`, return what came of those that had ended.
    """
    trace(run.report.verbose)
    names = run.part.names
    planning = _Planning(
        passes, opener(run.preparing.connection, stop), out, made_at, in_turn=len(names) > run.parallel
    )
    with counting("planning", len(names)) as advance:
        made = side_by_side(
            names,
            planning.plan,
            parallel=run.parallel,
            stopped=lambda: stop is not None and stop.is_set(),
            may_leave=lambda _: True,
            ended=lambda _: advance(),
        )
    return list(made.values())


class _Planning(NamedTuple):
    """How one tenant of a run is planned, in any thread. `in_turn` says that more tenants wait than are read."""

    passes: Passes
    open_client: Callable[[Connection], Transport]
    out: Path | None
    made_at: str
    in_turn: bool

    def plan(self, name: str) -> MadePlan:
        """Return what came of it. Nothing that its files, its server or the disk does is raised."""
        prepared = self.passes[name]
        if isinstance(prepared, ReconcilerError):
            return MadePlan(unplanned(name, prepared))
        commit = prepared.files.source.commit
        try:
            judged = self._read(prepared)
            if self.out is not None:
                write_private(self.out / plan_file(name), dumps_plan(judged.plan, self.made_at), "plan")
        except ReconcilerError as error:
            return MadePlan(unplanned(name, error), commit)
        try:
            approve(judged)
        except Refused as refusal:
            return MadePlan(planned(name, judged.plan, refusal), commit)
        return MadePlan(planned(name, judged.plan), commit)

    def _read(self, prepared: FromFiles) -> Judged:
        from reconciler.api import Reader  # after httpx: below the imports of `api`, it loads more slowly

        with self.open_client(prepared.connection) as client:
            return plan_pass(prepared.files, Reader(client), in_turn=self.in_turn)


def make_room(out: Path, part: Part) -> None:
    """Make the directory (mode 0700), and remove the index and the plans of the tenants of this run from it.

    So a run that ends early leaves no index that lists plans of an earlier one. Raise `CommandLineError` when a plan
    would have the name of an index, and `FileFailed` when the directory cannot be written.
    """
    files = [plan_file(name) for name in part.names]
    if taken := [file for file in map(plan_file, part.every) if shard_of_file(file)]:
        message = f"{visible(taken[0])} is the name of the index of a shard, so no tenant's plan can have it"
        raise CommandLineError(f"{message}; use another name for this tenant")
    index = INDEX_FILE if part.shard is None else part.shard.file
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (index, *files):
            (out / name).unlink(missing_ok=True)
    except FileExistsError:
        raise CommandLineError(f"--out {visible(str(out))}: for several tenants, this must be a directory") from None
    except OSError as error:
        raise FileFailed(f"cannot write the directory {visible(str(out))}: {error.strerror}") from None
