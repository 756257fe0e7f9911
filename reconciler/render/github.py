"""Annotations for a pull request on GitHub: why a plan is refused, then the lines that grant or revoke.

Changes that widen access come first. A live role that stays and is in no role file is a warning too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.model.findings import Place
from reconciler.model.inert import first_few
from reconciler.model.policy_findings import denied
from reconciler.plan.action import Origin
from reconciler.plan.changes import Change, Create, Delete, Plan, source_of
from reconciler.policy.limits import NO_SYSTEM_ROLE
from reconciler.render.annotations import MOST, Level, annotation
from reconciler.render.grants import as_of
from reconciler.render.left_alone import why_unmanaged_stay
from reconciler.render.policies import (
    annotated,
    not_refused,
    other_refusals,
    refused_by,
    refuses_by_policy,
    worst_first,
)
from reconciler.render.words import (
    code_mark,
    compares,
    counted,
    drift_sentence,
    names_more_than_one,
    noun,
    roles_by_reason,
    said,
    told_apart,
    were_left_alone,
)

if TYPE_CHECKING:
    from reconciler.model.catalogue import Catalogue
    from reconciler.model.findings import Finding
    from reconciler.model.roles import Location, Role
    from reconciler.render.view import View

_MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class _Mark:
    """An annotation: `lines` are its first and last line. `path` is None when no role file mentions the change."""

    level: Level
    title: str
    message: str
    path: str | None = None
    lines: tuple[int, int] = (0, 0)

    def placed(self, from_top: Callable[[str], str]) -> str:
        """Return the line, with its path relative to the repository's top."""
        where: dict[str, str | int] = {}
        if self.path is not None:
            first, last = self.lines
            where = {"file": from_top(self.path), "line": first, **({"endLine": last} if last != first else {})}
        return annotation(self.level, self.message, {**where, "title": self.title})


def render(plan: Plan, view: View) -> str:
    """Return a line for each annotation, or an empty string when there is none.

    A refusal comes first and is never omitted, and neither is what a policy denies, nor that the plan is made for
    another day or only revokes. There are ten other annotations at most, fewer after those, and the last one says how
    many more there are.
    """
    denials = [_found(finding, plan) for finding in denied(plan.findings)]
    would = bool(plan.refused) or not (plan.system or compares(plan))
    first = [*([_refusal(plan)] if would else []), *_whole_plan(plan, denials)]
    ambiguous = names_more_than_one([*plan.changes, *plan.unmanaged])
    told = _Told(plan.catalogue, ambiguous, would=would, unmanaged_stay=why_unmanaged_stay(plan))
    through_sets = _through_sets(plan)
    marks = [told.by_set(place, given) for place, given in sorted(through_sets.items())]
    marks += [mark for change in plan.changes for mark in told.grants(change)]
    marks += [told.unmanaged(role, role_id) for role, role_id in plan.unmanaged_with_ids()]
    marks += [_found(finding, plan) for finding in worst_first(plan.findings)[len(denials) :]]
    marks += [mark for change in plan.changes for mark in told.revokes(change)]
    room = max(1, MOST - len(first))
    more = len(marks) - room
    if more > 0:
        last = marks[room - 1]
        whole = "access change" if compares(plan) else "plan"
        rest = f"And {counted(more, 'more annotation')} not shown here: the {whole} itself has all of it."
        marks[room - 1] = replace(last, message=f"{last.message.rstrip('.')}. {rest}")
    return "".join(f"{mark.placed(view.from_top)}\n" for mark in [*first, *marks[:room]])


def _whole_plan(plan: Plan, denials: Sequence[_Mark]) -> Iterator[_Mark]:
    """Yield the annotations that are never omitted, after a refusal."""
    if denials and not refuses_by_policy(plan):
        yield _Mark("notice", "Policies", not_refused(plan.findings))
    yield from denials
    if plan.looks_ahead:
        yield _Mark("notice", "Another day", f"{as_of(plan)}.")
    if plan.left_alone:
        names = first_few([f"{said(each.name)} ({each.action})" for each in plan.left_alone], _MOST_NAMES, str)
        yield _Mark("notice", "Only revokes", f"{were_left_alone(plan)}: {names}.")


def _found(finding: Finding, plan: Plan) -> _Mark:
    """Return a finding of a policy as an annotation of its line."""
    told, place = annotated(finding, plan.today, noun(plan)), finding.place
    lines = (place.line, place.line) if place else (0, 0)
    return _Mark(told.level, told.title, told.message, place.path if place else None, lines)


def _refusal(plan: Plan) -> _Mark:
    """Return why the plan is refused, each reason once with the roles that it affects."""
    by_policies = [refused_by(plan.findings).rstrip(".")] if refuses_by_policy(plan) else []
    others = roles_by_reason(other_refusals(plan))
    reasons = [*by_policies, *(f"{reason} ({_roles(names)})" for reason, names in others.items())]
    return _Mark("error", "Refused", ". ".join(reasons or [NO_SYSTEM_ROLE.sentence]) + ".")


def _roles(names: Sequence[str]) -> str:
    return f"{'role' if len(names) == 1 else 'roles'}: {first_few(names, _MOST_NAMES, said)}"


