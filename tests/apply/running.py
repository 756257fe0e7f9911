"""What the tests of `carry_out` share: two live roles to change, and a run over a tenant in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.model.roles import LiveRole
from tests.apply.tenant import Tenant, live
from tests.builders import a_delete, an_id, an_update, approved

if TYPE_CHECKING:
    from reconciler.apply.journal import Journal
    from reconciler.apply.outcome import Kind, Outcome
    from reconciler.plan.changes import Change

TEMP = LiveRole(an_id("temp-role"), a_delete().before, is_system=False)
LEAD = live([an_update().before])[0]


def run(
    tenant: Tenant, *changes: Change, concurrency: int = 2, stop: Stop | None = None, journal: Journal | None = None
) -> tuple[Outcome, ...]:
    return carry_out(approved(*changes), Run(tenant, concurrency, stop or Stop(), journal))


def kinds(outcomes: tuple[Outcome, ...]) -> list[Kind]:
    return [outcome.kind for outcome in outcomes]


def error_of(outcome: Outcome) -> str:
    assert outcome.error is not None
    return outcome.error
