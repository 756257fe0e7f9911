"""The answer of `why`: what happened to a role, or to one of its codes, and what the files say about it now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from reconciler.history.events import EventKind

if TYPE_CHECKING:
    from reconciler.history.applied import AppliedEvent
    from reconciler.history.events import Event, History, Life
    from reconciler.model.days import Day
    from reconciler.model.revisions import Revision
    from reconciler.model.roles import DesiredRole, Grant

ReasonFrom = Literal["key", "comment"]


class Why(NamedTuple):
    """Everything that `why` says.

    `asked` is the name that was asked for, `role` the one that the role has now, or had last. `desired` is the role as
    the files define it now, None if they do not. `grant` is the item that gives it the code, also if it ended; None
    without one. `events` are newest first and only those that the history knows. `since` is None if the role does not
    hold the code. `permission` is the code's name in the lock. `cut` is the oldest commit of a
    shallow clone whose files are valid: what happened before it is not in the answer.
    """

    asked: str
    role: str
    code: str | None
    desired: DesiredRole | None
    grant: Grant | None
    holds: bool | None
    reason: str
    reason_from: ReasonFrom | None
    since: Revision | None
    events: tuple[Event, ...]
    applied: tuple[AppliedEvent, ...]
    skipped: int
    today: Day
    permission: str = ""
    cut: Revision | None = None


class Question(NamedTuple):
    """What was asked: a role's name, and a code or None. `permission` is the code's name in the lock."""

    role: str
    code: str | None
    today: Day
    permission: str = ""


def answer(
    asked: Question, history: History, life: Life, applied: Sequence[AppliedEvent], comment: Callable[[Grant], str]
) -> Why:
    """Return the answer about the role of this life. `comment` returns the comment beside an item."""
    desired, code = life.role, asked.code
    grant = None if desired is None or code is None else _grant(desired, code)
    reason, origin = _reason(grant, comment) if grant else ("", None)
    return Why(
        asked.role,
        life.name,
        code,
        desired,
        grant,
        None if code is None else code in life.since,
        reason,
        origin,
        life.since.get(code) if code is not None else None,
        tuple(event for event in life.events if code in (None, event.code) and history.is_known(event.revision)),
        tuple(event for event in applied if code in (None, event.code) and _is_of(event, life, history)),
        history.skipped,
        asked.today,
        asked.permission,
        history.oldest,
    )


def _is_of(event: AppliedEvent, life: Life, history: History) -> bool:
    """Return whether the event is of this role, and not of another one that had its name at another time."""
    return history.life_on(event.role, event.day) is life


def missing(why: Why, history: History, life: Life) -> bool:
    """Return whether the answer lies before the oldest commit of a cut history."""
    if history.oldest is None:
        return False
    if why.code is None:
        return any(not history.is_known(event.revision) for event in life.events)
    if why.since is not None:
        return not history.is_known(why.since)
    return not why.events


def _grant(desired: DesiredRole, code: str) -> Grant | None:
    if code in desired.role.permissions:
        return desired.grant_of(code)
    return desired.ended.get(code)


def _reason(grant: Grant, comment: Callable[[Grant], str]) -> tuple[str, ReasonFrom | None]:
    if grant.reason:
        return grant.reason, "key"
    beside = comment(grant)
    return (beside, "comment") if beside else ("", None)


def earlier(why: Why) -> list[Event]:
    """Return the grants and revokes of the pair before the one that the answer starts with, oldest first."""
    pair = [event for event in why.events if event.kind in {EventKind.GRANTED, EventKind.REVOKED}]
    return pair[:0:-1]
