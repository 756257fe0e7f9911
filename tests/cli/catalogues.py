"""A tenant whose catalogue a test chooses: the sandbox has one, and a lock is about catalogues that change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.builders import a_locked, an_id
from tests.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.catalogue import Permission
    from tests.scripted_server import Act, Received


@dataclass
class Tenant:
    """What the tenant answers: roles as (name, codes), and the entries of its catalogue. A test may change both."""

    entries: list[object]
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def answer(self, request: Received) -> Act:
        if request.path == "/api/permissions":
            return reply(body=self.entries)
        system = [_role(name, ["a.view"], is_system=True) for name in ("admin", "agent", "supervisor")]
        return reply(body=[*system, *(_role(name, codes) for name, codes in self.roles.items())])

    def serve(self) -> ScriptedServer:
        return ScriptedServer(self.answer)


def a_tenant(*entries: str | Permission, roles: dict[str, tuple[str, ...]] | None = None) -> Tenant:
    return Tenant([an_entry(entry) for entry in entries], roles or {})


def an_entry(entry: str | Permission) -> dict[str, object]:
    """An entry as the API answers it."""
    return (a_locked(entry) if isinstance(entry, str) else entry)._asdict()


def _role(name: str, codes: Iterable[str], *, is_system: bool = False) -> dict[str, object]:
    return {"id": an_id(name), "name": name, "description": "", "is_system": is_system, "permissions": list(codes)}
