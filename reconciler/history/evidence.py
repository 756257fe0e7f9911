"""The report for an auditor, from what files ask for, what history and journals say, and what was reviewed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.history.events import EventKind
from reconciler.history.report import AccessChange, Advice, ReportedRole, Row
from reconciler.model.policy_findings import policy_of

if TYPE_CHECKING:
    from reconciler.history.applied import AppliedEvent
    from reconciler.history.events import Event, History, Life
    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.model.roles import DesiredRole, Grant
    from reconciler.policy.reviews import Review


class Evidence(NamedTuple):
    """What is known of the desired roles beside what they hold.

    `reviews` has the last review of each role by the role's name. `comment` returns the comment of an item, which is
    the reason of a grant that has no other. `findings` are those of policies on the day of the report.
    """

    history: History
    lock: Lock | None = None
    reviews: Mapping[str, Review] = {}
    findings: Sequence[Finding] = ()
    comment: Callable[[Grant], str] = lambda _: ""


def rows_of(desired: Iterable[DesiredRole], evidence: Evidence) -> list[Row]:
    """Return a row for each code of each role, by role and code; a role without codes has one row without a code."""
    found = _by_role(evidence.findings)
    return [row for role in desired for row in _rows(role, evidence, found.get(role.role.name, ()))]


def _by_role(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    by_role: dict[str, list[Finding]] = {}
    for finding in findings:
        by_role.setdefault(finding.role or "", []).append(finding)
    return by_role


def _rows(desired: DesiredRole, evidence: Evidence, findings: Sequence[Finding]) -> Iterator[Row]:
    name, codes = desired.role.name, sorted(desired.role.permissions)
    of_role = [finding for finding in findings if desired.role.permissions.isdisjoint(finding.codes)]
    on_codes: dict[str, list[Finding]] = {}
    for finding in findings:
        for code in finding.codes:
            on_codes.setdefault(code, []).append(finding)
    review = evidence.reviews.get(name)
    for code in codes:
        grant = desired.grant_of(code)
        known = evidence.lock.permissions.get(code) if evidence.lock else None
        yield Row(
            name,
            code,
            known.name if known else "",
            known.category if known else code.partition(".")[0],
            grant.place,
            desired.owner,
            evidence.history.since(name, code),
            grant.reason or evidence.comment(grant) or None,
            grant.until,
            review if review and code in review.permissions else None,
            grant.set,
            grant.pattern,
            *_found([*on_codes.get(code, ()), *of_role]),
        )
    if not codes:
        waivers, found = _found(of_role)
        yield Row(name, "", "", "", desired.location.place, desired.owner, waivers=waivers, findings=found)


def _found(findings: Sequence[Finding]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the waivers that allow the findings, and the ids of the policies, waived or not. Both are sorted."""
    if not findings:
        return (), ()
    waivers = {f"{policy_of(each)} until {each.waived.until}: {each.waived.reason}" for each in findings if each.waived}
    return tuple(sorted(waivers)), tuple(sorted({policy_of(each) for each in findings}))


def advice_on(desired: Iterable[DesiredRole], lock: Lock | None) -> Advice:
    """Return which roles hold the same codes, and which codes of the lock no role holds."""
    groups: dict[frozenset[str], list[str]] = {}
    for entry in desired:
        groups.setdefault(entry.role.permissions, []).append(entry.role.name)
    equal = sorted(tuple(sorted(names)) for names in groups.values() if len(names) > 1)
    unused = lock.grantable.difference(*groups) if lock else frozenset[str]()
    return Advice(tuple(equal), tuple(sorted(unused)))


def changes_since(history: History, since: Day, applied: Iterable[AppliedEvent] = ()) -> list[AccessChange]:
    """Return what happened on the day `since` or later, newest first, each with what journals say of it.

    What was applied belongs to the newest event of its kind, role and code that is not later than it.
    """
    said = _said(history, applied)
    return [
        AccessChange(event, tuple(said.get(id(event), ()))) for event in history.events if event.revision.date >= since
    ]


def _said(history: History, applied: Iterable[AppliedEvent]) -> Mapping[int, list[AppliedEvent]]:
    """Return what was applied by the identity of the event that it belongs to, oldest first."""
    events: dict[tuple[int, EventKind, str | None], list[Event]] = {}
    for life in {id(each): each for each in (*history.earlier.values(), *history.roles.values())}.values():
        for event in life.events:
            events.setdefault((id(life), event.kind, event.code), []).append(event)
    said: dict[int, list[AppliedEvent]] = {}
    for each in sorted(applied, key=_time):
        found = events.get((id(history.life_on(each.role, each.day)), each.kind, each.code), [])
        earlier = [event for event in found if each.day is not None and event.revision.date <= each.day]
        if earlier:
            said.setdefault(id(earlier[0]), []).append(each)
    return said


def roles_since(desired: Iterable[DesiredRole], history: History, since: Day | None) -> list[ReportedRole]:
    """Return the desired roles, and then those that were there at the start of the day `since` and are gone."""
    found = []
    for entry in desired:
        role, life = entry.role, history.life(entry.role.name)
        before = role.permissions if since is None or life is None else _before(life, role.permissions, since)
        found.append(
            ReportedRole(role.name, role.description, role.permissions, before, entry.location.place, entry.owner)
        )
    if since is not None:
        nothing = frozenset[str]()
        gone = [life for name, life in sorted(history.earlier.items()) if life.role is None and life.name == name]
        left = ((life.name, _before(life, nothing, since)) for life in gone)
        found += [ReportedRole(name, "", nothing, before) for name, before in left if before]
    return found


def _before(life: Life, codes: frozenset[str], since: Day) -> frozenset[str]:
    """Return the codes that a role held at the start of the day `since`: its events, taken back one by one."""
    held = set(codes)
    for event in life.events:
        if event.revision.date < since or event.code is None:
            continue
        if event.kind is EventKind.GRANTED:
            held.discard(event.code)
        else:
            held.add(event.code)
    return frozenset(held)


def _time(event: AppliedEvent) -> str:
    return event.time


def unknown_since(rows: Iterable[Row]) -> Row | None:
    """Return the first permission of which the history cannot tell when it was granted; None if there is none."""
    return next((row for row in rows if row.code and row.since is None), None)
