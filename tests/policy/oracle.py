"""What policies find, stated slowly: every role, every code, every rule of docs/policies.md on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase

from reconciler.model.catalogue import Lock
from reconciler.model.roles import DesiredRole
from reconciler.policy.items import Item
from reconciler.policy.rules import Apart, Can, Cannot, CanOnly, Keys, Needs, Policies, Policy, Waiver

Brief = tuple[str, str, tuple[str, ...]]


def findings(policies: Policies, desired: Iterable[DesiredRole], today: date, lock: Lock | None) -> list[Brief]:
    """Policy, role and codes of each finding, sorted."""
    roles = list(desired)
    every = {code for role in roles for code in role.role.permissions}
    universe = every if lock is None else set(lock.permissions) - lock.withdrawn
    return sorted(
        brief
        for policy in policies.policies
        for role in roles
        if _about(policy, role.role.name)
        for brief in _of(policy, role, universe, today)
    )


def waived(brief: Brief, waivers: Iterable[Waiver], today: date) -> bool:
    """Whether waivers in force list all codes of the finding."""
    policy, role, codes = brief
    fitting = [each for each in waivers if (each.policy, each.role) == (policy, role) and today <= each.until]
    if not codes:
        return bool(fitting)
    return all(any(code in each.codes for each in fitting) for code in codes)


def _about(policy: Policy, name: str) -> bool:
    included = policy.roles is None or any(fnmatchcase(name, glob.text) for glob in policy.roles)
    return included and not any(fnmatchcase(name, glob.text) for glob in policy.except_roles)


def listed(items: Iterable[Item], code: str, universe: set[str]) -> bool:
    """Whether a code is among these codes and patterns."""
    for item in items:
        if item.text == code:
            return True
        category, action = item.text.split(".", 1)
        if code in universe and action == "*" and code.startswith(f"{category}."):
            return True
        if code in universe and category == "*" and code.endswith(f".{action}"):
            return True
    return False


def _of(policy: Policy, role: DesiredRole, universe: set[str], today: date) -> Iterator[Brief]:
    check, name, held = policy.check, role.role.name, sorted(role.role.permissions)
    if isinstance(check, Apart):
        hit = [[code for code in held if listed(group, code, universe)] for group in check.groups]
        if sum(bool(codes) for codes in hit) >= 2:
            yield policy.id, name, tuple(sorted({code for codes in hit for code in codes}))
        return
    if isinstance(check, Keys):
        empty = {"owner": not role.owner, "description": not role.role.description}
        yield from ((policy.id, name, ()) for key in check.keys if empty[key])
        return
    if isinstance(check, Can):
        named = {item.text for item in check.codes if "*" not in item.text} | universe
        bad = [code for code in named if listed(check.codes, code, universe) and code not in held]
    elif isinstance(check, Cannot):
        bad = [code for code in held if listed(check.codes, code, universe)]
    elif isinstance(check, CanOnly):
        bad = [code for code in held if not listed(check.codes, code, universe)]
    else:
        bad = [code for code in held if listed(check.codes, code, universe) and _lacks(check, role, code, today)]
    yield from ((policy.id, name, (code,)) for code in bad)


def _lacks(check: Needs, role: DesiredRole, code: str, today: date) -> bool:
    grant = role.grant_of(code)
    no_reason = check.reason and (grant.pattern is not None or not grant.reason)
    no_end = check.days is not None and (grant.until is None or (grant.until - today).days > check.days)
    return no_reason or no_end
