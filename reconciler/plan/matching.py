"""Match each desired role with a live role: the one with its name or, by `renamed_from`, one with an earlier name.

The rules are those of docs/interface.md, section "Role files". A desired role whose name is live keeps that live role,
unless a desired role whose name is not live takes it by `renamed_from`. A role that loses its live role this way
takes one by its own earlier names.

For example, `a` and `b` are live. The files define `b` (renamed from `a`) and `c` (renamed from `b`):

- `c` is not live, so it takes the live role `b`.
- The desired role `b` has lost its live role, so it takes the live role `a`.

After these renames `b` and `c` are live, both keep their live roles, and `renamed_from` has no further effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.findings import Finding
from reconciler.model.inert import named, quoted, visible
from reconciler.model.roles import DesiredRole, LiveRole

if TYPE_CHECKING:
    from reconciler.model.rules import Rule

Matches = Mapping[str, LiveRole]
"""The live role for each desired name that has one."""


class Where(NamedTuple):
    """Where the roles are that desired roles are matched with, in messages.

    A role that no file defines is `otherwise`; `remedy` is what else helps if two roles may be meant.
    """

    there: str
    otherwise: str
    remedy: str


LIVE = Where("live", "unmanaged", ", or delete one of the two roles in OmniStream")

LiveByName = Mapping[str, Sequence[LiveRole]]
"""Live roles by name. The contract does not say that names are unique, so one name may have several roles."""


def by_name(live: Iterable[LiveRole]) -> LiveByName:
    """Return `live` by name. Roles with the same name are sorted by id."""
    found: dict[str, list[LiveRole]] = {}
    for role in live:
        found.setdefault(role.role.name, []).append(role)
    return {name: sorted(roles, key=lambda role: role.id) for name, roles in found.items()}


def match(
    desired: Sequence[DesiredRole], live: LiveByName, ignored: Collection[str], where: Where = LIVE
) -> tuple[Matches, list[Finding]]:
    """Return the live role of each desired role, and the problems that prevent a plan.

    `live` holds every live role, `ignored` the names of those to leave alone. A problem is a system role's name, an
    ignored role, a name that several live roles have, or an earlier name that leaves open which live role is meant.
    """
    wanted = {entry.role.name: entry for entry in desired}
    problems = [problem for entry in desired for problem in _untouchable(entry, live, ignored)]
    free = {name: roles[0] for name, roles in live.items() if name not in ignored and not _system(roles)}
    problems += [problem for entry in desired for problem in _of_one_name(entry, live, free)]
    taken: dict[str, LiveRole] = {}
    homeless = [entry for entry in desired if entry.role.name not in free]
    lost: set[str] = set()
    while homeless:
        entry = homeless.pop()
        earlier = [name for name in entry.renamed_from if name in free and name not in lost]
        if len(earlier) > 1:
            problems.append(_several(entry, earlier, where))
        elif earlier:
            taken[entry.role.name] = free[earlier[0]]
            lost.add(earlier[0])
            if earlier[0] in wanted:
                homeless.append(wanted[earlier[0]])
    kept = {name: role for name, role in free.items() if name in wanted and name not in lost}
    problems += [_both_live(entry, name, where) for entry, name in _undecided(desired, kept, free, wanted)]
    return kept | taken, problems


def _undecided(
    desired: Sequence[DesiredRole],
    kept: Mapping[str, LiveRole],
    free: Mapping[str, LiveRole],
    wanted: Mapping[str, DesiredRole],
) -> list[tuple[DesiredRole, str]]:
    """Return each role that keeps its live role, with an earlier name that is live too and that no file defines."""
    return [
        (entry, name)
        for entry in desired
        if entry.role.name in kept
        for name in entry.renamed_from
        if name in free and name not in wanted
    ]


def _system(roles: Sequence[LiveRole]) -> bool:
    """Return whether any of the roles of one name is a system role. If so, no file may define that name."""
    return any(role.untouchable for role in roles)


def _of_one_name(entry: DesiredRole, live: LiveByName, free: Mapping[str, LiveRole]) -> list[Finding]:
    """Return a problem for each name that the role needs and that several live roles have.

    A role whose own name is live does not need its earlier names.
    """
    own = entry.role.name
    asked = [own] if own in free else [name for name in entry.renamed_from if name in free]
    return [_same_name(entry, name, live[name]) for name in asked if len(live[name]) > 1]


def _untouchable(entry: DesiredRole, live: LiveByName, ignored: Collection[str]) -> list[Finding]:
    name = entry.role.name
    problems = []
    if name in live and _system(live[name]):
        message = f"role {named(name)} is a live system role, which is never changed; use another name"
        problems.append(_finding(entry, message, "system-role"))
    elif name in ignored:
        problems.append(asked_for_ignored(entry))
    for earlier in entry.renamed_from:
        if earlier in live and (_system(live[earlier]) or earlier in ignored):
            why = "is a live system role" if _system(live[earlier]) else "matches a pattern under `ignore`"
            message = f"role {named(name)} cannot take over {named(earlier)}, which {why}; remove it from renamed_from"
            problems.append(_finding(entry, message, "renamed-from-untouchable"))
    return problems


def asked_for_ignored(entry: DesiredRole) -> Finding:
    """Return the problem of a role that a file defines and that a pattern under `ignore` matches."""
    name = visible(entry.role.name)
    message = f"role {name} is defined here but matches a pattern under `ignore`; remove the role or the pattern"
    return _finding(entry, message, "ignored-role")


def not_managed(desired: Iterable[DesiredRole], managed: Callable[[str], bool]) -> list[Finding]:
    """Return a problem for each name that a file defines or takes over, and that no pattern of `manage` matches."""
    return [
        _outside_manage(entry, name)
        for entry in desired
        for name in (entry.role.name, *entry.renamed_from)
        if not managed(name)
    ]


def _outside_manage(entry: DesiredRole, name: str) -> Finding:
    if name == entry.role.name:
        message = (
            f"role {named(name)} does not match any pattern under `manage`; "
            "move it to the files that manage it, or add a pattern"
        )
    else:
        message = (
            f"role {visible(entry.role.name)} cannot take over {named(name)}, which matches no pattern under "
            "`manage`; remove it from renamed_from, or add a pattern"
        )
    return _finding(entry, message, "outside-manage")


def pattern_of(name: str) -> str:
    """Return the glob pattern that matches `name` and nothing else: `vendor[[]eu]` for `vendor[eu]`."""
    return re.sub(r"([*?[])", r"[\1]", name)


def _same_name(entry: DesiredRole, name: str, roles: Sequence[LiveRole]) -> Finding:
    ids = ", ".join(visible(role.id) for role in roles)
    what = "role" if name == entry.role.name else f"role {visible(entry.role.name)}, renamed from"
    message = (
        f"{what} {named(name)}: {len(roles)} live roles have this name (ids {ids}), so it is unclear which one is "
        "meant. hint: rename or delete all but one of them in OmniStream, or remove it here and exclude them with "
        f"`ignore: [{quoted(pattern_of(name), 1000)}]`"
    )
    return _finding(entry, message, "same-name")


def _both_live(entry: DesiredRole, earlier: str, where: Where) -> Finding:
    name, before = visible(entry.role.name), named(earlier)
    message = (
        f"{name} and its earlier name {before} are both {where.there}, and no role file defines {before}; which one is "
        f"meant? hint: remove {before} from renamed_from to keep {name} as it is ({before} is then {where.otherwise})"
        f"{where.remedy}"
    )
    return _finding(entry, message, "renamed-from-ambiguous")


def _several(entry: DesiredRole, earlier: Sequence[str], where: Where) -> Finding:
    names = " and ".join(named(name) for name in earlier)
    message = (
        f"{visible(entry.role.name)} could take over {names}, which are all {where.there}; which one is meant? "
        "hint: keep only that one in renamed_from"
    )
    return _finding(entry, message, "renamed-from-ambiguous")


def _finding(entry: DesiredRole, message: str, rule: Rule) -> Finding:
    return Finding(rule, message, entry.location.place, role=entry.role.name)
