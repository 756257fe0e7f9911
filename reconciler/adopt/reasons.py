"""Why an edit is left for the hand, and the edit to make, as sentences. Names and values in them are inert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.adopt.edit import Request
from reconciler.adopt.outcome import ByHand
from reconciler.model.findings import Place
from reconciler.model.inert import named, quoted, visible
from reconciler.model.patterns import has_star

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole, Grant

_WHOLE = 1 << 31  # a description is shown whole, because it is to be copied


class Reasons:
    """The sentences about one role of the files."""

    def __init__(self, entry: DesiredRole) -> None:
        """Keep the role, for its name and its places."""
        self._entry = entry

    def malformed(self, code: str) -> ByHand:
        """Return that a live code is not valid."""
        what = f"{quoted(code)} is live and is not a valid permission code, so no file can list it"
        return self._at(self._entry.location.place, f"{what}; remove it from the role in OmniStream")

    def not_locked(self, code: str, lock: Lock) -> ByHand:
        """Return that the lock does not have a live code."""
        what = f"{visible(code)} is live and not in {lock.path}"
        return self._at(self._entry.location.place, f"{what}; run `reconciler lock`, commit the diff and adopt again")

    def ended(self, code: str) -> ByHand:
        """Return that the grant of a live code ended."""
        grant = self._entry.ended[code]
        what = f"{visible(code)} is live, and its grant ended on {grant.until}"
        return self._at(grant.place, f"{what}; write a later end here, or let the next apply revoke it")

    def excepted(self, code: str, item: str, place: Place | None) -> ByHand:
        """Return that an item of `except` names a live code."""
        if has_star(item):
            remedy = f"write the codes that it is to except in place of {visible(item)}"
        else:
            remedy = "remove it here"
        return self._at(place, f"{visible(code)} is live and excepted here; {remedy}")

    def given(self, code: str, grant: Grant) -> ByHand:
        """Return that a set or a pattern gives a code that is not live."""
        by = [f"the pattern {visible(grant.pattern)}"] if grant.pattern else []
        by += [f"the set {named(grant.set)}"] if grant.set is not None else []
        remedy = f"add it to `except` of {named(self._entry.role.name)}"
        if grant.set is not None and not grant.pattern:
            remedy = f"remove it from the set, or {remedy}"
        own = self._entry.location.place_of(code)
        if code in self._entry.location.marks:
            remedy = f"remove it at {own.path}:{own.line}, and {remedy}"
        return self._at(grant.place, f"{visible(code)} is not live, and {' of '.join(by)} gives it; {remedy}")

    def renamed(self, live: str, request: Request) -> ByHand:
        """Return that the role still has an earlier name."""
        what = f"the rename from {named(live)} is not applied yet"
        if request == Request():
            remedy = f"apply it, or write the name {named(live)} here again"
        else:
            remedy = f"apply it, then adopt again, or make the edit here: {'; '.join(_edits(request))}"
        return self._at(self._entry.location.place, f"{what}; {remedy}")

    def alias_of_list(self, line: int, request: Request) -> ByHand:
        """Return that the list is an alias."""
        edits = "; ".join(_edits(request._replace(description=None)))
        return self._at(self._line(line), f"the permissions are an alias; write them out here and {edits}")

    def alias(self, code: str, line: int) -> ByHand:
        """Return that the item of a code that is not live is an alias."""
        return self._at(self._line(line), f"{visible(code)} is not live, and is an alias here; remove the item")

    def described(self, description: str, line: int) -> ByHand:
        """Return that the description is not on one line."""
        what = "the description is an alias or not on one line"
        return self._at(self._line(line), f"{what}; write {quoted(description, _WHOLE)} here")

    def unreadable(self, request: Request) -> ByHand:
        """Return that the edited text would not say what it is meant to say."""
        what = "adopt cannot edit this document safely"
        return self._at(self._entry.location.place, f"{what}; {'; '.join(_edits(request))}")

    def _at(self, place: Place | None, reason: str) -> ByHand:
        return ByHand(self._entry.role.name, place, reason)

    def _line(self, line: int) -> Place:
        return Place(self._entry.location.path, line)


def _edits(request: Request) -> Iterator[str]:
    if request.add:
        yield f"add {_codes(request.add)}"
    if request.remove:
        yield f"remove {_codes(request.remove)}"
    if request.description is not None:
        yield f"write the description {quoted(request.description, _WHOLE)}"


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(map(visible, sorted(codes)))
