"""The answer of `who`: which roles hold a code at one time, and since when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from reconciler.history.events import History
    from reconciler.model.days import Day
    from reconciler.model.findings import Place
    from reconciler.model.revisions import Revision
    from reconciler.model.roles import DesiredRole, Grant


class Holder(NamedTuple):
    """A role that holds the code. `place` is where the files of now grant it, None if they do not or for the past.

    `reason` is that of the grant, or the comment beside its item.
    """

    role: str
    since: Revision
    grant: Grant
    place: Place | None
    reason: str


class Uncommitted(NamedTuple):
    """How the files of now differ from HEAD about the code: who gets it, and where, and who loses it."""

    gets: tuple[tuple[str, Place], ...] = ()
    loses: tuple[str, ...] = ()


class Who(NamedTuple):
    """Everything that `who` says: `day` and `commit` are the time that was asked for; None before the first commit.

    `permission` is the code's name in the lock, or empty. `uncommitted` is empty for a time in the past.
    """

    code: str
    permission: str
    day: Day
    commit: str | None
    holders: tuple[Holder, ...]
    skipped: int
    uncommitted: Uncommitted = Uncommitted()


def holders_of(
    code: str, history: History, now: Mapping[str, DesiredRole] | None, comment: Callable[[Grant], str]
) -> tuple[Holder, ...]:
    """Return the roles that hold the code at the end of the history, by name.

    `now` are the files' roles of now. `comment` returns the comment beside an item.
    """
    found = []
    for name, life in sorted(history.roles.items()):
        if code not in life.since or life.role is None:
            continue
        here = now.get(name) if now else None
        place = here.grant_of(code).place if here and code in here.role.permissions else None
        grant = life.role.grant_of(code)
        found.append(Holder(name, life.since[code], grant, place, grant.reason or comment(grant)))
    return tuple(found)


def uncommitted(code: str, holders: Iterable[Holder], now: Mapping[str, DesiredRole]) -> Uncommitted:
    """Return how the files' roles of now differ from the `holders` of HEAD on the same day."""
    then = {holder.role for holder in holders}
    here = {name: entry for name, entry in now.items() if code in entry.role.permissions}
    gets = tuple((name, here[name].grant_of(code).place) for name in sorted(here.keys() - then))
    return Uncommitted(gets, tuple(sorted(then - here.keys())))
