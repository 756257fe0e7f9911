"""How much one plan may take away before somebody has to say so. Evaluated on the whole plan, before the first write.

Each refusal names its numbers, the roles, and the flag or the line of configuration that would allow it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.inert import named, visible
from reconciler.plan.changes import Delete, Plan, Refusal, RoleFiles
from reconciler.plan.scope import matches

NO_SYSTEM_ROLE = (
    "the live state shows no system role at all (no admin, supervisor or agent), so it is not what it should be: "
    "check the URL and that the API key belongs to the tenant; no flag allows this"
)

# Where most of what would go was never in roles.d, it is adoption that is missing.
_ADOPT = "; most live custom roles are not in {0}: to adopt them first, run `reconciler export --dir {0}`"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many may be taken away: refused when above `count` and, where `percent` is given, above that share too."""

    count: int
    percent: float | None = None

    def exceeded_by(self, number: int, of: int) -> bool:
        """Whether `number` out of `of` is too many."""
        return number > self.count and (self.percent is None or number * 100 > self.percent * of)

    def __str__(self) -> str:
        """For people: `3 and 25 %`, or `exactly 5` without a percentage."""
        return f"both {self.count} and {self.percent:g} %" if self.percent is not None else f"{self.count}"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one run; the defaults are the interface's. `protect` holds glob patterns of names never deleted."""

    max_deletes: Limit = Limit(3, 25)
    max_revokes: Limit = Limit(20, 25)
    protect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objections:
    """Why a plan may not run: `reasons` are complete sentences about the plan, `roles` the refused roles among them."""

    reasons: tuple[str, ...]
    roles: tuple[Refusal, ...]


def objections(plan: Plan, limits: Limits) -> Objections:
    """Hold the whole plan against the limits. Empty reasons mean that it may run."""
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
        ("max_deletes", "deletes", [c.name for c in deletes], len(deletes), len(plan.touchable)),
        ("max_revokes", "revokes", [c.name for c in takers], sum(len(c.revoked) for c in takers), _pairs(plan)),
    ):
        limit: Limit = getattr(limits, key)
        if limit.exceeded_by(number, whole):
            reason = _beyond(key, unit, number, whole, limit)
            beyond.append(f"{reason} (roles: {_list(names)})")
            roles += [Refusal(name, reason) for name in names]
    if beyond and isinstance(plan.source, RoleFiles) and len(deletes) * 2 > len(plan.touchable):
        beyond[-1] += _ADOPT.format(visible(plan.source.path.rstrip("/")))
    reasons += beyond
    return Objections(tuple(reasons), tuple(sorted(roles)))


def _protected(name: str, patterns: Iterable[str]) -> str:
    pattern = next(pattern for pattern in patterns if matches(name, [pattern]))
    return f"it matches {visible(pattern)} under `protect:`; take that line out of the configuration to allow it"


def _beyond(key: str, unit: str, number: int, whole: int, limit: Limit) -> str:
    flag = f"--{key.replace('_', '-')} {number}"
    what = f"{number} of {whole} {'live custom roles' if key == 'max_deletes' else 'live (role, permission) pairs'}"
    share = f", {number * 100 / whole:.0f} %" if whole else ""
    taken = f"{number} {unit} ({what}{share}) are" if number != 1 else f"1 {unit[:-1]} ({what}{share}) is"
    return (
        f"{taken} above {key} ({limit}); {flag} allows it for this run, limits.{key} in the configuration for every run"
    )


def _pairs(plan: Plan) -> int:
    return sum(len(role.permissions) for role in plan.touchable)


def _list(names: list[str], most: int = 10) -> str:
    shown = ", ".join(named(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
