"""Find conflicts between valid roles: duplicate names and conflicting earlier names. Find unknown codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.findings import Finding, Place
from reconciler.model.inert import quoted, visible
from reconciler.model.suggestions import Suggester

if TYPE_CHECKING:
    from reconciler.load.written import WrittenRole
    from reconciler.model.catalogue import Catalogue
    from reconciler.model.roles import DesiredRole
    from reconciler.model.rules import Rule

_MOST_PLACES = 20
_ADVICE = "hint: check that the API key belongs to this tenant and may read its permissions"


class Moved(NamedTuple):
    """What a code is called now, and whether the lock has that code already."""

    code: str
    locked: bool


NONE_MOVED: Mapping[str, Moved] = MappingProxyType({})


def problems_between(drafts: Sequence[WrittenRole]) -> list[Finding]:
    """Return the problems between roles, in no particular order. Roles without a name are skipped."""
    named = [draft for draft in drafts if draft.desired.role.name]
    claims = {draft.desired.role.name: draft for draft in reversed(named)}  # of two with one name, the first
    return [*repeated_names(named), *_claimed_twice(named), *_circles(claims)]


def check_codes(
    desired: Iterable[DesiredRole],
    catalogue: Catalogue,
    held: Mapping[str, frozenset[str]] | None = None,
    moved: Mapping[str, Moved] = NONE_MOVED,
) -> list[Finding]:
    """Return a finding for each code of the desired roles that the catalogue does not have, sorted by place.

    `held` has the codes of the live role of each desired name. If that role already has the code, nothing is granted:
    the code gets one warning with all its places. Otherwise each place gets an error with the near known codes. If
    the catalogue is empty, there is one error for all of them, and one warning. `moved` has the new code of each code
    that was renamed.
    """
    known = frozenset(catalogue)
    granted: list[tuple[str, DesiredRole]] = []
    kept: dict[str, list[DesiredRole]] = {}
    for entry in desired:
        for code in sorted(entry.role.permissions - known):
            if held is not None and code in held.get(entry.role.name, ()):
                kept.setdefault(code, []).append(entry)
            else:
                granted.append((code, entry))
    if not catalogue:
        return sorted([*_empty_catalogue(granted), *_all_kept(kept)])
    warnings = (_kept(code, entries, moved) for code, entries in kept.items())
    return sorted([*_unknown(granted, catalogue, moved), *warnings])


def _unknown(
    granted: Iterable[tuple[str, DesiredRole]], catalogue: Catalogue, moved: Mapping[str, Moved]
) -> Iterator[Finding]:
    suggester = Suggester(catalogue)
    told: set[tuple[str, Place]] = set()  # an item of a set is told once, whatever the number of its roles
    for code, entry in granted:
        grant = entry.grant_of(code)
        if grant.set is not None and (code, grant.place) in told:
            continue
        told.add((code, grant.place))
        hint = _remedy(code, [entry], moved) or suggester.did_you_mean(code)
        unknown = f"unknown permission {quoted(code)} in the tenant's catalogue{hint}"
        whose = f"role {visible(entry.role.name)}" if grant.set is None else f"set {visible(grant.set)}"
        yield _at_code(entry, code, f"{whose}: {unknown}")


def _empty_catalogue(granted: Sequence[tuple[str, DesiredRole]]) -> Iterator[Finding]:
    if granted:
        problems = sorted(_at_code(entry, code, "") for code, entry in granted)
        wanted = f"{len(granted)} grant{'' if len(granted) == 1 else 's'} needed"
        message = f"the tenant's catalogue is empty, so no permission can be granted ({wanted}). {_ADVICE}"
        yield replace(problems[0], message=message)


def _all_kept(kept: Mapping[str, Sequence[DesiredRole]]) -> Iterator[Finding]:
    """Return one warning for all codes, because an empty catalogue knows none of them."""
    places = sorted(_at_code(entry, code, "") for code, entries in kept.items() for entry in entries)
    if places:
        message = f"the tenant's catalogue is empty; permissions that live roles already have do not change. {_ADVICE}"
        yield replace(places[0], message=message, severity="warning")


def _remedy(code: str, entries: Iterable[DesiredRole], moved: Mapping[str, Moved]) -> str:
    """Return `; it is "..." now` with the new code, or what to do if only patterns give the code; else nothing."""
    patterns = {entry.grant_of(code).pattern for entry in entries}
    now = f"; it is {quoted(moved[code].code)} now" if code in moved else ""
    if None not in patterns:
        given = ", ".join(map(visible, sorted(filter(None, patterns))))
        return f"{now}; {given} gives it while the lock has it: run `reconciler lock` and commit the diff"
    if not now:
        return ""
    first = "" if moved[code].locked else "run `reconciler lock`, and "
    return f"{now}: {first}list that instead"


def _kept(code: str, entries: Sequence[DesiredRole], moved: Mapping[str, Moved]) -> Finding:
    first, *others = sorted(_at_code(entry, code, "") for entry in entries)
    where = also_at([str(place) for place in dict.fromkeys(each.place for each in others) if place != first.place])
    holds = "the live roles already have" if others else "the live role already has"
    unknown = f"unknown permission {quoted(code)} in the tenant's catalogue"
    message = f"{unknown}; {holds} it, so nothing is granted{_remedy(code, entries, moved)}{where}"
    return replace(first, message=message, severity="warning")


def also_at(places: Sequence[str]) -> str:
    """Return ` (also at ...)` with the places, cut after twenty, or an empty string without any."""
    more = f" and {len(places) - _MOST_PLACES} more places" if len(places) > _MOST_PLACES else ""
    return f" (also at {', '.join(places[:_MOST_PLACES])}{more})" if places else ""


def _at_code(entry: DesiredRole, code: str, message: str) -> Finding:
    return Finding("unknown-code", message, entry.grant_of(code).place, role=entry.role.name, codes=(code,))


def repeated_names(drafts: Iterable[WrittenRole]) -> list[Finding]:
    """Return a problem for each role whose name one before it has."""
    first: dict[str, DesiredRole] = {}
    problems = []
    for desired in (draft.desired for draft in drafts):
        known = first.setdefault(desired.role.name, desired)
        if known is not desired:
            where = known.location.place
            message = f"role {quoted(desired.role.name)} is already defined at {where}"
            problems.append(_finding(desired, desired.location.place, "duplicate-name", message))
    return problems


def _claimed_twice(drafts: Iterable[WrittenRole]) -> list[Finding]:
    first: dict[str, tuple[DesiredRole, Place]] = {}
    problems = []
    for draft in drafts:
        desired = draft.desired
        for name, mark in zip(desired.renamed_from, draft.earlier, strict=True):
            place = Place(desired.location.path, *mark)
            known, where = first.setdefault(name, (desired, place))
            if known is not desired:
                message = (
                    f"earlier name {quoted(name)} is already claimed by role {quoted(known.role.name)} at "
                    f"{where}; only one role can take it over"
                )
                problems.append(_finding(desired, place, "renamed-from-twice", message))
    return problems


def _circles(claims: dict[str, WrittenRole]) -> list[Finding]:
    """Return one problem for each circle of earlier names, at the first of its roles by name."""
    problems = []
    settled: set[str] = set()
    for start in sorted(name for name, draft in claims.items() if draft.earlier):
        for circle in _circles_from(start, claims, settled):
            first = circle.index(min(circle))
            ordered = circle[first:] + circle[:first]
            draft = claims[ordered[0]]
            mark = draft.earlier[draft.desired.renamed_from.index(ordered[1])]
            chain = ", ".join(f"{quoted(a)} was {quoted(b)}" for a, b in _pairs(ordered))
            message = (
                f"earlier names form a circle ({chain}), so the files look the same before and after the renames. "
                "hint: rename in two steps: first rename one of the roles to an unused name"
            )
            place = Place(draft.desired.location.path, *mark)
            problems.append(_finding(draft.desired, place, "renamed-from-circle", message))
    return problems


def _circles_from(start: str, claims: dict[str, WrittenRole], settled: set[str]) -> list[list[str]]:
    """Return the circles on the paths from `start` through earlier names. Names in `settled` are already searched."""
    circles = []
    path: dict[str, None] = {}
    todo = [(start, False)]
    while todo:
        name, leaving = todo.pop()
        if leaving:
            del path[name]
            settled.add(name)
        elif name in path:
            names = list(path)
            circles.append(names[names.index(name) :])
        elif name in claims and name not in settled:
            path[name] = None
            todo.append((name, True))
            todo += [(earlier, False) for earlier in claims[name].desired.renamed_from]
    return circles


def _pairs(names: list[str]) -> list[tuple[str, str]]:
    return list(zip(names, [*names[1:], names[0]], strict=True))


def _finding(desired: DesiredRole, place: Place, rule: Rule, message: str) -> Finding:
    return Finding(rule, message, place, role=desired.role.name)
