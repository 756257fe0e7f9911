"""Read the role of one change: by its id, then in the list, a few times over some seconds."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from reconciler.model.errors import ApiFailed, Failed, ReconcilerError, Rejected
from reconciler.model.roles import LiveRole, id_key
from reconciler.plan.changes import Create, Delete, Update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.apply.writing import RolesApi
    from reconciler.plan.changes import Change

LOOKS: tuple[float, ...] = (0.0, 1.0, 2.0, 3.0)
"""Seconds before each look for what may have been done: six in all, since lists were seen to lag by up to four."""

ONCE = (0.0,)
UNREADABLE = "the server answers 404, but the list shows the role; the API key may lack access to it"

_UNAUTHORISED = 401
_MISSING = frozenset({404, 410})


class Is(Enum):
    """How a role compares with what a change wants."""

    AFTER = auto()  # as the change wants it
    BEFORE = auto()  # as the change found it
    OTHER = auto()
    GONE = auto()
    SYSTEM = auto()
    BLIND = auto()  # it could not be read


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found; `error` says why nothing could be read.

    `contested` says that the list shows a role that its own address denies: one of the two is behind, or wrong.
    """

    what: Is
    live: LiveRole | None = None
    error: ReconcilerError | None = None
    contested: bool = False

    @property
    def denied(self) -> int | None:
        """Return 401 if the server no longer accepts the key, else None."""
        return _UNAUTHORISED if isinstance(self.error, ApiFailed) and self.error.status == _UNAUTHORISED else None


class Look:
    """Reads the role of one change. `tried`: a request of this run may have done it."""

    def __init__(self, change: Change, writer: RolesApi) -> None:
        """Prepare only; nothing is read."""
        self._change = change
        self._writer = writer

    def settled(self, waits: Sequence[float], *, tried: bool, patient: bool = True) -> Seen:
        """Return what is seen once the result or another state is there, or the waits run out; an interrupt ends it.

        If not `patient`, an unchanged role ends it too.
        """
        seen = Seen(Is.BLIND)
        for wait in waits:
            if wait and self._writer.retry.sleep(wait):
                break
            seen = self.seen(tried=tried)
            if not seen.contested and not (patient and seen.what is Is.BEFORE):
                break
        return seen

    def seen(self, *, tried: bool) -> Seen:
        """Return what one look sees. After an attempt, a 404 alone does not prove anything: it may be wrong too.

        After an attempt, a stop leaves the look the time of any request: it decides what was done.
        """
        change = self._change
        if isinstance(change, Create):
            with _time_after(tried=tried):
                return self._by_name(change)
        try:
            with _time_after(tried=tried):
                live = self._writer.get_role(change.id)
        except ReconcilerError as error:
            gone = isinstance(error, Rejected) and error.status in _MISSING
            if gone:
                return self._confirmed(change) if tried else Seen(_without_role(change))
            return self._listed(change, error) if tried else Seen(Is.BLIND, error=error)
        return _judged(change, live)

    def _confirmed(self, change: Update | Delete) -> Seen:
        """Return what is seen of a role whose address answers 404: it is gone if the list does not show it either."""
        try:
            roles = self._writer.list_roles()
        except ReconcilerError as error:
            return Seen(Is.BLIND, error=error)
        if any(id_key(role.id) == id_key(change.id) for role in roles):
            return Seen(Is.BLIND, error=Failed(UNREADABLE), contested=True)
        return Seen(_without_role(change))

    def _listed(self, change: Update | Delete, error: ReconcilerError) -> Seen:
        """Return the role as the list shows it, if it cannot be read by id; an unchanged one may be an old list."""
        try:
            roles = self._writer.list_roles()
        except ReconcilerError:
            return Seen(Is.BLIND, error=error)
        live = next((role for role in roles if id_key(role.id) == id_key(change.id)), None)
        if live is None:
            return Seen(_without_role(change))
        seen = _judged(change, live)
        return Seen(Is.BLIND, error=error) if seen.what is Is.BEFORE else seen

    def _by_name(self, change: Create) -> Seen:
        try:
            roles = self._writer.list_roles()
        except ReconcilerError as error:
            return Seen(Is.BLIND, error=error)
        same = [role for role in roles if role.role.name == change.name]
        asked = [role for role in same if role.role == change.after and not role.untouchable]
        if asked:
            return Seen(Is.AFTER, asked[0])
        return Seen(Is.OTHER, same[0]) if same else Seen(Is.BEFORE)


def _time_after(*, tried: bool) -> AbstractContextManager[None]:
    from reconciler.transport.deadline import unhurried  # noqa: PLC0415 - what sends requests is loaded by then

    return unhurried() if tried else nullcontext()


def _without_role(change: Update | Delete) -> Is:
    """Return what it means for the change that its role is not there."""
    return Is.AFTER if isinstance(change, Delete) else Is.GONE


def _judged(change: Update | Delete, live: LiveRole) -> Seen:
    if live.untouchable:
        return Seen(Is.SYSTEM, live)
    if live.role == change.after:
        return Seen(Is.AFTER, live)
    return Seen(Is.BEFORE if live.role == change.before else Is.OTHER, live)
