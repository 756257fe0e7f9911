"""Read a journal back: what `journal` writes, checked line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from reconciler.model.errors import FileFailed
from reconciler.model.inert import quoted, visible
from reconciler.model.roles import Role, normalise_name
from reconciler.plan.action import Action
from reconciler.reading import DOCUMENT, given

if TYPE_CHECKING:
    from pathlib import Path

MENDED = b'{"kind": "mended"}\n'
"""The line that a later write puts after a truncated one."""

_DOCUMENT = re.compile(rb'\s*\{\s*"(catalogue|changes|converged|created_at|format_version)"')
"""The first key of a document of reconciler, sorted or not."""


class RoleEntry(BaseModel):
    """A role as a journal records it."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    name: str
    description: str
    permissions: list[str]

    def role(self) -> Role:
        """Return the canonical role."""
        return Role(normalise_name(self.name), self.description, frozenset(self.permissions))


class Entry(BaseModel):
    """One line of a journal. `status` and what follows it are an outcome's; `run` and `request` tie it to its intent.

    A request may have several outcomes: the last one counts. `attempts` counts the requests that were sent; `stored` is
    the role as the server stores it, if that is not what was requested. `file` is the `sha256:...` of the role's file,
    None if it is unknown.
    """

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    kind: Literal["intent", "outcome"]
    run: str
    request: int
    time: str
    action: Action
    name: str
    id: str | None
    before: RoleEntry | None
    after: RoleEntry | None
    status: Literal["applied", "failed", "skipped"] | None = None
    reason: str | None = None
    attempts: int = 0
    stored: RoleEntry | None = None
    plan_digest: str
    commit: str | None
    edited: bool | None = None
    actor: str
    target: str
    command: Literal["apply", "watch"] = "apply"
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The entries of a journal, in their order; `notes` names the truncated lines that were skipped."""

    path: str
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


def read(path: Path) -> Recorded:
    """Return what a journal records. A truncated line, last or repaired by a later run, is skipped and noted.

    Raise `FileFailed` when the file cannot be read or is a saved plan, and when another line is corrupt or has a name
    that reconciler never writes; the message names the line.
    """
    shown = visible(str(path))
    try:
        content = given(path, max(DOCUMENT, 2 * path.stat().st_size))  # it grows for as long as an operator runs
    except OSError as error:
        raise FileFailed(f"cannot read the journal {shown}: {error.strerror}") from None
    _refuse_other_documents(content, shown)
    lines = content.split(b"\n")
    entries: list[Entry] = []
    notes: list[str] = []
    for number, line in enumerate(lines, 1):
        last = number == len(lines)  # what follows the last line feed: nothing, or half a line
        try:
            if line.strip() and not _is_mending(line):
                entries.append(Entry.model_validate_json(line))
                _hold_names(entries[-1], f"{shown}:{number}")
        except ValidationError as error:
            if not last and not _is_mending(lines[number]):
                why = visible(str(error.errors(include_url=False, include_input=False)[0]["msg"]))
                raise FileFailed(f"{shown}:{number}: corrupt journal line ({why}); fix it by hand") from None
            notes.append(f"{shown}:{number}: truncated line skipped")
    return Recorded(str(path), tuple(entries), tuple(notes))


def _refuse_other_documents(content: bytes, shown: str) -> None:
    """Raise `FileFailed` when the file is a saved plan, the report of an apply, or no JSON, such as a role file."""
    if content.lstrip()[:1] not in {b"", b"{"}:
        kind = "not a journal"
    elif not _DOCUMENT.match(content):
        return
    elif b'"outcomes"' in content and b'"changes"' not in content:
        kind = "the report of an apply, not a journal"
    else:
        kind = "a saved plan, not a journal"
    raise FileFailed(f"{shown} is {kind}; a journal is the file that `apply` writes with --journal or `journal:`")


def _hold_names(entry: Entry, where: str) -> None:
    """Raise `FileFailed` when a name is not in the form in which names are compared: no plan has such a name.

    Unicode composition is not checked: an earlier version may have written other forms, which are composed when read.
    """
    for role in (entry.before, entry.after, entry.stored):
        if role is not None and role.name != role.name.strip().lower():
            raise FileFailed(
                f"{where}: the name {quoted(role.name)} has capital letters or surrounding spaces, which reconciler "
                "never writes; fix it by hand"
            )


def _is_mending(line: bytes) -> bool:
    return line + b"\n" == MENDED
