"""What carrying out a change needs of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reconciler.model.roles import LiveRole, Role
    from reconciler.transport.retry import Retry


class Written(Protocol):
    """What the answer to a write shows."""

    @property
    def id(self) -> str | None:
        """The id that the server gave the role; None where it did not say."""

    @property
    def role(self) -> LiveRole | None:
        """The role as the server keeps it; None where the answer does not show it."""

    @property
    def said(self) -> str:
        """The error in the body of a success that shows no role; empty where there is none."""


class Writer(Protocol):
    """The part of the API that changes roles, and the reads around it. A write is one request, sent once.

    Each method raises `errors.Failed`.
    """

    @property
    def retry(self) -> Retry:
        """The policy by which a change is tried again; its `sleep` also spaces the looks."""

    def get_role(self, role_id: str, /) -> LiveRole:
        """The role of this id; raises `NotFound` where there is none."""

    def list_roles(self) -> tuple[LiveRole, ...]:
        """All live roles."""

    def create_role(self, role: Role, /) -> Written:
        """Create it."""

    def update_role(self, role_id: str, before: Role, after: Role, /) -> Written:
        """Change it."""

    def delete_role(self, role_id: str, /) -> Written:
        """Delete it."""
