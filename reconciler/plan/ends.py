"""What the ends of grants mean for a plan: until when it holds, the revokes by ends, and the ends that an edit changed.

An end is the last day on which a grant holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.days import days_until

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.findings import Place
    from reconciler.model.roles import DesiredRole, Grant
    from reconciler.plan.changes import Change

RECENT = 7
"""A revoke by an end of the last so many days does not count towards `max_revokes` (docs/interface.md)."""


class EndChanged(NamedTuple):
    """The end of one grant at the merge base and now; None means no end. `place` is that of the item now."""

    role: str
    code: str
    before: Day | None
    after: Day | None
    place: Place


def valid_until(desired: Iterable[DesiredRole]) -> Day | None:
    """Return the earliest end of a grant that a desired role holds, or None if no grant has an end."""
    ends = [grant.until for entry in desired for grant in entry.grants.values() if grant.until is not None]
    return min(ends, default=None)


def recently_ended(change: Change, today: Day | None) -> frozenset[str]:
    """Return the codes that the change revokes because their grants ended 1 to 7 days before `today`."""
    if today is None:
        return frozenset()
    return frozenset(
        code
        for code, grant in change.ended.items()
        if grant.until is not None and 1 <= days_until(today, grant.until) <= RECENT
    )


def ends_changed(
    base: Mapping[str, DesiredRole], continued: Mapping[str, str], desired: Iterable[DesiredRole]
) -> tuple[EndChanged, ...]:
    """Return the ends that differ between the base and now, of codes that a role has in both; by role and code.

    `continued` has the name in `base` of the role that each desired role continues. A code counts with its end, ended
    or not.
    """
    found = []
    for entry in desired:
        was = base.get(continued.get(entry.role.name, ""))
        if was is None or not (was.grants or was.ended or entry.grants or entry.ended):
            continue
        before, after = _ends(was), _ends(entry)
        for code in before.keys() & after.keys():
            if before[code] != after[code]:
                place = (entry.ended.get(code) or entry.grant_of(code)).place
                found.append(EndChanged(entry.role.name, code, before[code], after[code], place))
    return tuple(sorted(found, key=lambda each: (each.role, each.code)))


def _ends(entry: DesiredRole) -> Mapping[str, Day | None]:
    """Return the end of each code that the role has or had; None means no end."""
    grants: Mapping[str, Grant] = {**entry.grants, **entry.ended}
    return dict.fromkeys(entry.role.permissions) | {code: grant.until for code, grant in grants.items()}
