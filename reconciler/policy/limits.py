"""Limit how much one plan may delete and revoke. A plan that exceeds a limit is refused as a whole, before any write.

Each refusal names its numbers, the roles, and the option or the configuration line that allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.model.findings import Finding
from reconciler.model.inert import first_few, named, visible
from reconciler.plan.changes import Delete, Plan
from reconciler.plan.ends import recently_ended
from reconciler.plan.scope import matches
from reconciler.plan.sources import Compared, RoleFiles

_MOST_NAMES = 10

NO_SYSTEM_ROLE = Finding(
    "no-system-role",
    "the live state has no system role (admin, supervisor or agent), so the answer cannot be trusted",
    hint="check the URL, and that the API key belongs to the tenant; no option allows this",
)

_MOST_DIGITS = 12
_UNITS = {"max_deletes": "role", "max_revokes": "revoke"}

# If a plan deletes most of the live roles, they were probably never exported to role files.
_ADOPT = ". Most live custom roles are not in {0}; to adopt them first, run `reconciler export{1} --dir {0}`"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a number exceeds only if it is above `count` and, unless `percent` is None, above that percentage.

    For example, with `Limit(3, 25)`:

    - 4 of 15 exceed it: 4 is above 3, and 26.7 % is above 25 %.
    - 4 of 16 do not exceed it: 25 % is not above 25 %.
    - 3 of 3 do not exceed it: 3 is not above 3.
    """

    count: int
    percent: float | None = None

    def exceeded_by(self, number: int, of: int) -> bool:
        """Return whether `number` of `of` exceeds the limit."""
        return number > self.count and (self.percent is None or number * 100 > self.percent * of)

    def of(self, unit: str) -> str:
        """Return the limit for people: `3 roles and 25 %`, or `1 role` without a percentage."""
        count = f"{self.count} {unit}{'s' * (self.count != 1)}"
        return count if self.percent is None else f"{count} and {self.percent:g} %"

    def share(self, number: int, of: int) -> str:
        """Return a share that exceeds the limit, with as many digits as show that: `27 %`, or `25.3 %` beside 25 %."""
        share = number * 100 / of
        shown = (f"{share:.{digits}f}" for digits in range(_MOST_DIGITS))
        return f"{next((each for each in shown if float(each) > (self.percent or 0)), share)} %"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one run, with the defaults of docs/interface.md, section "Configuration".

    `max_deletes` counts roles, out of the live custom roles that are not ignored. `max_revokes` counts (role,
    permission) pairs, out of the pairs of these roles. `protect` holds glob patterns of names that are never deleted.
    """

    max_deletes: Limit = Limit(3, 25)
    max_revokes: Limit = Limit(20, 25)
    protect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objections:
    """Why a plan may not run: `plan` has a finding for each rule that it breaks, `roles` one for each refused role."""

    plan: tuple[Finding, ...]
    roles: tuple[Finding, ...]


def objections(plan: Plan, limits: Limits) -> Objections:
    """Return why the plan may not run. If there is no finding about the plan, it may run."""
    found: list[Finding] = []
    roles: list[Finding] = []
    if not plan.system and not isinstance(plan.source, Compared):
        found.append(NO_SYSTEM_ROLE)
        roles += [replace(NO_SYSTEM_ROLE, role=change.name) for change in plan.changes]
    deletes = [change for change in plan.changes if isinstance(change, Delete)]
    for change in deletes:
        if matches(change.name, limits.protect):
            roles.append(_protected(change.name, limits.protect))
            would = f"role {named(change.name)} would be deleted: {roles[-1].message}"
            found.append(replace(roles[-1], message=would))
    beyond = list(_beyond_limits(plan, deletes, limits))
    for finding, names in beyond:
        roles += [replace(finding, role=name) for name in names]
    told = [
        replace(finding, message=f"{finding.message}; roles: {first_few(names, _MOST_NAMES, named)}")
        for finding, names in beyond
    ]
    if told and isinstance(plan.source, RoleFiles) and len(deletes) * 2 > len(plan.touchable):
        path = visible(plan.source.path.rstrip("/"))
        option = "" if plan.tenant is None else f" --tenant {plan.tenant}"
        told[-1] = replace(told[-1], hint=told[-1].hint + _ADOPT.format(path, option))
    return Objections((*found, *told), tuple(sorted(roles, key=lambda finding: (finding.role or "", finding.sentence))))


def _protected(name: str, patterns: Iterable[str]) -> Finding:
    pattern = next(pattern for pattern in patterns if matches(name, [pattern]))
    message = f"it matches {visible(pattern)} under `protect:`; remove this pattern from the configuration to allow it"
    return Finding("protect", message, role=name)


def _beyond_limits(plan: Plan, deletes: Sequence[Delete], limits: Limits) -> Iterator[tuple[Finding, list[str]]]:
    """Yield a finding for each limit that the plan exceeds, with the names of the roles that count.

    A revoke by an end of the last 7 days was approved with the end, so it does not count. An older end may be a slip.
    """
    then = f" at {plan.source.since}" if isinstance(plan.source, Compared) else ""
    taken = [(change.name, len(change.revoked) - len(recently_ended(change, plan.today))) for change in plan.changes]
    takers = [(name, count) for name, count in taken if count]
    number, whole = len(deletes), len(plan.touchable)
    if limits.max_deletes.exceeded_by(number, whole):
        of = f"{whole} roles{then}" if then else f"{whole} live custom roles"
        yield _beyond("max_deletes", number, of, whole, limits.max_deletes), [c.name for c in deletes]
    number, whole = sum(count for _, count in takers), sum(len(role.permissions) for role in plan.touchable)
    if limits.max_revokes.exceeded_by(number, whole):
        of = f"{whole}{'' if then else ' live'} (role, permission) pairs{then}"
        yield _beyond("max_revokes", number, of, whole, limits.max_revokes), [name for name, _ in takers]


def _beyond(key: str, number: int, of: str, whole: int, limit: Limit) -> Finding:
    share = f", {limit.share(number, whole)}" if whole else ""
    unit = key.removeprefix("max_")
    counts = f"{number} {unit if number != 1 else unit[:-1]} ({number} of {of}{share})"
    option = key.replace("_", "-")
    return Finding(
        option,
        f"{counts} {'exceed' if number != 1 else 'exceeds'} {key} (limit: {limit.of(_UNITS[key])})",
        hint=f"pass --{option} {number} to allow it once, or raise limits.{key}",
    )
