"""Which live role each desired role is: the one of its own name, or, by `renamed_from`, the one of an earlier name.

The rules are the interface's, section "Role files". In short: whoever's name is live keeps that live role, unless a
role that has none takes it by its `renamed_from`; who loses its live role that way looks at its own earlier names in
turn. So a chain (a to b while b becomes c) moves along, and once it has, every key in it is spent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from reconciler.errors import Problem
from reconciler.inert import visible
from reconciler.roles import DesiredRole, LiveRole

Matches = Mapping[str, LiveRole]
"""The live role for each desired name that has one."""


def match(
    desired: Sequence[DesiredRole], live: Mapping[str, LiveRole], ignored: Collection[str]
) -> tuple[Matches, list[Problem]]:
    """Match desired roles with live ones; `live` holds every live role by name, `ignored` names those left alone.

    Returns the matches and the problems that stop a plan: a system role's name, an ignored role, or an earlier name of
    which nobody can say whether it is meant.
    """
    wanted = {entry.role.name: entry for entry in desired}
    problems = [problem for entry in desired for problem in _untouchable(entry, live, ignored)]
    free = {name: role for name, role in live.items() if not role.untouchable and name not in ignored}
    taken: dict[str, LiveRole] = {}
    homeless = [entry for entry in desired if entry.role.name not in free]
    lost: set[str] = set()
    while homeless:
        entry = homeless.pop()
        earlier = [name for name in entry.renamed_from if name in free and name not in lost]
        if len(earlier) > 1:
            problems.append(_several(entry, earlier))
        elif earlier:
            taken[entry.role.name] = free[earlier[0]]
            lost.add(earlier[0])
            if earlier[0] in wanted:
                homeless.append(wanted[earlier[0]])
    kept = {name: role for name, role in free.items() if name in wanted and name not in lost}
    problems += [_both_live(entry, name) for entry, name in _undecided(desired, kept, free, wanted)]
    return kept | taken, problems


def _undecided(
    desired: Sequence[DesiredRole],
    kept: Mapping[str, LiveRole],
    free: Mapping[str, LiveRole],
    wanted: Mapping[str, DesiredRole],
) -> list[tuple[DesiredRole, str]]:
    """Roles that keep their own live role while one of an earlier name is live too and desired by nobody."""
    return [
        (entry, name)
        for entry in desired
        if entry.role.name in kept
        for name in entry.renamed_from
        if name in free and name not in wanted
    ]


def _untouchable(entry: DesiredRole, live: Mapping[str, LiveRole], ignored: Collection[str]) -> list[Problem]:
    name = entry.role.name
    problems = []
    if name in live and live[name].untouchable:
        message = (
            f"role {visible(name)} is a system role in the live state and is never written to; choose another name"
        )
        problems.append(_problem(entry, message, "system-role"))
    elif name in ignored:
        problems.append(asked_for_ignored(entry))
    for earlier in entry.renamed_from:
        if earlier in live and (live[earlier].untouchable or earlier in ignored):
            why = "is a system role in the live state" if live[earlier].untouchable else "matches a pattern of `ignore`"
            message = (
                f"role {visible(name)} cannot take over {visible(earlier)}, which {why}; take it out of renamed_from"
            )
            problems.append(_problem(entry, message, "renamed-from-untouchable"))
    return problems


def asked_for_ignored(entry: DesiredRole) -> Problem:
    """The problem of a role that a file asks for and a pattern of `ignore` leaves alone."""
    name = visible(entry.role.name)
    message = f"role {name} is asked for here, and `ignore` says to leave it alone; change one of the two"
    return _problem(entry, message, "ignored-role")


def _both_live(entry: DesiredRole, earlier: str) -> Problem:
    name, before = visible(entry.role.name), visible(earlier)
    message = (
        f"{name} and its earlier name {before} are both live, and no role file asks for {before}: which one is meant? "
        f"Take {before} out of renamed_from to keep {name} as it is (then {before} is unmanaged), or delete one of the "
        "two roles in OmniStream"
    )
    return _problem(entry, message, "renamed-from-ambiguous")


def _several(entry: DesiredRole, earlier: Sequence[str]) -> Problem:
    names = " and ".join(visible(name) for name in earlier)
    message = (
        f"{visible(entry.role.name)} could take over {names}, which are all live: which one is meant? "
        "Leave just that one in renamed_from"
    )
    return _problem(entry, message, "renamed-from-ambiguous")


def _problem(entry: DesiredRole, message: str, rule: str) -> Problem:
    return Problem(entry.location.path, entry.location.line, entry.location.column, message, rule)
