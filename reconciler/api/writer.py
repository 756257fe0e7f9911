"""The write operations: POST, PATCH and DELETE. Each is one request, sent once.

`reconciler.apply.attempts` retries: it reads the role before it sends again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.api import parse
from reconciler.api.reader import MANAGE, Reader, role_path
from reconciler.model.inert import quoted

if TYPE_CHECKING:
    from reconciler.model.roles import Role
    from reconciler.transport.retry import Retry


class Writer(Reader):
    """Reads and writes. The caller makes sure that no system role is written to."""

    @property
    def retry(self) -> Retry:
        """Return the retry policy for the caller."""
        return self._transport.retry

    def create_role(self, role: Role) -> parse.Written:
        """Create a role (contract, `createRole`)."""
        body = {"name": role.name, "description": role.description, "permissions": sorted(role.permissions)}
        return self._write("POST", "/api/roles", f"create the role {quoted(role.name)}", body)

    def update_role(self, role_id: str, before: Role, after: Role) -> parse.Written:
        """Send the fields that differ (contract, `updateRole`). Permissions go as a whole list."""
        operation = f"update the role {quoted(after.name)}"
        body: dict[str, object] = {}
        if before.name != after.name:
            body["name"] = after.name
        if before.description != after.description:
            body["description"] = after.description
        if before.permissions != after.permissions:
            body["permissions"] = sorted(after.permissions)
        return self._write("PATCH", role_path(role_id, operation), operation, body)

    def delete_role(self, role_id: str) -> parse.Written:
        """Delete a role (contract, `deleteRole`). Raise `NotFound` when it does not exist."""
        operation = f"delete the role {quoted(role_id)}"
        return self._write("DELETE", role_path(role_id, operation), operation, None)

    def _write(self, method: str, path: str, operation: str, body: object) -> parse.Written:
        answer = self._transport.request(method, path, operation=operation, json=body, idempotent=False, advice=MANAGE)
        return parse.written(answer, self._transport.words)
