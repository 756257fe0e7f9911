"""Find what policies and waivers say about codes by name, and which of these codes are withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.findings import Finding, Place
from reconciler.model.inert import named, quoted
from reconciler.model.patterns import has_star
from reconciler.policy.rules import items_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.model.catalogue import Lock
    from reconciler.policy.rules import Policies


class Mention(NamedTuple):
    """A code that a policy or a waiver names: `policy four-eyes`, `waiver of refunds for support-lead`."""

    code: str
    place: Place
    by: str


def mentions(policies: Policies) -> Iterator[Mention]:
    """Yield each code that policies and waivers name, in the order of the files; no pattern."""
    for policy in policies.policies:
        for item in items_of(policy.check):
            if not has_star(item.text):
                yield Mention(item.text, item.place, f"policy {policy.id}")
    for waiver in policies.waivers:
        by = f"waiver of {waiver.policy} for {named(waiver.role)}"
        yield from (Mention(code, waiver.place, by) for code in waiver.codes)


def named_by(policies: Policies | None) -> Mapping[str, tuple[str, ...]]:
    """Return for each code the policies and waivers that name it, each once."""
    found: dict[str, dict[str, None]] = {}
    for mention in mentions(policies) if policies is not None else ():
        found.setdefault(mention.code, {})[mention.by] = None
    return {code: tuple(by) for code, by in found.items()}


def withdrawn_codes(policies: Policies, lock: Lock) -> list[Finding]:
    """Return a warning for each withdrawn code that policies name, at the first of its places."""
    found: dict[str, Mention] = {}
    for mention in mentions(policies):
        if mention.code in lock.withdrawn:
            found.setdefault(mention.code, mention)
    return [_warning(mention, lock) for mention in found.values()]


def _warning(mention: Mention, lock: Lock) -> Finding:
    name = quoted(lock.permissions[mention.code].name)
    what = f"permission {quoted(mention.code)} ({name}) is withdrawn: the tenant no longer has it; remove it here"
    return Finding("withdrawn", f"{mention.by}: {what}", mention.place, "warning", codes=(mention.code,))
