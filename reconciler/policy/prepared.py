"""Prepare policies for judging many roles: globs become one pattern, and codes and patterns become sets of codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import TYPE_CHECKING

from reconciler.model.patterns import CodeIndex, has_star
from reconciler.model.roles import normalise_name
from reconciler.policy.rules import Apart, Keys, Policy

if TYPE_CHECKING:
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole
    from reconciler.policy.items import Item
    from reconciler.policy.rules import Check

_NO_CODES: frozenset[str] = frozenset()
_SPECIAL = frozenset("*?[")
"""The characters with a meaning in a glob."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A policy whose patterns are expanded.

    `groups` has one set of codes for each group of `apart`; other checks have one group, and `keys` has none. `codes`
    has all of them. `applies` says whether the policy is about a role of a normalised name.
    """

    policy: Policy
    groups: tuple[frozenset[str], ...]
    codes: frozenset[str]
    applies: Callable[[str], bool]


def prepare(policies: Iterable[Policy], known: CodeIndex) -> tuple[Prepared, ...]:
    """Return the policies in the same order. Their patterns match the codes in `known`."""
    return tuple(_prepared(policy, known) for policy in policies)


def _prepared(policy: Policy, known: CodeIndex) -> Prepared:
    groups = _groups(policy.check, known)
    return Prepared(policy, groups, _union(groups), applies_to(policy))


def known_codes(desired: Iterable[DesiredRole], lock: Lock | None, more: Iterable[frozenset[str]] = ()) -> CodeIndex:
    """Return the codes that patterns of policies match.

    With a lock, these are its codes, except the withdrawn ones. Without one, they are the codes that desired roles
    hold. In both cases `more` are the codes that live roles hold: a lock does not have every code of a tenant.
    """
    if lock is not None:
        return CodeIndex(lock.grantable.union(*more) - lock.withdrawn)
    return CodeIndex(_NO_CODES.union(*(entry.role.permissions for entry in desired), *more))


def expanded(items: Iterable[Item], known: CodeIndex) -> frozenset[str]:
    """Return the codes of a list of codes and patterns. A code matches itself, known or not."""
    return _union([known.matching(i.text) if has_star(i.text) else frozenset({i.text}) for i in items])


def _union(parts: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the codes of all parts.

    A large part is neither copied alone nor looked at twice, because very many policies or groups may have the same
    pattern.
    """
    return parts[0] if len(parts) == 1 else _NO_CODES.union(*frozenset(parts))


def applies_to(policy: Policy) -> Callable[[str], bool]:
    """Return a function that says whether the policy is about a role of a normalised name."""
    only, never = policy.roles, policy.except_roles
    included = None if only is None else globs(only)
    excluded = globs(never) if never else None
    if excluded is None:
        return (lambda _: True) if included is None else included
    if included is None:
        return lambda name: not excluded(name)
    return lambda name: included(name) and not excluded(name)


def globs(items: Sequence[Item]) -> Callable[[str], bool]:
    """Return a function that says whether a normalised name matches one of the globs, compared as under `ignore`."""
    written = frozenset(normalise_name(item.text) for item in items)
    patterns = list(filter(_is_glob, written))
    if not patterns:
        return written.__contains__
    match = re.compile("|".join(map(translate, patterns))).match
    return lambda name: name in written or match(name) is not None


def matches_some(item: Item, names: Collection[str]) -> bool:
    """Return whether the name or glob of `item` matches one of the normalised names."""
    written = normalise_name(item.text)
    return written in names or (_is_glob(written) and any(map(globs((item,)), names)))


def _is_glob(written: str) -> bool:
    return not _SPECIAL.isdisjoint(written)


def _groups(check: Check, known: CodeIndex) -> tuple[frozenset[str], ...]:
    match check:
        case Apart(groups):
            return tuple(expanded(group, known) for group in groups)
        case Keys():
            return ()
        case _:
            return (expanded(check.codes, known),)
