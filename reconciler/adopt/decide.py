"""Decide for each role what is edited, what is left for the hand, and what is only listed. Pure: no text is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.edit import Request
from reconciler.adopt.meaning import with_request
from reconciler.adopt.outcome import ByHand, Removal
from reconciler.adopt.reasons import Reasons
from reconciler.load.expand import expand
from reconciler.model.roles import is_code

if TYPE_CHECKING:
    from reconciler.adopt.drift import Drift
    from reconciler.load.loaded import Loaded
    from reconciler.load.written import Expanded, WrittenRole
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import Role


class Decision(NamedTuple):
    """What to do about one role of the files. `role` is what the files make of it now, `written` what they say."""

    role: Role
    written: WrittenRole
    request: Request = Request()
    by_hand: tuple[ByHand, ...] = ()
    removals: tuple[Removal, ...] = ()
    not_applied: bool = False

    @property
    def name(self) -> str:
        """Return the role's name in the files."""
        return self.role.name


class Deciding:
    """The role files and the lock, with which edits are judged."""

    def __init__(self, desired: Loaded, lock: Lock | None) -> None:
        """Keep what an edit is judged with."""
        self._entries = {entry.role.name: entry for entry in desired.roles}
        self._written = {each.desired.role.name: each for each in desired.written.roles}
        self._sets = desired.written.sets
        self._today = desired.today
        self._lock = lock

    def decided(self, name: str, drift: Drift, *, take_out: bool) -> Decision:
        """Return what to do about a role. Codes that are not live are only listed, unless they are to be removed."""
        entry, written = self._entries[name], self._written[name]
        removals: tuple[Removal, ...] = ()
        if not take_out:
            removals = tuple(Removal(name, code, entry.grant_of(code).place) for code in sorted(drift.remove))
            drift = drift._replace(remove=frozenset())
        request = Request(drift.add, drift.remove, drift.description)
        reasons = Reasons(entry)
        by_hand = [reasons.ended(code) for code in sorted(drift.ended)]
        if drift.renamed is not None:
            if request != Request() or not drift.rename_is_edit:
                by_hand.append(reasons.renamed(drift.renamed, request))
            request = Request()
        if request == Request():
            return Decision(entry.role, written, request, tuple(by_hand), removals, drift.edited)
        hindered = {**self._not_added(written, request.add, reasons), **self._still_given(written, request, reasons)}
        request = request._replace(add=request.add - hindered.keys(), remove=request.remove - hindered.keys())
        return Decision(entry.role, written, request, (*by_hand, *hindered.values()), removals, drift.edited)

    def _not_added(self, written: WrittenRole, codes: frozenset[str], reasons: Reasons) -> dict[str, ByHand]:
        """Return the live codes that the role's list must not get, each with the reason."""
        found: dict[str, ByHand] = {}
        for code in sorted(codes):
            if not is_code(code):
                found[code] = reasons.malformed(code)
            elif self._lock is not None and code not in self._lock.permissions:
                found[code] = reasons.not_locked(code, self._lock)
        tried = self._expanded(with_request(written, Request(add=codes - found.keys())))
        for finding in tried.findings:
            if finding.rule == "listed-and-excepted":
                item = next(text for text, place in written.excepted.items() if place == finding.place)
                found |= {code: reasons.excepted(code, item, finding.place) for code in finding.codes}
        return found

    def _still_given(self, written: WrittenRole, request: Request, reasons: Reasons) -> dict[str, ByHand]:
        """Return the codes that the role holds also without its own items for them, each with the reason."""
        (left,) = self._expanded(with_request(written, Request(remove=request.remove))).roles
        return {
            code: reasons.given(code, left.grant_of(code)) for code in sorted(request.remove & left.role.permissions)
        }

    def _expanded(self, written: WrittenRole) -> Expanded:
        return expand([written], self._sets, self._lock, self._today)
