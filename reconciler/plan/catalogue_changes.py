"""Compare a tenant's catalogue with the lock: what is new, gone, renamed, or has another meaning. Pure.

The rules are those of docs/interface.md, section "The catalogue lock". Ids belong to one tenant: they are compared only
if the lock is of the tenant that is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.model.catalogue import Catalogue, Lock, Permission, meanings
from reconciler.model.roles import id_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from reconciler.model.roles import Role

    Holders = Callable[[str], Iterable[str]]
    """A function from a code to the names of the desired roles that hold it, or would gain it through a pattern."""


class Listed(NamedTuple):
    """A code that is new or gone, and the roles that it concerns, sorted."""

    code: str
    name: str
    roles: tuple[str, ...]


class Renamed(NamedTuple):
    """A code that has another code now: the server has its id under the code `after`, which is called `name`."""

    before: str
    after: str
    name: str
    roles: tuple[str, ...]


class Changed(NamedTuple):
    """A code with another meaning. Ids are None if they are not compared."""

    before: Permission
    after: Permission
    roles: tuple[str, ...]

    @property
    def code(self) -> str:
        """Return the code, which is the same before and after."""
        return self.after.code


class CatalogueChanges(NamedTuple):
    """What differs between lock and catalogue. Every list is sorted by code.

    A withdrawn code that the server has again is added. One that nothing names any longer is removed.
    """

    added: tuple[Listed, ...] = ()
    removed: tuple[Listed, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    changed: tuple[Changed, ...] = ()

    @property
    def none(self) -> bool:
        """Return whether the lock is up to date."""
        return not any(self)

    def held_by(self, roles: Iterable[Role]) -> tuple[Changed, ...]:
        """Return the codes with another meaning that `roles` hold, each with the names of these roles.

        A role that a pattern would give a withdrawn code to, once the lock has it again, does not hold it.
        """
        holding: dict[str, list[str]] = {entry.code: [] for entry in self.changed}
        for role in roles:
            for code in holding.keys() & role.permissions:
                holding[code].append(role.name)
        return tuple(
            entry._replace(roles=tuple(sorted(holding[entry.code]))) for entry in self.changed if holding[entry.code]
        )


def compare_catalogue(
    lock: Lock | None, catalogue: Catalogue, target: str, holders: Holders, named: Collection[str] = ()
) -> CatalogueChanges:
    """Return what differs between the lock and the catalogue of the tenant `target`. Without a lock, all is added.

    `named` has the codes that files list by name: of the codes that are gone, these stay in the lock.
    """

    def roles(*codes: str) -> tuple[str, ...]:
        return tuple(sorted({name for code in codes for name in holders(code)}))

    if lock is None:
        return CatalogueChanges(tuple(Listed(code, catalogue[code].name, roles(code)) for code in sorted(catalogue)))
    known = lock.permissions
    grantable = lock.grantable
    new = catalogue.keys() - grantable
    gone = {code for code in known if code not in catalogue and (code in grantable or code not in named)}
    moved = {before: after for before, after in successors(lock, catalogue, target).items() if after not in known}
    with_ids = lock.url == target
    pairs = [meanings(known[code], catalogue[code], with_ids=with_ids) for code in sorted(known.keys() & catalogue)]
    return CatalogueChanges(
        added=tuple(Listed(code, catalogue[code].name, roles(code)) for code in sorted(new - set(moved.values()))),
        removed=tuple(Listed(code, known[code].name, roles(code)) for code in sorted(gone - moved.keys())),
        renamed=tuple(Renamed(code, after, catalogue[after].name, roles(code, after)) for code, after in moved.items()),
        changed=tuple(Changed(before, after, roles(after.code)) for before, after in pairs if before != after),
    )


def successors(lock: Lock, catalogue: Catalogue, target: str) -> Mapping[str, str]:
    """Return for each code of the lock that the catalogue does not have the code that has its id now, if any.

    They are sorted by code. Each code succeeds at most one other. It is empty for another tenant than that of the lock.
    """
    if lock.url != target:
        return {}
    by_id: dict[str, str] = {}
    for code in sorted(catalogue, reverse=True):
        identity = catalogue[code].id
        if identity is not None:
            by_id[id_key(identity)] = code
    found: dict[str, str] = {}
    for code in sorted(lock.permissions.keys() - catalogue.keys()):
        after = by_id.pop(id_key(lock.permissions[code].id or ""), None)
        if after is not None:
            found[code] = after
    return found


def updated(lock: Lock | None, catalogue: Catalogue, target: str, named: Collection[str], path: str) -> Lock:
    """Return the lock of the catalogue as it is now. Codes that are gone stay in it, withdrawn, if they are `named`."""
    known = lock.permissions if lock else {}
    kept = {code: entry for code, entry in known.items() if code in named and code not in catalogue}
    return Lock(path, target, {**kept, **catalogue}, frozenset(kept))


def loses_too_much(lock: Lock | None, changes: CatalogueChanges, catalogue: Catalogue) -> bool:
    """Return whether the catalogue is empty, or keeps fewer than half of the codes that the lock has.

    A renamed code counts as kept, and a withdrawn one not at all: the tenant did not have it before either.
    """
    had = lock.grantable if lock else frozenset()
    kept = sum(1 for code in had if code in catalogue) + sum(1 for entry in changes.renamed if entry.before in had)
    return not catalogue or kept * 2 < len(had)


def changes_document(changes: CatalogueChanges) -> dict[str, list[dict[str, Any]]]:
    """Return the four lists as they are in JSON (docs/interface.md, "The lock in JSON")."""
    return {
        "added": [_listed(entry) for entry in changes.added],
        "removed": [_listed(entry) for entry in changes.removed],
        "renamed": [
            {"before": entry.before, "after": entry.after, "name": entry.name, "roles": list(entry.roles)}
            for entry in changes.renamed
        ],
        "changed": [
            {
                "code": entry.code,
                "before": _meaning(entry.before),
                "after": _meaning(entry.after),
                "roles": list(entry.roles),
            }
            for entry in changes.changed
        ],
    }


def _listed(entry: Listed) -> dict[str, Any]:
    return {"code": entry.code, "name": entry.name, "roles": list(entry.roles)}


def _meaning(entry: Permission) -> dict[str, str | None]:
    return {
        "name": entry.name,
        "description": entry.description,
        "category": entry.category,
        "id": entry.id,
    }
