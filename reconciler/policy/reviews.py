"""Access reviews: which roles were looked at, when, by whom and with which permissions, and which are due again. Pure.

`load.reviews` reads the entries from `reviews.yaml`, `load.review_text` writes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from reconciler.model.days import days_until
from reconciler.model.findings import Finding
from reconciler.model.inert import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.model.days import Day
    from reconciler.model.findings import Place
    from reconciler.model.roles import DesiredRole

DUE_DAYS = 90
"""After how many days a role is due for a review again, unless the command line says otherwise."""

Why = Literal["never", "old", "changed"]
"""Why a role is due: it was never reviewed, too long ago, or it holds a code that the entry does not list."""


class Review(NamedTuple):
    """An entry: on the day `on`, `by` looked at the role (normalised name), which then held exactly `permissions`."""

    role: str
    on: Day
    by: str
    permissions: frozenset[str]
    place: Place


class Reviewed(NamedTuple):
    """A desired role, the entry about it, and what changed since: codes that it gained and lost, sorted.

    Without an entry, `entry` is None and every code of the role counts as added. `why` is None if the role is not due.
    """

    role: DesiredRole
    entry: Review | None
    why: Why | None
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def due(self) -> bool:
        """Return whether the role must be reviewed."""
        return self.why is not None


def judged(
    desired: Iterable[DesiredRole], entries: Iterable[Review], today: Day, due_days: int = DUE_DAYS
) -> tuple[Reviewed, ...]:
    """Return what the entries say about each role, in the order of the roles.

    A role is due from the day on which its review is more than `due_days` ago: with 90, a review of 1 January counts
    until 1 April. Of several reasons, the first of `never`, `old` and `changed` is given.
    """
    roles = tuple(desired)
    found = entries_by_role(roles, entries)
    return tuple(_judged(role, found.get(role.role.name), today, due_days) for role in roles)


def _judged(role: DesiredRole, entry: Review | None, today: Day, due_days: int) -> Reviewed:
    held = role.role.permissions
    if entry is None:
        return Reviewed(role, None, "never", tuple(sorted(held)), ())
    added, removed = held - entry.permissions, entry.permissions - held
    old = -days_until(entry.on, today) > due_days
    why: Why | None = "old" if old else "changed" if added else None
    return Reviewed(role, entry, why, tuple(sorted(added)), tuple(sorted(removed)))


def entries_by_role(desired: Sequence[DesiredRole], entries: Iterable[Review]) -> Mapping[str, Review]:
    """Return the entry about each role, by the role's name.

    That is the entry of its name, or else the entry of the first of its earlier names that no role has now.
    """
    by_name = {entry.role: entry for entry in entries}
    names = {entry.role.name for entry in desired}
    found: dict[str, Review] = {}
    for entry in desired:
        earlier = (name for name in entry.renamed_from if name not in names)
        known = next((name for name in (entry.role.name, *earlier) if name in by_name), None)
        if known is not None:
            found[entry.role.name] = by_name[known]
    return found


def idle_entries(desired: Sequence[DesiredRole], entries: Iterable[Review]) -> tuple[Finding, ...]:
    """Return a warning for each entry that is about no desired role, in the order of the entries."""
    listed = tuple(entries)
    used = {entry.role for entry in entries_by_role(desired, listed).values()}
    later = {name: entry.role.name for entry in desired for name in entry.renamed_from}
    return tuple(_idle(entry, later.get(entry.role)) for entry in listed if entry.role not in used)


def _idle(entry: Review, later: str | None) -> Finding:
    role = named(entry.role)
    if later is None:
        message = f"no role file defines the reviewed role {role}; remove this entry"
    else:
        message = f"the reviewed role {role} is {named(later)} now, and {named(later)} has an entry; remove this one"
    return Finding("idle-review", message, entry.place, "warning", role=entry.role)
