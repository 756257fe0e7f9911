"""Carry a run over waves out: wave after wave, and within a wave side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.fleet.outcome import TenantEnd, not_started
from reconciler.fleet.run import side_by_side
from reconciler.model.errors import ExitCode, ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.fleet.waves import Rollout, Wave

INTERRUPTED = "interrupted before it started; apply again to continue"


class Rolling(NamedTuple):
    """What a run over waves is made of.

    `apply` returns how a tenant (name, number of its wave) ended, and raises nothing. `before_wave` raises why a wave
    may not start. `ended` is given each end as it comes, in the thread of the caller. A stop waits for no tenant that
    `may_leave`: nothing was written to it, and nothing will be.
    """

    apply: Callable[[str, int], TenantEnd]
    before_wave: Callable[[Wave], object]
    stopped: Callable[[], bool]
    ended: Callable[[TenantEnd], object]
    parallel: int
    may_leave: Callable[[str], bool] = lambda _: False


class Rolled(NamedTuple):
    """How a run ended: each tenant, why waves were not started if some were not, and the exit code of that reason."""

    ends: tuple[TenantEnd, ...]
    held: str = ""
    code: ExitCode = ExitCode.DONE


def roll_out(rollout: Rollout, rolling: Rolling) -> Rolled:
    """Apply wave after wave. Raise what `before_wave` raises of the first wave: nothing was written then."""
    ends: list[TenantEnd] = []
    while (wave := rollout.next) is not None and not rolling.stopped():
        try:
            rolling.before_wave(wave)
        except ReconcilerError as error:
            if not ends:
                raise
            why = str(error).removeprefix("refused, nothing was written: ")  # not so any more
            return _held(ends, rollout, f"wave {wave.number} was not started: {why}", error.exit_code)
        here = _one_wave(wave, rolling)
        ends += here
        rollout = rollout.after(end.name for end in here if not end.converged)
    if not rollout.left:
        return Rolled(tuple(ends))
    if rolling.stopped():
        return _held(ends, rollout, INTERRUPTED)
    number, failed = rollout.left[0].number, len(rollout.failed)
    why = f"{failed} tenant{'s' * (failed != 1)} did not converge, and --max-failed allows {rollout.max_failed}"
    return _held(ends, rollout, f"wave {number} was not started: {why}")


def _one_wave(wave: Wave, rolling: Rolling) -> list[TenantEnd]:
    """Return how each tenant of a wave ended. Once it is started, only a signal stops it."""
    found = side_by_side(
        wave.tenants,
        lambda name: rolling.apply(name, wave.number),
        parallel=rolling.parallel,
        stopped=rolling.stopped,
        may_leave=rolling.may_leave,
        ended=rolling.ended,
    )
    return [found.get(name) or not_started(name, wave.number, INTERRUPTED) for name in wave.tenants]


def _held(ends: Iterable[TenantEnd], rollout: Rollout, why: str, code: ExitCode = ExitCode.DONE) -> Rolled:
    rest = (not_started(name, wave.number, why) for wave in rollout.left for name in wave.tenants)
    return Rolled((*ends, *rest), why, code)
