"""Check the codes of role files against the catalogue lock, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.load.consistency import MOST_SUGGESTIONS, also_at
from reconciler.model.findings import Finding
from reconciler.model.inert import quoted, visible
from reconciler.model.suggestions import near

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole


def findings_of(roles: Iterable[DesiredRole], lock: Lock) -> list[Finding]:
    """Return an error for each code that the lock does not have, and a warning for each withdrawn one.

    An error is at each place of the code, a warning at the first of its places.
    """
    known = lock.permissions.keys()
    unknown: list[tuple[str, DesiredRole]] = []
    withdrawn: dict[str, list[DesiredRole]] = {}
    for entry in roles:
        permissions = entry.role.permissions
        if not permissions <= known:
            unknown += [(code, entry) for code in sorted(permissions - known)]
        if lock.withdrawn:
            for code in permissions & lock.withdrawn:
                withdrawn.setdefault(code, []).append(entry)
    return [*_unknown(unknown, lock), *(_withdrawn(code, holders, lock) for code, holders in withdrawn.items())]


def _unknown(found: Iterable[tuple[str, DesiredRole]], lock: Lock) -> Iterator[Finding]:
    remedies: dict[str, str] = {}
    for code, entry in found:
        if code not in remedies:
            remedies[code] = _remedy(code, lock, suggest=len(remedies) < MOST_SUGGESTIONS)
        role = visible(entry.role.name)
        message = f"role {role}: unknown permission {quoted(code)} in {lock.path}{remedies[code]}"
        yield Finding("unknown-code", message, entry.location.place_of(code), role=entry.role.name, codes=(code,))


def _remedy(code: str, lock: Lock, *, suggest: bool) -> str:
    found = near(code, lock.grantable) if suggest else []
    if found:
        return f"; did you mean {' or '.join(f'{quoted(each)} ({_name(each, lock)})' for each in found)}?"
    return "; if the tenant has it, run `reconciler lock` and commit the diff"


def _withdrawn(code: str, holders: Sequence[DesiredRole], lock: Lock) -> Finding:
    first, *others = sorted(entry.location.place_of(code) for entry in holders)
    message = (
        f"permission {quoted(code)} ({_name(code, lock)}) is withdrawn: the tenant no longer has it; remove it here"
        f"{also_at([str(place) for place in others])}"
    )
    return Finding("withdrawn", message, first, "warning", codes=(code,))


def _name(code: str, lock: Lock) -> str:
    return quoted(lock.permissions[code].name)
