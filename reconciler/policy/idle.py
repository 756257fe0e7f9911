"""Find policies that cannot fire: unknown codes, globs that match no role, groups with a common code.

These are errors (rule `idle-policy`). They do not depend on the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from reconciler.model.findings import Finding
from reconciler.model.inert import quoted, visible
from reconciler.model.patterns import CodeIndex, has_star
from reconciler.model.suggestions import did_you_mean
from reconciler.policy.prepared import globs
from reconciler.policy.rules import Apart, Can, items_of

if TYPE_CHECKING:
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole
    from reconciler.policy.items import Item
    from reconciler.policy.rules import Policies, Policy

_MOST_SUGGESTIONS = 100  # unknown codes that get one; finding what is near takes up to a millisecond


def idle_policies(policies: Policies, desired: Sequence[DesiredRole], lock: Lock | None) -> list[Finding]:
    """Return an error for each part of a policy that cannot fire, sorted by place.

    Also for each pattern of `can` if there is no lock (rule `pattern-needs-lock`): it names codes that no role holds.
    """
    names = [entry.role.name for entry in desired]
    held = (entry.role.permissions.union(entry.ended) for entry in desired)
    known = CodeIndex(lock.grantable if lock else frozenset[str]().union(*held))
    found = [finding for policy in policies.policies for finding in _globs(policy, names)]
    for policy in policies.policies:
        if isinstance(policy.check, Apart):
            found += _meeting(policy, policy.check, known)
    items = [(policy, item) for policy in policies.policies for item in items_of(policy.check)]
    found += _without_lock(items) if lock is None else _unknown(items, lock, known)
    return sorted(found)


def _globs(policy: Policy, names: Sequence[str]) -> Iterator[Finding]:
    for item in (*(policy.roles or ()), *policy.except_roles):
        if not any(map(globs((item,)), names)):
            hint = did_you_mean(item.text, names)
            yield _idle(policy, item, f"{quoted(item.text)} matches no role of the role files{hint}")


def _unknown(items: Iterable[tuple[Policy, Item]], lock: Lock, known: CodeIndex) -> Iterator[Finding]:
    suggested: dict[str, str] = {}
    for policy, item in items:
        if has_star(item.text):
            if not known.matching(item.text):
                yield _idle(policy, item, f"the pattern {quoted(item.text)} matches no code of {visible(lock.path)}")
        elif item.text not in lock.permissions:
            if item.text not in suggested:
                near = did_you_mean(item.text, lock.permissions) if len(suggested) < _MOST_SUGGESTIONS else ""
                suggested[item.text] = near
            message = f"{visible(lock.path)} does not have the permission {quoted(item.text)}{suggested[item.text]}"
            yield _idle(policy, item, message)


def _without_lock(items: Iterable[tuple[Policy, Item]]) -> Iterator[Finding]:
    for policy, item in items:
        if isinstance(policy.check, Can) and has_star(item.text):
            message = f"the pattern {quoted(item.text)} in can needs the catalogue lock; run reconciler lock"
            yield Finding("pattern-needs-lock", f"policy {policy.id}: {message}, or list the codes", item.place)


def _meeting(policy: Policy, check: Apart, known: CodeIndex) -> Iterator[Finding]:
    """Yield an error for each item whose code an earlier group has too: holding it alone would break the policy."""
    listed = frozenset(item.text for item in items_of(check) if not has_star(item.text))
    everything = CodeIndex(known.codes | listed)
    groups: dict[str, int] = {}
    patterns: dict[str, int] = {}
    for number, group in enumerate(check.groups):
        for item in group:
            codes = everything.matching(item.text)
            first = {groups[code]: code for code in sorted(codes, reverse=True) if groups.get(code, number) != number}
            if first:
                message = (
                    f"{quoted(first[min(first)])} is also in group {min(first) + 1}; one code cannot be apart from"
                )
                yield _idle(policy, item, f"{message} itself, so remove it from one group")
            elif patterns.get(item.text, number) != number:
                yield _idle(policy, item, f"{quoted(item.text)} is also in group {patterns[item.text] + 1}")
            patterns.setdefault(item.text, number)
            for code in codes:
                groups.setdefault(code, number)


def _idle(policy: Policy, item: Item, message: str) -> Finding:
    return Finding("idle-policy", f"policy {policy.id}: {message}", item.place)
