"""What can be changed: POST, PATCH and DELETE, and what to do when an answer never comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from reconciler.api import parse
from reconciler.api.reader import LIST_ROLES, MANAGE, VIEW, Reader, role_path
from reconciler.errors import Failed, NotFound, NotSent, Overloaded, Rejected, Unreachable
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
        creation = _Creation(self._transport, role)
        try:
            made, attempts = self._transport.retry.call(creation.attempt)
        except (Overloaded, Unreachable) as error:
            made, attempts = creation.settle(error), error.attempts
        except _UnseenError as unseen:
            raise _after(unseen.attempts, Unreachable(str(unseen))) from None
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


class _UnseenError(Failed):
    """An answer was lost, and what would decide cannot be read: another try would be blind."""


class _Creation:
    """One role on its way: `_open` says that a POST was sent and nobody knows what became of it."""

    def __init__(self, transport: Transport, role: Role) -> None:
        self._transport = transport
        self._role = role
        self._operation = f"create the role {quoted(role.name)}"
        self._open = False

    def attempt(self) -> str | None:
        """The id of the role, once it is there; None where the server does not say."""
        found = self._found() if self._open else None
        if found is not None:
            return found.id
        role = self._role
        body = {"name": role.name, "description": role.description, "permissions": sorted(role.permissions)}
        try:
            answer = self._transport.request(
                "POST", "/api/roles", operation=self._operation, json=body, idempotent=False, advice=MANAGE
            )
        except NotSent:
            raise
        except (Overloaded, Unreachable):
            self._open = True
            raise
        except Rejected:  # "the name is taken", say, and by the very role whose answer was lost
            found = self._found() if self._open else None
            if found is None:
                raise
            return found.id
        return parse.made_id(answer)

    def settle(self, error: Overloaded | Unreachable) -> str:
        """The tries are used up: look a last time, and let what is there decide. Raises where the role is not."""
        if not self._open:
            raise error
        try:
            found = self._found()
        except Rejected as other:
            raise _after(error.attempts, other) from None
        except Failed as unseen:
            message = f"{error}; whether the role exists is open, since reconciler {unseen}"
            raise _after(error.attempts, Unreachable(message)) from None
        if found is None:
            error.args = (f"{error}; the list of roles does not show it", *error.args[1:])
            raise error
        return found.id

    def _found(self) -> LiveRole | None:
        """The role of the name, None where there is none; asked once, since the tries are counted around this.

        Raises `Rejected` where the role is not as asked, and `_UnseenError` where asking again would not help.
        """
        try:
            answer = self._transport.request("GET", "/api/roles", operation=LIST_ROLES, idempotent=False, advice=VIEW)
            live = parse.roles(answer, LIST_ROLES)
        except (Overloaded, Unreachable):
            raise
        except Failed as error:
            message = f"could not {self._operation}: an answer was lost, and whether the role exists is open: {error}"
            raise _UnseenError(message) from None
        same = next((one for one in live if one.role.name == self._role.name), None)
        if same is not None and (same.role != self._role or same.untouchable):
            raise Rejected(
                f"could not {self._operation}: an answer was lost, and the role of that name ({same.id}) is not what "
                "was asked for: somebody else may have made it, or the server changed it; plan again",
                status=409,
            )
        return same


E = TypeVar("E", bound=Failed)


def _after(attempts: int, error: E) -> E:
    error.attempts = attempts
    return error
