"""Small builders of policies: each has a default for everything, so that a test names only what counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from reconciler.model.catalogue import Lock
from reconciler.model.findings import Finding, Place
from reconciler.model.roles import DesiredRole, Grant, Role
from reconciler.policy.check import Judgement, findings
from reconciler.policy.items import Item
from reconciler.policy.rules import (
    Apart,
    Can,
    Cannot,
    CanOnly,
    Check,
    Keys,
    Level,
    Needs,
    Policies,
    Policy,
    Waiver,
)
from tests.builders import a_catalogue, a_location

TODAY = date(2026, 11, 29)
FILE = "policies.yaml"


def items(*texts: str) -> tuple[Item, ...]:
    """Codes, patterns or globs, each on a line of its own."""
    return tuple(Item(text, Place(FILE, number + 1, 5)) for number, text in enumerate(texts))


def apart(*groups: Iterable[str]) -> Apart:
    return Apart(tuple(items(*group) for group in groups))


def cannot(*codes: str) -> Cannot:
    return Cannot(items(*codes))


def can(*codes: str) -> Can:
    return Can(items(*codes))


def can_only(*codes: str) -> CanOnly:
    return CanOnly(items(*codes))


def needs(*codes: str, reason: bool = False, days: int | None = None) -> Needs:
    return Needs(items(*codes), reason, days)


def a_policy(
    check: Check | None = None,
    id_: str = "rule",
    *,
    why: str = "",
    level: Level = "deny",
    roles: Iterable[str] | None = None,
    except_roles: Iterable[str] = (),
) -> Policy:
    whom = None if roles is None else items(*roles)
    return Policy(id_, check or cannot("billing.refund"), Place(FILE, 3, 9), why, level, whom, items(*except_roles))


def a_waiver(
    codes: Iterable[str] = ("billing.refund",),
    *,
    policy: str = "rule",
    role: str = "support-lead",
    until: date = TODAY,
    reason: str = "FIN-212",
    line: int = 20,
) -> Waiver:
    return Waiver(policy, role, tuple(codes), reason, until, Place(FILE, line, 5))


def policies(*checks: Check | Policy, waivers: Iterable[Waiver] = ()) -> Policies:
    """Policies of these checks; one that is not named is called rule, the next ones rule-2, rule-3."""
    named = [
        each if isinstance(each, Policy) else a_policy(each, f"rule-{number}" if number > 1 else "rule")
        for number, each in enumerate(checks, 1)
    ]
    return Policies(tuple(named), tuple(waivers), (FILE,))


def a_holder(
    *codes: str,
    name: str = "support-lead",
    description: str = "Leads support.",
    owner: Iterable[str] = (),
    grants: Mapping[str, Grant] | None = None,
) -> DesiredRole:
    """A desired role that lists these codes on lines 4, 5, 6 ..."""
    location = a_location(f"roles.d/{name}.yaml", marks={code: (4 + n, 5) for n, code in enumerate(codes)})
    return DesiredRole(Role(name, description, frozenset(codes)), location, (), grants or {}, owner=tuple(owner))


def a_lock(*codes: str, withdrawn: Iterable[str] = ()) -> Lock:
    return Lock("permissions.lock.yaml", "https://api-chat.example.org", a_catalogue(*codes), frozenset(withdrawn))


def judged(asked: Policies, *roles: DesiredRole, lock: Lock | None = None) -> Judgement:
    return findings(asked, sorted(roles, key=lambda entry: entry.role.name), TODAY, lock)


def found(asked: Policies, *roles: DesiredRole, lock: Lock | None = None) -> list[tuple[str, str, tuple[str, ...]]]:
    """Policy, role and codes of each finding."""
    return [brief(finding) for finding in judged(asked, *roles, lock=lock).findings]


def brief(finding: Finding) -> tuple[str, str, tuple[str, ...]]:
    return finding.rule.removeprefix("policy/"), finding.role or "", finding.codes


def keys(*names: str) -> Keys:
    return Keys(tuple(name for name in ("owner", "description") if name in names))
