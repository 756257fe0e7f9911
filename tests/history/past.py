"""A tenant with a past: what was done to it, and what a journal tells of that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal, read
from reconciler.apply.outcome import Outcome
from reconciler.history.recent import Chosen
from reconciler.history.undo import undo_plan
from reconciler.model.roles import Role
from reconciler.plan.changes import Change, Plan
from tests.apply.tenant import Tenant, live
from tests.builders import TARGET, a_role, approved

A, B, C = (a_role(name, [f"area.{name}"]) for name in "abc")


class History:
    """A tenant, a journal, and what was done to the one and written into the other."""

    def __init__(self, path: Path, *roles: Role) -> None:
        self.path = path / "journal.jsonl"
        self.tenant = Tenant(*live(roles))
        self.time = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

    def apply(self, *changes: Change) -> tuple[Outcome, ...]:
        """Do this one run; the next one is an hour later."""
        self.time += timedelta(hours=1)
        header = Header("sha256:0", "c0ffee", "somebody", TARGET, edited=True)
        with Journal(self.path, header, lambda: self.time) as journal:
            return carry_out(approved(*changes), Run(self.tenant, 1, Stop(), journal))

    def forget_the_last_answer(self) -> None:
        self.path.write_bytes(b"".join(self.path.read_bytes().splitlines(keepends=True)[:-1]))

    def undo(self, chosen: Chosen | None = None) -> Plan:
        return undo_plan(read(self.path), self.tenant.list_roles(), target=TARGET, chosen=chosen)

    def id_of(self, name: str) -> str:
        return next(role.id for role in self.tenant.list_roles() if role.role.name == name)


Histories = Callable[..., History]


def notes_of(plan: Plan) -> str:
    return "\n".join(plan.notes)
