"""Approved changes from the first write to the last look: carried out, then held against the live state once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.apply.executor import amended, carry_out
from reconciler.apply.outcome import Kind, Outcome
from reconciler.apply.verify import unverified, verified
from reconciler.model.errors import Failed
from reconciler.model.roles import id_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reconciler.apply.executor import Run
    from reconciler.model.roles import LiveRole
    from reconciler.plan.changes import Change, Plan
    from reconciler.policy.judge import Approved


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of each change, and what a second reading of the live state showed to be left, a sentence each."""

    outcomes: tuple[Outcome, ...]
    remaining: tuple[str, ...] = ()
    converged: bool = False


def apply_changes(
    approved: Approved,
    run: Run,
    read: Callable[[], Sequence[LiveRole]],
    remaining: Callable[[Sequence[LiveRole]], Sequence[str]],
) -> Applied:
    """Carry the approved changes out, then `read` the live state again; `remaining` says of it what is left to do.

    What an answer left open, or told wrongly, the second reading decides (see `verify`), and the journal is told. After
    an interrupt there is none: what was done is reported at once.
    """
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


def whole(plan: Plan, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return an outcome for each change of `plan`, in its order; a change that has none was done before."""
    found = {_key(outcome.change): outcome for outcome in outcomes}
    return tuple(found.get(_key(change)) or Outcome(change, Kind.ALREADY) for change in plan.changes)


def _key(change: Change) -> tuple[str, str]:
    """What tells one change of a plan from another: what is carried out has its ids as the live state spells them."""
    return id_key(change.id or ""), change.name
