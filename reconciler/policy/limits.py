"""Limit how much one plan may delete and revoke. A plan that exceeds a limit is refused as a whole, before any write.

Each refusal names its numbers, the roles, and the option or the configuration line that allows it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.inert import named, visible
from reconciler.plan.changes import Delete, Plan, Refusal, RoleFiles
from reconciler.plan.scope import matches

NO_SYSTEM_ROLE = (
    "the live state has no system role (admin, supervisor or agent), so the answer cannot be trusted. hint: check the "
    "URL, and that the API key belongs to the tenant; no option allows this"
)

# If a plan deletes most of the live roles, they were probably never exported to role files.
_ADOPT = ". Most live custom roles are not in {0}; to adopt them first, run `reconciler export --dir {0}`"


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
    """Why a plan may not run: `reasons` are complete sentences about the plan, `roles` are the refused roles."""

    reasons: tuple[str, ...]
    roles: tuple[Refusal, ...]


def objections(plan: Plan, limits: Limits) -> Objections:
    """Return why the plan may not run. If there is no reason, it may run."""
    deletes = [change for change in plan.changes if isinstance(change, Delete)]
    takers = [change for change in plan.changes if change.revoked]
    protected = [change for change in deletes if matches(change.name, limits.protect)]
    reasons: list[str] = []
    roles: list[Refusal] = []
    if not plan.system:
        reasons.append(NO_SYSTEM_ROLE)
        roles += [Refusal(change.name, NO_SYSTEM_ROLE) for change in plan.changes]
    for change in protected:
        roles.append(Refusal(change.name, _protected(change.name, limits.protect)))
        reasons.append(f"role {named(change.name)} would be deleted: {roles[-1].reason}")
    beyond: list[str] = []
    for key, unit, names, number, whole in (
        ("max_deletes", "role", [c.name for c in deletes], len(deletes), len(plan.touchable)),
        ("max_revokes", "revoke", [c.name for c in takers], sum(len(c.revoked) for c in takers), _pairs(plan)),
    ):
        limit: Limit = getattr(limits, key)
        if limit.exceeded_by(number, whole):
            what, hint = _beyond(key, number, whole, limit.of(unit)), _allowed(key, number)
            beyond.append(f"{what}; roles: {_list(names)}{hint}")
            roles += [Refusal(name, what + hint) for name in names]
    if beyond and isinstance(plan.source, RoleFiles) and len(deletes) * 2 > len(plan.touchable):
        beyond[-1] += _ADOPT.format(visible(plan.source.path.rstrip("/")))
    reasons += beyond
    return Objections(tuple(reasons), tuple(sorted(roles)))


def _protected(name: str, patterns: Iterable[str]) -> str:
    pattern = next(pattern for pattern in patterns if matches(name, [pattern]))
    return f"it matches {visible(pattern)} under `protect:`; remove this pattern from the configuration to allow it"


def _beyond(key: str, number: int, whole: int, limit: str) -> str:
    what = f"{number} of {whole} {'live custom roles' if key == 'max_deletes' else 'live (role, permission) pairs'}"
    share = f", {number * 100 / whole:.0f} %" if whole else ""
    unit = key.removeprefix("max_")
    taken = f"{number} {unit} ({what}{share}) exceed" if number != 1 else f"1 {unit[:-1]} ({what}{share}) exceeds"
    return f"{taken} {key} (limit: {limit})"


def _allowed(key: str, number: int) -> str:
    return f". hint: pass --{key.replace('_', '-')} {number} to allow it once, or raise limits.{key}"


def _pairs(plan: Plan) -> int:
    return sum(len(role.permissions) for role in plan.touchable)


def _list(names: list[str], most: int = 10) -> str:
    shown = ", ".join(named(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
