"""What files say about roles and sets, and what `expand` makes of it: its input and its result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.patterns import has_star

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding, Place
    from reconciler.model.roles import DesiredRole

Places = Mapping[str, "Place"]
"""The names or codes of a list, each with its place, in the file's order."""

_NOTHING: Places = {}


class Item(NamedTuple):
    """An item of `permissions`: a code or a valid pattern, and what the file says about the grant."""

    text: str
    place: Place
    until: Day | None = None
    reason: str = ""

    @property
    def plain(self) -> bool:
        """Return whether this is a code alone, which needs no expansion."""
        return self.until is None and not self.reason and not has_star(self.text)


class WrittenRole(NamedTuple):
    """One role as its file writes it.

    `desired` has the codes that the role lists without an end or a reason, and in its location the place of every
    item. `items` has the other items. The name is empty if it is not valid. `earlier` has the (line, column) of each
    earlier name. `whole` is false if a part of the document could not be read.
    """

    desired: DesiredRole
    earlier: tuple[tuple[int, int], ...]
    items: tuple[Item, ...] = ()
    include: Places = _NOTHING
    excepted: Places = _NOTHING
    whole: bool = True

    @property
    def is_final(self) -> bool:
        """Return whether `desired` is the role already: it lists codes and nothing else."""
        return not (self.items or self.include or self.excepted)


class WrittenSet(NamedTuple):
    """One set as its file writes it. The name is empty if it is not valid. `whole` is as in `WrittenRole`."""

    name: str
    place: Place
    items: tuple[Item, ...]
    whole: bool = True


class Written(NamedTuple):
    """Everything that files say about roles and sets."""

    roles: tuple[WrittenRole, ...] = ()
    sets: tuple[WrittenSet, ...] = ()


def included_sets(written: Written) -> frozenset[Place]:
    """Return the places of the sets that a role includes."""
    names = {name for role in written.roles for name in role.include}
    return frozenset(each.place for each in written.sets if each.name in names)


class Mention(NamedTuple):
    """A code that a file lists by name. `role` or `set` has it; the other one is empty, both if a name is not valid."""

    code: str
    place: Place
    role: str = ""
    set: str = ""


def mentions(written: Written) -> Iterator[Mention]:
    """Yield the codes that files list: in `permissions` of roles and sets, and in `except`; no pattern."""
    for role in written.roles:
        yield from mentions_of_role(role)
    for each in written.sets:
        yield from (Mention(item.text, item.place, set=each.name) for item in each.items if not has_star(item.text))


def mentions_of_role(written: WrittenRole) -> Iterator[Mention]:
    """Yield the codes that one role lists."""
    desired = written.desired
    name, location = desired.role.name, desired.location
    yield from (Mention(code, location.place_of(code), name) for code in sorted(desired.role.permissions))
    items = [(item.text, item.place) for item in written.items]
    yield from (Mention(text, place, name) for text, place in (*items, *written.excepted.items()) if not has_star(text))


class SetCodes(NamedTuple):
    """A set: the place of its name, and the codes that it gives on the day of the run."""

    place: Place
    codes: frozenset[str]


class Expanded(NamedTuple):
    """The roles in the order in which they were written, the sets by name, and what is wrong or worth a warning."""

    roles: list[DesiredRole]
    sets: Mapping[str, SetCodes]
    findings: list[Finding]
