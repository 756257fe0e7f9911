"""The permissions that a tenant has, and the committed copy of them: the catalogue lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Permission(NamedTuple):
    """One entry of the catalogue (contract, `Permission`). `id` is None if it is not known, as in an older plan."""

    code: str
    name: str
    category: str
    description: str = ""
    id: str | None = None


Catalogue = Mapping[str, Permission]
"""The catalogue by code."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The content of `permissions.lock.yaml`: what the tenant at `url` answered when it was last looked at.

    `withdrawn` holds the codes that the tenant no longer had then and that something still names: they are in
    `permissions` too, and no pattern matches them. `path` is as the user would type it.
    """

    path: str
    url: str
    permissions: Catalogue
    withdrawn: frozenset[str] = frozenset()

    @property
    def grantable(self) -> frozenset[str]:
        """Return the codes that patterns match: all except the withdrawn ones."""
        return frozenset(self.permissions.keys() - self.withdrawn)
