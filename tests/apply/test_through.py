"""Approved changes from the first write to the last look."""

from __future__ import annotations

from reconciler.apply.executor import Run
from reconciler.apply.interrupts import Stop
from reconciler.apply.through import apply_changes
from reconciler.model.errors import Failed
from reconciler.model.roles import LiveRole
from tests.apply.tenant import Tenant
from tests.builders import a_create, approved


def test_an_apply_that_cannot_be_looked_at_again_has_not_converged() -> None:
    def fails() -> tuple[LiveRole, ...]:
        raise Failed("the server is gone")

    applied = apply_changes(approved(a_create("new")), Run(Tenant(), 1, Stop()), fails, lambda _: [])
    assert not applied.converged
    assert applied.remaining == ("the live state could not be verified: the server is gone",)


def test_after_an_interrupt_nobody_looks_again() -> None:
    stop = Stop()
    stop.set()
    applied = apply_changes(approved(a_create("new")), Run(Tenant(), 1, stop), lambda: (), lambda _: [])
    assert not applied.converged
    assert "interrupted before verification" in applied.remaining[0]
