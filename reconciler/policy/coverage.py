"""How much policies guard: of all (desired role, code of the lock) pairs, in how many a policy would notice a change.

A policy notices when the change causes a finding that was not there; waivers do not count. The time is that of a few
operations on sets for each role and policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from reconciler.policy.prepared import Prepared, known_codes, prepare
from reconciler.policy.rules import Apart, Can, Cannot, CanOnly, Needs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole
    from reconciler.policy.rules import Policies

MOST = 10
"""How many of the least guarded codes are named."""

_NOTHING: frozenset[str] = frozenset()


class Share(NamedTuple):
    """In how many pairs a policy would notice, and of how many pairs."""

    noticed: int
    of: int


class Unguarded(NamedTuple):
    """A code, and the roles that could gain it unnoticed, by name."""

    code: str
    roles: tuple[str, ...]


class Coverage(NamedTuple):
    """The share of the pairs without a grant that a policy guards, that of the pairs with one, and the largest gaps.

    `least_guarded` has the codes that most roles could gain unnoticed, most roles first, then by code.
    """

    grants: Share
    revokes: Share
    least_guarded: tuple[Unguarded, ...]


def coverage(policies: Policies, desired: Sequence[DesiredRole], lock: Lock) -> Coverage:
    """Return how many grants and revokes the policies would notice. A code is added as a line without reason and end.

    For example, a role holds one of three codes. If a policy forbids one of the other two, one of two grants is
    noticed, and none of one revoke.
    """
    prepared = prepare(policies.policies, known_codes(desired, lock))
    every = frozenset(lock.permissions)
    gains: dict[str, list[str]] = {}
    grants = noticed_grants = revokes = noticed_revokes = 0
    for entry in desired:
        held = every & entry.role.permissions
        free = every - held
        about = [each for each in prepared if each.applies(entry.role.name)]
        unnoticed = free.difference(*(_gained(each, entry.role.permissions, every) for each in about))
        kept = _NOTHING.union(*(each.codes for each in about if isinstance(each.policy.check, Can)))
        grants += len(free)
        noticed_grants += len(free) - len(unnoticed)
        revokes += len(held)
        noticed_revokes += len(held & kept)
        for code in unnoticed:
            gains.setdefault(code, []).append(entry.role.name)
    least = sorted(gains.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST]
    named = tuple(Unguarded(code, tuple(sorted(roles))) for code, roles in least)
    return Coverage(Share(noticed_grants, grants), Share(noticed_revokes, revokes), named)


def _gained(prepared: Prepared, held: frozenset[str], every: frozenset[str]) -> Iterable[str]:
    """Return the codes whose grant the policy would notice. Of `apart`, those of a group that meets another one."""
    match prepared.policy.check:
        case Cannot() | Needs():
            return prepared.codes
        case CanOnly():
            return every - prepared.codes
        case Apart():
            hit = [not held.isdisjoint(group) for group in prepared.groups]
            return _NOTHING.union(
                *(group for group, itself in zip(prepared.groups, hit, strict=True) if sum(hit) - itself > 0)
            )
        case _:
            return _NOTHING
