"""Send one change to the server: look, send, retry, and find out what an answer left open.

Right before each try of a PATCH and DELETE, the first and every further one, the role is read. What a request of this
run may have done is decided by reading again: the role by its id, then the list, a few times over some seconds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from reconciler.apply.advice import refusal
from reconciler.apply.looks import LOOKS, ONCE, Is, Look, Seen
from reconciler.apply.outcome import NOT_KNOWN, STOPPED, Kind, Outcome
from reconciler.model.errors import Failed, NotSent, Overloaded, Rejected
from reconciler.model.roles import SYSTEM_NAMES, Role, normalise_name
from reconciler.plan.changes import Change, Create, Delete, Update
from reconciler.plan.staleness import difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.apply.interrupts import Stop
    from reconciler.apply.writing import RolesApi, WriteAnswer

GONE = "it no longer exists in OmniStream; run `reconciler plan` again"
ANYWAY = "the server refused the request, but applied it anyway"
_UNAUTHORISED = 401
_NO_ACCESS = frozenset({_UNAUTHORISED, 403})
_MISSING = frozenset({404, 410})
_TOO_MANY_REQUESTS = 429
_SOMEBODY_ELSE = _MISSING | {409}
"""Refusals that show another client's work: if the role is as requested after one, the request did not do it."""


