"""What can be changed: POST, PATCH and DELETE, and what to do when an answer never comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.api import parse
from reconciler.api.reader import LIST_ROLES, MANAGE, VIEW, Reader, role_path
from reconciler.errors import Failed, NotFound, Overloaded, Rejected, Unreachable
from reconciler.inert import quoted

if TYPE_CHECKING:
    from reconciler.roles import LiveRole, Role
    from reconciler.transport import Transport


@dataclass(frozen=True, slots=True)
class Created:
    """A role that is there now. `id` is None where the server did not say it; `attempts` counts the tries."""

    id: str | None
    attempts: int


class Writer(Reader):
    """Reads and writes. Sends what it is told to: that no system role is written to is its caller's promise."""

    def create_role(self, role: Role) -> Created:
        """Create a role (contract, `createRole`), never twice.

        After an answer that leaves open whether it was done (5xx, 408, none at all) the roles are listed, and the role
        found by name decides: as asked, it was created; otherwise, `Rejected`; not there, it is sent again. So is it
        after 429, though RFC 6585 means by it that nothing was done: the contract is silent, and a list costs little.

        Raises `Unreachable` where it stays open whether the role exists.
        """
        creation = _Creation(self, self._transport, role)
        try:
            made, attempts = self._transport.retry.call(creation.attempt)
        except (Overloaded, Unreachable) as error:
            return creation.settle(error)
        return Created(made, attempts)

    def update_role(self, role_id: str, before: Role, after: Role) -> int:
        """Send the fields that differ (contract, `updateRole`); the number of tries. Permissions go as a whole list."""
        operation = f"update the role {quoted(after.name)}"
        body: dict[str, object] = {}
        if before.name != after.name:
            body["name"] = after.name
        if before.description != after.description:
            body["description"] = after.description
        if before.permissions != after.permissions:
            body["permissions"] = sorted(after.permissions)
        path = role_path(role_id, operation)
        return self._transport.request("PATCH", path, operation=operation, json=body, advice=MANAGE).attempts

    def delete_role(self, role_id: str) -> int:
        """Delete a role (contract, `deleteRole`); the number of tries. One that is gone already is deleted."""
        operation = f"delete the role {quoted(role_id)}"
        path = role_path(role_id, operation)
        try:
            return self._transport.request("DELETE", path, operation=operation, advice=MANAGE).attempts
        except NotFound as gone:
            return gone.attempts


class _Creation:
    """One role on its way: `open` says that a POST was sent and nobody knows what became of it."""

    def __init__(self, reader: Reader, transport: Transport, role: Role) -> None:
        self._reader = reader
        self._transport = transport
        self._role = role
        self._operation = f"create the role {quoted(role.name)}"
        self._open = False

    def attempt(self) -> str | None:
        """The id of the role, once it is there; None where the server does not say."""
        if self._open:
            found = self._found(self._list_once())
            if found is not None:
                return found.id
        role = self._role
        body = {"name": role.name, "description": role.description, "permissions": sorted(role.permissions)}
        try:
            answer = self._transport.request(
                "POST", "/api/roles", operation=self._operation, json=body, idempotent=False, advice=MANAGE
            )
        except (Overloaded, Unreachable):
            self._open = True
            raise
        except Rejected:
            found = self._found(self._list_once()) if self._open else None
            if found is None:
                raise
            return found.id
        return parse.made_id(answer)

    def settle(self, error: Overloaded | Unreachable) -> Created:
        """Look a last time after the tries are used up, patiently: what is there decides. Raises where it is not."""
        try:
            found = self._found(self._reader.list_roles())
        except Rejected:
            raise
        except Failed as unseen:
            raise _with(Unreachable(f"{error}; whether the role exists is open, since {unseen}"), error) from None
        if found is None:
            error.args = (f"{error}; the list of roles does not show it", *error.args[1:])
            raise error
        return Created(found.id, error.attempts)

    def _list_once(self) -> tuple[LiveRole, ...]:
        """The roles, asked for once: the tries are counted around this."""
        answer = self._transport.request("GET", "/api/roles", operation=LIST_ROLES, idempotent=False, advice=VIEW)
        return parse.roles(answer, LIST_ROLES)

    def _found(self, live: tuple[LiveRole, ...]) -> LiveRole | None:
        """The role of the name, None where there is none. Raises `Rejected` where it is not as asked."""
        same = next((one for one in live if one.role.name == self._role.name), None)
        if same is not None and (same.role != self._role or same.untouchable):
            raise Rejected(
                f"could not {self._operation}: an answer was lost, and the role of that name ({same.id}) is not what "
                "was asked for: somebody else may have made it, or the server changed it; plan again",
                status=409,
            )
        return same


def _with(error: Unreachable, earlier: Failed) -> Unreachable:
    error.attempts = earlier.attempts
    return error
