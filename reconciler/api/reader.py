"""The read operations: GET only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.api import parse
from reconciler.model.errors import BadAnswer
from reconciler.model.inert import quoted
from reconciler.transport.causes import of_not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.catalogue import Catalogue
    from reconciler.model.roles import LiveRole
    from reconciler.transport import Answer, Transport

_UUID = re.compile(parse.UUID)
_KEY = "check OMNISTREAM_API_KEY or --api-key-file"

LIST_ROLES = "list the roles"
LIST_PERMISSIONS = "list the permissions"
VIEW = {401: _KEY, 403: "the API key may lack the permission agents.view"}
MANAGE = {401: VIEW[401], 403: "the API key may lack the permission agents.manage"}


class Reader:
    """Reads roles and permissions. Every method may raise an error of `Transport.request`, or `BadAnswer`."""

    def __init__(self, transport: Transport) -> None:
        """Send requests through `transport`."""
        self._transport = transport

    def list_roles(self) -> tuple[LiveRole, ...]:
        """Return every role of the tenant, system roles included, ids unique (contract, `listRoles`)."""
        return parse.roles(self._list("/api/roles", LIST_ROLES), LIST_ROLES)

    def get_role(self, role_id: str) -> LiveRole:
        """Return one role (contract, `getRole`). Raise `NotFound` when it does not exist."""
        operation = f"read the role {quoted(role_id)}"
        return parse.role(self._get(role_path(role_id, operation), operation, VIEW), operation, role_id)

    def list_permissions(self) -> Catalogue:
        """Return the catalogue by code (contract, `listPermissions`)."""
        return parse.permissions(self._permissions(), LIST_PERMISSIONS)

    def lockable_catalogue(self) -> Catalogue:
        """Return the same, but raise `BadAnswer` when an entry has no id or no valid code, or a code comes twice."""
        return parse.lockable(self._permissions(), LIST_PERMISSIONS)

    def _permissions(self) -> Answer:
        return self._list("/api/permissions", LIST_PERMISSIONS)

    def _list(self, path: str, operation: str) -> Answer:
        advice = {**VIEW, 404: of_not_found(self._transport.base)}
        return self._get(path, operation, advice)

    def _get(self, path: str, operation: str, advice: Mapping[int, str]) -> Answer:
        answer = self._transport.request("GET", path, operation=operation, advice=advice)
        parse.check_no_error(answer, operation, self._transport.reason)
        return answer


def role_path(role_id: str, operation: str) -> str:
    """Return the path of a role. Raise `BadAnswer` when the id is not a UUID: ids come from answers, through plans."""
    if not _UUID.fullmatch(role_id):
        raise BadAnswer(f"could not {operation}: the id {quoted(role_id)} is not a UUID", status=0)
    return f"/api/roles/{role_id}"
