"""Which roles an adoption is about: those that are named, or every role that drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding
from reconciler.model.inert import quoted
from reconciler.model.roles import SYSTEM_NAMES, normalise_name
from reconciler.model.suggestions import did_you_mean
from reconciler.plan.changes import Update
from reconciler.plan.scope import Scope, matches

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.model.roles import DesiredRole, LiveRole
    from reconciler.plan.compare import Comparison


class Asked(NamedTuple):
    """What is to be adopted: the roles that are named, or every role that drifted if none is.

    `unmanaged` asks for every unmanaged role too. `take_out` says that codes which are not live go out of the files,
    also if no role is named.
    """

    names: tuple[str, ...] = ()
    unmanaged: bool = False
    take_out: bool = False


class Chosen(NamedTuple):
    """The names of the roles in the files, the live roles that no file defines, and the names of those left alone."""

    managed: frozenset[str]
    unmanaged: tuple[LiveRole, ...]
    left_alone: tuple[str, ...]


def chosen(
    asked: Asked, desired: Sequence[DesiredRole], live: Sequence[LiveRole], compared: Comparison, scope: Scope
) -> Chosen:
    """Return what the adoption is about. Raise `InvalidInput` with a line for each name that cannot be adopted."""
    managed = {entry.role.name: entry.role.name for entry in desired}
    if not asked.names:
        rest = () if asked.unmanaged else tuple(sorted({role.role.name for role in compared.unmanaged}))
        return Chosen(frozenset(managed), compared.unmanaged if asked.unmanaged else (), rest)
    # A role whose rename is not applied yet may be called by the name that it has now.
    known = {change.before.name: change.name for change in compared.changes if isinstance(change, Update)} | managed
    wanted = {normalise_name(name) for name in asked.names}
    others = wanted - known.keys()
    there = {role.role.name for role in live}
    bad = [found for name in sorted(others) if (found := _why_not(name, there, known.keys(), live, scope))]
    if bad:
        raise InvalidInput(bad)
    more = {role.role.name for role in compared.unmanaged} if asked.unmanaged else set()
    unmanaged = tuple(role for role in live if role.role.name in others | more)
    return Chosen(frozenset(known[name] for name in wanted & known.keys()), unmanaged, ())


def _why_not(
    name: str, there: Collection[str], known: Collection[str], live: Sequence[LiveRole], scope: Scope
) -> Finding | None:
    """Return why a role that no file defines cannot be adopted, or None if it can be."""
    role = f"role {quoted(name)}"
    if name in SYSTEM_NAMES or any(one.untouchable and one.role.name == name for one in live):
        return Finding("system-role", f"{role} is a system role, which is never changed and is in no role file")
    if name not in there:
        custom = {one.role.name for one in live if not one.untouchable}
        hint = did_you_mean(name, sorted({*known, *custom}))
        return Finding("unknown-value", f"{role} is not live, and no role file defines it{hint}")
    if not matches(name, scope.manage):
        message = f"{role} does not match any pattern under `manage`; adopt it in the files that manage it"
        return Finding("outside-manage", message)
    return None
