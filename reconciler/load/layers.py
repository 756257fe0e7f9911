"""Several directories as one: a later role replaces an earlier one of its name, and globs choose among the roles.

Pure. A role that is replaced or not chosen is not looked at any further: what it lists may be what this tenant lacks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.consistency import repeated_names
from reconciler.load.expand import unused_set
from reconciler.load.written import Written, WrittenRole, WrittenSet
from reconciler.model.findings import Finding
from reconciler.model.inert import quoted
from reconciler.model.roles import normalise_name
from reconciler.model.suggestions import did_you_mean
from reconciler.plan.scope import matches

if TYPE_CHECKING:
    from reconciler.load.loaded import Parsed
    from reconciler.policy.items import Item

_NOT = "!"


class Layered(NamedTuple):
    """What is left of several directories: the roles that count with their sets, and what is wrong with the rest."""

    written: Written
    findings: list[Finding]


def layered(layers: Sequence[Parsed], choice: Sequence[Item] = ()) -> Layered:
    """Return what the directories define together, the last one first in force, after `choice`.

    Their sets share one name space. A set that only other roles include is left out, with a warning.
    """
    every = [role for layer in layers for role in layer.roles]
    current, earlier, findings = in_force([layer.roles for layer in layers])
    names = chosen(current, choice)
    findings += _idle(current, names, choice)
    roles = [role for name, role in current.items() if name in names]
    sets, left = split_sets([each for layer in layers for each in layer.sets], roles, every)
    findings += [unused_set(each.name, each.place) for each in left]
    for role in roles:
        before = earlier.get(_name(role))
        if before is not None and _says(role) == _says(before):
            findings.append(_same(role, before))
    named = [_over(role, earlier.get(_name(role))) for role in roles]
    nameless = [role for role in every if not _name(role)]
    return Layered(Written((*named, *nameless), tuple(sets)), findings)


def in_force(
    layers: Iterable[Sequence[WrittenRole]],
) -> tuple[dict[str, WrittenRole], dict[str, WrittenRole], list[Finding]]:
    """Return the roles that no later layer replaces by name, those that they replace, and each name given twice."""
    current: dict[str, WrittenRole] = {}
    earlier: dict[str, WrittenRole] = {}
    findings: list[Finding] = []
    for layer in layers:
        named = [role for role in layer if _name(role)]
        here = {_name(role): role for role in reversed(named)}  # of two in one directory, the first
        findings += repeated_names(named) if len(here) < len(named) else ()
        earlier |= {name: current[name] for name in here if name in current}
        current |= here
    return current, earlier, findings


def _name(role: WrittenRole) -> str:
    return role.desired.role.name


def chosen(names: Collection[str], choice: Sequence[Item]) -> frozenset[str]:
    """Return the names that the globs take: all without a glob, and none that a glob with `!` matches."""
    taken = [item.text for item in choice if not item.text.startswith(_NOT)]
    left = [item.text.removeprefix(_NOT) for item in choice if item.text.startswith(_NOT)]
    return frozenset(name for name in names if (not taken or matches(name, taken)) and not matches(name, left))


def _over(role: WrittenRole, earlier: WrittenRole | None) -> WrittenRole:
    """Return the role with the place of the one that it replaces."""
    if earlier is None:
        return role
    location = replace(role.desired.location, replaces=earlier.desired.location.place)
    return role._replace(desired=replace(role.desired, location=location))


def _same(role: WrittenRole, earlier: WrittenRole) -> Finding:
    name, place = _name(role), earlier.desired.location.place
    message = f"role {quoted(name)} is the same as at {place}, which it replaces; remove it here"
    return Finding("idle-replacement", message, role.desired.location.place, "warning", role=name)


def _says(role: WrittenRole) -> tuple[object, ...]:
    """Return all that a role says, without its places."""
    desired = role.desired
    items = sorted((item.text, str(item.until), item.reason) for item in role.items)
    names = (frozenset(role.include), frozenset(role.excepted))
    return desired.role, desired.renamed_from, desired.owner, items, names


def _idle(roles: Mapping[str, WrittenRole], names: Collection[str], choice: Sequence[Item]) -> Iterator[Finding]:
    """Yield an error for each glob that takes no role, or for a choice that leaves none."""
    idle = [item for item in choice if not item.text.startswith(_NOT) and not chosen(roles, [item])]
    for item in idle if roles else ():
        hint = did_you_mean(normalise_name(item.text), roles)
        yield Finding("idle-choice", f"{quoted(item.text)} matches no role of the role files{hint}", item.place)
    if roles and not names and not idle:
        message = "these globs leave no role, and that would be an order to delete every role; change them"
        yield Finding("idle-choice", message, choice[0].place)


def split_sets(
    sets: Sequence[WrittenSet], roles: Iterable[WrittenRole], every: Iterable[WrittenRole]
) -> tuple[list[WrittenSet], list[WrittenSet]]:
    """Return the sets that count, and those that only roles of `every` which do not count include."""
    used = {name for role in roles for name in role.include}
    elsewhere = {name for role in every for name in role.include} - used
    once = {name for name, number in Counter(each.name for each in sets).items() if number == 1}
    away = elsewhere & once
    return [each for each in sets if each.name not in away], [each for each in sets if each.name in away]
