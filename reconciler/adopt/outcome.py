"""What an adoption is: the files to write, what is left for the hand, and what is only listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from reconciler.model.findings import Place
    from reconciler.model.roles import Role


class CodeLine(NamedTuple):
    """A code and its line: of one that came in, in the new file; of one that went out, in the file before."""

    line: int
    code: str


class Described(NamedTuple):
    """A description that changed, and its line in the new file."""

    line: int
    role: str
    before: str
    after: str


class FileEdit(NamedTuple):
    """One file to write as a whole. `path` is as shown. `roles` are the edited roles as they become, by name."""

    path: str
    content: bytes
    created: bool
    roles: tuple[Role, ...]
    added: tuple[CodeLine, ...] = ()
    removed: tuple[CodeLine, ...] = ()
    described: tuple[Described, ...] = ()


class ByHand(NamedTuple):
    """An edit that is left for the hand. `reason` says what prevents it and what to do; it is inert."""

    role: str
    place: Place | None
    reason: str


class Removal(NamedTuple):
    """A code that the files ask for and that is not live, and the item that asks for it. It is only listed."""

    role: str
    code: str
    place: Place


class Adoption(NamedTuple):
    """The result. `not_applied` are the roles of which the files ask for something that is not applied yet.

    `unmanaged` are the unmanaged roles that were not asked for.
    """

    files: tuple[FileEdit, ...]
    by_hand: tuple[ByHand, ...]
    removals: tuple[Removal, ...]
    not_applied: tuple[str, ...]
    unmanaged: tuple[str, ...] = ()
