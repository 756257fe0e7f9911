"""Give a plan the findings of policies: a plan of role files, an undo, and a saved plan on a later day. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.patterns import CodeIndex
from reconciler.model.policy_findings import denied, order
from reconciler.plan.changes import Update
from reconciler.policy.check import Live, findings, given_back
from reconciler.policy.prepared import expanded
from reconciler.policy.rules import Needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.model.roles import DesiredRole, Role
    from reconciler.plan.changes import Plan
    from reconciler.policy.rules import Policies


def with_findings(
    plan: Plan,
    desired: Sequence[DesiredRole],
    policies: Policies,
    today: Day,
    lock: Lock | None = None,
    base: Mapping[str, DesiredRole] | None = None,
) -> Plan:
    """Return a plan of role files with what the policies find, and with a note for each idle waiver.

    The desired roles are judged as the files define them, the other live roles that stay as they are. A plan that is
    narrowed to revokes leaves findings that it does not cause, so none of them is new. In a comparison, `base` has the
    roles before it by name.
    """
    roles: dict[str, Role] = {role.name: role for role in plan.unchanged}
    roles |= {change.name: change.before for change in plan.changes if isinstance(change, Update)}
    before = roles if base is None else {name: base[role.name] for name, role in roles.items()}
    live = Live(before, (*plan.unmanaged, *plan.ignored))
    judgement = findings(policies, desired, today, lock, live)
    found = judgement.findings if plan.only is None else tuple(replace(each, new=False) for each in judgement.findings)
    notes = tuple(sorted([*plan.notes, *map(str, judgement.idle)]))
    sensitive = _sensitive(plan, policies)
    return replace(plan, findings=found, today=today, notes=notes, sensitive=sensitive)


def with_given_back(plan: Plan, policies: Policies, today: Day, lock: Lock | None = None) -> Plan:
    """Return an undo with what the policies find in what it gives back."""
    changes = [(change.after, change.granted) for change in plan.changes if change.after]
    found = given_back(policies, changes, today, lock)
    return replace(plan, findings=found, today=today, sensitive=_sensitive(plan, policies))


def on_a_later_day(plan: Plan, today: Day, here: Iterable[Finding]) -> Plan:
    """Return a saved plan as it is judged on the day `today`.

    A waiver that has ended since then allows nothing any more. What the files at hand deny (`here`) is denied too.
    """
    found = {_key(finding): _today(finding, today) for finding in plan.findings}
    for finding in denied(here):
        if not denied([found.get(_key(finding), replace(finding, severity="warning"))]):
            found[_key(finding)] = finding
    return replace(plan, findings=tuple(sorted(found.values(), key=order)))


def _sensitive(plan: Plan, policies: Policies) -> frozenset[str]:
    """Return the codes that a policy with `needs` names and that the plan may show."""
    checks = [policy.check for policy in policies.policies if isinstance(policy.check, Needs)]
    if not checks:
        return frozenset()
    roles = (*plan.touchable, *plan.ignored, *(change.after for change in plan.changes if change.after))
    shown = CodeIndex(frozenset(plan.catalogue).union(*(role.permissions for role in roles)))
    return frozenset[str]().union(*(expanded(check.codes, shown) for check in checks)) & shown.codes


def _key(finding: Finding) -> tuple[str, str | None, tuple[str, ...], str]:
    message = "" if finding.codes else finding.message
    return finding.rule, finding.role, finding.codes, message


def _today(finding: Finding, today: Day) -> Finding:
    if finding.waived is None or today <= finding.waived.until:
        return finding
    return replace(finding, waived=None, message=f"{finding.message}; waiver ended on {finding.waived.until}")
