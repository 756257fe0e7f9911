"""Check the codes of role files against the catalogue lock, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.load.consistency import also_at
from reconciler.load.written import Written, mentions, mentions_of_role
from reconciler.model.findings import Finding
from reconciler.model.inert import quoted, visible
from reconciler.model.suggestions import Suggester

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.load.written import Mention
    from reconciler.model.catalogue import Lock

IF_THERE = "; if the tenant has it, run `reconciler lock` and commit the diff"
"""The advice for a code that is like no code of the lock."""


def findings_of(written: Written, lock: Lock) -> list[Finding]:
    """Return an error for each code that the lock does not have, and a warning for each withdrawn one.

    An error is at each place of the code, a warning at the first of its places.
    """
    fine = lock.grantable
    unknown: list[Mention] = []
    withdrawn: dict[str, list[Mention]] = {}
    for mention in _doubtful(written, fine):
        if mention.code not in lock.permissions:
            unknown.append(mention)
        elif mention.code not in fine:
            withdrawn.setdefault(mention.code, []).append(mention)
    return [*_unknown(unknown, lock), *(_withdrawn(found, lock) for found in withdrawn.values())]


def _doubtful(written: Written, fine: frozenset[str]) -> Iterator[Mention]:
    """Yield all codes that files list, except those of roles that list nothing but codes that are `fine`."""
    for role in written.roles:
        if not (role.is_final and role.desired.role.permissions <= fine):
            yield from mentions_of_role(role)
    yield from mentions(Written((), written.sets))


def _unknown(found: Iterable[Mention], lock: Lock) -> Iterator[Finding]:
    suggester = Suggester(sorted(lock.grantable))
    for code, place, role, set_ in found:
        whose = f"role {visible(role)}: " if role else f"set {visible(set_)}: " if set_ else ""
        message = f"{whose}unknown permission {quoted(code)} in {lock.path}{_remedy(suggester.near(code), lock)}"
        yield Finding("unknown-code", message, place, role=role or None, codes=(code,))


def _remedy(found: Sequence[str], lock: Lock) -> str:
    if found:
        return f"; did you mean {' or '.join(f'{quoted(each)} ({_name(each, lock)})' for each in found)}?"
    return IF_THERE


def _withdrawn(found: Iterable[Mention], lock: Lock) -> Finding:
    first, *others = sorted(found, key=lambda mention: mention.place)
    code = first.code
    message = (
        f"permission {quoted(code)} ({_name(code, lock)}) is withdrawn: the tenant no longer has it; remove it here"
        f"{also_at([str(mention.place) for mention in others])}"
    )
    return Finding("withdrawn", message, first.place, "warning", codes=(code,))


def _name(code: str, lock: Lock) -> str:
    return quoted(lock.permissions[code].name)
