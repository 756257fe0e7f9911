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


class MeaningPart(NamedTuple):
    """A part of a permission's meaning (`name`, `description`, `category` or `id`) that differs."""

    field: str
    before: str
    after: str


def meanings(before: Permission, after: Permission, *, with_ids: bool = True) -> tuple[Permission, Permission]:
    """Return both permissions as they are compared: equal if they have the same meaning.

    The meaning is name, description, category and id. Ids ignore case, and count if both have one; `with_ids` is false
    for permissions of different tenants. Ids that do not count are None.
    """
    if not with_ids or before.id is None or after.id is None:
        return before._replace(id=None), after._replace(id=None)
    return before, after._replace(id=before.id) if before.id.lower() == after.id.lower() else after


def parts_of_meaning(before: Permission, after: Permission) -> list[MeaningPart]:
    """Return what differs between two permissions that `meanings` returned."""
    pairs = (
        ("name", before.name, after.name),
        ("description", before.description, after.description),
        ("category", before.category, after.category),
        ("id", before.id or "", after.id or ""),
    )
    return [MeaningPart(field, then, now) for field, then, now in pairs if then != now]


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