class Sending:
    """One change in progress. `_open`: a request of this run may have done it, and it is not yet known."""

    def __init__(self, change: Change, writer: RolesApi, stop: Stop, *, perhaps: bool = False) -> None:
        """Prepare only. `perhaps`: an earlier request, which was refused, may have done it."""
        self._change = change
        self._writer = writer
        self._stop = stop
        self._look = Look(change, writer)
        self._perhaps = perhaps
        self._tried = False
        self._open = False
        self._sent = 0

    def look(self) -> Outcome | None:
        """Return an outcome if there is nothing to send, else None. Called before each attempt."""
        if names_system_role(self._change):
            return self._system()
        if isinstance(self._change, Create) and not self._sent:
            return None
        waits = LOOKS if self._open else ONCE
        seen = self._look.settled(waits, tried=self._open, patient=isinstance(self._change, Create))
        match seen.what:
            case Is.AFTER:
                return self._there(seen)
            case Is.BEFORE:
                return None
            case Is.SYSTEM:
                return self._system(seen)
            case Is.GONE:
                return self._outcome(Kind.CHANGED, GONE, ours=self._open)
            case Is.OTHER:
                return self._meanwhile(seen)
            case Is.BLIND:
                return self._blind(seen)
            case _:  # pragma: no cover - mypy proves that there is no other
                assert_never(seen.what)

    def outcome(self) -> Outcome:
        """Return the outcome. Send the change, after a first `look`, until it is known or the attempts run out."""
        try:
            return self._writer.retry.call(self._once)[0]
        except Failed as error:
            return self._given_up(error)

    def _once(self) -> Outcome:
        looked = self.look() if self._tried else None
        if looked is not None:
            return looked
        self._tried = True
        self._sent += 1
        try:
            written = self._send()
        except NotSent:
            self._sent -= 1
            raise
        except Rejected as error:
            return self._refused(error)
        except Failed as error:
            throttled = isinstance(error, Overloaded) and error.status == _TOO_MANY_REQUESTS
            self._open = self._open or not throttled  # 429 says that nothing was done (RFC 6585, section 4)
            raise
        return self._done(written)

    def _send(self) -> WriteAnswer:
        change = self._change
        match change:
            case Create():
                return self._writer.create_role(change.after)
            case Update():
                return self._writer.update_role(change.id, change.before, change.after)
            case Delete():
                return self._writer.delete_role(change.id)
            case _:  # pragma: no cover - mypy proves that there is no fourth kind
                assert_never(change)

    def _done(self, written: WriteAnswer) -> Outcome:
        """Return the outcome of a success: as requested, or as the answer shows the role.

        An answer that shows the role as it was may be from before the update, so the role is read again.
        """
        if written.said:
            return self._contradicted(written)
        shown = written.role
        unchanged = shown is not None and isinstance(self._change, Update) and shown.role == self._change.before
        if unchanged and self._settled(ONCE).what is Is.AFTER:
            shown = None
        expected = self._change.after
        stored = shown.role if shown and expected and shown.role != expected else None
        role_id = written.id if isinstance(self._change, Create) else None
        done = self._outcome(Kind.APPLIED, id_=role_id, stored=stored, ours=True)
        return replace(done, shown=shown is not None)

    def _contradicted(self, written: WriteAnswer) -> Outcome:
        """Return the outcome of a success with an error in its body: the live role decides."""
        self._open = True
        why = f"the server reported success, but its answer contains an error: {written.said}"
        seen = self._settled(ONCE)
        if seen.what is Is.AFTER:
            return replace(self._there(seen), note=why)
        return self._outcome(Kind.FAILED if self._undone(seen) else Kind.OPEN, why, ours=True)

    def _refused(self, error: Rejected) -> Outcome:
        """Return the outcome of a refusal, which may be wrong: the live role decides, if it can be read."""
        missing = isinstance(self._change, Delete) and error.status in _MISSING
        ours = self._open or self._perhaps or error.status not in _SOMEBODY_ELSE
        why = refusal(self._change, error)
        no = self._outcome(Kind.OPEN if self._open else Kind.FAILED, why, ours=ours, refused=error.status)
        if error.status == _UNAUTHORISED or (error.status in _NO_ACCESS and not self._open):
            return no
        seen = self._look.settled(LOOKS if self._open else ONCE, tried=ours)
        if seen.what is Is.AFTER or (missing and seen.what is Is.BLIND and not seen.contested):
            return replace(self._there(seen, ours=ours), note=ANYWAY if ours and not missing else None)
        if self._undone(seen):
            return replace(no, kind=Kind.FAILED)
        if ours and seen.what in {Is.OTHER, Is.SYSTEM, Is.BLIND}:
            no = replace(no, kind=Kind.OPEN, error=f"{why}; {self._now(seen)}")
        blind = seen.what is Is.BLIND and (not self._open or seen.denied)  # without a look, it is not sent again
        return replace(no, refused=seen.denied) if blind else no

    def _given_up(self, error: Failed) -> Outcome:
        """Return the outcome when no attempt got a usable answer: the live role decides."""
        if not self._open:
            if isinstance(error, NotSent) and not self._sent and self._stop.is_set():
                return self._outcome(Kind.UNTRIED, STOPPED)
            return self._outcome(Kind.FAILED, str(error))
        seen = self._settled(LOOKS)
        if seen.what is Is.AFTER:
            return self._there(seen)
        if self._undone(seen):
            now = "the role is unchanged" if seen.what is Is.BEFORE else "the role is still live"
            return self._outcome(Kind.FAILED, error.followed_by(now), ours=True)
        why = error.followed_by(self._now(seen)) if seen.what in {Is.OTHER, Is.SYSTEM} else str(error)
        return self._outcome(Kind.OPEN, f"{why}{NOT_KNOWN}", ours=True, refused=seen.denied)

    def _there(self, seen: Seen, *, ours: bool | None = None) -> Outcome:
        """Return the outcome of a change whose result is live: applied if this run may have, else already so."""
        ours = self._open if ours is None else ours
        role_id = seen.live.id if seen.live and isinstance(self._change, Create) else None
        return self._outcome(Kind.APPLIED if ours else Kind.ALREADY, id_=role_id, ours=ours)

    def _meanwhile(self, seen: Seen) -> Outcome:
        """Return the outcome for a role that is neither as before nor as requested: it is left alone."""
        if not isinstance(self._change, Create):
            since = "after the plan was made" + self._open * ", perhaps by an attempt whose answer was lost"
            why = f"it changed {since}, so it was left alone: {_differs(self._change.before, seen)}"
            return self._outcome(Kind.CHANGED, why, ours=self._open)
        if self._open:
            return self._outcome(Kind.OPEN, f"the answer to the create was lost; {self._now(seen)}", ours=True)
        return self._outcome(Kind.FAILED, f"another role took this name after the plan was made: {self._now(seen)}")

    def _blind(self, seen: Seen) -> Outcome:
        if not self._sent and self._stop.is_set():  # which leaves a read little time
            return self._outcome(Kind.UNTRIED, STOPPED)
        lost = f"an answer was lost; {seen.error}{NOT_KNOWN}"
        why = lost if self._open else f"{seen.error} (while reading the role before the change; no change was sent)"
        return self._outcome(Kind.OPEN if self._open else Kind.FAILED, why, ours=self._open, refused=seen.denied)

    def _system(self, seen: Seen | None = None) -> Outcome:
        why = "it is a system role; reconciler never changes system roles"
        if not self._open or seen is None or self._undone(seen):
            return self._outcome(Kind.FAILED, why if self._tried else f"{why}; nothing was sent")
        return self._outcome(Kind.OPEN, f"an answer was lost; {why}{NOT_KNOWN}", ours=True)

    def _undone(self, seen: Seen) -> bool:
        """Return whether the role shows that nothing was done. False for a create: the list may be behind."""
        if isinstance(self._change, Create) or seen.live is None:
            return False
        return isinstance(self._change, Delete) or seen.live.role == self._change.before

    def _settled(self, waits: Sequence[float]) -> Seen:
        return self._look.settled(waits, tried=self._open)

    def _now(self, seen: Seen) -> str:
        """Return how the live role differs from the requested one."""
        if seen.what in {Is.SYSTEM, Is.BLIND}:
            return str(seen.error or "it is now a system role")
        found = _differs(self._change.after or self._change.before, seen)
        return f"the live role differs from the requested one ({found})"

    def _outcome(
        self,
        kind: Kind,
        error: str | None = None,
        *,
        id_: str | None = None,
        stored: Role | None = None,
        ours: bool = False,
        refused: int | None = None,
    ) -> Outcome:
        return Outcome(self._change, kind, error, self._sent, id=id_, stored=stored, ours=ours, refused=refused)


def names_system_role(change: Change) -> bool:
    """Return whether a change would touch a name that only a system role has."""
    return bool({normalise_name(role.name) for role in (change.before, change.after) if role} & SYSTEM_NAMES)


def _differs(role: Role | None, seen: Seen) -> str:
    return difference(role, seen.live.role) if role and seen.live else "it is gone"
