"""The part of the API that is needed to carry out a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reconciler.model.roles import LiveRole, Role
    from reconciler.transport.retry import Retry


class WriteAnswer(Protocol):
    """What the answer to a write shows."""

    @property
    def id(self) -> str | None:
        """Return the id that the server gave the role; None if the answer does not show it."""

    @property
    def role(self) -> LiveRole | None:
        """Return the role as the server stores it; None if the answer does not show it."""

    @property
    def said(self) -> str:
        """Return the error in the body of a success that shows no role; empty without one."""


class RolesApi(Protocol):
    """The part of the API that changes roles, and the reads around it. A write is one request, sent once.

    Each method raises `errors.Failed` when the request fails.
    """

    @property
    def retry(self) -> Retry:
        """Return the retry policy of a change; its `sleep` is also the pause between looks."""

    def get_role(self, role_id: str, /) -> LiveRole:
        """Return the role of this id. Raise `NotFound` when there is none."""

    def list_roles(self) -> tuple[LiveRole, ...]:
        """Return all live roles."""

    def create_role(self, role: Role, /) -> WriteAnswer:
        """Create the role."""

    def update_role(self, role_id: str, before: Role, after: Role, /) -> WriteAnswer:
        """Update the role."""

    def delete_role(self, role_id: str, /) -> WriteAnswer:
        """Delete the role."""
