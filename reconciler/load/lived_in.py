"""A directory of role files that people work in, and what an export may write into it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.load.export import file_names
from reconciler.load.loaded import collect
from reconciler.load.walk import Walk
from reconciler.model.errors import Refused
from reconciler.model.inert import quoted, visible

if TYPE_CHECKING:
    from reconciler.model.roles import DesiredRole, Role

_MOST = 10


@dataclass(frozen=True, slots=True)
class Present:
    """What the files of a directory ask for, as far as they can be read, and how many roles each of them holds."""

    roles: Mapping[str, DesiredRole]
    held: Mapping[str, int]

    @classmethod
    def read(cls, directory: Path) -> Present:
        """Read `directory`, which need not be there. A file that is not valid is none of an export's business."""
        found, _ = collect(Walk(directory).files())
        return cls(
            {entry.role.name: entry for entry in reversed(found.roles)},
            Counter(entry.location.path for entry in found.roles),
        )

    def shares_a_file(self, entry: DesiredRole | None, path: Path) -> bool:
        """Whether the file that holds the role, or that would have to, holds other roles: they would be lost."""
        at = visible(path.as_posix()) if entry is None else entry.location.path
        others = self.held.get(at, 0) - (0 if entry is None else 1)
        # What is not there under its shown name has a name that cannot be shown; better not guess it.
        return others > 0 or not (entry is None or os.path.lexists(at))

    def not_live(self, live: Collection[str]) -> str | None:
        """A sentence about roles that these files ask for and that are not live: a plan after an export has them."""
        gone = [entry for name, entry in sorted(self.roles.items()) if name not in live]
        if not gone:
            return None
        shown = ", ".join(f"{visible(entry.role.name)} ({entry.location})" for entry in gone[:_MOST])
        more = f" and {len(gone) - _MOST} more" if len(gone) > _MOST else ""
        return f"warning: these files define roles that are not live; a plan would create them: {shown}{more}"


@dataclass(frozen=True, slots=True)
class Sorted:
    """Which text goes into which file; `notes` are sentences about roles that are not written, each already inert.

    `kept` names the roles that differ from what a file asks for, which is left as it is.
    """

    files: Mapping[Path, str]
    notes: tuple[str, ...]
    kept: tuple[str, ...]


def sort_out(
    texts: Iterable[tuple[Role, str]], directory: Path, present: Present, live: Collection[str], *, force: bool
) -> Sorted:
    """Find a file for each text: none for a role that another file asks for already, or is about to rename.

    Raises `Refused` where another file asks for a role in another way and `force` is not given.
    """
    texts = list(texts)
    names = file_names(role.name for role, _ in texts)
    renamed = {
        earlier: entry for name, entry in present.roles.items() if name not in live for earlier in entry.renamed_from
    }
    files: dict[Path, str] = {}
    notes: list[str] = []
    differing: list[DesiredRole] = []
    kept: list[str] = []
    for role, text in texts:
        path = directory / names[role.name]
        entry = present.roles.get(role.name)
        here = entry is None or entry.location.path == visible(path.as_posix())
        if entry is None and role.name in renamed:
            new = renamed[role.name]
            notes.append(f"not written: {new.location} renames {quoted(role.name)} to {quoted(new.role.name)}")
        elif entry and not here and entry.role == role:
            notes.append(f"not written: {entry.location} already defines {quoted(role.name)} exactly as it is live")
        elif entry and not here and not force:
            differing.append(entry)
        elif force and present.shares_a_file(entry, path):
            kept.append(role.name)
            where = visible(path.as_posix()) if entry is None else str(entry.location)
            notes.append(
                f"not written: {quoted(role.name)} belongs in {where}, which also defines other roles; edit that file"
            )
        else:
            files[path if entry is None or here else Path(entry.location.path)] = text
    if differing:
        raise Refused(_differ(differing))
    return Sorted(files, tuple(notes), tuple(kept))


def _differ(entries: list[DesiredRole]) -> str:
    shown = ", ".join(f"{visible(entry.role.name)} ({entry.location})" for entry in entries[:_MOST])
    more = f" and {len(entries) - _MOST} more" if len(entries) > _MOST else ""
    return (
        f"refused, nothing was written: files define these roles differently from the live ones: {shown}{more}. hint: "
        "pass --unmanaged to export only roles that no file defines, or --force to overwrite them"
    )
