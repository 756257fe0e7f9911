"""The canonical role, and what files and the API each add to it.

The readers of files and of the API make each role a `Role`: its name is normalised, its permissions are a set. Two
roles differ exactly when `==` says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from reconciler.model.findings import Place

if TYPE_CHECKING:
    from reconciler.model.days import Day

SYSTEM_NAMES = frozenset({"admin", "supervisor", "agent"})
"""Names that the contract reserves (`createRole`): these roles are never written, whatever `is_system` says."""

_CODE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")


def normalise_name(name: str) -> str:
    """Return the form in which names are compared and sent: stripped, in lower case, composed (Unicode NFC).

    The server lower-cases names (contract, `createRole`). macOS and some keyboards write an accent as a separate
    character (NFD), which looks the same.
    """
    if name.isascii():
        return name.strip().lower()
    # Compose before too: otherwise two spellings of one name may differ in lower case.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).strip().lower())


def id_key(role_id: str) -> str:
    """Return the form in which ids are compared: UUIDs ignore case (RFC 9562, section 4)."""
    return role_id.lower()


def is_code(text: str) -> bool:
    """Return whether `text` has the form `category.action`; more parts are allowed (contract, `Permission.code`)."""
    return _CODE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Role:
    """A role from any source: normalised name, description, set of permission codes."""

    name: str
    description: str
    permissions: frozenset[str]


@overload
def role_document(role: Role) -> dict[str, Any]: ...


@overload
def role_document(role: Role | None) -> dict[str, Any] | None: ...


def role_document(role: Role | None) -> dict[str, Any] | None:
    """Return the role as it is in the JSON of plans, journals and reports, with sorted codes. No role gives None.

    The body of a request to the API is another format: `reconciler.api.writer` writes it.
    """
    if role is None:
        return None
    return {"name": role.name, "description": role.description, "permissions": sorted(role.permissions)}


@dataclass(frozen=True, slots=True)
class Location:
    """Where a file defines a role: path as the user would type it, lines and columns counted from 1.

    `line` and `column` are those of the role's name, `permissions_line` is that of its `permissions` key, and `marks`
    has the (line, column) of each code. The last two are for messages and annotations; if unknown, they are 0 and
    empty. `replaces` is where an earlier directory defines the role that this one replaces, None if none does.
    """

    path: str
    line: int
    column: int = 1
    permissions_line: int = 0
    marks: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False, hash=False, repr=False)
    replaces: Place | None = field(default=None, compare=False, hash=False, repr=False)

    def __str__(self) -> str:
        """Return `path:line`."""
        return f"{self.path}:{self.line}"

    @property
    def place(self) -> Place:
        """Return where the role's name is."""
        return Place(self.path, self.line, self.column)

    def place_of(self, code: str) -> Place:
        """Return where the role lists `code`, or the place of its name if that is unknown."""
        return Place(self.path, *self.marks[code]) if code in self.marks else self.place


class Grant(NamedTuple):
    """The item of a role file that gives a role a code: its place, and what it says about the grant.

    `set` is the name of the set that has the item, None if the role itself has it. `pattern` is the item if it is a
    pattern. `until` is the last day of the grant, None if it has no end.
    """

    place: Place
    set: str | None = None
    pattern: str | None = None
    until: Day | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DesiredRole:
    """A role that a role file defines, with plain codes: sets and patterns are expanded, ended grants are left out.

    `renamed_from` holds normalised earlier names, in the file's order. `grants` has the item that gives a code, unless
    it is a code that the role itself lists without an end or a reason. `ended` has the grants that ended before today,
    by code; the role does not hold these codes. `owner` is who is responsible for the role. `includes` has the place
    where the role includes each of its sets, by the set's name.
    """

    role: Role
    location: Location
    renamed_from: tuple[str, ...] = ()
    grants: Mapping[str, Grant] = field(default_factory=dict, compare=False, hash=False, repr=False)
    ended: Mapping[str, Grant] = field(default_factory=dict, compare=False, hash=False, repr=False)
    owner: tuple[str, ...] = ()
    includes: Mapping[str, Place] = field(default_factory=dict, compare=False, hash=False, repr=False)

    def grant_of(self, code: str) -> Grant:
        """Return the item that gives the role `code`."""
        return self.grants.get(code) or Grant(self.location.place_of(code))


class LiveRole(NamedTuple):
    """A role that the API returned. `id` is the server's UUID as the server wrote it."""

    id: str
    role: Role
    is_system: bool

    @property
    def untouchable(self) -> bool:
        """Return whether this is a system role, by its flag or by its name. System roles are never written."""
        return self.is_system or self.role.name in SYSTEM_NAMES
