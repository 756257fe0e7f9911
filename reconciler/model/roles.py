"""The one canonical role, and what files and the API each add to it.

Files and the API both turn into `Role` at their edge, where their quirks end: names are normalised, permissions are a
set. `==` on two roles is the whole test for "changed".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, overload

from reconciler.model.findings import Place

SYSTEM_NAMES = frozenset({"admin", "supervisor", "agent"})
"""Reserved by the contract (`createRole`): roles of these names are never written to, whatever `is_system` says."""

_CODE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")


def normalise_name(name: str) -> str:
    """The form in which names are compared and sent: no space around, lower case, composed (Unicode NFC).

    The server lower-cases names (contract, `createRole`). An accent may be a character of its own (NFD), as macOS and
    some keyboards write it, and nobody sees the difference.
    """
    if name.isascii():
        return name.strip().lower()
    # Composed before as well, or two spellings of one name could be lower-cased differently.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).strip().lower())


def id_key(role_id: str) -> str:
    """The form in which ids are compared: UUIDs are the same in any case (RFC 9562, section 4)."""
    return role_id.lower()


def is_code(text: str) -> bool:
    """Whether `text` has the form `category.action`, more parts allowed (contract, `Permission.code`)."""
    return _CODE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Role:
    """What a role is, wherever it was read: normalised name, description, set of permission codes."""

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
    """Where a role file asks for a role: path as the user would type it, lines and columns counted from 1.

    `line` and `column` are those of the role's name, `permissions_line` that of its `permissions` key, and `marks` says
    for each code at which (line, column) it is granted. The last two serve messages and annotations; they are 0 and
    empty where nobody knows them.
    """

    path: str
    line: int
    column: int = 1
    permissions_line: int = 0
    marks: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False, hash=False, repr=False)

    def __str__(self) -> str:
        """`path:line`."""
        return f"{self.path}:{self.line}"

    @property
    def place(self) -> Place:
        """Return where the role's name is."""
        return Place(self.path, self.line, self.column)

    def place_of(self, code: str) -> Place:
        """Return where the role grants `code`; where its name is, if that is not known."""
        return Place(self.path, *self.marks[code]) if code in self.marks else self.place


@dataclass(frozen=True, slots=True)
class DesiredRole:
    """A role that `roles.d` asks for. `renamed_from` holds normalised earlier names, in the file's order."""

    role: Role
    location: Location
    renamed_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveRole:
    """A role that the API answered. `id` is the server's UUID, kept as it was written."""

    id: str
    role: Role
    is_system: bool

    @property
    def untouchable(self) -> bool:
        """Whether this is a system role: by its flag or by its name. Never written to, in no circumstance."""
        return self.is_system or self.role.name in SYSTEM_NAMES


@dataclass(frozen=True, slots=True)
class Permission:
    """One entry of the catalogue (contract, `Permission`), without its id."""

    code: str
    name: str
    category: str
    description: str = ""


Catalogue = Mapping[str, Permission]
"""The catalogue by code."""
