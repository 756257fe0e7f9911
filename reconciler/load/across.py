"""What can be wrong between roles that are right by themselves: one name twice, earlier names that clash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from reconciler.errors import Problem
from reconciler.inert import quoted, visible
from reconciler.load.strict import did_you_mean

if TYPE_CHECKING:
    from reconciler.load.role import Draft
    from reconciler.load.rules import Rule
    from reconciler.roles import Catalogue, DesiredRole

_MOST_SUGGESTIONS = 100  # different unknown codes that get one; looking for the nearest costs about a millisecond


def problems_between(drafts: Sequence[Draft]) -> list[Problem]:
    """The problems between roles, in no particular order. Roles without a name are none of theirs."""
    named = [draft for draft in drafts if draft.desired.role.name]
    claims = {draft.desired.role.name: draft for draft in reversed(named)}  # of two with one name, the first
    return [*_repeated_names(named), *_claimed_twice(named), *_circles(claims)]


def check_codes(desired: Iterable[DesiredRole], catalogue: Catalogue) -> list[Problem]:
    """A problem for each code that the catalogue does not have, with the nearest known ones; sorted by place."""
    problems = []
    known = frozenset(catalogue)
    suggestions: dict[str, str] = {}
    for entry in desired:
        for code in sorted(entry.role.permissions - known):
            if code not in suggestions:
                suggestions[code] = did_you_mean(code, catalogue, 3) if len(suggestions) < _MOST_SUGGESTIONS else ""
            line, column = entry.location.marks.get(code, (entry.location.line, entry.location.column))
            message = (
                f"role {visible(entry.role.name)}: the catalogue has no permission {quoted(code)}{suggestions[code]}"
            )
            problems.append(Problem(entry.location.path, line, column, message, "unknown-code"))
    return sorted(problems)


def _repeated_names(drafts: Iterable[Draft]) -> list[Problem]:
    first: dict[str, DesiredRole] = {}
    problems = []
    for desired, _ in drafts:
        known = first.setdefault(desired.role.name, desired)
        if known is not desired:
            where = f"{known.location.path}:{known.location.line}:{known.location.column}"
            message = f"role {quoted(desired.role.name)} is also asked for at {where}: each role is asked for once"
            problems.append(
                _problem(desired, (desired.location.line, desired.location.column), "duplicate-name", message)
            )
    return problems


def _claimed_twice(drafts: Iterable[Draft]) -> list[Problem]:
    first: dict[str, tuple[DesiredRole, tuple[int, int]]] = {}
    problems = []
    for desired, marks in drafts:
        for name, mark in zip(desired.renamed_from, marks, strict=True):
            known, (line, column) = first.setdefault(name, (desired, mark))
            if known is not desired:
                message = (
                    f"earlier name {quoted(name)} is also claimed by role {quoted(known.role.name)} at "
                    f"{known.location.path}:{line}:{column}: one live role can become only one of them"
                )
                problems.append(_problem(desired, mark, "renamed-from-twice", message))
    return problems


def _circles(claims: dict[str, Draft]) -> list[Problem]:
    """One problem for each circle of earlier names, at the first of its roles by name."""
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
                f"earlier names in a circle ({chain}): the state before looks the same as the state after, so do it in "
                "two steps, the first of which renames one role to a name that nobody has"
            )
            problems.append(_problem(draft.desired, mark, "renamed-from-circle", message))
    return problems


def _circles_from(start: str, claims: dict[str, Draft], settled: set[str]) -> list[list[str]]:
    """The circles on the ways from `start` to its earlier names and theirs; what was walked once is `settled`."""
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


def _problem(desired: DesiredRole, mark: tuple[int, int], rule: Rule, message: str) -> Problem:
    return Problem(desired.location.path, *mark, message, rule)
