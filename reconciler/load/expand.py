"""The one expansion: roles and sets as written, the lock and the day become roles with plain codes. Pure.

A role holds (`include` + `permissions`) minus `except` (docs/role-files.md, "Sets"). Of several items that
give a role one code, the later end counts, and no end comes before any end. The grant is then the first item whose end
counts, in this order: the role's own code, its own pattern, a set's code, a set's pattern; sets in the order of
`include`, items in the file's order.

No error depends on the day: patterns and `except` are judged as if no grant had ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.ends import Ends
from reconciler.load.written import Expanded, SetCodes
from reconciler.model.findings import Finding
from reconciler.model.inert import quoted, visible
from reconciler.model.patterns import CodeIndex, has_star
from reconciler.model.roles import DesiredRole, Grant, Role
from reconciler.model.suggestions import Suggester

if TYPE_CHECKING:
    from reconciler.load.written import Item, WrittenRole, WrittenSet
    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.findings import Place
    from reconciler.model.rules import Rule

_Given = Sequence[tuple[str, Grant]]
"""Codes, each with the item that gives it."""


def expand(roles: Sequence[WrittenRole], sets: Sequence[WrittenSet], lock: Lock | None, today: Day) -> Expanded:
    """Return what `roles` hold on the day `today`. Without a lock, every pattern is a problem."""
    work = Expansion(roles, sets, lock, today)
    done = [role.desired if role.is_final else work.expanded(role) for role in roles]
    findings = [*work.findings, *work.ends.findings(), *_unused(work.sets, roles)]
    return Expanded(done, {name: work.in_force(each) for name, each in work.sets.items()}, findings)


class _Items(NamedTuple):
    """What the items of one list give. `whole` is false if a problem may have left out codes."""

    place: Place
    lines: _Given
    patterns: _Given
    whole: bool


class Expansion:
    """One run: the index of the lock, the sets by name, and the findings so far."""

    def __init__(self, roles: Iterable[WrittenRole], sets: Iterable[WrittenSet], lock: Lock | None, today: Day) -> None:
        """Expand the items of the sets. `roles` are only for messages about names."""
        self.ends = Ends(today)
        self.findings: list[Finding] = []
        self.sets: dict[str, _Items] = {}
        self._codes = None if lock is None else CodeIndex(lock.grantable)
        self._withdrawn = frozenset[str]() if lock is None else lock.withdrawn
        self._roles = frozenset(role.desired.role.name for role in roles)
        for each in sets:
            given = self._given(each.items, each.place, whole=each.whole, of_set=each.name)
            if not each.name:
                continue
            first = self.sets.setdefault(each.name, given).place
            if first != each.place:
                message = f"set {quoted(each.name)} is already defined at {first}; rename one of them"
                self._add("duplicate-set", message, each.place)
        self._suggester = Suggester(self.sets)

    def expanded(self, written: WrittenRole) -> DesiredRole:
        """Return the role with plain codes."""
        desired = written.desired
        own = self._given(written.items, desired.location.place, whole=written.whole, role=desired.role.name)
        plain = [(code, Grant(desired.location.place_of(code))) for code in desired.role.permissions]
        named = {name: self._included(name, place, written) for name, place in written.include.items()}
        included = [found for found in named.values() if found is not None]
        sources: dict[str, list[Grant]] = {}
        parts = [plain, own.lines, own.patterns, *(s.lines for s in included), *(s.patterns for s in included)]
        for code, grant in (each for part in parts for each in part):
            sources.setdefault(code, []).append(grant)
        whole = own.whole and len(included) == len(named) and all(each.whole for each in included)
        listed = frozenset(code for code, _ in (*plain, *own.lines))
        for code in self._excepted(written, listed, frozenset(sources), whole=whole):
            del sources[code]
        return self._held(desired, sources, written.include)

    def in_force(self, given: _Items) -> SetCodes:
        """Return the codes that a set gives today."""
        items = (*given.lines, *given.patterns)
        return SetCodes(given.place, frozenset(code for code, grant in items if not self.ends.is_past(grant)))

    def _held(
        self, desired: DesiredRole, sources: Mapping[str, Sequence[Grant]], includes: Mapping[str, Place]
    ) -> DesiredRole:
        grants: dict[str, Grant] = {}
        ended: dict[str, Grant] = {}
        for code, items in sources.items():
            grant = self.ends.chosen(items, code, desired.role.name)
            (ended if self.ends.is_past(grant) else grants)[code] = grant
        role = Role(desired.role.name, desired.role.description, frozenset(grants))
        told = {code: grant for code, grant in grants.items() if not _is_plain(grant)}
        return DesiredRole(role, desired.location, desired.renamed_from, told, ended, desired.owner, includes)

    def _given(
        self, items: Iterable[Item], place: Place, *, whole: bool, of_set: str | None = None, role: str | None = None
    ) -> _Items:
        lines: list[tuple[str, Grant]] = []
        patterns: list[tuple[str, Grant]] = []
        for text, where, until, reason in items:
            if has_star(text):
                codes = self._matching(text, where, role)
                grant = Grant(where, of_set, text, until, reason)
                patterns += [(code, grant) for code in sorted(codes or ())]
                whole = whole and codes is not None
            else:
                lines.append((text, Grant(where, of_set, None, until, reason)))
        return _Items(place, lines, patterns, whole)

    def _matching(self, pattern: str, place: Place, role: str | None) -> frozenset[str] | None:
        """Return the codes that a pattern matches; None if there is no lock. No lock and no code are problems."""
        if self._codes is None:
            message = f"the pattern {visible(pattern)} needs {_LOCK}; run `reconciler lock` and commit the file"
            self._add("pattern-needs-lock", message, place, role)
            return None
        codes = self._codes.matching(pattern)
        if not codes:
            message = f"the pattern {visible(pattern)} matches no permission of the lock; remove it"
            self._add("no-effect", message, place, role)
        return codes

    def _included(self, name: str, place: Place, written: WrittenRole) -> _Items | None:
        """Return what the set gives; None, with the problem, if there is no such set."""
        role = written.desired.role.name
        if name in self.sets:
            return self.sets[name]
        if name in self._roles:
            message = f"{quoted(name)} is a role, and a role cannot include a role; make its permissions a set"
            self._add("include-of-role", message, place, role)
        else:
            hint = self._suggester.did_you_mean(name) or "; define it, or remove it here"
            self._add("unknown-set", f"unknown set {quoted(name)}{hint}", place, role)
        return None

    def _excepted(
        self, written: WrittenRole, listed: frozenset[str], given: frozenset[str], *, whole: bool
    ) -> frozenset[str]:
        """Return the given codes that `except` removes. Nothing is said of an item without effect if not `whole`."""
        role = written.desired.role.name
        taken: set[str] = set()
        for text, place in written.excepted.items():
            codes = self._matching(text, place, role) if has_star(text) else frozenset({text})
            if not codes:
                continue
            away = codes & given
            taken |= away
            if both := sorted(away & listed):
                self._add("listed-and-excepted", _contradiction(both, written), place, role, both)
            elif not away and whole and text not in self._withdrawn:  # of that code, a warning is enough
                message = f"{visible(text)} takes nothing away from this role; remove it"
                self._add("no-effect", message, place, role, [text])
        return frozenset(taken)

    def _add(self, rule: Rule, message: str, place: Place, role: str | None = None, codes: Iterable[str] = ()) -> None:
        self.findings.append(Finding(rule, message, place, role=role, codes=tuple(codes)))


_LOCK = "the catalogue lock"


def _is_plain(grant: Grant) -> bool:
    """Return whether the grant is a code that the role itself lists, and nothing else."""
    return grant.set is None and grant.pattern is None and grant.until is None and not grant.reason


def _contradiction(codes: Sequence[str], written: WrittenRole) -> str:
    location = written.desired.location
    lines = ", ".join(f"{visible(code)} (line {location.place_of(code).line})" for code in codes)
    return f"this role lists {lines} and excepts it here; remove one of the two"


def _unused(sets: Mapping[str, _Items], roles: Iterable[WrittenRole]) -> Iterator[Finding]:
    used = {name for role in roles for name in role.include}
    yield from (unused_set(name, each.place) for name, each in sets.items() if name not in used)


def unused_set(name: str, place: Place) -> Finding:
    """Return the warning of a set that no role includes."""
    message = f"no role includes the set {quoted(name)}; include it or remove it"
    return Finding("unused-set", message, place, "warning")
