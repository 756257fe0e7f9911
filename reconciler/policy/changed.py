"""Compare the rules of two commits: policies, waivers, limits, patterns and the lock. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.findings import Place
from reconciler.plan.rules_changed import RuleChange
from reconciler.plan.scope import Scope
from reconciler.policy.items import Item
from reconciler.policy.limits import Limits
from reconciler.policy.rules import Apart, Keys, Policies

if TYPE_CHECKING:
    from reconciler.model.catalogue import Lock
    from reconciler.plan.rules_changed import RuleKind
    from reconciler.policy.limits import Limit
    from reconciler.policy.rules import Check, Policy

_NOWHERE = Place("")
_UNITS = {"max_deletes": "role", "max_revokes": "revoke", "max_tenants": "tenant"}


class Rules(NamedTuple):
    """The rules of one commit. `max_tenants` is None if the tenants that one run may change are not limited."""

    scope: Scope = Scope()
    limits: Limits = Limits()
    policies: Policies = Policies()
    lock: Lock | None = None
    max_tenants: Limit | None = None


def rules_changed(before: Rules, now: Rules) -> tuple[RuleChange, ...]:
    """Return the rules that differ, sorted by kind and name. Places and the order of policies do not count."""
    return tuple(sorted(_changed(before, now)))


def _changed(before: Rules, now: Rules) -> Iterator[RuleChange]:
    yield from _compared("policy", _policies(before.policies), _policies(now.policies))
    yield from _compared("waiver", _waivers(before.policies), _waivers(now.policies))
    there, here = _limits(before), _limits(now)
    for change in _compared("limit", there, here):
        yield change._replace(before=_value(there, change.name), after=_value(here, change.name))
    yield from _compared("protect", dict.fromkeys(before.limits.protect), dict.fromkeys(now.limits.protect))
    yield from _compared("ignore", dict.fromkeys(before.scope.ignore), dict.fromkeys(now.scope.ignore))
    for change in _compared("unmanaged", {"unmanaged": before.scope.unmanaged}, {"unmanaged": now.scope.unmanaged}):
        yield change._replace(before=before.scope.unmanaged, after=now.scope.unmanaged)
    for change in _compared("lock", _locks(before.lock), _locks(now.lock)):
        yield change._replace(before=_file(before.lock), after=_file(now.lock))


def _compared(kind: RuleKind, before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[RuleChange]:
    for name in before.keys() | now.keys():
        if name not in before:
            yield RuleChange(kind, name, "added")
        elif name not in now:
            yield RuleChange(kind, name, "removed")
        elif before[name] != now[name]:
            yield RuleChange(kind, name, "changed")


def _policies(policies: Policies) -> Mapping[str, Policy]:
    return {policy.id: _without_places(policy) for policy in policies.policies}


def _without_places(policy: Policy) -> Policy:
    roles = None if policy.roles is None else _items(policy.roles)
    check = _check(policy.check)
    return replace(policy, check=check, place=_NOWHERE, roles=roles, except_roles=_items(policy.except_roles))


def _check(check: Check) -> Check:
    match check:
        case Apart(groups):
            return Apart(tuple(sorted(map(_items, groups))))
        case Keys(keys):
            return Keys(tuple(sorted(keys)))
        case _:
            return replace(check, codes=_items(check.codes))


def _items(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(sorted(Item(item.text, _NOWHERE) for item in items))


def _waivers(policies: Policies) -> Mapping[str, frozenset[Hashable]]:
    """Return the waivers of each policy and role, without their places."""
    found: dict[str, set[Hashable]] = {}
    for waiver in policies.waivers:
        content = (frozenset(waiver.codes), waiver.reason, waiver.until)
        found.setdefault(f"{waiver.policy}/{waiver.role}", set()).add(content)
    return {name: frozenset(contents) for name, contents in found.items()}


def _limits(rules: Rules) -> Mapping[str, Limit]:
    found = {"max_deletes": rules.limits.max_deletes, "max_revokes": rules.limits.max_revokes}
    return found if rules.max_tenants is None else found | {"max_tenants": rules.max_tenants}


def _value(limits: Mapping[str, Limit], name: str) -> str | None:
    return limits[name].of(_UNITS[name]) if name in limits else None


def _file(lock: Lock | None) -> str | None:
    return None if lock is None else lock.path


def _locks(lock: Lock | None) -> Mapping[str, object]:
    return {} if lock is None else {"lock": (lock.url, dict(lock.permissions), lock.withdrawn)}
