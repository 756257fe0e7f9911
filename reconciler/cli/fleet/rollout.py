"""`apply` to several tenants: what is shown and asked before the first wave, and what is reported after the last."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

from reconciler.apply.interrupts import TOLD
from reconciler.cli.asking import confirmed
from reconciler.cli.connection import opener, trace
from reconciler.cli.fleet.apply import Applying
from reconciler.cli.fleet.plan import FleetRun, plan_all
from reconciler.cli.fleet.saved import read_fleet
from reconciler.cli.fleet.several import check_journal, part_of
from reconciler.cli.journals import EDITED
from reconciler.cli.outside import outside
from reconciler.cli.passes import FromFiles
from reconciler.cli.progress import say_past_a_bar
from reconciler.cli.streams import aside, say
from reconciler.fleet.limits import check_tenants
from reconciler.fleet.outcome import document, exit_code
from reconciler.fleet.rolling import Rolling, roll_out
from reconciler.fleet.waves import Rollout, waves_of
from reconciler.model.errors import CommandLineError, ReconcilerError, Refused
from reconciler.render.fleet import fleet_renderer
from reconciler.render.fleet.outcome import line, markdown, text
from reconciler.render.view import View
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from reconciler.apply.interrupts import Stop
    from reconciler.cli.fleet.apply import Prepared
    from reconciler.cli.fleet.several import ApplyOptions
    from reconciler.cli.report import ReportOptions
    from reconciler.config.settings import Configuration
    from reconciler.fleet.effects import Effect
    from reconciler.fleet.index import Index
    from reconciler.fleet.part import Part
    from reconciler.fleet.planned import TenantPlan
    from reconciler.fleet.rolling import Rolled
    from reconciler.fleet.waves import Wave
    from reconciler.model.errors import ExitCode
    from reconciler.policy.limits import Limit

NO_JOURNAL = (
    "No journal was kept, so this apply cannot be undone with `reconciler undo`; "
    "pass --journal with {tenant} in the name to keep one for each tenant."
)


def apply_several(plans: Path | None, run: FleetRun, options: ApplyOptions, limit: Limit | None) -> ExitCode:
    """Apply to several tenants: the plans of a directory, or without one the role files. Return the exit code."""
    if plans is None:
        return apply_all(run, options, limit)
    return apply_directory(plans, run, options, limit)


def apply_all(run: FleetRun, options: ApplyOptions, limit: Limit | None) -> ExitCode:
    """Apply the role files to the tenants; each wave is planned when it starts. Return the exit code.

    Raise `Refused` without `--yes`: there is no plan to show before the first wave.
    """
    check_options(run.part, run.preparing.configuration, options)
    if not options.yes:
        raise Refused(
            "refused, nothing was written: each wave is planned when it starts, so there is no plan to confirm; pass "
            "--yes (to review first: `reconciler plan --all --out DIR`, then `reconciler apply DIR`)"
        )
    names = in_waves(run.part.names, run.preparing.configuration, options)
    passes = run.preparing.passes(names)
    if any(isinstance(each, FromFiles) and each.files.source.edited for each in passes.values()):
        aside(f"{EDITED}.")
    changing: list[str] = []
    stop = outside().stop(say_past_a_bar)

    def before_wave(wave: Wave) -> None:
        aside(f"wave {wave.number}: {counted(len(wave.tenants), 'tenant')}")
        if limit is not None:
            there = run._replace(part=run.part._replace(names=wave.tenants))
            made = [each.plan for each in plan_all(there, passes, stop=stop)]
            changing.extend(each.name for each in made if each.changes)
            # What could not be counted is not applied either, even if the server answers the next time.
            uncounted = (each for each in made if each.digest is None and isinstance(passes[each.name], FromFiles))
            passes.update({each.name: _Uncounted(each) for each in uncounted})
            check_tenants(changing, len(names), limit)

    def prepared(name: str) -> Prepared:
        found = passes[name]
        if isinstance(found, ReconcilerError):
            raise found
        return found

    return rolled_out(run, options, Turns(prepared, before_wave, names, stop, saved=False))


class _Uncounted(ReconcilerError):
    """Why a tenant has no plan, with the exit code that this has."""

    def __init__(self, plan: TenantPlan) -> None:
        """Keep the error and the code of a plan that was not made."""
        super().__init__(plan.error or "")
        self.exit_code = plan.code  # type: ignore[misc] # of other errors, each class has its code


def apply_directory(directory: Path, run: FleetRun, options: ApplyOptions, limit: Limit | None) -> ExitCode:
    """Apply the plans of a directory that `plan --all --out` made. Return the exit code.

    Raise `StalePlan` before the first write when the directory, one of its plans or the role files do not fit.
    """
    from reconciler.cli.fleet.saved_at_hand import AtHand

    at_hand = AtHand(run.preparing)
    index, effects = read_fleet(directory, at_hand.check)
    at_hand.check_names(index)
    part = part_of(index.tenants, run.part.shard)
    check_options(part, run.preparing.configuration, options)
    names = in_waves(part.names, run.preparing.configuration, options)
    mine = [
        effect._replace(tenants=tuple(name for name in effect.tenants if name in names))
        for effect in effects
        if not names.keys().isdisjoint(effect.tenants)
    ]
    changing = [name for effect in mine for name in effect.tenants]
    _show(run.report, index._replace(tenants={name: index.tenants[name] for name in names}), mine)
    check_tenants(changing, len(names), limit)
    if changing and index.edited:
        aside(f"{EDITED}.")
    if changing and not options.yes:
        _ask(len(changing))

    def before_wave(wave: Wave) -> None:
        aside(f"wave {wave.number}: {counted(len(wave.tenants), 'tenant')}")

    def prepared(name: str) -> Prepared:
        return at_hand.prepared(directory, index, name)

    return rolled_out(run, options, Turns(prepared, before_wave, names, outside().stop(say_past_a_bar), saved=True))


def check_options(part: Part, configuration: Configuration, options: ApplyOptions) -> None:
    """Raise `CommandLineError` when the options do not fit the tenants of a run about several."""
    waves = {configuration.tenants[name].wave for name in part.every if name in configuration.tenants}
    if part.shard is not None and options.wave is None and len(waves) > 1:
        message = f"the tenants have {len(waves)} waves, and a shard does not know when another one has finished a wave"
        raise CommandLineError(f"{message}; pass --wave K, and run the shards of a wave before those of the next one")
    if options.wave is not None and options.wave not in waves:
        known = ", ".join(map(str, sorted(waves)))
        raise CommandLineError(f"no tenant of this run is in wave {options.wave}; the waves are {known}")
    check_journal(options.journal, configuration)


def in_waves(names: Sequence[str], configuration: Configuration, options: ApplyOptions) -> dict[str, int]:
    """Return the tenants of this run with the numbers of their waves."""
    waves = {name: configuration.tenants[name].wave for name in names}
    return {name: wave for name, wave in waves.items() if options.wave in {None, wave}}


class Turns(NamedTuple):
    """What differs between role files and saved plans: how a tenant is prepared, what comes before a wave.

    `stop` interrupts the run. It is not entered yet.
    """

    prepared: Callable[[str], Prepared]
    before_wave: Callable[[Wave], object]
    names: Mapping[str, int]
    stop: Stop
    saved: bool


def rolled_out(run: FleetRun, options: ApplyOptions, turns: Turns) -> ExitCode:
    """Carry the waves out, report how each tenant ended, and return the exit code. Raise the first defect, if any."""
    trace(run.report.verbose)
    stop = turns.stop
    defects: list[Exception] = []
    writing: set[str] = set()
    open_client = opener(run.preparing.connection, stop)
    applying = Applying(turns.prepared, open_client, stop, turns.saved, options.journal, defects.append, writing.add)
    rolling = Rolling(
        applying.apply,
        turns.before_wave,
        stop.is_set,
        lambda end: aside(line(end)),
        run.parallel,
        may_leave=lambda name: name not in writing,
    )
    with stop:  # also around the report: a signal must not say that nothing was written
        found = roll_out(Rollout(waves_of(turns.names), options.max_failed), rolling)
        interrupted = stop.is_set()
        stop.first = TOLD
        _report(run.report, found, recorded=_recorded(run, options))
    if defects:
        raise defects[0]
    return exit_code(found.ends, interrupted=interrupted, held=found.code)


def _recorded(run: FleetRun, options: ApplyOptions) -> bool:
    return options.journal is not None or run.preparing.configuration.journal is not None


def _report(report: ReportOptions, found: Rolled, *, recorded: bool) -> None:
    ends = found.ends
    written = any(end.written for end in ends)
    note = f"{NO_JOURNAL}\n" if written and not recorded else ""
    match report.format:
        case "json":
            shown = json.dumps(document(ends), indent=2)
        case "markdown":
            shown = markdown(ends, found.held) + (f"\n{note}" if note else "")
        case _:
            shown = f"\n{text(ends, found.held)}{note}"
    done = "changes were made anyway; run `reconciler plan` to see what is left" if written else None
    report.write(shown, prose=True, done=done)


def _show(report: ReportOptions, index: Index, effects: Sequence[Effect]) -> None:
    """Show the fleet where the report goes, or on standard error when the report must be a document alone."""
    shown = fleet_renderer("text")
    if report.format == "text" and report.output is None:
        report.write(shown(index, effects, View(index.created_at, color=report.colored)), prose=True)
    else:
        say(shown(index, effects, View(index.created_at)).rstrip("\n"), whole=True)


def _ask(count: int) -> None:
    """Ask on standard error. Raise `Refused` when there is no terminal, or the answer is no."""
    if not sys.stdin.isatty():
        raise Refused(
            "refused, nothing was written: cannot ask for confirmation without a terminal; pass --yes "
            "(review the plans first: `reconciler show DIR`)"
        )
    if not confirmed(f"Apply these plans to {counted(count, 'tenant')}?"):
        raise Refused("not confirmed; nothing was written")
