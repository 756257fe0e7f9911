"""The words of a history: what happened to access, and what a role held when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.model.revisions import revision_document

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.revisions import Revision
    from reconciler.model.roles import DesiredRole


class EventKind(IntEnum):
    """What happened, in the order in which the events of one commit are listed (docs/interface.md, "why")."""

    DELETED = 0
    RENAMED = 1
    CREATED = 2
    REVOKED = 3
    GRANTED = 4

    @property
    def word(self) -> str:
        """Return the kind as JSON and text name it."""
        return self.name.lower()


class Event(NamedTuple):
    """One event of a role or, with a code, of a (role, code) pair. `role` is the role's name after the event.

    `renamed_from` is the name before it if the event is a rename.
    """

    kind: EventKind
    role: str
    revision: Revision
    code: str | None = None
    renamed_from: str | None = None

    @property
    def order(self) -> tuple[int, str, str]:
        """Return the place among the events of one commit: by kind, then code, then role."""
        return self.kind, self.code or "", self.role


def event_document(event: Event) -> dict[str, Any]:
    """Return the event as it is in the JSON of `why` and `report`."""
    return {
        "event": event.kind.word,
        "role": event.role,
        "renamed_from": event.renamed_from,
        "code": event.code,
        **revision_document(event.revision),
    }


class Version(NamedTuple):
    """The role files at one revision: every role by name, with its ended grants too."""

    revision: Revision
    roles: Mapping[str, DesiredRole]


class Life(NamedTuple):
    """Everything that happened to one role, under all its names.

    `name` is its name now, or the last one. `role` is what the files define at the last revision, None if the role no
    longer exists then. `events` are newest first. `since` has, for each code that the role holds at the end, the
    revision that granted it; `granted` has the newest grant of each code that it ever held.
    """

    name: str
    role: DesiredRole | None
    events: tuple[Event, ...]
    since: Mapping[str, Revision]
    granted: Mapping[str, Revision]


class History(NamedTuple):
    """What happened to access, as far as the commits at hand tell.

    `roles` has the life of each role that exists at the end, `earlier` that of each name that no role has then: of
    several roles that had the name, the last. `events` are all events, newest first. `skipped` counts the commits whose
    files could not be read. `oldest` is the oldest revision at hand if older ones exist that this clone lacks, else
    None; `unread` is true if there is one and no commit at hand could be read, so what roles held before is unknown.
    `takers` has, for each name, the roles that took it, each with the day, oldest first. `files` has the content of
    each role file at the last commit that could be read, by its path below the directory.
    """

    roles: Mapping[str, Life]
    earlier: Mapping[str, Life]
    events: Sequence[Event]
    skipped: int = 0
    oldest: Revision | None = None
    takers: Mapping[str, Sequence[tuple[Day, Life]]] = {}
    files: Mapping[str, bytes] = {}
    unread: bool = False

    def life_on(self, name: str, day: Day | None) -> Life | None:
        """Return the life of the role that had the name on the day (None: last), or else of the first one later."""
        taken = self.takers.get(name, ())
        until_then = [life for since, life in taken if day is None or since <= day]
        return until_then[-1] if until_then else taken[0][1] if taken else None

    def life(self, name: str) -> Life | None:
        """Return the life of the role that has the name, or else of the last one that had it."""
        return self.roles.get(name) or self.earlier.get(name)

    def is_known(self, revision: Revision) -> bool:
        """Return whether an event of this revision happened then, and not before the oldest commit of a cut history."""
        return not self.unread and (self.oldest is None or revision.commit != self.oldest.commit)

    def since(self, name: str, code: str) -> Revision | None:
        """Return the revision that last granted the code to the role of that name; None if the history cannot tell."""
        life = self.life(name)
        revision = life.granted.get(code) if life else None
        return revision if revision is not None and self.is_known(revision) else None


EMPTY = History({}, {}, ())
"""The history before the first commit."""


def held_on(role: DesiredRole, day: Day) -> dict[str, Day | None]:
    """Return the codes that the role holds on a day, each with its end, whatever day it was expanded for."""
    ends: dict[str, Day | None] = dict.fromkeys(role.role.permissions)
    ends |= {code: grant.until for code, grant in (*role.grants.items(), *role.ended.items())}
    return {code: end for code, end in ends.items() if end is None or end >= day}
