"""A tenant in memory that keeps the contract's rules, and says so loudly when a system role would be written to."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.model.errors import NotFound, Rejected
from reconciler.model.roles import LiveRole, Role
from reconciler.transport.retry import Retry
from tests.builders import an_id, the_system_roles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Written:
    """What the answer to a write shows."""

    id: str | None = None
    role: LiveRole | None = None
    said: str = ""


@dataclass(slots=True)
class Waits:
    """A sleep that takes no time and notes what it was asked for; `then` is what happens meanwhile."""

    seconds: list[float] = field(default_factory=list)
    then: Callable[[], object] = lambda: None

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.then()


class Tenant:
    """Every write is noted in `log` as (action, name). `before_write` is called with them first, and may raise.

    `keeps` says how the server stores a role. `answer`, where there is one, is what an update and a delete answer
    with, and they do nothing then.
    """

    def __init__(self, *roles: LiveRole, held: Mapping[str, int] | None = None) -> None:
        self._roles = {role.id: role for role in (*the_system_roles(), *roles)}
        self._held = dict(held or {})
        self._lock = threading.Lock()
        self._made = 0
        self.waits = Waits()
        self.retry = Retry(base=0, sleep=self.waits)
        self.keeps: Callable[[Role], Role] = lambda role: role
        self.answer: Written | None = None
        self.log: list[tuple[str, str]] = []
        self.before_list: Callable[[], None] = lambda: None
        self.before_read: Callable[[str], None] = lambda _name: None
        self.before_write: Callable[[str, str], None] = lambda _action, _name: None
        self.after_write: Callable[[str, str], None] = lambda _action, _name: None

    def list_roles(self) -> tuple[LiveRole, ...]:
        self.before_list()
        with self._lock:
            return tuple(self._roles.values())

    def roles(self) -> set[Role]:
        """The custom roles, without their ids."""
        return {role.role for role in tuple(self._roles.values()) if not role.untouchable}

    def put(self, role: LiveRole) -> None:
        """What somebody else does in OmniStream."""
        with self._lock:
            self._roles[role.id] = role

    def drop(self, role_id: str) -> None:
        with self._lock:
            del self._roles[role_id]

    def get_role(self, role_id: str) -> LiveRole:
        with self._lock:
            found = self._roles.get(role_id)
        self.before_read(found.role.name if found else role_id)
        return self._one(role_id)

    def create_role(self, role: Role) -> Written:
        self.before_write("create", role.name)
        with self._lock:
            self._free(role.name, None)
            self._made += 1
            new = LiveRole(an_id(f"{role.name} {self._made}"), self.keeps(role), is_system=False)
            self._roles[new.id] = new
            self.log.append(("create", role.name))
        self.after_write("create", role.name)
        return Written(new.id, new)

    def update_role(self, role_id: str, before: Role, after: Role) -> Written:
        self.before_write("update", after.name)
        if self.answer is not None:
            return self.answer
        with self._lock:
            old = self._writable(role_id)
            assert old.role == before, "the caller looked right before"
            self._free(after.name, role_id)
            new = self._roles[role_id] = old._replace(role=self.keeps(after))
            self.log.append(("update", after.name))
        self.after_write("update", after.name)
        return Written(new.id, new)

    def delete_role(self, role_id: str) -> Written:
        name = self._one(role_id).role.name
        self.before_write("delete", name)
        if self.answer is not None:
            return self.answer
        with self._lock:
            self._writable(role_id)
            if name in self._held:
                detail = f"role is assigned to {self._held[name]} agents"
                raise Rejected(f"the server refused with 409: {detail}", status=409, detail=detail)
            del self._roles[role_id]
            self.log.append(("delete", name))
        self.after_write("delete", name)
        return Written()

    def _one(self, role_id: str) -> LiveRole:
        with self._lock:
            if role_id not in self._roles:
                raise NotFound("there is no such role", status=404)
            return self._roles[role_id]

    def _writable(self, role_id: str) -> LiveRole:
        role = self._roles.get(role_id)
        if role is None:
            raise NotFound("there is no such role", status=404)
        assert not role.untouchable, f"a system role was written to: {role.role.name}"
        return role

    def _free(self, name: str, but: str | None) -> None:
        if any(role.role.name == name and role.id != but for role in self._roles.values()):
            raise Rejected("the server refused with 409: name is taken", status=409, detail="name is taken")


def live(roles: Iterable[Role]) -> tuple[LiveRole, ...]:
    """Custom live roles of these, each with the id that belongs to its name."""
    return tuple(LiveRole(an_id(role.name), role, is_system=False) for role in roles)
