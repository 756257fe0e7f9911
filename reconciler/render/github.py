"""Annotations for a pull request on GitHub: the lines of role files that grant or revoke, what widens access first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.plan import Change, Create, Delete, Plan, granted, revoked
from reconciler.render.commands import MOST, Kind, annotation
from reconciler.render.words import counted, drift_sentence

if TYPE_CHECKING:
    from reconciler.render.view import View
    from reconciler.roles import Catalogue, Location


@dataclass(frozen=True, slots=True)
class _Mark:
    """An annotation to be: `lines` are the first and the last one it is about, None where no file speaks of it."""

    kind: Kind
    title: str
    message: str
    path: str | None = None
    lines: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        where: dict[str, str | int] = {}
        if self.path is not None:
            first, last = self.lines
            where = {"file": self.path, "line": first, **({"endLine": last} if last != first else {})}
        return annotation(self.kind, self.message, {**where, "title": self.title})


def render(plan: Plan, view: View) -> str:  # noqa: ARG001 - renderers are all called alike
    """A line for each annotation, ten at most; the tenth says how many there would be more. Empty where none is due."""
    marks = [mark for change in plan.changes for mark in _grants(change, plan.catalogue)]
    marks += [mark for change in plan.changes for mark in _revokes(change, plan.catalogue)]
    more = len(marks) - MOST
    if more > 0:
        last = marks[MOST - 1]
        rest = f"And {counted(more, 'more annotation')} not shown here: the plan itself has all of it."
        marks[MOST - 1] = replace(last, message=f"{last.message} {rest}")
    return "".join(f"{mark}\n" for mark in marks[:MOST])


def _grants(change: Change, catalogue: Catalogue) -> Iterator[_Mark]:
    codes = granted(change)
    if not codes:
        return
    does = "is created with" if isinstance(change, Create) else "is given"
    title = f"Access widens: {change.name}"
    if change.location is None:
        yield _Mark("warning", title, _message(change, does, codes, catalogue))
        return
    for lines, marked in _runs(change, change.location, codes):
        yield _Mark("warning", title, _message(change, does, marked, catalogue), change.location.path, lines)


def _revokes(change: Change, catalogue: Catalogue) -> Iterator[_Mark]:
    codes = revoked(change)
    if codes:
        does = "is deleted, and with it go" if isinstance(change, Delete) else "loses"
        mark = _Mark("notice", f"Access narrows: {change.name}", _message(change, does, codes, catalogue))
        if change.location is not None:
            line = change.location.permissions_line or change.location.line
            mark = replace(mark, path=change.location.path, lines=(line, line))
        yield mark


def _runs(change: Change, location: Location, codes: frozenset[str]) -> list[tuple[tuple[int, int], list[str]]]:
    """The granted codes in groups that stand on lines next to each other; a created role is one group."""
    by_line = sorted((location.marks[code][0] if code in location.marks else location.line, code) for code in codes)
    runs: list[tuple[tuple[int, int], list[str]]] = []
    for line, code in by_line:
        if runs and (isinstance(change, Create) or line - runs[-1][0][1] <= 1):
            (first, _), marked = runs.pop()
            runs.append(((first, line), [*marked, code]))
        else:
            runs.append(((line, line), [code]))
    return runs


def _message(change: Change, does: str, codes: Iterable[str], catalogue: Catalogue) -> str:
    listed = ", ".join(_named(code, catalogue) for code in sorted(codes))
    drift = drift_sentence(change.origin)
    return f"{change.name} {does} {listed}.{f' {drift}' if drift else ''}"


def _named(code: str, catalogue: Catalogue) -> str:
    return f"{code} ({catalogue[code].name})" if code in catalogue else code
