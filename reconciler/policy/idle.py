"""Find policies that cannot fire: unknown codes, globs that match no role, groups with a common code.

These are errors (rule `idle-policy`). They do not depend on the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.findings import Finding
from reconciler.model.inert import quoted, visible
from reconciler.model.patterns import CodeIndex, has_star
from reconciler.model.suggestions import Suggester
from reconciler.policy.prepared import matches_some
from reconciler.policy.rules import Apart, Can, items_of

if TYPE_CHECKING:
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole
    from reconciler.policy.items import Item
    from reconciler.policy.rules import Policies, Policy


class Idle(NamedTuple):
    """What cannot fire: `unmatched` is what matches nothing here, `wrong` what is wrong whatever the roles are."""

    unmatched: Sequence[Finding]
    wrong: Sequence[Finding]


def idle_parts(policies: Policies, desired: Sequence[DesiredRole] | None, lock: Lock | None) -> Idle:
    """Return an error for each part of a policy that cannot fire: of several tenants, one that it matches is enough.

    Also for each pattern of `can` if there is no lock (rule `pattern-needs-lock`): it names codes that no role holds.
    `desired` is None if the role files are not valid: then only what does not depend on them is returned.
    """
    names = None if desired is None else [entry.role.name for entry in desired]
    held = (entry.role.permissions.union(entry.ended) for entry in desired or ())
    known = CodeIndex(lock.grantable if lock else frozenset[str]().union(*held))
    unmatched = [] if names is None else [*_globs(policies.policies, names)]
    wrong: list[Finding] = []
    for policy in policies.policies:
        if isinstance(policy.check, Apart):
            wrong += _meeting(policy, policy.check, known)
    items = [(policy, item) for policy in policies.policies for item in items_of(policy.check)]
    if lock is None:
        wrong += _without_lock(items)
    else:
        unmatched += _unknown(items, lock, known)
    return Idle(unmatched, wrong)


def _globs(policies: Iterable[Policy], names: Sequence[str]) -> Iterator[Finding]:
    suggester = Suggester(names)
    known = frozenset(names)
    for policy in policies:
        for item in (*(policy.roles or ()), *policy.except_roles):
            if not matches_some(item, known):
                hint = suggester.did_you_mean(item.text)
                yield _idle(policy, item, f"{quoted(item.text)} matches no role of the role files{hint}")


def _unknown(items: Iterable[tuple[Policy, Item]], lock: Lock, known: CodeIndex) -> Iterator[Finding]:
    suggester = Suggester(lock.permissions)
    for policy, item in items:
        if has_star(item.text):
            if not known.matching(item.text):
                yield _idle(policy, item, f"the pattern {quoted(item.text)} matches no code of {visible(lock.path)}")
        elif item.text not in lock.permissions:
            hint = suggester.did_you_mean(item.text)
            message = f"{visible(lock.path)} does not have the permission {quoted(item.text)}{hint}"
            yield _idle(policy, item, message)


def _without_lock(items: Iterable[tuple[Policy, Item]]) -> Iterator[Finding]:
    for policy, item in items:
        if isinstance(policy.check, Can) and has_star(item.text):
            message = f"the pattern {quoted(item.text)} in can needs the catalogue lock; run `reconciler lock`"
            yield Finding("pattern-needs-lock", f"policy {policy.id}: {message}, or list the codes", item.place)


def _meeting(policy: Policy, check: Apart, known: CodeIndex) -> Iterator[Finding]:
    """Yield an error for each item whose code an earlier group has too: holding it alone would break the policy."""
    listed = frozenset(item.text for item in items_of(check) if not has_star(item.text))
    everything = known if listed <= known.codes else CodeIndex(known.codes | listed)
    groups: dict[str, int] = {}  # by code: the first group that has it
    first: dict[str, tuple[int, str]] = {}  # by item: the first group that has one of its codes, and that code
    for number, group in enumerate(check.groups):
        for item in group:
            if item.text not in first:  # so each code is looked at once for each pattern, however many groups there are
                codes = everything.matching(item.text)
                for each in codes:
                    groups.setdefault(each, number)
                first[item.text] = min(((groups[code], code) for code in codes), default=(number, item.text))
            earlier, code = first[item.text]
            if earlier != number:
                itself = "" if has_star(code) else "; one code cannot be apart from itself, so remove it from one group"
                yield _idle(policy, item, f"{quoted(code)} is also in group {earlier + 1}{itself}")


def _idle(policy: Policy, item: Item, message: str) -> Finding:
    return Finding("idle-policy", f"policy {policy.id}: {message}", item.place)
