"""Find what breaks policies: in the desired roles, in live roles that stay, and in what an undo gives back. Pure.

There is one finding for each (policy, role, code); for `apart` one for each (policy, role), with every code of the
groups that meet; for `keys` one for each key. The time is linear in the roles and the findings: codes are compared as
sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, assert_never

from reconciler.model.days import days_until
from reconciler.model.findings import Finding
from reconciler.model.inert import first_few, named, visible
from reconciler.model.policy_findings import RULE, order
from reconciler.model.roles import DesiredRole
from reconciler.policy.prepared import Prepared, known_codes, prepare
from reconciler.policy.rules import Apart, Can, Cannot, CanOnly, Keys, Needs
from reconciler.policy.waiving import Waiving

if TYPE_CHECKING:
    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.findings import Place, Severity
    from reconciler.model.roles import Role
    from reconciler.policy.rules import Key, Policies, Policy

_MOST_CODES = 10


@dataclass(frozen=True, slots=True)
class Judgement:
    """What policies say: `findings` sorted by policy, role and codes, and a warning for each idle waiver, by place."""

    findings: tuple[Finding, ...] = ()
    idle: tuple[Finding, ...] = ()


class Live(NamedTuple):
    """What a plan knows of the state before it.

    `before` has the live role of each desired role by the desired name; a role that the plan creates is not in it. In a
    comparison, it is a role of the base, with the reasons, ends and owner that its file had.
    `staying` are the live custom roles that no file defines and that the plan leaves alone.
    """

    before: Mapping[str, Role | DesiredRole]
    staying: Sequence[Role] = ()


class _Broken(NamedTuple):
    """What a role breaks: the codes that the finding is about, in order, what is said about them, and the key."""

    codes: tuple[str, ...]
    says: str
    key: Key | None = None


def findings(
    policies: Policies, desired: Sequence[DesiredRole], today: Day, lock: Lock | None = None, live: Live | None = None
) -> Judgement:
    """Return what the policies find in the desired roles and, with `live`, in the live roles that stay.

    Without `live`, nothing says whether a finding is new. Live roles that stay are judged by `apart`, `cannot` and
    `can_only`, and give warnings without a place.
    """
    staying = live.staying if live else ()
    known = known_codes(desired, lock, (role.permissions for role in staying))
    waiving = Waiving(policies.waivers, today)
    found = [
        waiving.judged(finding)
        for prepared in prepare(policies.policies, known)
        for finding in (*_of_desired(prepared, desired, today, live), *_of_live(prepared, staying))
    ]
    idle = tuple(each for each in waiving.idle() if each.place not in policies.in_use)
    return Judgement(tuple(sorted(found, key=order)), idle)


def given_back(
    policies: Policies, changes: Iterable[tuple[Role, frozenset[str]]], today: Day, lock: Lock | None = None
) -> tuple[Finding, ...]:
    """Return what `apart`, `cannot` and `can_only` find in roles that an undo restores, for the codes that it grants.

    `changes` has each role as it will be, and the codes that the undo grants to it. The findings are new and have no
    place.
    """
    roles = list(changes)
    known = known_codes((), lock, (role.permissions for role, _ in roles))
    waiving = Waiving(policies.waivers, today)
    found = [
        waiving.judged(_finding(prepared.policy, role.name, broken, None, new=True))
        for prepared in prepare(policies.policies, known)
        for role, granted in roles
        if prepared.applies(role.name)
        for broken in _held(prepared, role)
        if not granted.isdisjoint(broken.codes)
    ]
    return tuple(sorted(found, key=order))


def _of_desired(prepared: Prepared, desired: Iterable[DesiredRole], today: Day, live: Live | None) -> Iterator[Finding]:
    is_suspect = _suspects(prepared)
    for entry in desired:
        if not (is_suspect(entry) and prepared.applies(entry.role.name)):
            continue
        is_new = _newness(prepared, live, entry.role.name, today)
        for broken in _broken(prepared, entry, today):
            new = is_new and is_new(broken)
            place = _place(prepared.policy, entry, broken)
            yield _finding(prepared.policy, entry.role.name, broken, place, new=new)


def _of_live(prepared: Prepared, roles: Iterable[Role]) -> Iterator[Finding]:
    for role in roles:
        if prepared.applies(role.name):
            for broken in _held(prepared, role):
                found = _finding(prepared.policy, role.name, broken, None, new=False)
                yield replace(found, severity="warning")


def _suspects(prepared: Prepared) -> Callable[[DesiredRole], bool]:
    """Return a quick test of whether a role may break the check, because most roles break none.

    It errs only for `apart`: a role that holds codes of one group passes the test and breaks nothing.
    """
    codes, check = prepared.codes, prepared.policy.check
    match check:
        case Apart() | Cannot() | Needs():
            return lambda entry: not codes.isdisjoint(entry.role.permissions)
        case Can():
            return lambda entry: not codes <= entry.role.permissions
        case CanOnly():
            return lambda entry: not entry.role.permissions <= codes
        case Keys(keys):
            return lambda entry: not all(_has(entry, key) for key in keys)
        case _:  # pragma: no cover - mypy proves that there is no other check
            assert_never(check)


def _has(entry: DesiredRole, key: Key) -> bool:
    """Return whether the role file has this key, and not only white space in it."""
    if key == "description":
        return bool(entry.role.description.strip())
    return any(each.strip() for each in entry.owner)


def _broken(prepared: Prepared, entry: DesiredRole, today: Day) -> Iterable[_Broken]:
    """Return what a desired role breaks, in any order: findings are sorted once they are all there."""
    check, role, policy = prepared.policy.check, entry.role, f"policy {prepared.policy.id}"
    match check:
        case Apart() | Cannot() | CanOnly():
            return _held(prepared, role)
        case Can():
            missing = prepared.codes - role.permissions
            return [_Broken((code,), f"does not hold {visible(code)}, which {policy} requires") for code in missing]
        case Needs():
            lacks = ((code, _lack(check, entry, code, today)) for code in role.permissions & prepared.codes)
            needs = f"; {policy} requires {_wanted(check)}"
            return [_Broken((code,), f"holds {visible(code)} {lack}{needs}") for code, lack in lacks if lack]
        case Keys(keys):
            missing_keys = (key for key in keys if not _has(entry, key))
            return [_Broken((), f"has no {key}, which {policy} requires", key) for key in missing_keys]
        case _:  # pragma: no cover - mypy proves that there is no other check
            assert_never(check)


def _held(prepared: Prepared, role: Role) -> Iterable[_Broken]:
    """Return what a role breaks by the codes that it holds, whatever gives them: `apart`, `cannot` and `can_only`."""
    policy = f"policy {prepared.policy.id}"
    match prepared.policy.check:
        case Apart():
            meeting = [held for group in prepared.groups if (held := role.permissions & group)]
            codes = tuple(sorted(frozenset[str]().union(*meeting)))
            return [_Broken(codes, f"holds {_list(codes)}, which {policy} keeps apart")] if len(meeting) > 1 else ()
        case Cannot():
            bad = role.permissions & prepared.codes
            return [_Broken((code,), f"holds {visible(code)}, which {policy} forbids") for code in bad]
        case CanOnly():
            bad = role.permissions - prepared.codes
            return [_Broken((code,), f"holds {visible(code)}, which {policy} does not allow") for code in bad]
        case _:
            return ()


def _lack(check: Needs, entry: DesiredRole, code: str, today: Day) -> str:
    """Return what the line that gives the code lacks, as a clause; empty if it lacks nothing."""
    grant = entry.grant_of(code)
    lacks = []
    if check.reason and grant.pattern is not None:
        lacks.append(f"without a separate reason (it comes through the pattern {visible(grant.pattern)})")
    elif check.reason and not grant.reason.strip():
        lacks.append("without a reason")
    if check.days is not None:
        days = None if grant.until is None else days_until(grant.until, today)
        most = f"{check.days} day{'s' * (check.days != 1)}"
        if days is None:
            lacks.append(f"without an end within {most}")
        elif days > check.days:
            lacks.append(f"with an end in {days} days, more than {most}")
    return " and ".join(lacks)


def _wanted(check: Needs) -> str:
    if check.days is None:
        return "a reason"
    return "a reason and an end" if check.reason else "an end"


def _newness(prepared: Prepared, live: Live | None, name: str, today: Day) -> Callable[[_Broken], bool] | None:
    """Return what says whether something that a role breaks is new; None if nothing can say so."""
    if live is None:
        return None
    before = live.before.get(name)
    if not isinstance(before, DesiredRole):
        return lambda broken: _is_new(prepared, broken, before)
    earlier = _broken(prepared, before, today) if prepared.applies(before.role.name) else ()
    known = {(code, each.key) for each in earlier for code in each.codes or ("",)}
    return lambda broken: not known.issuperset((code, broken.key) for code in broken.codes or ("",))


def _is_new(prepared: Prepared, broken: _Broken, before: Role | None) -> bool:
    """Return whether the role did not break the policy so before the plan. The live role has no reasons, ends, owner.

    A role that was live already had no owner before either, and the plan does not change it.
    """
    if before is None or not prepared.applies(before.name):
        return True
    codes = frozenset(broken.codes)
    match prepared.policy.check:
        case Can():
            return not codes.isdisjoint(before.permissions)
        case Cannot() | CanOnly() | Needs():
            return codes.isdisjoint(before.permissions)
        case Keys():
            return broken.key == "description" and bool(before.description.strip())
        case Apart():
            return not any(codes.issubset(earlier.codes) for earlier in _held(prepared, before))
        case _:  # pragma: no cover - mypy proves that there is no other check
            assert_never(prepared.policy.check)


def _place(policy: Policy, entry: DesiredRole, broken: _Broken) -> Place:
    if isinstance(policy.check, Can | Keys):
        return entry.location.place
    return max(entry.grant_of(code).place for code in broken.codes)


def _finding(policy: Policy, role: str, broken: _Broken, place: Place | None, *, new: bool | None) -> Finding:
    why = f" ({visible(policy.why)})" if policy.why else ""
    message = f"role {named(role)} {broken.says}{why}"
    severity: Severity = "error" if policy.level == "deny" else "warning"
    return Finding(RULE + policy.id, message, place, severity, role=role, codes=broken.codes, new=new)


def _list(codes: Sequence[str]) -> str:
    if len(codes) > _MOST_CODES:
        return first_few(codes, _MOST_CODES, visible)
    *shown, last = map(visible, codes)
    return f"{', '.join(shown)} and {last}"