@dataclass(frozen=True, slots=True)
class _Told:
    """How changes are described: `ambiguous` names get their ids; `would` is true for a refused plan.

    `unmanaged_stay` is what keeps unmanaged roles.
    """

    catalogue: Catalogue
    ambiguous: frozenset[str]
    would: bool
    unmanaged_stay: str

    def by_set(self, place: Place, given: Sequence[tuple[Change, Sequence[str]]]) -> _Mark:
        """Return the mark of one line of a set, with the roles that it widens and the codes that each gets."""
        roles: dict[tuple[str, ...], list[str]] = {}
        for change, codes in given:
            told = tuple(self._named(code) + code_mark(change, code) for code in codes)
            roles.setdefault(told, []).append(told_apart(change.name, change.id, self.ambiguous, str))
        parts = [
            f"{', '.join(names)} {self._are(len(names))} given {', '.join(told)}." for told, names in roles.items()
        ]
        change, (code, *_) = given[0]
        name = said(change.grants[code].set or "")
        title = f"Access {'would widen' if self.would else 'widens'}: set {name}"
        return _Mark("warning", title, f"Through set {name}: {' '.join(parts)}", place.path, (place.line, place.line))

    def grants(self, change: Change) -> Iterator[_Mark]:
        codes = frozenset(code for code in change.granted if _set_item(change, code) is None)
        if not codes:
            return
        does = self._are(1) + (" created with" if isinstance(change, Create) else " given")
        title = f"Access {'would widen' if self.would else 'widens'}: {said(change.name)}"
        if change.location is None:
            yield _Mark("warning", title, self._message(change, does, codes))
            return
        for lines, marked in _runs(change, change.location, codes):
            yield _Mark("warning", title, self._message(change, does, marked), change.location.path, lines)

    def revokes(self, change: Change) -> Iterator[_Mark]:
        codes = change.revoked
        if codes:
            if isinstance(change, Delete):
                does = "would be deleted, and with it would go" if self.would else "is deleted, and with it go"
            else:
                does = "would lose" if self.would else "loses"
            title = f"Access {'would narrow' if self.would else 'narrows'}: {said(change.name)}"
            mark = _Mark("notice", title, self._message(change, does, codes))
            if change.location is not None:
                line = change.location.permissions_line or change.location.line
                mark = replace(mark, path=change.location.path, lines=(line, line))
            yield mark

    def unmanaged(self, role: Role, role_id: str | None) -> _Mark:
        """Return the mark of a role that stays. `role_id` is None in a plan that was saved without it."""
        codes = ", ".join(self._named(code) for code in sorted(role.permissions)) or "no permission"
        name = told_apart(role.name, role_id, self.ambiguous, str)
        message = f"{name} is live, in no role file, and left alone ({self.unmanaged_stay}). It holds {codes}."
        return _Mark("warning", f"Unmanaged: {said(role.name)}", message)

    def _message(self, change: Change, does: str, codes: Iterable[str]) -> str:
        name = told_apart(change.name, change.id, self.ambiguous, str)
        listed = ", ".join(f"{self._named(code)}{code_mark(change, code)}" for code in sorted(codes))
        drift = drift_sentence(change.origin, would=self.would)
        if change.origin is Origin.BOTH and change.drifted.isdisjoint(codes):
            drift = ""  # all codes that are marked here come from the edit
        return f"{name} {does} {listed}.{f' {drift}' if drift else ''}"

    def _are(self, roles: int) -> str:
        return "would be" if self.would else "is" if roles == 1 else "are"

    def _named(self, code: str) -> str:
        return f"{code} ({self.catalogue[code].name})" if code in self.catalogue else code


def _through_sets(plan: Plan) -> Mapping[Place, Sequence[tuple[Change, Sequence[str]]]]:
    """Return the changes that a line of a set widens, with their codes, by the line."""
    found: dict[Place, list[tuple[Change, Sequence[str]]]] = {}
    for change in plan.changes:
        codes: dict[Place, list[str]] = {}
        for code in sorted(change.granted & change.grants.keys()):
            place = _set_item(change, code)
            if place is not None:
                codes.setdefault(place, []).append(code)
        for place, given in codes.items():
            found.setdefault(place, []).append((change, given))
    return found


def _set_item(change: Change, code: str) -> Place | None:
    """Return the line of the set that a grant is marked at; None if it is marked in the role's own file."""
    source = source_of(change, code)
    marked_here = change.location is None or code in change.location.marks
    if source is None or source.set is None or marked_here:
        return None
    return Place(source.place.path, source.place.line)


def _line(change: Change, location: Location, code: str) -> int:
    """Return the line of the role's own file that gives the code."""
    if code in location.marks:
        return location.marks[code][0]
    source = source_of(change, code)
    return location.line if source is None else source.place.line


def _runs(change: Change, location: Location, codes: frozenset[str]) -> list[tuple[tuple[int, int], list[str]]]:
    """Return the granted codes in groups on adjacent lines; a created role is one group."""
    by_line = sorted((_line(change, location, code), code) for code in codes)
    runs: list[tuple[tuple[int, int], list[str]]] = []
    for line, code in by_line:
        if runs and (isinstance(change, Create) or line - runs[-1][0][1] <= 1):
            (first, _), marked = runs.pop()
            runs.append(((first, line), [*marked, code]))
        else:
            runs.append(((line, line), [code]))
    return runs
